"""The practice Artifactory: one ASGI application (facts/nexus_artifactory.md §1.1, §6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from wizard.practice.exchange import (
    Answer,
    Receive,
    Refused,
    Request,
    Scope,
    Send,
    request_of,
    send_answer,
)
from wizard.secret import Secret

_API: Final = "/artifactory/api"
_ONLY_PRO: Final = (
    "This REST API is available only in Artifactory Pro (see: jfrog.com/artifactory/features). If"
    " you are already running Artifactory Pro please make sure your server is activated with a"
    " valid license key."
)
_ONE: Final = re.compile(rf"{_API}/repositories/([^/]+)")
_DOCKER: Final = re.compile(rf"{_API}/docker/([^/]+)/v2/(token|)")
_TOKEN: Final = "Bearer anonymous-token"  # noqa: S105  # of nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Which Artifactory is practised with.

    Attributes:
        licence: its type; `jcr edition` and `OSS` make no repositories.
        tells_licence: off where the login may not read it.
        free_space: of its file store, in its words; `Infinite` of a bucket.
    """

    licence: str = "Enterprise Plus Trial"
    tells_licence: bool = True
    free_space: str = "172.06 GB (84.23%)"
    password: Secret = field(default_factory=lambda: Secret("practice-admin"))

    @property
    def is_free(self) -> bool:
        """Tell whether the API of repositories is closed."""
        return self.licence in {"OSS", "jcr edition", "Community Edition for C/C++"}


def _refusal(status: int, message: str) -> Refused:
    return Refused(
        Answer(status=status, value={"errors": [{"status": status, "message": message}]})
    )


class PracticeArtifactory:
    """An Artifactory that forgets everything when it ends.

    Attributes:
        repositories: configurations by key, passwords in them.
        anonymous: whether everybody may pull.
        requests: method and path of each request, in order.
    """

    def __init__(self, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self.repositories: dict[str, dict[str, Any]] = {
            "example-repo-local": {
                "key": "example-repo-local",
                "rclass": "local",
                "packageType": "generic",
            }
        }
        self.anonymous = False
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await request_of(scope, receive)
        self.requests.append(f"{request.method} {request.path}")
        try:
            answer = self._answer(request)
        except Refused as refused:
            answer = refused.answer
        await send_answer(answer, send, {"X-Artifactory-Id": "practice"})

    def _answer(self, request: Request) -> Answer:
        if request.path == f"{_API}/system/ping":
            return Answer(text="OK")
        if docker := _DOCKER.fullmatch(request.path):
            return self._docker(request, docker.group(1), docker.group(2))
        if request.credentials() != ("admin", self.setting.password.reveal()):
            raise _refusal(401, "Bad credentials")
        if request.path == f"{_API}/repositories" and request.method == "GET":
            return self._list(request)
        if one := _ONE.fullmatch(request.path):
            return self._one(request, one.group(1))
        return self._system(request)

    def _system(self, request: Request) -> Answer:
        match request.path.removeprefix(_API):
            case "/system/version":
                return Answer(value={"version": "7.146.17", "revision": "81461700", "addons": []})
            case "/system/licenses" if self.setting.tells_licence:
                return Answer(value={"type": self.setting.licence, "validThrough": ""})
            case "/storageinfo":
                summary = {"storageType": "filesystem", "totalSpace": "204.28 GB"}
                summary["freeSpace"] = self.setting.free_space
                return Answer(value={"fileStoreSummary": summary, "repositoriesSummaryList": []})
            case _:
                raise _refusal(404, "Not Found")

    def _list(self, request: Request) -> Answer:
        wanted = request.query.get("packageType")
        return Answer(
            value=[
                {
                    "key": one["key"],
                    "type": one["rclass"].upper(),
                    "packageType": one["packageType"].capitalize(),
                    "url": one.get("url", f"https://art.test/artifactory/{one['key']}"),
                }
                for one in self.repositories.values()
                if wanted in {None, one["packageType"]}
            ]
        )

    def _one(self, request: Request, key: str) -> Answer:
        if self.setting.is_free:
            raise _refusal(400, _ONLY_PRO)
        found = self.repositories.get(key)
        match request.method:
            case "GET" if found:
                return Answer(value={k: v for k, v in found.items() if k != "password"})
            case "GET":
                raise _refusal(400, f"Repository {key} does not exist")
            case "PUT":
                return self._create(request, key)
            case "POST" if found:
                self._check(found | request.document())
                found |= request.document()
                return Answer(text=f"Repository {key} update successfully.\n")
            case _:
                raise _refusal(404, f"Repository {key} does not exist")

    def _create(self, request: Request, key: str) -> Answer:
        if key.casefold() in {one.casefold() for one in self.repositories}:
            raise _refusal(400, f"Case insensitive repository key already exists: {key}")
        wanted = request.document()
        if wanted.get("key") != key or wanted.get("rclass") not in {"local", "remote", "virtual"}:
            raise _refusal(400, "Repository key or class is wrong")
        self._check(wanted)
        self.repositories[key] = wanted
        return Answer(text=f"Successfully created repository '{key}' \n")

    def _check(self, wanted: dict[str, Any]) -> None:
        if wanted["rclass"] == "remote" and not wanted.get("url"):
            raise _refusal(400, "URL is mandatory")
        for member in wanted.get("repositories", []):
            if member not in self.repositories:
                raise _refusal(400, f"Repository {member} does not exist")

    def _docker(self, request: Request, key: str, rest: str) -> Answer:
        if self.repositories.get(key, {}).get("packageType") != "docker":
            raise _refusal(404, "Not Found")
        if rest == "token":
            if not self.anonymous:
                raise _refusal(401, "Authentication is required")
            return Answer(value={"token": _TOKEN.removeprefix("Bearer "), "expires_in": 3600})
        if request.headers.get("authorization") == _TOKEN and self.anonymous:
            return Answer(value={})
        host = request.headers.get("host", "")
        realm = f'Bearer realm="https://{host}{_API}/docker/{key}/v2/token",service="{host}"'
        raise Refused(
            Answer(
                status=401,
                value={"errors": [{"status": 401, "message": "Authentication is required"}]},
                headers={"WWW-Authenticate": realm},
            )
        )
