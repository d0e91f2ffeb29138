"""What product answers at a URL, told by the calls that only it answers so.

Every product is asked at once, without credentials. HTTP 200 alone tells nothing: portals answer
it to everything (facts/harbor.md §2.1, facts/nexus_artifactory.md §6.1, §9).
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from wizard.clock import Clock
from wizard.registries.address import parse_address
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.management import ManagementAPI, Reply
from wizard.target import TargetKind
from wizard.wording import _

_NEXUS_SERVER: Final = re.compile(r"Nexus/(?P<version>[\w.-]+) \((?P<edition>\w+)\)")
_UNREACHABLE: Final = frozenset(
    {
        Failure.UNRESOLVABLE,
        Failure.REFUSED,
        Failure.TIMED_OUT,
        Failure.UNTRUSTED,
        Failure.EXPIRED,
        Failure.WRONG_HOST,
        Failure.NOT_TLS,
        Failure.PROXY,
    }
)
"""The same for every product: nobody was talked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What answers at a URL.

    Attributes:
        kind: the product; PLAIN for a registry without a management API that we know.
        base_url: where its paths begin, a context path such as `/nexus` included.
        version: as it tells strangers; empty where it tells only those who log in.
        edition: in upper case, as Nexus tells it; empty where it does not say.
        attempts: what was asked and what came back, a line each.
    """

    kind: TargetKind
    base_url: str
    version: str = ""
    edition: str = ""
    attempts: tuple[str, ...] = ()


async def detect(url: str, *, client: httpx.AsyncClient, clock: Clock) -> Detected:
    """Return what answers at `url`, with or without a path in it.

    Raises InputError for a URL that cannot be meant, RegistryFailure when nothing answers there
    or nothing that is a registry.
    """
    address = parse_address(url)
    bases = [address.url]
    context = address.path.partition("/")[0]
    if context and context not in {"v2", "repository", "artifactory"}:
        bases.append(f"{address.url}/{context}")
    attempts: list[str] = []
    failures: list[RegistryFailure] = []

    async def ask(look: _Look, base: str) -> Detected | None:
        try:
            return await look(ManagementAPI(base, client=client, clock=clock), attempts)
        except RegistryFailure as error:
            attempts.append(f"{error.url}: {error.reason}")
            failures.append(error)
            return None

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(ask(look, base)) for base in bases for look in _LOOKS]
    for task in asked:
        if found := task.result():
            return dataclasses.replace(found, attempts=tuple(sorted(attempts)))
    for failure in failures:
        if failure.kind in _UNREACHABLE:
            raise failure
    raise RegistryFailure(
        Failure.NOT_A_REGISTRY,
        _("nothing that was asked answers as a registry does:\n{attempts}").format(
            attempts="\n".join(sorted(attempts))
        ),
        url=address.url,
    )


async def _harbor(api: ManagementAPI, attempts: list[str]) -> Detected | None:
    reply = await _asked(api, "/api/v2.0/ping", attempts)
    if reply.text.strip().strip('"') != "Pong":
        return None
    return Detected(kind=TargetKind.HARBOR, base_url=api.base_url)


async def _nexus(api: ManagementAPI, attempts: list[str]) -> Detected | None:
    # 503 when it is up and not ready.
    reply = await _asked(api, "/service/rest/v1/status", attempts, expected=(200, 503))
    named = _NEXUS_SERVER.search(reply.headers.get("server", ""))
    if named is None and (reply.status != httpx.codes.OK or reply.text.strip()):
        # A front may replace the header; then the status alone must do: empty, never a page.
        return None
    return Detected(
        kind=TargetKind.NEXUS,
        base_url=api.base_url,
        version=named["version"] if named else "",
        edition=named["edition"].upper() if named else "",
    )


async def _artifactory(api: ManagementAPI, attempts: list[str]) -> Detected | None:
    reply = await _asked(api, "/artifactory/api/system/ping", attempts)
    if reply.text.strip() != "OK":
        return None
    return Detected(
        kind=TargetKind.ARTIFACTORY,
        base_url=api.base_url,
        version=reply.headers.get("x-artifactory-version", ""),
    )


async def _plain(api: ManagementAPI, attempts: list[str]) -> Detected | None:
    reply = await _asked(api, "/v2/", attempts, expected=(200, 401))
    version = reply.headers.get("docker-distribution-api-version", "")
    challenged = reply.status == httpx.codes.UNAUTHORIZED and "www-authenticate" in reply.headers
    if not version.startswith("registry/2") and not challenged:
        return None
    root = urlsplit(api.base_url)
    return Detected(
        kind=TargetKind.PLAIN,
        base_url=f"{root.scheme}://{root.netloc}",
    )


async def _asked(
    api: ManagementAPI, path: str, attempts: list[str], *, expected: tuple[int, ...] = (200,)
) -> Reply:
    reply = await api.call("GET", path, expected=expected)
    attempts.append(f"{api.base_url}{path}: HTTP {reply.status}")
    return reply


_Look = Callable[[ManagementAPI, list[str]], Awaitable[Detected | None]]
# Every product serves `/v2/` somewhere, so the plain registry is the last to be believed.
_LOOKS: Final[tuple[_Look, ...]] = (_harbor, _nexus, _artifactory, _plain)
