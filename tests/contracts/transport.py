"""An httpx transport that lets through only what the contract allows, both ways."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import httpx

from tests.contracts.contract import Content, Contract, ContractViolation, Operation, Parameter
from tests.contracts.schemas import Schema, faults


class Contracted(httpx.AsyncBaseTransport):
    """Check each request before it reaches `inner`, and each answer after.

    Attributes:
        operations: those that were called, as `POST /api/v2.0/projects 201`.
    """

    def __init__(self, contract: Contract, inner: httpx.AsyncBaseTransport) -> None:
        self.operations: set[str] = set()
        self._contract = contract
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; raises ContractViolation."""
        body = await request.aread()
        path, _mark, query = request.url.raw_path.decode().partition("?")
        operation = self._contract.find(request.method, path)
        self._check_parameters(operation, path, query, request.headers)
        _check_body(self._contract, f"{operation}", operation.content, request.headers, body)
        response = await self._inner.handle_async_request(request)
        await response.aread()
        self._check_answer(operation, response)
        self.operations.add(f"{operation} {response.status_code}")
        return response

    async def aclose(self) -> None:
        """Close what is behind."""
        await self._inner.aclose()

    def _check_parameters(
        self, operation: Operation, path: str, query: str, headers: httpx.Headers
    ) -> None:
        given = parse_qs(query, keep_blank_values=True)
        known = {one.name for one in operation.parameters if one.place == "query"}
        if unknown := sorted(given.keys() - known):
            raise ContractViolation(f"{operation} has no query parameter {', '.join(unknown)}")
        values = {
            "query": given,
            "header": {name.lower(): [value] for name, value in headers.items()},
            "path": _path_values(operation, path),
        }
        for parameter in operation.parameters:
            name = parameter.name.lower() if parameter.place == "header" else parameter.name
            _check_parameter(
                self._contract, operation, parameter, values[parameter.place].get(name)
            )

    def _check_answer(self, operation: Operation, response: httpx.Response) -> None:
        what = f"the answer {response.status_code} to {operation}"
        answers = operation.answers
        answer = answers.get(str(response.status_code)) or answers.get("default")
        if answer is None:
            raise ContractViolation(f"{what} is not in the contract")
        for header in answer.headers:
            # Only there where there is another page, or a file.
            if header not in {"Link", "Content-Disposition"} and header not in response.headers:
                raise ContractViolation(f"{what} lacks the header {header}")
        # Files of OpenAPI 3 often leave out the bodies that their products do send.
        if answer.content is None and not self._contract.swagger2:
            return
        if operation.method != "HEAD":
            _check_body(self._contract, what, answer.content, response.headers, response.content)


def _path_values(operation: Operation, path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for template, given in zip(operation.template.split("/"), path.split("/"), strict=True):
        before, brace, rest = template.partition("{")
        if brace:
            name, _brace, after = rest.partition("}")
            found[name] = [given.removeprefix(before).removesuffix(after)]
    return found


def _check_parameter(
    contract: Contract, operation: Operation, parameter: Parameter, given: list[str] | None
) -> None:
    what = f"{operation}: {parameter.place} parameter {parameter.name}"
    if given is None:
        if parameter.required:
            raise ContractViolation(f"{what} is missing")
        return
    if parameter.schema.get("type") == "array":
        # The names of a collection are joined in more ways than one; none is a wrong type.
        return
    if len(given) > 1:
        raise ContractViolation(f"{what} is there twice")
    if wrong := faults(parameter.schema, _read(parameter.schema, given[0]), contract.document):
        raise ContractViolation(f"{what}: {'; '.join(wrong)}")


def _read(schema: Schema, text: str) -> object:
    """Return what a text in a URL stands for; the text itself where it is no such value."""
    match schema.get("type"):
        case "integer":
            return int(text) if text.removeprefix("-").isdigit() else text
        case "number":
            return float(text) if text.replace(".", "", 1).isdigit() else text
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case _:
            return text


def _check_body(
    contract: Contract, what: str, content: Content | None, headers: httpx.Headers, body: bytes
) -> None:
    if content is None:
        if body:
            raise ContractViolation(f"{what} has no body in the contract, and one of {body[:80]!r}")
        return
    if not body:
        # An empty answer with a schema is for a file alone.
        if content.required and None not in content.schemas.values():
            raise ContractViolation(f"{what} lacks its body")
        return
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    allowed = media_type if media_type in content.schemas else "*/*"
    if allowed not in content.schemas:
        types = ", ".join(content.schemas)
        raise ContractViolation(f"{what} is {media_type or 'of no type'}, not {types}")
    schema = content.schemas[allowed]
    if schema is None:
        return
    try:
        value = json.loads(body) if media_type.endswith("json") else body.decode()
    except ValueError as error:
        raise ContractViolation(f"{what} is no {media_type}: {error}") from error
    if wrong := faults(schema, value, contract.document):
        raise ContractViolation(f"{what}: {'; '.join(wrong)}")
