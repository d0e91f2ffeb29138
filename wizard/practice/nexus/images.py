"""Images of the practice Nexus: what proxies fetch, what is pushed, and groups of both.

What is kept is served whatever becomes of upstream; a proxy whose account upstream refuses blocks
itself (facts/nexus_artifactory.md §8).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from wizard.practice.exchange import Answer, Refused, Request
from wizard.practice.hub import Hub
from wizard.practice.nexus.repositories import Repositories
from wizard.practice.nexus.system import System
from wizard.practice.registry import message
from wizard.practice.registry.api import DistributionApi
from wizard.practice.registry.content import Content
from wizard.practice.registry.faces import Entry
from wizard.practice.registry.routes import Resource, Route, find_route

_READING: Final = frozenset({"GET", "HEAD"})


class NexusImages:
    """Everything that is kept, by repository.

    Args:
        hub: the upstream.
        repositories: as they are now.
        system: counts components.
        random_bytes: where the numbers of uploads come from.
    """

    def __init__(
        self,
        hub: Hub,
        repositories: Repositories,
        system: System,
        *,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._hub = hub
        self._repositories = repositories
        self._system = system
        self._random_bytes = random_bytes
        self._kept: dict[str, tuple[Content, DistributionApi]] = {}

    def answer(self, repository: dict[str, Any], path: str, request: Request) -> Answer:
        """Answer who may; a cache takes no pushes (proxy/ProxyHandler.java)."""
        rest = path.removeprefix("/v2/")
        route = find_route(rest)
        if request.method not in _READING and repository["type"] != "hosted":
            return Answer(status=405, headers={"Allow": "GET,HEAD"})
        members = repository["group"]["memberNames"] if repository["type"] == "group" else ()
        asked = [self._repositories.all[name] for name in members] or [repository]
        answers = (self._of_one(one, rest, route, request) for one in asked)
        answer = next(answers)
        for other in answers:
            if answer.status < 400:  # noqa: PLR2004  # where errors begin
                break
            answer = other
        return answer

    def _of_one(
        self, repository: dict[str, Any], rest: str, route: Route | None, request: Request
    ) -> Answer:
        content, api = self._of(repository["name"])
        if repository["type"] == "proxy" and route is not None:
            self._fetch(repository, content, route)
        asked = message.Request(
            method=request.method,
            target=request.path,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=request.body,
            peer="",
        )
        # A repository has several URLs; uploads go on at the one where they began.
        base = request.path.removesuffix(rest)
        told = api.answer(Entry(base=base, rest=rest), asked, "")
        return Answer(status=told.status, content=told.body, headers=told.headers)

    def _of(self, name: str) -> tuple[Content, DistributionApi]:
        if name not in self._kept:
            content = Content()
            api = DistributionApi(
                content, tokens=None, pushable=True, random_bytes=self._random_bytes
            )
            self._kept[name] = content, api
        return self._kept[name]

    def _fetch(self, repository: dict[str, Any], content: Content, route: Route) -> None:
        match route.resource:
            case Resource.MANIFEST:
                is_kept = content.manifest(route.name, route.reference) is not None
            case Resource.BLOB:
                is_kept = content.blob(route.name, route.reference) is not None
            case _:
                is_kept = True
        if is_kept:
            return
        account = _account(repository)
        url = repository["proxy"]["remoteUrl"]
        if not self._hub.answers_at(url) or not self._hub.takes(account):
            words = f"Remote Auto Blocked until its account is right: {url}"
            errors = [{"code": "UNKNOWN", "message": words}]
            raise Refused(Answer(status=500, value={"errors": errors}))
        has_it = self._hub.fetch(account, content, route, name=route.name)
        if has_it and route.resource is Resource.MANIFEST:
            self._system.components += 1


def _account(repository: dict[str, Any]) -> tuple[str, str] | None:
    told = (repository.get("httpClient") or {}).get("authentication") or {}
    return (told["username"], told.get("password", "")) if "username" in told else None
