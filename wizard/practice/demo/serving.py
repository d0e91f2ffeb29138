"""Who really answers the pulls of practice hosts: told by the registries' logs, not by a host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from wizard.practice.demo.endings import Server
from wizard.practice.fleet import PracticeFleet
from wizard.practice.registry.images import HELLO
from wizard.practice.registry.registry import PracticeRegistry

_IMAGE: Final = f"docker.io/{HELLO}:common"
_AT_A_TIME: Final = 4
_SECONDS: Final = 30.0


async def who_serves(fleet: PracticeFleet, names: Iterable[str]) -> dict[str, str]:
    """Pull on each host, remove the image again, and return a word of `Server` by name."""
    limit = asyncio.Semaphore(_AT_A_TIME)

    async def ask(name: str) -> tuple[str, str]:
        async with limit:
            return name, (await _served(fleet, name)).value

    return dict(await asyncio.gather(*(ask(name) for name in names)))


async def _served(fleet: PracticeFleet, name: str) -> Server:
    host = fleet.hosts[name]
    if not host.is_up:
        return Server.NOTHING
    targets = (fleet.target, fleet.prefix_target)
    marks = {registry: registry.mark() for registry in (*targets, fleet.upstream)}
    client = "docker" if fleet.designs[name].docker else "crictl"
    try:
        async with asyncio.timeout(_SECONDS):
            pulled = await host.run(f"{client} pull {_IMAGE} && {client} rmi {_IMAGE}")
    except TimeoutError:
        return Server.NOTHING
    if pulled.status:
        return Server.NOTHING
    # Whatever the target said before: an answer of the upstream is the silent fallback.
    if _answered(fleet.upstream, name, since=marks[fleet.upstream]):
        return Server.UPSTREAM
    if any(_answered(target, name, since=marks[target]) for target in targets):
        return Server.TARGET
    return Server.NOTHING


def _answered(registry: PracticeRegistry, client: str, *, since: int) -> bool:
    return any(
        request.client == client
        and request.status == HTTPStatus.OK
        and "/manifests/" in request.path
        for request in registry.requests(since=since)
    )
