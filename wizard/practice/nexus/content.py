"""Docker content of the practice Nexus: who may pull, by connector, path or repository URL.

Without `Images` what is pulled is made up: every tag is there, and a cache miss adds a component
(facts/nexus_artifactory.md §1.2, §2.6).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final, NoReturn, Protocol

from wizard.practice.exchange import Answer, Refused, Request, refusal, refuse
from wizard.practice.nexus.repositories import Repositories
from wizard.practice.nexus.security import Security
from wizard.practice.nexus.setting import Setting
from wizard.practice.nexus.system import System

_MANIFEST: Final = re.compile(r"/v2/(.+)/manifests/(.+)")
_MEDIA_TYPE: Final = "application/vnd.oci.image.index.v1+json"
_BODY: Final = f'{{"schemaVersion":2,"mediaType":"{_MEDIA_TYPE}","manifests":[]}}'
_READING: Final = frozenset({"GET", "HEAD"})
_TOKEN: Final = "DockerToken."  # noqa: S105  # how its tokens begin


class Images(Protocol):
    """Real images behind the repositories."""

    def answer(self, repository: dict[str, Any], path: str, request: Request) -> Answer:
        """Answer who may; `path` is below the repository, `/v2/…`."""
        ...


class Content:
    """What clients of the registry see.

    Attributes:
        pulled: repository, image and reference of each pull that was answered.
        cached: of these, what proxies keep.
        images: what is served; None: everything is made up.
    """

    def __init__(
        self, setting: Setting, system: System, security: Security, repositories: Repositories
    ) -> None:
        self._setting = setting
        self._system = system
        self._security = security
        self._repositories = repositories
        self.pulled: list[tuple[str, str, str]] = []
        self.cached: set[tuple[str, str, str]] = set()
        self.images: Images | None = None

    def answer(self, request: Request, port: int) -> Answer:
        """Answer a request to content at the port it came to; 404 where nothing is served."""
        self._system.requests += 1
        repository, path, before = self._addressed(request.path, port)
        if not self._system.accepted and self._setting.minor >= 77:  # noqa: PLR2004  # 3.77
            refuse(403, "You must accept the End User License Agreement first")
        is_known = self.images is not None or _MANIFEST.fullmatch(path)
        if path in {"/v2/", "/v2/token"} or (is_known and path.startswith("/v2/")):
            return self._docker(request, repository, path, before)
        raise refusal(404, "Not found")

    def _addressed(self, path: str, port: int) -> tuple[dict[str, Any], str, str]:
        """Return the repository, the path in it, and what stands before its `/v2/`."""
        docker = [one for one in self._repositories.all.values() if one["format"] == "docker"]
        for one in docker:
            if one["docker"].get("httpPort") == port:
                return one, path, ""
            below = f"/repository/{one['name']}"
            if path.startswith(f"{below}/"):
                return one, path.removeprefix(below), below
            if one["docker"].get("pathEnabled") and path.startswith(f"/v2/{one['name']}/"):
                inside = path.removeprefix(f"/v2/{one['name']}/")
                return one, f"/v2/{inside}", below
        raise refusal(404, "Not found")

    def _docker(
        self, request: Request, repository: dict[str, Any], path: str, before: str
    ) -> Answer:
        name = repository["name"]
        if path == "/v2/token":
            return self._token(request, repository)
        if (user := self._user(request)) is None:
            self._challenge(request, repository, before)
        is_allowed = (
            self._security.may_read if request.method in _READING else self._security.may_all
        )
        if not is_allowed(user, name):
            refuse(403, "Forbidden")
        if self.images is not None:
            return self.images.answer(repository, path, request)
        match = _MANIFEST.fullmatch(path)
        if match is None:
            return Answer(value={})
        return self._manifest(repository, match.group(1), match.group(2))

    def _challenge(self, request: Request, repository: dict[str, Any], before: str) -> NoReturn:
        """Refuse with 401, by design for somebody without a token too (§2.6)."""
        host = request.headers.get("host", "localhost")
        realm = f"https://{host}{before}/v2/token"
        wants_token = "DockerToken" in self._security.realms
        told = f'Bearer realm="{realm}",service="{realm}"'
        if repository["docker"]["forceBasicAuth"] or not wants_token:
            told = 'BASIC realm="Sonatype Nexus Repository Manager"'
        errors = [{"code": "UNAUTHORIZED", "message": "access to the requested resource is denied"}]
        raise Refused(
            Answer(status=401, value={"errors": errors}, headers={"WWW-Authenticate": told})
        )

    def _token(self, request: Request, repository: dict[str, Any]) -> Answer:
        if repository["docker"]["forceBasicAuth"]:
            refuse(401)
        credentials = request.credentials()
        if credentials is None and self._security.anonymous["enabled"]:
            return Answer(value={"token": f"{_TOKEN}{self._security.anonymous['userId']}"})
        if credentials and self._security.is_user(credentials):
            return Answer(value={"token": f"{_TOKEN}{credentials[0]}"})
        raise refusal(401)

    def _user(self, request: Request) -> str | None:
        header = request.headers.get("authorization", "")
        if header.startswith(f"Bearer {_TOKEN}"):
            # Without the realm nobody reads the token.
            known = "DockerToken" in self._security.realms
            return header.removeprefix(f"Bearer {_TOKEN}") if known else None
        credentials = request.credentials()
        if credentials and self._security.is_user(credentials):
            return credentials[0]
        return None

    def _manifest(self, repository: dict[str, Any], image: str, reference: str) -> Answer:
        if repository["type"] == "hosted":
            refuse(404, "manifest unknown")
        component = (repository["name"], image, reference)
        self.pulled.append(component)
        if component not in self.cached and not self._system.is_over_limit:
            self.cached.add(component)
            self._system.components += 1
        digest = f"sha256:{hashlib.sha256(_BODY.encode()).hexdigest()}"
        told = {"Content-Type": _MEDIA_TYPE, "Docker-Content-Digest": digest}
        return Answer(text=_BODY, headers=told)
