"""How a registry is addressed: which URLs are its API, and what answers elsewhere; pure."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import quote

from wizard.practice.registry.answers import API_VERSION, no_such_page
from wizard.practice.registry.message import Response

_HTML: Final = "text/html; charset=utf-8"


class Face(Enum):
    """What the registry looks like from outside."""

    ROOT = "root"
    """`/v2/library/…`: a connector of Nexus, or a plain registry."""
    PREFIX = "prefix"
    """`/v2/<prefix>/library/…`: a project of Harbor, whose portal answers everything else."""
    PATH = "path"
    """`/<prefix>/v2/library/…`: a repository of Nexus or Artifactory."""
    UPSTREAM = "upstream"
    """`/v2/library/…`, and nobody may push: Docker Hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a URL enters the API.

    Attributes:
        base: path of the API's root, with a slash at both ends.
        rest: what stands behind it, `library/hello/manifests/latest`.
    """

    base: str
    rest: str


def find_entry(face: Face, prefix: str, path: str) -> Entry | None:
    """Return where a path enters the API, or None where something else answers.

    Harbor's portal answers with HTTP 200 wherever the API does not
    (facts/runtimes.md §1.4, moby issue 47144).
    """
    base = f"/{prefix}/v2/" if face is Face.PATH else "/v2/"
    if not path.startswith(base) or path != cleaned(path):
        return None
    rest = path.removeprefix(base)
    if face is Face.PREFIX and rest and not rest.startswith(f"{prefix}/"):
        return None
    return Entry(base=base, rest=rest)


def stored_name(face: Face, prefix: str, repository: str) -> str:
    """Return under which name a repository of upstream is kept behind a face."""
    return f"{prefix}/{repository}" if face is Face.PREFIX else repository


def cleaned(path: str) -> str:
    """Return a path as Go's router wants it: no empty, `.` or `..` parts."""
    short = posixpath.normpath("/" + path.lstrip("/"))
    return f"{short}/" if path.endswith("/") and short != "/" else short


def answer_elsewhere(face: Face, prefix: str, path: str, query: str) -> Response:
    """Return what is answered to a path outside the API.

    A doubled slash, as from a mirror with a slash at its end, is redirected by docker-registry.
    """
    if face is not Face.PATH and path != cleaned(path) and find_entry(face, prefix, cleaned(path)):
        place = quote(cleaned(path)) + (f"?{query}" if query else "")
        moved = {"Location": place, **API_VERSION}
        return Response(status=HTTPStatus.MOVED_PERMANENTLY, headers=moved)
    match face:
        case Face.PREFIX:
            return _page(HTTPStatus.OK, "Portal")
        case Face.PATH:
            return _page(HTTPStatus.OK if path == "/" else HTTPStatus.NOT_FOUND, "Repositories")
        case Face.ROOT | Face.UPSTREAM:
            if path == "/":
                return Response(status=HTTPStatus.OK, headers={"Cache-Control": "no-cache"})
            if path == "/v2":
                moved = {"Content-Type": _HTML, "Location": "/v2/", **API_VERSION}
                return Response(status=HTTPStatus.MOVED_PERMANENTLY, headers=moved)
            return no_such_page()
        case _:
            assert_never(face)


def _page(status: int, title: str) -> Response:
    return Response(
        status=status,
        headers={"Content-Type": "text/html"},
        body=f"<!doctype html><title>{title}</title>\n".encode(),
    )
