"""The distribution API of the stand-in: projects, who may, and what a proxy project caches.

As core answers (src/server/middleware/v2auth/auth.go, …/repoproxy/proxy.go, …/readonly). What a
proxy has pulled stays; while its endpoint is unhealthy it serves that alone (§2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wizard.practice.harbor.access import READ_ONLY
from wizard.practice.harbor.doorkeeper import HarborDoorkeeper
from wizard.practice.harbor.endpoints import is_healthy
from wizard.practice.harbor.state import Project, State
from wizard.practice.registry.answers import API_VERSION, json_response, no_such_page
from wizard.practice.registry.api import DistributionApi, needed_access
from wizard.practice.registry.faces import Entry
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.routes import Resource, Route, find_route
from wizard.practice.registry.tokens import TOKEN_PATH, Access, TokenService

_READING: Final = frozenset({"GET", "HEAD"})
_UPLOADS: Final = frozenset({Resource.UPLOADS, Resource.UPLOAD})


class HarborDistribution:
    """What clients of images meet.

    Args:
        state: of the whole server, its images too.
        tokens: asks `doorkeeper`.
        random_bytes: where the numbers of uploads come from.
    """

    def __init__(
        self,
        state: State,
        *,
        doorkeeper: HarborDoorkeeper,
        tokens: TokenService,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._state = state
        self._doorkeeper = doorkeeper
        self._tokens = tokens
        self._api = DistributionApi(
            state.images, tokens=None, pushable=True, random_bytes=random_bytes
        )

    def answer(self, request: Request, url: str) -> Response:
        """Answer what comes in below `/v2`."""
        entry = Entry(base="/v2/", rest=request.path.removeprefix("/v2").removeprefix("/"))
        route = find_route(entry.rest)
        if route is None:
            return no_such_page()
        project = self._state.project_named(route.name.partition("/")[0])
        refused = self._refused(route, request, url, project)
        if refused is not None:
            return refused
        if request.method not in _READING:
            if self._state.configuration["read_only"]:
                return _refusal(403, "DENIED", READ_ONLY)
            if project is not None and project.registry_id is not None:
                words = f"can not push artifact to a proxy project: {project.name}"
                return _refusal(405, "METHOD_NOT_ALLOWED", words)
        elif project is not None and project.registry_id is not None:
            self._cache(project, route)
        return self._api.answer(entry, request, url)

    def _refused(
        self, route: Route, request: Request, url: str, project: Project | None
    ) -> Response | None:
        """Return the challenge to who may not; a project that nobody knows has none to offer."""
        authorization = request.headers.get("authorization", "")
        needed = needed_access(route, request.method)
        if not needed:
            # Nobody in particular is let in by the root, whatever may be pulled.
            return None if self._granted(authorization) is not None else _login(url, "")
        scope = _scope(needed)
        if route.name:
            if request.method == "HEAD" and not authorization:
                return _login(url, scope)
            if project is None:
                words = f"project {route.name.partition('/')[0]} not found"
                return _refusal(401, "UNAUTHORIZED", words, {"WWW-Authenticate": ""})
        granted = self._granted(authorization) or frozenset()
        if all(one in granted or self._doorkeeper.grants("", one) for one in needed):
            return None
        if authorization or not route.name:
            basic = {"WWW-Authenticate": 'Basic realm="harbor"'}
            return _refusal(401, "UNAUTHORIZED", _unauthorised(route), basic)
        return _login(url, scope, _unauthorised(route))

    def _granted(self, authorization: str) -> frozenset[Access] | None:
        scheme, _space, token = authorization.partition(" ")
        return self._tokens.granted(token.strip()) if scheme.lower() == "bearer" else None

    def _cache(self, project: Project, route: Route) -> None:
        """Fetch what is asked for from upstream, unless it is kept or cannot be had."""
        endpoint = self._state.endpoints.get(project.registry_id or 0)
        hub = self._state.upstream.hub
        if hub is None or endpoint is None or not is_healthy(self._state, endpoint):
            return
        credential = endpoint.get("credential") or {}
        name = credential.get("access_key")
        account = (name, credential["access_secret"]) if name else None
        upstream = route.name.removeprefix(f"{project.name}/")
        if hub.fetch(account, self._state.images, route, name=upstream):
            kept = self._state.images.manifest(route.name, route.reference)
            if kept and route.resource is Resource.MANIFEST and route.reference != kept.digest:
                project.artifacts[upstream, route.reference] = kept.digest


def _scope(needed: frozenset[Access]) -> str:
    one = min(needed)
    return f"{one.kind}:{one.name}:{','.join(sorted(each.action for each in needed))}"


def _unauthorised(route: Route) -> str:
    if not route.name:
        return "unauthorized to list catalog"
    action = "push" if route.resource in _UPLOADS else "pull"
    return f"unauthorized to access repository: {route.name}, action: {action}"


def _login(url: str, scope: str, words: str = "unauthorized") -> Response:
    service = f'Bearer realm="{url}{TOKEN_PATH}",service="{HarborDoorkeeper.service}"'
    challenge = f'{service},scope="{scope}"' if scope else service
    return _refusal(401, "UNAUTHORIZED", words, {"WWW-Authenticate": challenge})


def _refusal(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> Response:
    document = {"errors": [{"code": code, "message": message}]}
    return json_response(status, document, {**API_VERSION, **(headers or {})})
