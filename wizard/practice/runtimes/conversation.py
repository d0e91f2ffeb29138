"""What a runtime says to one endpoint of a registry: requests, tokens, contents."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from wizard.errors import PilotageError
from wizard.practice.machine.network import Answer, Client, Unreachable, Untrusted
from wizard.practice.runtimes.endpoints import Endpoint

INDEXES: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFESTS: Final = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
_ACCEPT: Final = ", ".join(sorted(INDEXES | MANIFESTS))
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class PullFailed(PilotageError):
    """An image cannot be had; `what` has the runtime's own words.

    Attributes:
        weight: how far the attempt came; the furthest of several tells the story (§1.4).
        status: what the registry answered, 0 for nothing.
        code: the registry's code of the error, as `MANIFEST_UNKNOWN`, or empty.
    """

    def __init__(self, words: str, *, weight: int = 0, status: int = 0, code: str = "") -> None:
        super().__init__(words)
        self.weight = weight
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A manifest or a blob: its bytes, media type and digest."""

    body: bytes
    media_type: str
    digest: str

    def tree(self) -> dict[str, Any]:
        """Return what its JSON says; raises PullFailed where it is none."""
        try:
            tree = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise PullFailed(f"invalid content of {self.digest}") from error
        if not isinstance(tree, dict):
            raise PullFailed(f"invalid content of {self.digest}")
        return tree


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Requests to one endpoint about one repository.

    Attributes:
        client: the way there.
        endpoint: where to.
        repository: as the image names it, `library/nginx`.
        namespace: what mirrors are told in `?ns=`, or empty (§2.4).
        old_words: whether x509 errors are told as Go did before 1.20.
    """

    client: Client
    endpoint: Endpoint
    repository: str
    namespace: str = ""
    old_words: bool = False
    _token: str = ""
    _scopes: list[str] = field(default_factory=list)

    async def ping(self) -> None:
        """Ask for the API itself, as Docker's classic pull does first; raises PullFailed."""
        answer = await self._get(self.endpoint.ping or f"{self.endpoint.base}/")
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self._authorize(answer)

    async def head(self, version: str) -> Answer:
        """Ask what a tag or digest is; raises PullFailed where nothing answers."""
        return await self._asked("HEAD", self._url("manifests", version))

    async def manifest(self, version: str) -> Answer:
        """Ask for a manifest or index; raises PullFailed where nothing answers."""
        return await self._asked("GET", self._url("manifests", version))

    async def blob(self, digest: str) -> Answer:
        """Ask for a blob; raises PullFailed where nothing answers."""
        return await self._asked("GET", self._url("blobs", digest))

    def shown_url(self, kind: str, version: str) -> str:
        """Return the URL of a question."""
        return self._url(kind, version)

    def _url(self, kind: str, version: str) -> str:
        asked = f"?ns={quote(self.namespace)}" if self.namespace and self.endpoint.mirror else ""
        return f"{self.endpoint.base}/{self.repository}/{kind}/{version}{asked}"

    async def _asked(self, method: str, url: str) -> Answer:
        answer = await self._get(url, method)
        if answer.status == HTTPStatus.UNAUTHORIZED and await self._authorize(answer):
            answer = await self._get(url, method)
        return answer

    async def _get(self, url: str, method: str = "GET") -> Answer:
        headers = {"Accept": _ACCEPT, **self.endpoint.headers}
        if self._token:
            headers.setdefault("Authorization", f"Bearer {self._token}")
        return await self._ask(url, headers, method)

    async def _ask(self, url: str, headers: Mapping[str, str], method: str) -> Answer:
        try:
            return await self.client.get(url, headers=headers, method=method)
        except Unreachable as error:
            if not self.endpoint.trust.verify and url.startswith("https:"):
                # A registry that is marked insecure may be without TLS altogether (§1.2).
                return await self._ask(f"http:{url[6:]}", headers, method)
            words = self._words(error)
            verb = method.capitalize()
            raise PullFailed(f'{verb} "{url}": {words}', weight=1) from error

    def _words(self, error: Unreachable) -> str:
        if isinstance(error, Untrusted) and not self.old_words:
            return f"tls: failed to verify certificate: {error.what}"
        return error.what

    async def _authorize(self, answer: Answer) -> bool:
        """Fetch a token for what a 401 asks for; return whether there is one to try."""
        scheme, _space, rest = answer.headers.get("www-authenticate", "").partition(" ")
        wanted = dict(_CHALLENGE.findall(rest))
        if scheme.lower() != "bearer" or "realm" not in wanted:
            return False
        scopes = {f"repository:{self.repository}:pull"}
        if wanted.get("scope"):
            scopes.add(wanted["scope"])
        if set(self._scopes) == scopes:
            return False
        self._scopes = sorted(scopes)
        query = [("scope", scope) for scope in self._scopes]
        if wanted.get("service"):
            query.append(("service", wanted["service"]))
        credentials = self.endpoint.credentials
        headers = {"Authorization": credentials} if credentials else {}
        asked = await self._ask(f"{wanted['realm']}?{urlencode(query)}", headers, "GET")
        if asked.status != HTTPStatus.OK:
            return False
        told = json.loads(asked.body)
        self._token = str(told.get("token") or told.get("access_token") or "")
        return bool(self._token)


def content_of(answer: Answer) -> Content:
    """Return what came with an answer."""
    digest = answer.headers.get("docker-content-digest", "")
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    own = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    return Content(body=answer.body, media_type=media_type, digest=digest or own)


def is_intact(body: bytes, digest: str) -> bool:
    """Tell whether bytes are what a digest says."""
    return digest == f"sha256:{hashlib.sha256(body).hexdigest()}"


def error_code(body: bytes) -> tuple[str, str]:
    """Return code and message of the first error in a registry's answer, or two empty texts."""
    try:
        first = json.loads(body)["errors"][0]
        return str(first["code"]), str(first.get("message", ""))
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return "", ""


def basic(user: str, password: str) -> str:
    """Return the header that logs in."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
