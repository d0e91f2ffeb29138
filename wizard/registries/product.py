"""The product behind a target, opened for provisioning: detected, logged in to once, understood.

A product joins by one function in `_OPENED_AS`: from what answers to its subjects.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import InputError, RegistryError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import provision_secrets
from wizard.registries.artifactory.chosen import artifactory_wanted
from wizard.registries.artifactory.client import artifactory_at
from wizard.registries.artifactory.subjects import artifactory_subjects
from wizard.registries.authority import Login
from wizard.registries.detecting import Detected, detect
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.harbor.chosen import harbor_wanted
from wizard.registries.harbor.client import open_harbor
from wizard.registries.harbor.plan import subjects as harbor_subjects
from wizard.registries.harbor.replication import Progress
from wizard.registries.harbor.robots import renew_robot as renewed
from wizard.registries.harbor.server import read_server
from wizard.registries.harbor.wanted import Robot, secrets_of
from wizard.registries.http import open_client
from wizard.registries.hub_account import check_hub_account
from wizard.registries.nexus.chosen import nexus_wanted
from wizard.registries.nexus.client import nexus_at
from wizard.registries.nexus.subjects import nexus_subjects
from wizard.registries.provisioning import (
    Action,
    Done,
    Finding,
    ProvisioningPlan,
    Subject,
    look_at,
    provision,
)
from wizard.secret import Secret, Secrets
from wizard.target import TargetKind
from wizard.wording import _

DEADLINE: Final = 300.0
"""Seconds for looking at everything; carrying out has a timeout for each call alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the operator asks for.

    Attributes:
        choice: the target with its `provision`.
        ca_pem: content of the CA file that hosts would be given, or None.
        password: of `choice.username`, an administrator.
        secrets: by the keys of `provision_secrets`.
        accepted_licence: the words that were shown to the operator, who accepted them.
        transport: where requests go; None for the network, with TLS always verified.
        proxy: URL of the HTTP proxy on that network, with its login.
        told: is given how far a subject is that takes long, in words.
        begun: is given each finding before its subject is changed.
    """

    choice: TargetChoice
    ca_pem: str | None
    password: Secret | None
    secrets: Secrets
    accepted_licence: str = ""
    clock: Clock
    transport: httpx.AsyncBaseTransport | None = None
    proxy: Secret | None = None
    told: Callable[[str], None] = lambda _words: None
    begun: Callable[[Finding], None] = lambda _finding: None

    def login(self) -> Login:
        """Return the administrator's login; raises InputError where there is none."""
        if not self.choice.username or not self.password:
            raise InputError(
                _("Provisioning needs the login of an administrator of the target."),
                todo=_(
                    "Add “username” and “password: ask” (or env:NAME, file:PATH) to the target."
                ),
            )
        return Login(username=self.choice.username, password=self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A product that may be provisioned; fields as in `ProvisioningPlan`."""

    url: str
    kind: TargetKind
    version: str
    subjects: tuple[Subject, ...]
    licence: str = ""


async def plan_provisioning(asked: Asked) -> ProvisioningPlan:
    """Return what provisioning would do, changing nothing.

    Raises InputError for a choice that cannot be meant, RegistryError where the target cannot be
    provisioned, RegistryFailure of its answers.
    """
    try:
        async with asyncio.timeout(DEADLINE), _opened(asked) as opened:
            return ProvisioningPlan(
                url=opened.url,
                kind=opened.kind,
                version=opened.version,
                findings=await look_at(opened.subjects),
                licence=opened.licence,
            )
    except TimeoutError as error:
        raise RegistryFailure(
            Failure.TIMED_OUT, _("it did not answer in time"), url=asked.choice.url
        ) from error


async def provision_product(
    asked: Asked, *, only: Collection[str] | None = None
) -> AsyncGenerator[Done, None]:
    """Carry it out and yield each subject when it is done; as `provision`, raises as above too."""
    async with _opened(asked) as opened:
        async for done in provision(opened.subjects, only=only, begun=asked.begun):
            yield done


async def renew_robot(asked: Asked, robot: Robot) -> tuple[str, Secret]:
    """Give a robot of Harbor a new secret, and return its whole name with it; raises as above."""
    login = asked.login()
    async with open_client(asked.ca_pem, transport=asked.transport, proxy=asked.proxy) as client:
        detected = await detect(asked.choice.url, client=client, clock=asked.clock)
        if detected.kind is not TargetKind.HARBOR:
            raise RegistryError(
                _("{url} is no Harbor, and only Harbor has robots").format(url=asked.choice.url),
                state=_("Nothing was changed."),
            )
        harbor = open_harbor(detected.base_url, client=client, clock=asked.clock, login=login)
        try:
            await harbor.current_user()
        except RegistryFailure as failure:
            if failure.kind is not Failure.UNAUTHORISED:
                raise
            raise _wrong_login(detected.kind, login) from failure
        subject = _("secret of robot {name}").format(name=robot.name)
        asked.begun(Finding(subject=subject, action=Action.CHANGE))
        return await renewed(harbor, robot)


@asynccontextmanager
async def _opened(asked: Asked) -> AsyncIterator[Opened]:
    missing = [
        key for key, _reference in provision_secrets_of(asked.choice) if not asked.secrets.get(key)
    ]
    if missing:
        raise InputError(_("a secret is missing: {keys}").format(keys=", ".join(missing)))
    login = asked.login()
    async with open_client(asked.ca_pem, transport=asked.transport, proxy=asked.proxy) as client:
        detected = await detect(asked.choice.url, client=client, clock=asked.clock)
        _check_kind(asked.choice, detected.kind)
        try:
            opened = await _OPENED_AS[detected.kind](asked, login, detected, client)
        except RegistryFailure as failure:
            if failure.kind is not Failure.UNAUTHORISED:
                raise
            raise _wrong_login(detected.kind, login) from failure
        yield opened


def provision_secrets_of(choice: TargetChoice) -> tuple[tuple[str, str], ...]:
    """Return (key, reference) of each secret that provisioning the target takes."""
    return provision_secrets(choice.provision) if choice.provision else ()


def _check_kind(choice: TargetChoice, found: TargetKind) -> None:
    """Raise InputError or RegistryError where what answers is not what was chosen for."""
    if choice.kind not in {TargetKind.PLAIN.value, found.value}:
        raise InputError(
            _("The file says that the target is {kind}, and {found} answers.").format(
                kind=choice.kind, found=found.value
            ),
            todo=_("Correct “kind” or “url” of the target."),
        )
    if found not in _OPENED_AS:
        raise RegistryError(
            _("{url} is no product that can be provisioned: {kind} answers").format(
                url=choice.url, kind=found.value
            ),
            state=_("Nothing was changed."),
            todo=_("Make its repositories by hand, then see `pilotage registry doctor`."),
        )
    chosen = choice.provision
    others = [kind.value for kind in _OPENED_AS if chosen and getattr(chosen, kind.value)]
    if others and found.value not in others:
        raise InputError(
            _("The file provisions {chosen}, and {found} answers.").format(
                chosen=", ".join(others), found=found.value
            ),
            todo=_("Write it under “{found}” of target.provision.").format(found=found.value),
        )


async def _open_harbor(
    asked: Asked, login: Login, detected: Detected, client: httpx.AsyncClient
) -> Opened:
    wanted = harbor_wanted(asked.choice, asked.secrets)
    harbor = open_harbor(
        detected.base_url,
        client=client,
        clock=asked.clock,
        login=login,
        hidden=secrets_of(wanted),
    )
    # Who it does not know, Harbor answers as a stranger elsewhere; here it says no.
    await harbor.current_user()
    server = await read_server(harbor)
    return Opened(
        url=detected.base_url,
        kind=detected.kind,
        version=".".join(map(str, server.version)),
        subjects=harbor_subjects(
            harbor,
            server,
            wanted,
            client=client,
            clock=asked.clock,
            told=lambda progress: asked.told(_copied(progress)),
        ),
    )


def _copied(progress: Progress) -> str:
    compared = progress.comparison
    if compared and compared.left_out:
        return _("{same} tags have upstream's digests, {left} were not compared: {reason}").format(
            same=compared.same, left=compared.left_out, reason=compared.reason
        )
    if compared:
        return _("{same} tags have upstream's digests.").format(same=compared.same)
    return _("{done} of {total} repositories were copied.").format(
        done=progress.succeeded, total=progress.total
    )


async def _open_nexus(
    asked: Asked, login: Login, detected: Detected, client: httpx.AsyncClient
) -> Opened:
    wanted = nexus_wanted(asked.choice, asked.secrets, accepted_eula=asked.accepted_licence)
    nexus = nexus_at(
        detected.base_url,
        client=client,
        clock=asked.clock,
        login=login,
        hidden=wanted.secrets,
    )
    if not await nexus.knows_us():
        raise _wrong_login(detected.kind, login)
    eula = await nexus.eula()
    return Opened(
        url=detected.base_url,
        kind=detected.kind,
        version=" ".join(part for part in (detected.version, detected.edition) if part),
        subjects=await nexus_subjects(
            nexus,
            wanted,
            check_account=partial(check_hub_account, client, asked.clock),
        ),
        licence=eula.disclaimer if eula and not eula.accepted else "",
    )


async def _open_artifactory(
    asked: Asked, login: Login, detected: Detected, client: httpx.AsyncClient
) -> Opened:
    wanted = artifactory_wanted(asked.choice, asked.secrets)
    server = artifactory_at(
        detected.base_url, client=client, clock=asked.clock, login=login, hidden=wanted.secrets
    )
    told = await server.server()
    return Opened(
        url=detected.base_url,
        kind=detected.kind,
        version=" ".join(part for part in (told.version, told.licence) if part),
        subjects=await artifactory_subjects(server, wanted),
    )


def _wrong_login(kind: TargetKind, login: Login) -> RegistryError:
    return RegistryError(
        _("{product} does not take the login of {name}").format(
            product=kind.value.capitalize(), name=login.username
        ),
        state=_("Nothing was changed."),
        todo=_(
            "Correct the user name or the password. It was tried once: failed logins lock users"
            " out."
        ),
    )


_Open = Callable[[Asked, Login, Detected, httpx.AsyncClient], Awaitable[Opened]]
_OPENED_AS: Final[Mapping[TargetKind, _Open]] = {
    TargetKind.HARBOR: _open_harbor,
    TargetKind.NEXUS: _open_nexus,
    TargetKind.ARTIFACTORY: _open_artifactory,
}
