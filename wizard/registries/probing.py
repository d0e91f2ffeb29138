"""The Registry step for a registry by its URL: how it is spelled is found out by asking."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.fleet.policy import TargetChoice
from wizard.registries.address import Spelling, parse_address
from wizard.registries.authority import Login
from wizard.registries.certificates import describe, presented_fingerprint
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.registries.places import SHOW_CERTIFICATE, Probing, find_place, wanted_places
from wizard.secret import Secret
from wizard.target import Addressing, CATrust, TagSource, Target, TargetKind, TargetReport
from wizard.wording import _

DEADLINE: Final = 120.0
"""Seconds for everything together."""


def new_suffix() -> str:
    """Return twelve letters and digits for a canary's tag."""
    return secrets.token_hex(6)


async def probe_target(
    choice: TargetChoice,
    *,
    ca_pem: str | None,
    password: Secret | None,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    proxy: Secret | None = None,
    suffixes: Callable[[], str] = new_suffix,
) -> TargetReport:
    """Find out a target's addressing and its canary, pushing one if none is named.

    Args:
        choice: as the operator wrote it.
        ca_pem: content of the CA file that hosts would be given, or None.
        password: of `choice.username`; used only when the registry asks.
        clock: waits between tries.
        transport: where requests go; None for the network, with TLS always verified.
        proxy: URL of the HTTP proxy on that network, with its login.
        suffixes: where the canary's unique tag comes from.

    Raises InputError for a choice that cannot be meant, RegistryError for a target that does
    not answer as a registry must; both say what to do.
    """
    address = parse_address(choice.url)
    wanted = wanted_places(address, choice)
    login = Login(username=choice.username, password=password) if password else None
    try:
        async with (
            asyncio.timeout(DEADLINE),
            open_client(ca_pem, transport=transport, proxy=proxy) as client,
        ):
            probing = Probing(address=address, client=client, clock=clock, login=login)
            certificate = await _knock(probing, is_proxied=bool(proxy))
            first, *others = [await find_place(probing, one, suffixes) for one in wanted]
    except TimeoutError as error:
        raise RegistryFailure(
            Failure.TIMED_OUT, _("it did not answer in time"), url=address.url
        ) from error
    target = Target(
        kind=TargetKind(choice.kind),
        url=address.url,
        addressing=first.addressing,
        prefix=first.prefix,
        ca_pem=ca_pem,
        ca_trust=CATrust(choice.ca_trust),
        tags=TagSource(choice.tags),
        canary=first.canary,
        places=tuple(others),
    )
    return TargetReport(target=target, attempts=tuple(probing.attempts), certificate=certificate)


async def _knock(probing: Probing, *, is_proxied: bool) -> str:
    """Return the certificate; raises RegistryError when nobody can be talked to.

    Past a proxy nobody is asked for a certificate: somebody else may be there.
    """
    root = probing.spelled(Spelling(addressing=Addressing.ROOT))
    try:
        ping = await root.ping()
    except RegistryFailure as error:
        if error.kind not in SHOW_CERTIFICATE or is_proxied:
            raise
        shown = await presented_fingerprint(probing.address.url)
        raise RegistryFailure(
            error.kind,
            _("{reason}; it shows a certificate with SHA-256 fingerprint {shown}").format(
                reason=error.reason, shown=shown or "?"
            ),
            url=error.url,
        ) from error
    probing.note(f"{root.api_base}/", f"HTTP {ping.status} {ping.media_type}")
    return describe(ping.certificate)
