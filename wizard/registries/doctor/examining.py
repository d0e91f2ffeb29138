"""Look at a registry from end to end: what it is, how clients meet it, how it is within."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.fleet.policy import TargetChoice
from wizard.registries.address import Spelling, parse_address, spellings
from wizard.registries.artifactory.client import artifactory_at
from wizard.registries.authority import Login
from wizard.registries.canary import REPOSITORY, parse_reference
from wizard.registries.detecting import Detected, detect
from wizard.registries.doctor.artifactory import look_into_artifactory
from wizard.registries.doctor.clients_view import pulls, uploads
from wizard.registries.doctor.front_door import at_the_front_door
from wizard.registries.doctor.harbor import look_into_harbor
from wizard.registries.doctor.looking import is_refused
from wizard.registries.doctor.nexus import look_into_nexus
from wizard.registries.doctor.observation import (
    Examination,
    Measure,
    Observation,
    Reading,
    Seen,
    Severity,
    Topic,
)
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.harbor.client import Harbor
from wizard.registries.http import open_client
from wizard.registries.management import ManagementAPI
from wizard.registries.nexus.client import nexus_at
from wizard.secret import Secret
from wizard.target import UPSTREAM, Addressing, Target, TargetKind
from wizard.wording import _

DEADLINE: Final = 120.0
"""Seconds for everything together."""


async def examine(
    choice: TargetChoice,
    *,
    ca_pem: str | None,
    password: Secret | None,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    proxy: Secret | None = None,
    with_upload: bool = True,
) -> Examination:
    """Return how the chosen registry is; nothing of it is changed.

    Args:
        choice: as the operator wrote it; its canary is pulled if it names one.
        ca_pem: content of the CA file that hosts would be given, or None.
        password: of `choice.username`; tried once, since failed logins lock users out.
        clock: waits between tries.
        transport: where requests go; None for the network, with TLS always verified.
        proxy: URL of the HTTP proxy on that network, with its login.
        with_upload: where there is a login, an upload is tried and given up again.

    Raises InputError for a choice
    that cannot be meant, RegistryFailure where nothing that answers is a registry; a server that
    cannot be talked to is an observation.
    """
    address = parse_address(choice.url)
    candidates = spellings(address, choice)
    login = Login(username=choice.username, password=password) if password else None
    try:
        async with (
            asyncio.timeout(DEADLINE),
            open_client(ca_pem, transport=transport, proxy=proxy) as client,
        ):
            try:
                detected = await detect(choice.url, client=client, clock=clock)
            except RegistryFailure as error:
                if error.kind is Failure.NOT_A_REGISTRY:
                    raise
                kind = TargetKind(choice.kind)
                met = await at_the_front_door(
                    address.url, kind=kind, client=client, clock=clock, is_proxied=bool(proxy)
                )
                return Examination(url=address.url, kind=kind, observations=met)
            target = _target(address.url, detected.kind, candidates)
            looking = _Looking(
                client=client, clock=clock, login=login, target=target, with_upload=with_upload
            )
            seen = await looking.all(choice, detected)
            return Examination(
                url=address.url,
                kind=detected.kind,
                version=detected.version,
                edition=detected.edition,
                observations=seen.observations,
                readings=seen.readings,
                attempts=detected.attempts,
            )
    except TimeoutError as error:
        raise RegistryFailure(
            Failure.TIMED_OUT, _("it did not answer in time"), url=address.url
        ) from error


def _target(url: str, kind: TargetKind, candidates: tuple[Spelling, ...]) -> Target:
    """Return the target under the spelling that its product makes most likely."""
    meant = next(
        (one for one in candidates if kind is not TargetKind.HARBOR or one.prefix), candidates[0]
    )
    return Target(kind=kind, url=url, addressing=meant.addressing, prefix=meant.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    client: httpx.AsyncClient
    clock: Clock
    login: Login | None
    target: Target
    with_upload: bool

    async def all(self, choice: TargetChoice, detected: Detected) -> Seen:
        answers = Observation(
            topic=Topic.HEALTH,
            severity=Severity.WELL,
            found=_("{product} answers at {url}").format(
                product=_product_words(detected.kind), url=detected.base_url
            ),
        )
        began = self.clock.monotonic()
        door = await at_the_front_door(
            self.target.url, kind=self.target.kind, client=self.client, clock=self.clock
        )
        took = Reading(measure=Measure.ANSWER, value=self.clock.monotonic() - began)
        within = await self._within(choice, detected)
        may_log_in = not is_refused(within)
        seen = [answers, *door, *await self._as_a_client(choice, may_log_in=may_log_in)]
        return Seen(observations=(*seen, *within.observations), readings=(took, *within.readings))

    async def _as_a_client(self, choice: TargetChoice, *, may_log_in: bool) -> list[Observation]:
        seen = []
        if choice.canary:
            repository, tag = parse_reference(choice.canary, UPSTREAM)
            image = f"{repository}:{tag}"
            seen.append(await pulls(self.target, image, client=self.client, clock=self.clock))
        if self.login and self.with_upload and may_log_in:
            seen.append(
                await uploads(
                    self.target,
                    REPOSITORY,
                    client=self.client,
                    clock=self.clock,
                    login=self.login,
                )
            )
        return seen

    async def _within(self, choice: TargetChoice, detected: Detected) -> Seen:
        match detected.kind:
            case TargetKind.HARBOR:
                return await self._harbor(choice, detected)
            case TargetKind.NEXUS if self.login:
                return await look_into_nexus(
                    nexus_at(
                        detected.base_url, client=self.client, clock=self.clock, login=self.login
                    )
                )
            case TargetKind.ARTIFACTORY if self.login:
                return await look_into_artifactory(
                    artifactory_at(
                        detected.base_url, client=self.client, clock=self.clock, login=self.login
                    ),
                    prefixes=(self.target.prefix, *(one.prefix for one in choice.upstreams)),
                )
            case TargetKind.NEXUS | TargetKind.ARTIFACTORY:
                return Seen(observations=(_needs_login(),))
            case TargetKind.PLAIN:
                return Seen()

    async def _harbor(self, choice: TargetChoice, detected: Detected) -> Seen:
        harbor = Harbor(
            ManagementAPI(
                f"{detected.base_url}/api/v2.0",
                client=self.client,
                clock=self.clock,
                login=self.login,
            )
        )
        mine = [self.target.prefix] if self.target.addressing is Addressing.PREFIX else []
        projects = (*mine, *(one.prefix for one in choice.upstreams if one.prefix))
        return await look_into_harbor(
            harbor, url=self.target.url, projects=projects, is_known=self.login is not None
        )


def _needs_login() -> Observation:
    return Observation(
        topic=Topic.RIGHTS,
        severity=Severity.UNKNOWN,
        found=_("it tells nothing of itself to strangers"),
        todo=_("Give a user name and password of an administrator."),
    )


def _product_words(kind: TargetKind) -> str:
    """Return a product's name as people write it."""
    return {
        TargetKind.HARBOR: "Harbor",
        TargetKind.NEXUS: "Nexus",
        TargetKind.ARTIFACTORY: "Artifactory",
        TargetKind.PLAIN: _("a plain registry"),
    }[kind]
