"""The Registry step for a registry by its URL: how it is spelled is found out by asking.

A spelling counts only when a manifest answers under it, with a manifest's media type and bytes
that match its digest. HTTP 200 alone counts for nothing: web portals answer it to every path.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import InputError, RegistryError
from wizard.fleet.policy import TargetChoice
from wizard.registries.address import Address, Spelling, parse_address, spellings
from wizard.registries.authority import Login
from wizard.registries.canary import find_canary, parse_reference, push_canary
from wizard.registries.certificates import describe, presented_fingerprint
from wizard.registries.distribution import Distribution, open_client
from wizard.registries.failures import Failure, RegistryFailure
from wizard.secret import Secret
from wizard.target import Addressing, Canary, Target, TargetKind, TargetReport
from wizard.wording import _

DEADLINE: Final = 120.0
"""Seconds for everything together."""

_SAMPLES: Final = 3
"""Repositories of the catalogue that are asked for a manifest."""

_COMMON: Final = (
    ("library/hello-world", "latest"),
    ("library/alpine", "latest"),
    ("library/nginx", "latest"),
)
"""Images that most registries with images of Docker Hub have."""

_SHOW_CERTIFICATE: Final = frozenset({Failure.UNTRUSTED, Failure.EXPIRED, Failure.WRONG_HOST})
_NO_ANSWER: Final = frozenset(
    {
        *_SHOW_CERTIFICATE,
        Failure.UNRESOLVABLE,
        Failure.REFUSED,
        Failure.TIMED_OUT,
        Failure.NOT_TLS,
        Failure.CONNECTION_LOST,
    }
)


@dataclass(slots=True, kw_only=True)
class _Probing:
    """One probing under way."""

    address: Address
    client: httpx.AsyncClient
    clock: Clock
    login: Login | None
    attempts: list[str] = field(default_factory=list)

    def spelled(self, spelling: Spelling) -> Distribution:
        """Return the API under one spelling."""
        base = Target(
            url=self.address.url, addressing=spelling.addressing, prefix=spelling.prefix
        ).api_base
        return Distribution(base, client=self.client, clock=self.clock, login=self.login)

    def note(self, url: str, what: str) -> None:
        """Remember what a URL answered."""
        self.attempts.append(f"{url}: {what}")


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
    suffixes: Callable[[], str] = new_suffix,
) -> TargetReport:
    """Find out a target's addressing and its canary, pushing one if none is named.

    Args:
        choice: as the operator wrote it.
        ca_pem: content of the CA file that hosts would be given, or None.
        password: of `choice.username`; used only when the registry asks.
        clock: waits between tries.
        transport: where requests go; None for the network, with TLS always verified.
        suffixes: where the canary's unique tag comes from.

    Raises InputError for a choice that cannot be meant, RegistryError for a target that does
    not answer as a registry must; both say what to do.
    """
    address = parse_address(choice.url)
    candidates = spellings(address, choice)
    if choice.canary:
        parse_reference(choice.canary)
    login = Login(username=choice.username, password=password) if password else None
    try:
        async with (
            asyncio.timeout(DEADLINE),
            open_client(ca_pem, transport=transport) as client,
        ):
            probing = _Probing(address=address, client=client, clock=clock, login=login)
            certificate = await _knock(probing)
            spelling, canary = await _find(probing, candidates, choice)
            if canary is None:
                canary = await _push(probing, spelling, suffixes())
    except TimeoutError as error:
        raise RegistryFailure(
            Failure.TIMED_OUT, _("it did not answer in time"), url=address.url
        ) from error
    target = Target(
        kind=TargetKind(choice.kind),
        url=address.url,
        addressing=spelling.addressing,
        prefix=spelling.prefix,
        ca_pem=ca_pem,
        canary=canary,
    )
    return TargetReport(target=target, attempts=tuple(probing.attempts), certificate=certificate)


async def _knock(probing: _Probing) -> str:
    """Return the certificate; raises RegistryError when nobody can be talked to."""
    root = probing.spelled(Spelling(addressing=Addressing.ROOT))
    try:
        ping = await root.ping()
    except RegistryFailure as error:
        if error.kind not in _SHOW_CERTIFICATE:
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


async def _find(
    probing: _Probing, candidates: tuple[Spelling, ...], choice: TargetChoice
) -> tuple[Spelling, Canary | None]:
    """Return the spelling under which a manifest answers, and the canary if it was that one."""
    if choice.canary:
        return await _find_named(probing, candidates, choice.canary)
    for spelling in candidates:
        if await _has_sample(probing, spelling):
            return spelling, None
    return await _first_pushable(probing, candidates), None


async def _find_named(
    probing: _Probing, candidates: tuple[Spelling, ...], reference: str
) -> tuple[Spelling, Canary]:
    for spelling in candidates:
        distribution = probing.spelled(spelling)
        try:
            canary = await find_canary(distribution, reference)
        except RegistryFailure as error:
            if error.kind in _NO_ANSWER:
                raise
            probing.note(error.url, error.reason)
            continue
        probing.note(distribution.api_base, canary.digest)
        return spelling, canary
    raise RegistryError(
        _("the canary {reference} is under no URL that was tried:\n{attempts}").format(
            reference=reference, attempts="\n".join(probing.attempts)
        ),
        state=_("Nothing was changed on any host."),
        todo=_("Check the canary's name, give the prefix, or leave the canary empty to push one."),
    )


async def _push(probing: _Probing, spelling: Spelling, suffix: str) -> Canary:
    distribution = probing.spelled(spelling)
    try:
        canary = await push_canary(distribution, suffix=suffix)
    except RegistryFailure as error:
        if not spelling.prefix:
            hint = _("If it keeps images of Docker Hub in a project, give that as the prefix.")
            error.todo = f"{error.todo} {hint}"
        raise
    probing.note(distribution.api_base, _("canary pushed and read back"))
    return canary


async def _has_sample(probing: _Probing, spelling: Spelling) -> bool:
    """Tell whether an image of upstream's naming answers under a spelling."""
    distribution = probing.spelled(spelling)
    for name, tag in await _samples(probing, spelling):
        try:
            manifest = await distribution.manifest(name, tag)
        except RegistryFailure as error:
            probing.note(error.url, error.reason)
            continue
        probing.note(f"{distribution.api_base}/{name}/manifests/{tag}", manifest.digest)
        return True
    return False


