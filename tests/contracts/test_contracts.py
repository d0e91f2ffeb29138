"""The checker itself: each kind of violation is caught, on both sides and in both formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contracts.contract import Contract, ContractViolation, read_contract
from tests.contracts.transport import Contracted

THING = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "size": {"type": "integer", "x-nullable": True, "nullable": True},
        "other": {"$ref": "#/definitions/Other", "x-nullable": True},
    },
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "basePath": "/api",
    "produces": ["application/json"],
    "consumes": ["application/json"],
    "paths": {
        "/things": {
            "post": {
                "parameters": [
                    {"$ref": "#/parameters/page"},
                    {
                        "in": "body",
                        "name": "thing",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Thing"},
                    },
                ],
                "responses": {
                    "200": {"schema": {"$ref": "#/definitions/Thing"}},
                    "201": {"headers": {"Location": {"type": "string"}}},
                },
            }
        },
        "/things/{name}": {
            "get": {
                "parameters": [{"in": "path", "name": "name", "required": True, "type": "integer"}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Thing"}}},
            }
        },
    },
    "parameters": {"page": {"in": "query", "name": "page", "type": "integer", "maximum": 9}},
    "definitions": {
        "Thing": THING,
        "Other": {
            "type": "object",
            "properties": {"time": {"type": "string", "format": "date-time"}},
        },
    },
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.1",
    "servers": [{"url": "/api"}],
    "paths": {
        "/things": {
            "post": {
                "parameters": [
                    {"in": "query", "name": "page", "schema": {"type": "integer", "maximum": 9}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                    },
                },
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        }
                    },
                    "201": {"headers": {"Location": {"schema": {"type": "string"}}}},
                },
            }
        },
        "/things/{name}": {
            "get": {
                "parameters": [
                    {
                        "in": "path",
                        "name": "name",
                        "required": True,
                        "schema": {"type": "integer"},
                    }
                ],
                "responses": {"default": {}},
            }
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {
                        "type": "object",
                        "properties": {
                            "size": {"type": "integer", "nullable": True},
                            "other": {
                                "type": "object",
                                "nullable": True,
                                "properties": {"time": {"type": "string", "format": "date-time"}},
                            },
                        },
                    },
                ]
            },
            "Base": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string", "maxLength": 5}},
            },
        }
    },
}
GOOD: dict[str, Any] = {"name": "a", "size": None, "other": {"time": "2026-11-29T10:00:00Z"}}

Play = Callable[[httpx.Request], httpx.Response]


def _made(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, headers={"Location": "/api/things/1"})


@pytest.fixture(params=[SWAGGER, OPENAPI], ids=["swagger", "openapi"])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return the same small API in one format."""
    return Contract(request.param)


async def _sent(
    contract: Contract, method: str, path: str, *, play: Play = _made, **given: Any
) -> set[str]:
    transport = Contracted(contract, httpx.MockTransport(play))
    async with httpx.AsyncClient(transport=transport, base_url="http://h.test") as client:
        await client.request(method, path, **given)
    return transport.operations


