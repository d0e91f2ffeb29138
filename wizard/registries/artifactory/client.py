"""Artifactory's management API, `<url>/artifactory`: thin methods, one for each call.

No official description of it is known; what is here is from JFrog's clients and documentation
(facts/nexus_artifactory.md §6). The free editions refuse to make, change and, some, to tell
repositories: that is an answer, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import quote

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Login
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.management import ManagementAPI
from wizard.registries.typed import Document, typed
from wizard.secret import Secret
from wizard.wording import _

BASE: Final = "/artifactory"
_ONLY_PRO: Final = "available only in artifactory pro"
_SIZE: Final = re.compile(r"([\d,]*\d(?:\.\d+)?) (bytes|[KMGTP]B)\b", re.IGNORECASE)
_UNITS: Final = ("bytes", "kb", "mb", "gb", "tb", "pb")
_FREE: Final = ("oss", "jcr", "community")
"""Words in the licence's type of the editions that make no repositories (§6.1)."""


class Provisioning(Enum):
    """Whether this server makes repositories through its API."""

    POSSIBLE = "possible"
    LICENSED_ONLY = "licensed_only"
    UNKNOWN = "unknown"
    """The licence is not told to us; the server will say when it is asked to make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server tells of itself.

    Attributes:
        version: `7.146.17`.
        licence: its type in the server's words; empty where it is not told to us.
    """

    version: str
    licence: str

    @property
    def provisioning(self) -> Provisioning:
        """Return whether repositories can be made."""
        if not self.licence:
            return Provisioning.UNKNOWN
        if any(word in self.licence.lower().split() for word in _FREE):
            return Provisioning.LICENSED_ONLY
        return Provisioning.POSSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes of the disk that artifacts lie on."""

    total: int
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A repository as the list of all has it, which every edition tells.

    Attributes:
        type: `LOCAL`, `REMOTE` or `VIRTUAL`.
        url: of a remote one its upstream.
    """

    key: str
    type: str
    packageType: str = ""  # noqa: N815  # the API's own name
    url: str = ""


class Artifactory:
    """One Artifactory; every method raises RegistryFailure.

    Args:
        api: logged in.
        nobody: the same without a login, for what everybody may.
    """

    def __init__(self, api: ManagementAPI, nobody: ManagementAPI) -> None:
        self._api = api
        self._nobody = nobody

    async def is_up(self) -> bool:
        """Tell whether it answers `OK`; raises NOT_A_REGISTRY for other words."""
        reply = await self._nobody.call("GET", "/api/system/ping", expected=(200, 503))
        if reply.status == httpx.codes.OK and reply.text.strip() != "OK":
            raise RegistryFailure(
                Failure.NOT_A_REGISTRY,
                _("it does not answer as Artifactory does"),
                url=f"{BASE}/api/system/ping",
                status=reply.status,
            )
        return reply.status == httpx.codes.OK

    async def server(self) -> Server:
        """Return version and licence."""
        path = "/api/system/version"
        told = typed(await self._api.call("GET", path), Document, f"{BASE}{path}")
        return Server(version=str(told.get("version") or ""), licence=await self._licence())

    async def _licence(self) -> str:
        """Return the licence's type; clusters tell several, and older ones have another path."""
        for path in ("/api/system/licenses", "/api/system/license"):
            reply = await self._api.call("GET", path, expected=(200, 400, 403, 404))
            if reply.status != httpx.codes.OK or not reply.body:
                continue
            told = typed(reply, Document, f"{BASE}{path}")
            first = next(iter(told.get("licenses") or ()), told)
            return str(first.get("type") or "")
        return ""

    async def room(self) -> Room | None:
        """Return the room of its file store, as it was told within the last hour.

        None for a bucket, which has no end, and where the login is no administrator's
        (jfrog.com/help, Get Storage Summary Info).
        """
        path = "/api/storageinfo"
        reply = await self._api.call("GET", path, expected=(200, 403, 404))
        if reply.status != httpx.codes.OK:
            return None
        told = typed(reply, Document, f"{BASE}{path}").get("fileStoreSummary") or {}
        total, free = (_size(str(told.get(name))) for name in ("totalSpace", "freeSpace"))
        return Room(total=total, free=free) if total and free is not None else None

    async def repositories(self) -> tuple[Listed, ...]:
        """Return all Docker repositories."""
        path = "/api/repositories"
        reply = await self._api.call("GET", path, query={"packageType": "docker"})
        return typed(reply, tuple[Listed, ...], f"{BASE}{path}")

    async def listed(self, key: str) -> Listed | None:
        """Return a repository of any package type as the list has it, in whatever case."""
        path = "/api/repositories"
        reply = await self._api.call("GET", path)
        found = typed(reply, tuple[Listed, ...], f"{BASE}{path}")
        return next((one for one in found if one.key.casefold() == key.casefold()), None)

    async def configuration(self, key: str) -> Document | None:
        """Return a repository's whole configuration; None where there is none or it is not told.

        A password in it is encrypted or missing.
        """
        path = f"/api/repositories/{quote(key, safe='')}"
        # Some answer 400 for a key that is not there, and free editions for every one.
        reply = await self._api.call("GET", path, expected=(200, 400, 404))
        if reply.status != httpx.codes.OK:
            return None
        return typed(reply, Document, f"{BASE}{path}")

    async def create(self, body: Document) -> bool:
        """Make a repository; False where only a licensed server would."""
        return await self._write("PUT", body)

    async def update(self, body: Document) -> bool:
        """Change what is given of a repository; False where only a licensed server would."""
        return await self._write("POST", body)

    async def _write(self, method: str, body: Document) -> bool:
        path = f"/api/repositories/{quote(str(body['key']), safe='')}"
        try:
            await self._api.call(method, path, expected=(200, 201), body=body)
        except RegistryFailure as failure:
            if _ONLY_PRO in failure.reason.lower():
                return False
            raise
        return True

    async def anybody_may_pull(self, key: str) -> bool:
        """Tell whether a repository is open without an account, asked as a runtime asks."""
        base = f"/api/docker/{quote(key, safe='')}/v2"
        first = await self._nobody.call("GET", f"{base}/", expected=(200, 401, 403, 404))
        if first.status != httpx.codes.UNAUTHORIZED:
            return first.status == httpx.codes.OK
        token = await self._nobody.call("GET", f"{base}/token", expected=(200, 400, 401, 403, 404))
        if token.status != httpx.codes.OK or not isinstance(token.body, dict):
            return False
        bearer = {"Authorization": f"Bearer {token.body.get('token')}"}
        second = await self._nobody.call(
            "GET", f"{base}/", expected=(200, 401, 403), headers=bearer
        )
        return second.status == httpx.codes.OK


def _size(words: str) -> int | None:
    """Return the bytes of `1,172.06 GB (84.23%)`; None for other words, as `Infinite`."""
    found = _SIZE.match(words)
    if found is None:
        return None
    return int(float(found[1].replace(",", "")) * 1024 ** _UNITS.index(found[2].lower()))


def artifactory_at(
    url: str,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    login: Login,
    hidden: Collection[Secret] = (),
) -> Artifactory:
    """Return the client of the Artifactory at a URL without a path.

    Args:
        url: `https://host[:port]`.
        client: from `wizard.registries.http.open_client`.
        clock: waits between tries of reading calls.
        login: of an administrator.
        hidden: secrets that will be sent and that no error may tell, `Wanted.secrets`.
    """
    base = f"{url}{BASE}"
    return Artifactory(
        ManagementAPI(base, client=client, clock=clock, login=login, hidden=hidden),
        ManagementAPI(base, client=client, clock=clock),
    )
