"""Docker repositories of the practice Nexus, as its API makes, tells and replaces them."""

from __future__ import annotations

import copy
from typing import Any, Final

from wizard.practice.exchange import Answer, Request, invalid, known, refuse
from wizard.practice.nexus.security import Security
from wizard.practice.nexus.setting import Route, Setting
from wizard.practice.nexus.storage import Storage

_V1: Final = "/service/rest/v1"
_COMMON: Final = frozenset({"name", "online", "storage", "docker"})
_KEYS: Final = {
    "proxy": _COMMON
    | frozenset({"cleanup", "proxy", "negativeCache", "httpClient", "dockerProxy"})
    | {"routingRuleName"},
    "hosted": _COMMON | frozenset({"cleanup", "component"}),
    "group": _COMMON | frozenset({"group"}),
}
_REQUIRED: Final = {
    "proxy": (
        *("name", "online", "storage.blobStoreName", "storage.strictContentTypeValidation"),
        *("proxy.remoteUrl", "proxy.contentMaxAge", "proxy.metadataMaxAge"),
        *("negativeCache.enabled", "negativeCache.timeToLive", "httpClient", "docker.v1Enabled"),
        "dockerProxy.indexType",
    ),
    "hosted": ("name", "online", "storage.blobStoreName", "storage.writePolicy"),
    "group": ("name", "online", "storage.blobStoreName", "group.memberNames"),
}
_DOCKER: Final = frozenset({"v1Enabled", "forceBasicAuth", "httpPort", "httpsPort"})
_DOCKER_PROXY: Final = frozenset(
    {"indexType", "indexUrl", "cacheForeignLayers", "foreignLayerUrlWhitelist"}
)
_PATH_ROUTING: Final = 83
_LOWER_CASE: Final = 89
_ACTIONS: Final = ("browse", "read", "edit", "add", "delete", "*")
_SECRETS: Final = ("password", "bearerToken")


class Repositories:
    """All repositories, with what the API does not tell."""

    def __init__(self, setting: Setting, security: Security, storage: Storage) -> None:
        self._setting = setting
        self._security = security
        self._storage = storage
        self.all: dict[str, dict[str, Any]] = {}
        """By name; upstream passwords are in them."""
        self.add_foreign("maven-releases", "maven2", "hosted")

    def routes(self) -> list[Route]:
        """Return the calls that are answered here."""
        one = f"{_V1}/repositories/docker/(proxy|hosted|group)"
        return [
            Route(method="GET", path=f"{_V1}/repositorySettings", handler=self._settings),
            Route(method="POST", path=one, handler=self._add),
            Route(method="GET", path=f"{one}/([^/]+)", handler=self._get),
            Route(method="PUT", path=f"{one}/([^/]+)", handler=self._set),
        ]

    def add_foreign(self, name: str, kind: str, type_: str) -> None:
        """Put a repository of another format there."""
        self.all[name] = {"name": name, "format": kind, "type": type_, "online": True}

    def _settings(self, _request: Request) -> Answer:
        return Answer(value=[_told(one) for one in self.all.values()])

    def _get(self, _request: Request, kind: str, name: str) -> Answer:
        return Answer(value=_told(self._one(kind, name)))

    def _one(self, kind: str, name: str) -> dict[str, Any]:
        found = self.all.get(name)
        if found is None or (found["format"], found["type"]) != ("docker", kind):
            refuse(404, "Repository not found")
        return found

    def _add(self, request: Request, kind: str) -> Answer:
        wanted = self._checked(request, kind)
        name = wanted["name"]
        if name.casefold() in {one.casefold() for one in self.all}:
            invalid("PARAMETER name", "Name is already used, must be unique (ignoring case)")
        if self._setting.minor >= _LOWER_CASE and name != name.lower():
            invalid("PARAMETER name", "Docker repository names must be lowercase")
        self._check_port(wanted)
        self.all[name] = wanted | {"format": "docker", "type": kind}
        self._security.privileges |= {
            f"nx-repository-view-docker-{name}-{action}" for action in _ACTIONS
        }
        return Answer(status=201)

    def _set(self, request: Request, kind: str, name: str) -> Answer:
        found = self._one(kind, name)
        wanted = self._checked(request, kind)
        if wanted["storage"]["blobStoreName"] != found["storage"]["blobStoreName"]:
            invalid("PARAMETER storage.blobStoreName", "Blob store cannot be changed")
        self._check_port(wanted)
        # What is left out is gone: a password that was not told cannot come back by itself.
        self.all[name] = wanted | {"format": "docker", "type": kind}
        return Answer(status=204)

    def _checked(self, request: Request, kind: str) -> dict[str, Any]:
        wanted = request.document()
        known(wanted, _KEYS[kind], f"Docker{kind.title()}RepositoryApiRequest")
        for place in _REQUIRED[kind]:
            if _at(wanted, place) is None:
                invalid(f"PARAMETER {place}", "may not be null")
        self._check_docker(wanted)
        if wanted["storage"]["blobStoreName"] not in self._storage.blob_stores:
            invalid("PARAMETER storage.blobStoreName", "Blob store not found")
        for policy in _at(wanted, "cleanup.policyNames") or []:
            if policy not in self._storage.policies:
                invalid("PARAMETER cleanup.policyNames", f"Policy {policy} does not exist")
        for member in _at(wanted, "group.memberNames") or []:
            if member not in self.all:
                invalid("PARAMETER group.memberNames", f"Member repository {member} does not exist")
        if kind == "proxy":
            self._security.check_upstream(wanted["proxy"]["remoteUrl"])
        return wanted

    def _check_docker(self, wanted: dict[str, Any]) -> None:
        paths = {"pathEnabled"} if self._setting.minor >= _PATH_ROUTING else set()
        known(wanted["docker"], _DOCKER | paths, "DockerAttributes")
        # Hidden in the interface, and on where nobody says otherwise (NP#921).
        wanted["docker"].setdefault("forceBasicAuth", True)
        known(wanted.get("dockerProxy", {}), _DOCKER_PROXY, "DockerProxyAttributes")

    def _check_port(self, wanted: dict[str, Any]) -> None:
        port = wanted["docker"].get("httpPort")
        for one in self.all.values():
            if port and one["name"] != wanted["name"] and _at(one, "docker.httpPort") == port:
                invalid("PARAMETER docker.httpPort", f"Port {port} is already in use")


def _told(document: dict[str, Any]) -> dict[str, Any]:
    """Return a repository as the API tells it: without secrets."""
    told = copy.deepcopy(document)
    authentication = _at(told, "httpClient.authentication")
    if authentication:
        for key in _SECRETS:
            authentication.pop(key, None)
    return told


def _at(document: dict[str, Any], place: str) -> Any:
    found: Any = document
    for key in place.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found