async def test_what_the_contract_allows_goes_through(contract: Contract) -> None:
    """Nulls where they may be, a query in bounds, a status that is told."""
    used = await _sent(contract, "POST", "/api/things?page=9", json=GOOD)
    assert used == {"POST /api/things 201"}


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/api/thing", GOOD, "the contract has no POST /api/thing"),
        ("POST", "/things", GOOD, "the contract has no POST /things"),
        ("PUT", "/api/things", GOOD, "the contract has no PUT /api/things"),
        ("POST", "/api/things?pages=1", GOOD, "has no query parameter pages"),
        ("POST", "/api/things?page=10", GOOD, "query parameter page: .*10 is greater"),
        ("POST", "/api/things?page=x", GOOD, "query parameter page: .*'x' is not of type"),
        ("POST", "/api/things?page=1&page=2", GOOD, "query parameter page is there twice"),
        ("POST", "/api/things", None, "lacks its body"),
        ("POST", "/api/things", GOOD | {"naem": "a"}, "'naem' was unexpected"),
        ("POST", "/api/things", {"size": 1}, "'name' is a required property"),
        ("POST", "/api/things", GOOD | {"size": "1"}, "'1' is not"),
        ("POST", "/api/things", GOOD | {"name": "longer"}, "'longer' is too long"),
        ("POST", "/api/things", GOOD | {"other": {"when": "?"}}, "is not valid"),
        ("POST", "/api/things", GOOD | {"other": {"time": "now"}}, "is not"),
        ("GET", "/api/things/1", GOOD, "has no body in the contract"),
        ("GET", "/api/things/one", None, "path parameter name: .*'one' is not of type"),
    ],
)
async def test_a_request_the_contract_does_not_know_is_caught(
    contract: Contract, method: str, path: str, body: object, words: str
) -> None:
    """It never reaches what is behind."""
    reached: list[httpx.Request] = []

    def play(request: httpx.Request) -> httpx.Response:
        reached.append(request)
        return _made(request)

    content = None if body is None else json.dumps(body).encode()
    with pytest.raises(ContractViolation, match=words):
        await _sent(
            contract,
            method,
            path,
            play=play,
            content=content,
            headers={"Content-Type": "application/json"} if content else {},
        )
    assert reached == []


async def test_a_body_of_another_type_is_caught(contract: Contract) -> None:
    """The contract takes JSON."""
    with pytest.raises(ContractViolation, match="is text/plain, not application/json"):
        await _sent(
            contract, "POST", "/api/things", content=b"a", headers={"Content-Type": "text/plain"}
        )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(418), "418 to POST /api/things is not in the contract"),
        (httpx.Response(201), "lacks the header Location"),
        (httpx.Response(200), "lacks its body"),
        (httpx.Response(200, json={"name": 1}), "1 is not of type 'string'"),
        (httpx.Response(200, json=GOOD | {"more": 1}), "'more' was unexpected"),
        (httpx.Response(200, html="<p>"), "is text/html, not application/json"),
    ],
)
async def test_an_answer_the_contract_does_not_know_is_caught(
    contract: Contract, answer: httpx.Response, words: str
) -> None:
    """A stand-in that answers otherwise than the product would teach us wrong."""
    with pytest.raises(ContractViolation, match=words):
        await _sent(contract, "POST", "/api/things", play=lambda _: answer, json=GOOD)


async def test_an_answer_without_a_schema_has_no_body_in_swagger() -> None:
    """Swagger 2.0 says so; OpenAPI files leave bodies out that are there."""

    def play(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Location": "/"}, json=GOOD)

    with pytest.raises(ContractViolation, match="has no body in the contract"):
        await _sent(Contract(SWAGGER), "POST", "/api/things", play=play, json=GOOD)
    assert await _sent(Contract(OPENAPI), "POST", "/api/things", play=play, json=GOOD)


@pytest.mark.parametrize(
    ("file", "method", "path"),
    [
        ("harbor-swagger.yaml", "GET", "/api/v2.0/projects/a/repositories/b%252Fc/artifacts"),
        ("harbor-swagger-strict.yaml", "POST", "/api/v2.0/replication/executions"),
        ("nexus-swagger.json", "GET", "/service/rest/v1/repositories/docker/proxy/hub"),
    ],
)
def test_the_products_own_contracts_are_read(file: str, method: str, path: str) -> None:
    """With their base path, and the path that is most literal first."""
    assert read_contract(file).find(method, path).method == method


def test_a_contract_that_is_not_there_skips_loudly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Nobody takes a skipped check for a passed one."""
    monkeypatch.setenv("PILOTAGE_CONTRACTS", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="NOT CHECKED AGAINST THE CONTRACT"):
        read_contract("none.yaml")
