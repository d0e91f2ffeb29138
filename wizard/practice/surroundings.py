"""What a practice fleet has around its hosts: registries, their authorities, names on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.clock import Clock
from wizard.practice.certificates import KNOWN, LOOPBACK, UPSTREAM, Authority
from wizard.practice.machine.network import Network
from wizard.practice.registry.faces import Face
from wizard.practice.registry.images import SHARED_TAGS, TARGET_TAGS
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign

UPSTREAM_NAMES: Final = ("registry-1.docker.io", "auth.docker.io", "index.docker.io", "docker.io")
"""What runtimes call the public registry."""
PROJECT: Final = "hub"
"""The project of the prefix target that stands for Docker Hub."""
CANARY: Final = "library/hello:only-target"
"""An image that only the targets have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The registries of a fleet.

    Attributes:
        target: answers as Docker Hub does at its root.
        prefix_target: answers below the project `PROJECT`, and with a portal elsewhere.
        upstream: stands for Docker Hub; its log shows who went past the target.
        network: where runtimes find them.
        target_authority: who signed the targets' certificates; hosts do not trust it yet.
        public_authority: who signed the upstream's; every host's system trusts it.
    """

    target: PracticeRegistry
    prefix_target: PracticeRegistry
    upstream: PracticeRegistry
    network: Network
    target_authority: Authority
    public_authority: Authority


@asynccontextmanager
async def open_surroundings(folder: Path, clock: Clock) -> AsyncIterator[Surroundings]:
    """Run registries whose certificates lie in `folder`, which exists."""
    known, public = Authority(KNOWN, clock=clock), Authority(UPSTREAM, clock=clock)
    target = PracticeRegistry(RegistryDesign(), known.issue(folder, "target"), clock=clock)
    prefix_target = PracticeRegistry(
        RegistryDesign(face=Face.PREFIX, prefix=PROJECT),
        known.issue(folder, "prefix-target"),
        clock=clock,
    )
    upstream = PracticeRegistry(
        RegistryDesign(face=Face.UPSTREAM),
        public.issue(folder, "upstream", names=(*UPSTREAM_NAMES, *LOOPBACK)),
        clock=clock,
    )
    for registry, tags in (
        (target, TARGET_TAGS),
        (prefix_target, TARGET_TAGS),
        (upstream, SHARED_TAGS),
    ):
        registry.add_hello(tags)
    async with AsyncExitStack() as running:
        for registry in (target, prefix_target, upstream):
            await running.enter_async_context(registry)
        names = dict.fromkeys(UPSTREAM_NAMES, (upstream.address, upstream.port))
        # Known by name, they count as other machines: Docker verifies no certificate of loopback.
        for registry in (target, prefix_target):
            names[f"localhost:{registry.port}"] = (registry.address, registry.port)
        yield Surroundings(
            target=target,
            prefix_target=prefix_target,
            upstream=upstream,
            network=Network(names=names),
            target_authority=known,
            public_authority=public,
        )