async def _samples(probing: _Probing, spelling: Spelling) -> list[tuple[str, str]]:
    """Return images that the registry says it has, or, where it does not tell, may well have."""
    distribution = probing.spelled(spelling)
    catalogue, begin = distribution, ""
    if spelling.addressing is Addressing.PREFIX:
        catalogue = probing.spelled(Spelling(addressing=Addressing.ROOT))
        begin = f"{spelling.prefix}/"
    try:
        listed = await catalogue.repositories()
        names = [name for name in listed if name.startswith(f"{begin}library/")]
        tagged = []
        for name in (one.removeprefix(begin) for one in names[:_SAMPLES]):
            tagged += [(name, tag) for tag in (await distribution.tags(name))[:1]]
    except RegistryFailure as error:
        if error.kind in _NO_ANSWER:
            raise
        probing.note(error.url, error.reason)
        return list(_COMMON)
    return tagged


async def _first_pushable(probing: _Probing, candidates: tuple[Spelling, ...]) -> Spelling:
    """Return the first spelling that the operator meant and whose API is a registry's.

    What is only guessed is not pushed to: a push would create the repository that it looks for.
    """
    meant = [one for one in candidates if not one.prefix or _is_given(candidates)]
    for spelling in meant:
        distribution = probing.spelled(spelling)
        if spelling.addressing is Addressing.PREFIX:
            distribution = probing.spelled(Spelling(addressing=Addressing.ROOT))
        ping = await distribution.ping()
        probing.note(f"{distribution.api_base}/", f"HTTP {ping.status} {ping.media_type}")
        if ping.is_registry:
            return spelling
    if not meant:
        raise InputError(
            _("no image was found under any prefix that registries often use"),
            state=_("Nothing was changed."),
            todo=_("Give the prefix: the project or repository that stands for Docker Hub."),
        )
    raise RegistryFailure(
        Failure.NOT_A_REGISTRY,
        _("nothing that was tried is a registry:\n{attempts}").format(
            attempts="\n".join(probing.attempts)
        ),
        url=probing.address.url,
    )


def _is_given(candidates: tuple[Spelling, ...]) -> bool:
    """Tell whether the prefix is the operator's own and not a guess."""
    return len({one.prefix for one in candidates if one.prefix}) == 1
