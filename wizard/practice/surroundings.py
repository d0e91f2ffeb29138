"""What a practice fleet has around its hosts: registries, their authorities, names on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wizard.clock import Clock
from wizard.practice.certificates import KNOWN, LOOPBACK, UPSTREAM, Authority
from wizard.practice.hub import Hub
from wizard.practice.machine.network import Network
from wizard.practice.product_kind import ProductKind
from wizard.practice.registry.faces import Face
from wizard.practice.registry.images import HELLO, SHARED_TAGS, TARGET_TAGS, build_image
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign

if TYPE_CHECKING:
    from wizard.practice.products import PracticeProduct

UPSTREAM_NAMES: Final = ("registry-1.docker.io", "auth.docker.io", "index.docker.io", "docker.io")
"""What runtimes call the public registry."""
PROJECT: Final = "hub"
"""The project of the prefix target that stands for Docker Hub."""
CANARY: Final = f"{HELLO}:only-target"
"""An image that only the targets have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The registries of a fleet.

    Attributes:
        target: answers as Docker Hub does at its root.
        prefix_target: answers below the project `PROJECT`, and with a portal elsewhere.
        upstream: stands for Docker Hub; its log shows who went past the target.
        product: a stand-in of a registry product in place of one of the targets, if there is one.
        network: where runtimes find them.
        target_authority: who signed the targets' certificates; hosts do not trust it yet.
        public_authority: who signed the upstream's; every host's system trusts it.
    """

    target: PracticeRegistry
    prefix_target: PracticeRegistry
    upstream: PracticeRegistry
    product: PracticeProduct | None
    network: Network
    target_authority: Authority
    public_authority: Authority


@asynccontextmanager
async def open_surroundings(
    folder: Path, clock: Clock, *, product: ProductKind | None = None
) -> AsyncIterator[Surroundings]:
    """Run registries whose certificates lie in `folder`, which exists.

    A `product` is fresh: until it is provisioned it serves nothing.
    """
    known, public = Authority(KNOWN, clock=clock), Authority(UPSTREAM, clock=clock)
    upstream = PracticeRegistry(
        RegistryDesign(face=Face.UPSTREAM),
        public.issue(folder, "upstream", names=(*UPSTREAM_NAMES, *LOOPBACK)),
        clock=clock,
    )
    upstream.add_hello(SHARED_TAGS)
    async with AsyncExitStack() as running:
        await running.enter_async_context(upstream)
        made = _opened(product, upstream, clock) if product else None
        targets = []
        for name, design in (
            ("target", RegistryDesign()),
            ("prefix-target", RegistryDesign(face=Face.PREFIX, prefix=PROJECT)),
        ):
            is_product = made is not None and made.kind.is_prefixed is bool(design.prefix)
            target = PracticeRegistry(
                design,
                known.issue(folder, name),
                clock=clock,
                product=made.server if made and is_product else None,
            )
            target.add_hello(TARGET_TAGS)
            await running.enter_async_context(target)
            if made and is_product:
                made.named(target.url)
            targets.append(target)
        names = dict.fromkeys(UPSTREAM_NAMES, (upstream.address, upstream.port))
        # Known by name, they count as other machines: Docker verifies no certificate of loopback.
        for target in targets:
            names[f"localhost:{target.port}"] = (target.address, target.port)
        yield Surroundings(
            target=targets[0],
            prefix_target=targets[1],
            upstream=upstream,
            product=made,
            network=Network(names=names),
            target_authority=known,
            public_authority=public,
        )


def _opened(kind: ProductKind, upstream: PracticeRegistry, clock: Clock) -> PracticeProduct:
    """Return a product that knows the upstream; there the canary is its account's alone."""
    # Most fleets have none, and start without waiting for one.
    from wizard.practice.products import open_product  # noqa: PLC0415  # as said above

    hub = Hub(url=upstream.url, accounts={}, images=upstream.content)
    for tag in set(TARGET_TAGS) - set(SHARED_TAGS):
        hub.private_images.add_image(HELLO, tag, build_image(f"hello {tag}"))
    return open_product(kind, hub, clock)
