"""Where a registry keeps an upstream's images: which spelling answers, and by which canary.

A spelling counts only when a manifest answers under it, with a manifest's media type and bytes
that match its digest. HTTP 200 alone counts for nothing: web portals answer it to every path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import InputError, RegistryError
from wizard.fleet.policy import TargetChoice
from wizard.registries.address import Address, Spelling, spellings
from wizard.registries.authority import Login
from wizard.registries.canary import find_canary, parse_reference, push_canary
from wizard.registries.distribution import Distribution
from wizard.registries.failures import Failure, RegistryFailure
from wizard.target import UPSTREAM, Addressing, Canary, Place, Target
from wizard.wording import _

_SAMPLES: Final = 3
"""Repositories of the catalogue that are asked for a manifest."""

_COMMON: Final = (
    ("library/hello-world", "latest"),
    ("library/alpine", "latest"),
    ("library/nginx", "latest"),
)
"""Images that most registries with images of Docker Hub have."""

SHOW_CERTIFICATE: Final = frozenset({Failure.UNTRUSTED, Failure.EXPIRED, Failure.WRONG_HOST})
_NO_ANSWER: Final = frozenset(
    {
        *SHOW_CERTIFICATE,
        Failure.UNRESOLVABLE,
        Failure.REFUSED,
        Failure.TIMED_OUT,
        Failure.NOT_TLS,
        Failure.PROXY,
        Failure.CONNECTION_LOST,
    }
)


@dataclass(slots=True, kw_only=True)
class Probing:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: the images of one upstream, under one of some spellings."""

    upstream: str
    canary: str
    candidates: tuple[Spelling, ...]


def wanted_places(address: Address, choice: TargetChoice) -> tuple[Wanted, ...]:
    """Return what the operator means, docker.io first; raises InputError for what cannot be."""
    wanted = [
        Wanted(upstream=UPSTREAM, canary=choice.canary, candidates=spellings(address, choice))
    ]
    for place in choice.upstreams:
        its = dataclasses.replace(choice, addressing=place.addressing, prefix=place.prefix)
        bare = dataclasses.replace(address, path="")
        wanted.append(
            Wanted(upstream=place.upstream, canary=place.canary, candidates=spellings(bare, its))
        )
    for one in wanted:
        if one.canary:
            parse_reference(one.canary, one.upstream)
    return tuple(wanted)


async def find_place(probing: Probing, wanted: Wanted, suffixes: Callable[[], str]) -> Place:
    """Return where an upstream's images are, with their canary, pushing one if none is named."""
    spelling, canary = await _find(probing, wanted)
    if canary is None:
        canary = await _push(probing, spelling, suffixes(), wanted.upstream)
    return Place(
        upstream=wanted.upstream,
        addressing=spelling.addressing,
        prefix=spelling.prefix,
        canary=canary,
    )


async def _find(probing: Probing, wanted: Wanted) -> tuple[Spelling, Canary | None]:
    """Return the spelling under which a manifest answers, and the canary if it was that one."""
    if wanted.canary:
        return await _find_named(probing, wanted)
    if wanted.upstream == UPSTREAM:
        for spelling in wanted.candidates:
            if await _has_sample(probing, spelling):
                return spelling, None
    return await _first_pushable(probing, wanted.candidates), None


async def _find_named(probing: Probing, wanted: Wanted) -> tuple[Spelling, Canary]:
    for spelling in wanted.candidates:
        distribution = probing.spelled(spelling)
        try:
            canary = await find_canary(distribution, wanted.canary, wanted.upstream)
        except RegistryFailure as error:
            if error.kind in _NO_ANSWER:
                raise
            probing.note(error.url, error.reason)
            continue
        probing.note(distribution.api_base, canary.digest)
        return spelling, canary
    raise RegistryError(
        _("the canary {reference} is under no URL that was tried:\n{attempts}").format(
            reference=wanted.canary, attempts="\n".join(probing.attempts)
        ),
        state=_("Nothing was changed on any host."),
        todo=_("Check the canary's name, give the prefix, or leave the canary empty to push one."),
    )


async def _push(probing: Probing, spelling: Spelling, suffix: str, upstream: str) -> Canary:
    distribution = probing.spelled(spelling)
    try:
        canary = await push_canary(distribution, suffix=suffix, upstream=upstream)
    except RegistryFailure as error:
        if not spelling.prefix:
            hint = _("If it keeps images of Docker Hub in a project, give that as the prefix.")
            error.todo = f"{error.todo} {hint}"
        raise
    probing.note(distribution.api_base, _("canary pushed and read back"))
    return canary


async def _has_sample(probing: Probing, spelling: Spelling) -> bool:
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


async def _samples(probing: Probing, spelling: Spelling) -> list[tuple[str, str]]:
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


async def _first_pushable(probing: Probing, candidates: tuple[Spelling, ...]) -> Spelling:
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
