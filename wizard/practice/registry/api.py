"""The distribution API: one request in, one answer out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

from wizard.practice.registry.answers import (
    Code,
    Refusal,
    no_such_method,
    no_such_page,
    refuse,
)
from wizard.practice.registry.content import Content
from wizard.practice.registry.faces import Entry
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.pulling import give_blob, give_manifest, list_names, list_tags, ping
from wizard.practice.registry.pushing import Pushing
from wizard.practice.registry.routes import Resource, Route, find_route
from wizard.practice.registry.tokens import CATALOGUE, Access, TokenService, repository_access

_READING: Final = frozenset({"GET", "HEAD"})
_METHODS: Final = {
    Resource.ROOT: ("GET", "HEAD"),
    Resource.CATALOGUE: ("GET",),
    Resource.TAGS: ("GET",),
    Resource.MANIFEST: ("DELETE", "GET", "HEAD", "PUT"),
    Resource.BLOB: ("DELETE", "GET", "HEAD"),
    Resource.UPLOADS: ("POST",),
    Resource.UPLOAD: ("DELETE", "GET", "HEAD", "PATCH", "PUT"),
}


class DistributionApi:
    """Answer what comes in below the API's root.

    Args:
        content: what there is.
        tokens: who may do what; None lets everybody do everything.
        pushable: whether anything may be pushed at all.
        random_bytes: where the numbers of uploads come from.
    """

    def __init__(
        self,
        content: Content,
        *,
        tokens: TokenService | None,
        pushable: bool,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._content = content
        self._tokens = tokens
        self._pushable = pushable
        self._pushing = Pushing(content, random_bytes=random_bytes)

    def answer(self, entry: Entry, request: Request, url: str) -> Response:
        """Return the answer to a request.

        Args:
            entry: where it enters the API.
            request: the request.
            url: the registry's own, for the challenge.
        """
        route = find_route(entry.rest)
        if route is None:
            return no_such_page()
        refused = self._refuse(route, request, url)
        if refused is not None:
            return refused
        try:
            if request.method in _READING:
                return self._read(entry.base, route, request)
            return self._write(entry.base, route, request)
        except Refusal as refusal:
            return refusal.response

    def _refuse(self, route: Route, request: Request, url: str) -> Response | None:
        """Return the answer to what may not be done, or cannot be."""
        if self._tokens is not None:
            refused = self._tokens.refuse(request, needed_access(route, request.method), url)
            if refused is not None:
                return refused
        if request.method not in _METHODS[route.resource]:
            return no_such_method(*_METHODS[route.resource])
        deletes = request.method == "DELETE" and route.resource is not Resource.UPLOAD
        if deletes or (request.method not in _READING and not self._pushable):
            return refuse(Code.UNSUPPORTED)
        return None

    def _read(self, base: str, route: Route, request: Request) -> Response:
        match route.resource:
            case Resource.ROOT:
                return ping()
            case Resource.CATALOGUE:
                return list_names(self._content, request)
            case Resource.TAGS:
                return list_tags(self._content, route)
            case Resource.MANIFEST:
                return give_manifest(self._content, route, request)
            case Resource.BLOB:
                return give_blob(self._content, route, request)
            case Resource.UPLOAD | Resource.UPLOADS:
                return self._pushing.status(base, route)
            case _:
                assert_never(route.resource)

    def _write(self, base: str, route: Route, request: Request) -> Response:
        if route.resource is Resource.MANIFEST:
            return self._pushing.put_manifest(base, route, request)
        if route.resource is Resource.UPLOADS:
            return self._pushing.begin(base, route, request)
        match request.method:
            case "PATCH":
                return self._pushing.append(base, route, request)
            case "PUT":
                return self._pushing.finish(base, route, request)
            case _:
                return self._pushing.cancel(route)


def needed_access(route: Route, method: str) -> frozenset[Access]:
    """Return what a token must allow for a request."""
    match route.resource:
        case Resource.ROOT:
            return frozenset()
        case Resource.CATALOGUE:
            return CATALOGUE
        case Resource.TAGS | Resource.MANIFEST | Resource.BLOB if method in _READING:
            return repository_access(route.name, "pull")
        case _:
            return repository_access(route.name, "pull", "push")
