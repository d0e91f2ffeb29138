"""A thin client of the distribution API (OCI distribution spec 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Login, answer_challenge
from wizard.registries.certificates import verified_certificate
from wizard.registries.digests import digest_of
from wizard.registries.failures import (
    Failure,
    RegistryFailure,
    answer_failure,
)
from wizard.registries.http import send
from wizard.registries.media_types import MANIFEST_TYPES
from wizard.wording import _

_ACCEPT: Final = ", ".join(sorted(MANIFEST_TYPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest or an index; `digest` is that of `content`."""

    media_type: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What the API's root answered."""

    status: int
    media_type: str
    is_registry: bool
    certificate: Mapping[str, object]


class Distribution:
    """The API of one registry, spelled one way.

    Args:
        api_base: URL before `/<repository>/manifests/<reference>` (`Target.api_base`).
        client: from `open_client`.
        clock: waits between tries.
        login: used when the registry asks who is there, else anonymous.
    """

    def __init__(
        self, api_base: str, *, client: httpx.AsyncClient, clock: Clock, login: Login | None = None
    ) -> None:
        self.api_base = api_base
        self._client = client
        self._clock = clock
        self._login = login
        self._authorization: dict[str, str] = {}

    async def ping(self) -> Ping:
        """Return what the root of the API answers; raises RegistryFailure without an answer."""
        response = await self._send("GET", f"{self.api_base}/")
        media_type = _media_type(response)
        version = response.headers.get("docker-distribution-api-version", "")
        challenged = response.status_code == httpx.codes.UNAUTHORIZED
        return Ping(
            status=response.status_code,
            media_type=media_type,
            is_registry=version.startswith("registry/2")
            or (challenged and "www-authenticate" in response.headers),
            certificate=verified_certificate(response),
        )

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """Return a manifest whose bytes were compared with its digest.

        Raises RegistryFailure: NOT_A_REGISTRY for HTTP 200 with anything but a manifest
        (facts/runtimes.md §5), WRONG_BYTES when digest and bytes differ.
        """
        url = f"{self.api_base}/{repository}/manifests/{reference}"
        scope = self._scope(repository, "pull")
        response = await self._ask("GET", url, scope=scope, headers={"Accept": _ACCEPT})
        if response.status_code != httpx.codes.OK:
            raise answer_failure(response)
        media_type, content = _media_type(response), response.content
        if media_type not in MANIFEST_TYPES:
            raise RegistryFailure(
                Failure.NOT_A_REGISTRY,
                _("HTTP 200 with {type}, which is not a manifest").format(
                    type=media_type or _("no content type")
                ),
                url=url,
                status=response.status_code,
            )
        digest = digest_of(content)
        claimed = response.headers.get("docker-content-digest", digest)
        if claimed != digest or (reference.startswith("sha256:") and reference != digest):
            raise RegistryFailure(
                Failure.WRONG_BYTES,
                _("the bytes are {digest}, not {claimed}").format(digest=digest, claimed=claimed),
                url=url,
            )
        return Manifest(media_type=media_type, digest=digest, content=content)

    async def digest(self, repository: str, reference: str) -> str:
        """Return the digest of a manifest without pulling it; empty where there is none.

        Raises RegistryFailure. A registry that tells none with `HEAD` is asked for the manifest.
        """
        url = f"{self.api_base}/{repository}/manifests/{reference}"
        scope = self._scope(repository, "pull")
        response = await self._ask("HEAD", url, scope=scope, headers={"Accept": _ACCEPT})
        if response.status_code == httpx.codes.NOT_FOUND:
            return ""
        if response.status_code != httpx.codes.OK:
            raise answer_failure(response)
        told = str(response.headers.get("docker-content-digest", ""))
        return told or (await self.manifest(repository, reference)).digest

    async def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob whose bytes were compared with its digest; raises RegistryFailure."""
        url = f"{self.api_base}/{repository}/blobs/{digest}"
        response = await self._ask("GET", url, scope=self._scope(repository, "pull"))
        if response.status_code != httpx.codes.OK:
            raise answer_failure(response)
        if digest_of(response.content) != digest:
            raise RegistryFailure(Failure.WRONG_BYTES, _("the bytes have another digest"), url=url)
        return response.content

    async def repositories(self, *, limit: int = 100) -> tuple[str, ...]:
        """Return names from the catalogue; many registries refuse to tell: RegistryFailure."""
        url = f"{self.api_base}/_catalog?n={limit}"
        return await self._names(url, "repositories", scope="registry:catalog:*")

    async def tags(self, repository: str) -> tuple[str, ...]:
        """Return tags of a repository; raises RegistryFailure."""
        url = f"{self.api_base}/{repository}/tags/list"
        return await self._names(url, "tags", scope=self._scope(repository, "pull"))

    async def push_blob(self, repository: str, content: bytes) -> str:
        """Upload a blob in one piece and return its digest; raises RegistryFailure."""
        digest = digest_of(content)
        scope = self._scope(repository, "pull,push")
        start = f"{self.api_base}/{repository}/blobs/uploads/"
        begun = await self._ask("POST", start, scope=scope)
        if begun.status_code != httpx.codes.ACCEPTED:
            raise answer_failure(begun)
        place = urljoin(start, begun.headers.get("location", start))
        if _origin(place) != _origin(self.api_base):
            # Credentials go to nobody else; a registry behind a proxy that gets its own name
            # wrong would send every client astray.
            raise RegistryFailure(
                Failure.REDIRECTED,
                _("it wants the upload at {place}").format(place=place),
                url=start,
            )
        place += ("&" if "?" in place else "?") + f"digest={digest}"
        done = await self._ask(
            "PUT",
            place,
            scope=scope,
            headers={"Content-Type": "application/octet-stream"},
            content=content,
        )
        if done.status_code != httpx.codes.CREATED:
            raise answer_failure(done)
        return digest

    async def push_manifest(
        self, repository: str, reference: str, content: bytes, *, media_type: str
    ) -> str:
        """Store a manifest or an index and return its digest; raises RegistryFailure."""
        url = f"{self.api_base}/{repository}/manifests/{reference}"
        response = await self._ask(
            "PUT",
            url,
            scope=self._scope(repository, "pull,push"),
            headers={"Content-Type": media_type},
            content=content,
        )
        if response.status_code != httpx.codes.CREATED:
            raise answer_failure(response)
        return digest_of(content)

    def _scope(self, repository: str, actions: str) -> str:
        _before, _v2, prefix = self.api_base.partition("/v2/")
        name = f"{prefix}/{repository}" if prefix else repository
        return f"repository:{name}:{actions}"

    async def _names(self, url: str, key: str, *, scope: str) -> tuple[str, ...]:
        response = await self._ask("GET", url, scope=scope)
        if response.status_code != httpx.codes.OK:
            raise answer_failure(response)
        try:
            names = response.json()[key] or []
        except (ValueError, LookupError, TypeError) as error:
            raise RegistryFailure(
                Failure.NOT_A_REGISTRY, _("HTTP 200 without a list of names"), url=url
            ) from error
        return tuple(str(name) for name in names)

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send with authorization, which is fetched when the registry first asks for it."""
        sent = dict(headers or {})
        if scope in self._authorization:
            sent["Authorization"] = self._authorization[scope]
        response = await self._send(method, url, headers=sent, content=content)
        if response.status_code != httpx.codes.UNAUTHORIZED or "Authorization" in sent:
            return response
        self._authorization[scope] = await answer_challenge(
            self._client, response, self._login, scope=scope
        )
        sent["Authorization"] = self._authorization[scope]
        return await self._send(method, url, headers=sent, content=content)

    async def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        return await send(self._client, self._clock, method, url, headers=headers, content=content)


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname or "", parts.port or default
