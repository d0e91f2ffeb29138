"""Harbor's contract, the strict one, with what it does not tell of the server."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.contracts.contract import MAY_BE_EMPTY, Contract, contract_file, read_contract
from tests.contracts.transport import Contracted

NAME: Final = "harbor-swagger-strict.yaml"
_OF_EVERY_CALL: Final = {
    "401": "the login of every call is looked at first",
    "403": "a session without its token, and read-only mode (§1)",
    "422": "go-swagger's own answer to a wrong parameter (§1)",
}
_FURTHER: Final = (
    ("get", "/users/current", "412", "a robot is no user (§1)"),
    ("post", "/replication/executions", "412", "the policy is disabled (§2.5)"),
    ("put", "/configurations", "400", "the audit endpoint does not answer (§2.14)"),
)
_EMPTY: Final = ("/system/gc/schedule", "/system/purgeaudit/schedule", "/system/scanAll/schedule")
"""go-swagger leaves the body out where there is no schedule (src/server/v2.0/handler/gc.go)."""


def amend(document: dict[str, Any]) -> None:
    """Add what facts/harbor.md tells of the server and its contract does not."""
    refused = {"schema": {"$ref": "#/definitions/Errors"}}
    for item in document["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                _refuse(operation["responses"], refused)
    for method, path, status, _fact in _FURTHER:
        document["paths"][path][method]["responses"][status] = refused
    for path in _EMPTY:
        document["paths"][path]["get"]["responses"]["200"][MAY_BE_EMPTY] = True


def _refuse(answers: dict[str, Any], refused: dict[str, Any]) -> None:
    """Let every call be refused, and every refusal tell its errors (src/lib/http/error.go)."""
    for status in _OF_EVERY_CALL:
        answers.setdefault(status, refused)
    for status, answer in answers.items():
        if status >= "400" and "$ref" not in answer:
            answers[status] = {**answer, **refused}


def harbor_contract() -> Contract:
    """Return the contract; skips the test where there is none."""
    return read_contract(NAME, amend=amend)


def contracted(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    """Return `inner` held against the contract, or itself where there is none."""
    return Contracted(harbor_contract(), inner) if contract_file(NAME).exists() else inner
