"""Registry products that a practice fleet may have as its target, and what an operator is given."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

from wizard.clock import Clock
from wizard.practice.harbor.server import HarborServer
from wizard.practice.harbor.state import State
from wizard.practice.harbor.upstream import Upstream
from wizard.practice.hub import Hub
from wizard.practice.nexus.server import CONNECTOR, NexusServer
from wizard.practice.nexus.setting import Setting
from wizard.practice.product_kind import ADMIN, ADMIN_FILE, HUB_ACCOUNT, HUB_FILE, ProductKind
from wizard.practice.registry.listener import LOOPBACK
from wizard.practice.registry.product import Product
from wizard.secret import Secret


class Switch(Protocol):
    """Something that somebody did to a product, or took back."""

    def __call__(self, *, is_on: bool) -> None:
        """Do it, or take it back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeProduct:
    """A stand-in of a registry product, fresh from its installation.

    Attributes:
        server: answers at the target's port.
        passwords: by the name of the operator's file for each.
        options: of the section `target` of the migration file, besides where it is.
        named: tells it the URL that clients use, once its port is known.
        hub: upstream as it knows it; its account there is `HUB_ACCOUNT`.
        freeze: makes it read-only.
        close: lets nobody pull without a login.
    """

    kind: ProductKind
    server: Product
    passwords: Mapping[str, str]
    options: Mapping[str, Any]
    named: Callable[[str], None]
    hub: Hub
    freeze: Switch
    close: Switch


def open_product(kind: ProductKind, hub: Hub, clock: Clock) -> PracticeProduct:
    """Return a product in which nothing is provisioned yet; `hub` gets an account for it."""
    passwords = {name: secrets.token_urlsafe(12) for name in (ADMIN_FILE, HUB_FILE)}
    hub.accounts[HUB_ACCOUNT] = passwords[HUB_FILE]
    match kind:
        case ProductKind.HARBOR:
            return _harbor(hub, passwords, clock)
        case ProductKind.NEXUS:
            return _nexus(hub, passwords)
        case _:
            assert_never(kind)


def _options(kind: ProductKind, wanted: Mapping[str, Any]) -> dict[str, Any]:
    account = {"username": HUB_ACCOUNT, "password": f"file:{HUB_FILE}"}
    return {
        "kind": kind.value,
        "username": ADMIN,
        "password": f"file:{ADMIN_FILE}",
        "provision": {"accounts": {"docker.io": account}, kind.value: dict(wanted)},
    }


def _harbor(hub: Hub, passwords: Mapping[str, str], clock: Clock) -> PracticeProduct:
    state = State(
        clock=clock,
        external_url="",
        upstream=Upstream(accounts=hub.accounts, repositories=hub.repositories, hub=hub),
        users={ADMIN: (passwords[ADMIN_FILE], True)},
    )

    def named(url: str) -> None:
        state.external_url = url

    def freeze(*, is_on: bool) -> None:
        state.configuration["read_only"] = is_on

    def close(*, is_on: bool) -> None:
        for project in state.projects.values():
            project.metadata["public"] = "false" if is_on else "true"

    wanted = {"upstreams": {"docker.io": {"server": hub.url}}}
    return PracticeProduct(
        kind=ProductKind.HARBOR,
        server=HarborServer(state),
        passwords=passwords,
        options=_options(ProductKind.HARBOR, wanted),
        named=named,
        hub=hub,
        freeze=freeze,
        close=close,
    )


def _nexus(hub: Hub, passwords: Mapping[str, str]) -> PracticeProduct:
    setting = Setting(
        password=Secret(passwords[ADMIN_FILE]),
        # It is told no upstream on its own machine, unless somebody says that it may reach it.
        names={"localhost": LOOPBACK},
    )
    server = NexusServer(setting, hub)

    def freeze(*, is_on: bool) -> None:
        server.nexus.system.writable = not is_on

    def close(*, is_on: bool) -> None:
        server.nexus.security.anonymous["enabled"] = not is_on

    upstream = {"server": hub.url, "port": CONNECTOR, "private": True}
    return PracticeProduct(
        kind=ProductKind.NEXUS,
        server=server,
        passwords=passwords,
        options=_options(
            ProductKind.NEXUS, {"eula": "accepted", "upstreams": {"docker.io": upstream}}
        ),
        named=lambda _url: None,
        hub=hub,
        freeze=freeze,
        close=close,
    )
