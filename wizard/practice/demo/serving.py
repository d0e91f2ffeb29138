"""Who really answers the pulls of practice hosts: told by the registries' logs, not by a host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
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
    """Pull on each host with every client that it has, and remove the image again.

    Returns by name a word of `Server`; where clients are answered by different ones, all of them
    as `docker: target, podman: upstream`.
    """
    limit = asyncio.Semaphore(_AT_A_TIME)

    async def ask(name: str) -> tuple[str, str]:
        async with limit:
            # One after the other: the logs tell hosts apart, not the clients of one.
            answers = {
                client: await _served(fleet, name, client) for client in _clients(fleet, name)
            }
            return name, _in_one_word(answers)

    return dict(await asyncio.gather(*(ask(name) for name in names)))


def _clients(fleet: PracticeFleet, name: str) -> tuple[str, ...]:
    """Return the programs that pull on a host; `ctr` of a Docker host is nobody's way to images."""
    design = fleet.designs[name]
    first = "docker" if design.docker else "crictl"
    return (first, "podman") if design.podman else (first,)


def _in_one_word(answers: Mapping[str, Server]) -> str:
    servers = set(answers.values())
    if len(servers) == 1:
        return servers.pop().value
    return ", ".join(f"{client}: {server.value}" for client, server in answers.items())


async def _served(fleet: PracticeFleet, name: str, client: str) -> Server:
    host = fleet.hosts[name]
    if not host.is_up:
        return Server.NOTHING
    targets = (fleet.target, fleet.prefix_target)
    marks = {registry: registry.mark() for registry in (*targets, fleet.upstream)}
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
