"""A request as handlers see it, an answer, and Harbor's way to refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from wizard.practice.harbor.state import State

BASE: Final = "/api/v2.0"
LONGEST_PAGE: Final = 100
_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    412: "PRECONDITION",
    422: "BAD_REQUEST",
}


class Refusal(Exception):
    """An answer other than the wanted one, with Harbor's own words."""

    def __init__(self, status: int, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES.get(status, "UNKNOWN")


class Uncoded(Exception):
    """An error that Harbor's own code gave no status: it becomes a 500 that tells nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `body` is told as JSON, `text` as it is."""

    status: int = 200
    body: Any = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request.

    Attributes:
        path: below BASE, quoted.
        headers: names in lower case.
        who: the caller's name; empty for nobody.
        admin: whether it may do everything.
        robot: whether it is one.
        names: variable parts of the path, read once.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    who: str = ""
    admin: bool = False
    robot: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the JSON object that was sent; raises Refusal."""
        try:
            body = json.loads(self.content)
        except ValueError as error:
            raise Refusal(422, "body in body is required") from error
        if not isinstance(body, dict):
            raise Refusal(400, "parsing body failed")
        return body

    def page(self, things: Sequence[Any]) -> Answer:
        """Return one page of a list, with the headers that tell of the others."""
        number, size = int(self.query.get("page", 1)), int(self.query.get("page_size", 10))
        if size > LONGEST_PAGE:
            raise Refusal(422, f"page_size in query should be less than or equal to {LONGEST_PAGE}")
        links = []
        if number > 1:
            links.append((number - 1, "prev"))
        if number * size < len(things):
            links.append((number + 1, "next"))
        headers = {"X-Total-Count": str(len(things))}
        if links:
            headers["Link"] = " , ".join(
                f'<{BASE}{self.path}?page={page}&page_size={size}>; rel="{name}"'
                for page, name in links
            )
        return Answer(body=list(things[(number - 1) * size : number * size]), headers=headers)

    def keywords(self) -> dict[str, str]:
        """Return the parts of `q`, exact (`k=v`) and like (`k=~v`)."""
        pairs = (part.partition("=") for part in self.query.get("q", "").split(",") if part)
        return {key: value for key, _equals, value in pairs}


Handler = Callable[["State", Ask], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A call that the stand-in knows; variable parts of the template in braces."""

    method: str
    template: str
    handler: Handler

    def names(self, method: str, path: str) -> dict[str, str] | None:
        """Return the variable parts of a path; None where it is another call's."""
        if method != self.method:
            return None
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template), path)
        return {k: unquote(v) for k, v in found.groupdict().items()} if found else None


def read_query(raw: str) -> dict[str, str]:
    """Return a query's values, the last of each."""
    return {key: values[-1] for key, values in parse_qs(raw, keep_blank_values=True).items()}


def created(ask: Ask, identity: int) -> Answer:
    """Return 201 with the place of what was made, and an empty body."""
    return Answer(status=201, headers={"Location": f"{BASE}{ask.path.rstrip('/')}/{identity}"})
