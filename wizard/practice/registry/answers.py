"""The answers of a registry that refuses, word for word as docker-registry 2.8.2 gives them.

https://distribution.github.io/distribution/spec/api/#errors-2
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from wizard.practice.registry.message import Response

API_VERSION: Final = {"Docker-Distribution-Api-Version": "registry/2.0"}
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


class Code(Enum):
    """Error codes of the API: status and message of each."""

    BLOB_UNKNOWN = (HTTPStatus.NOT_FOUND, "blob unknown to registry")
    BLOB_UPLOAD_INVALID = (HTTPStatus.NOT_FOUND, "blob upload invalid")
    DIGEST_INVALID = (HTTPStatus.BAD_REQUEST, "provided digest did not match uploaded content")
    MANIFEST_BLOB_UNKNOWN = (HTTPStatus.BAD_REQUEST, "blob unknown to registry")
    MANIFEST_INVALID = (HTTPStatus.BAD_REQUEST, "manifest invalid")
    MANIFEST_UNKNOWN = (HTTPStatus.NOT_FOUND, "manifest unknown")
    NAME_UNKNOWN = (HTTPStatus.NOT_FOUND, "repository name not known to registry")
    RANGE_INVALID = (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "invalid content range")
    SIZE_INVALID = (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "provided length did not match content length",
    )
    TOOMANYREQUESTS = (HTTPStatus.TOO_MANY_REQUESTS, "too many requests")
    UNAUTHORIZED = (HTTPStatus.UNAUTHORIZED, "authentication required")
    UNAVAILABLE = (HTTPStatus.SERVICE_UNAVAILABLE, "service unavailable")
    UNKNOWN = (HTTPStatus.INTERNAL_SERVER_ERROR, "unknown error")
    UNSUPPORTED = (HTTPStatus.METHOD_NOT_ALLOWED, "The operation is unsupported.")

    @property
    def status(self) -> int:
        """Return the HTTP status that goes with it."""
        return int(self.value[0])

    @property
    def message(self) -> str:
        """Return the words that go with it."""
        return self.value[1]


class Refusal(Exception):
    """End a request of the API with an error; `response` is the answer.

    Each of the details is an error of its own in the document.
    """

    def __init__(self, code: Code, *details: Any, message: str = "") -> None:
        super().__init__(message or code.message)
        self.response = refuse(code, *details, message=message)


def refuse(
    code: Code, *details: Any, message: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Return the document with one error, or with one for each of the details."""
    error = {"code": code.name, "message": message or code.message}
    errors = [{**error, "detail": detail} for detail in details] or [error]
    return json_response(code.status, {"errors": errors}, headers)


def json_response(
    status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON document as the API's answer."""
    body = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    return Response(status=status, headers={**_JSON, **API_VERSION, **(headers or {})}, body=body)


def no_such_page() -> Response:
    """Return what Go's router answers where it knows no route."""
    return Response(
        status=HTTPStatus.NOT_FOUND,
        headers={"Content-Type": "text/plain; charset=utf-8", **API_VERSION},
        body=b"404 page not found\n",
    )


def no_such_method(*allowed: str) -> Response:
    """Return what a route answers to a method that it does not have."""
    return Response(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        headers={
            "Allow": ", ".join(allowed),
            "Content-Type": "text/plain; charset=utf-8",
            **API_VERSION,
        },
        body=b"Method not allowed\n",
    )
