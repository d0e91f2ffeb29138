"""Registry products that a practice fleet may have as its target, and what an operator is given."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, assert_never

from wizard.clock import Clock
from wizard.practice.harbor.server import HarborServer
from wizard.practice.harbor.state import State
from wizard.practice.harbor.upstream import Upstream
from wizard.practice.product_kind import ADMIN, ADMIN_FILE, HUB_ACCOUNT, HUB_FILE, ProductKind
from wizard.practice.registry.content import Content
from wizard.practice.registry.product import Product

_HUB: Final = "https://hub.docker.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstreams:
    """What stands for Docker Hub.

    Attributes:
        url: where the upstream really listens.
        images: what everybody sees.
        private_images: what only its account sees.
    """

    url: str
    images: Content
    private_images: Content


class Freeze(Protocol):
    """Make a product read-only, or end that."""

    def __call__(self, *, is_frozen: bool) -> None:
        """Do so."""
        ...


class Revoke(Protocol):
    """Take an account away, or give it back."""

    def __call__(self, *, is_revoked: bool) -> None:
        """Do so."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeProduct:
    """A stand-in of a registry product, fresh from its installation.

    Attributes:
        server: answers at the target's port.
        passwords: by the name of the operator's file for each.
        options: of the section `target` of the migration file, besides where it is.
        named: tells it the URL that clients use, once its port is known.
        freeze: makes it read-only, or ends that.
        revoke: takes its account at the practice Docker Hub away, or gives it back.
    """

    kind: ProductKind
    server: Product
    passwords: Mapping[str, str]
    options: Mapping[str, Any]
    named: Callable[[str], None]
    freeze: Freeze
    revoke: Revoke


def open_product(kind: ProductKind, upstreams: Upstreams, clock: Clock) -> PracticeProduct:
    """Return a product in which nothing is provisioned yet."""
    match kind:
        case ProductKind.HARBOR:
            return _harbor(upstreams, clock)
        case _:
            assert_never(kind)


def _passwords() -> dict[str, str]:
    return {name: secrets.token_urlsafe(12) for name in (ADMIN_FILE, HUB_FILE)}


def _options(kind: ProductKind, wanted: Mapping[str, Any]) -> dict[str, Any]:
    account = {"username": HUB_ACCOUNT, "password": f"file:{HUB_FILE}"}
    return {
        "kind": kind.value,
        "username": ADMIN,
        "password": f"file:{ADMIN_FILE}",
        "provision": {"accounts": {"docker.io": account}, kind.value: dict(wanted)},
    }


def _harbor(upstreams: Upstreams, clock: Clock) -> PracticeProduct:
    passwords = _passwords()
    hub = Upstream(
        accounts={HUB_ACCOUNT: passwords[HUB_FILE]},
        urls=frozenset({_HUB, upstreams.url}),
        images=upstreams.images,
        private_images=upstreams.private_images,
    )
    state = State(
        clock=clock,
        external_url="",
        upstream=hub,
        users={ADMIN: (passwords[ADMIN_FILE], True)},
    )

    def named(url: str) -> None:
        state.external_url = url

    def freeze(*, is_frozen: bool) -> None:
        state.configuration["read_only"] = is_frozen

    def revoke(*, is_revoked: bool) -> None:
        hub.accounts[HUB_ACCOUNT] = "" if is_revoked else passwords[HUB_FILE]

    wanted = {"upstreams": {"docker.io": {"server": upstreams.url}}}
    return PracticeProduct(
        kind=ProductKind.HARBOR,
        server=HarborServer(state, Content()),
        passwords=passwords,
        options=_options(ProductKind.HARBOR, wanted),
        named=named,
        freeze=freeze,
        revoke=revoke,
    )
