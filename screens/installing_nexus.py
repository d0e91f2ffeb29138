"""Nexus as a container on a host: what is asked, what is done, and what is left to do then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from screens.adopting import ASK
from screens.installing import (
    Asked,
    Form,
    Hands,
    Installed,
    Place,
    Values,
    asked_password,
    filled,
    place_of,
)
from screens.target_fields import wrong_url
from wizard.errors import InputError
from wizard.fleet.policy import Migration, TargetChoice
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer, MigrationService, NexusInstallation, Preflight
from wizard.wording import _

_USUAL: Final = NexusInstallation(host="", image="")
_ADMIN: Final = "admin"
_HIGHEST_PORT: Final = 65535


def nexus_form(service: MigrationService, migration: Migration, before: Values) -> Form:
    """Return what is asked, as it was typed `before`."""
    connectors = " ".join(str(port) for port in _USUAL.connectors)
    asked = (
        Asked(name="host", label=_("Host"), placeholder=_("web1, or root@registry.example.net")),
        Asked(name="url", label=_("URL"), placeholder="https://nexus.example.net"),
        Asked(name="image", label=_("Image"), placeholder="sonatype/nexus3:3.96.4@sha256:…"),
        Asked(
            name="archive",
            label=_("Its archive"),
            placeholder=_("a file on the host; empty: pulled"),
        ),
        Asked(name="data", label=_("Data directory"), value=_USUAL.data),
        Asked(name="port", label=_("Port"), value=str(_USUAL.port)),
        Asked(name="connectors", label=_("Connector ports"), value=connectors),
        Asked(name="listen", label=_("Listen on"), placeholder=_("127.0.0.1; empty: everywhere")),
        asked_password(),
    )
    needed = frozenset({"host", "image", "data", "port", "connectors"})

    def wrong(values: Values) -> str:
        try:
            place = place_of(values["host"], migration, service)
            service.nexus_look(_wanted(values, host=place.host))
            if values["password"]:
                service.nexus_payload(Secret(values["password"]))
        except InputError as error:
            return f"{error.what} {error.todo}".strip()
        return wrong_url(values["url"]) if values["url"] else ""

    return Form(
        title=_("Install Nexus"),
        words=_("As a container. TLS is served by a proxy before it, at the URL for your hosts."),
        asked=filled(asked, before, needed),
        wrong=wrong,
    )


def _wanted(values: Values, *, host: str) -> NexusInstallation:
    """Return what is installed; raises InputError."""
    try:
        port = int(values["port"])
        connectors = tuple(int(one) for one in values["connectors"].replace(",", " ").split())
    except ValueError as error:
        raise InputError(_("A port is a number.")) from error
    if not all(0 < one <= _HIGHEST_PORT for one in (port, *connectors)):
        raise InputError(_("A port is a number of 1 to 65535."))
    return NexusInstallation(
        host=host,
        image=values["image"],
        archive=values["archive"],
        data=values["data"],
        listen=values["listen"],
        port=port,
        connectors=connectors,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallingNexus:
    """Nexus that is to be installed on one host; fits `screens.installing.Installing`.

    Attributes:
        url: at which the fleet will reach it, through what serves TLS; empty if nobody knows yet.
        password: that admin shall have; `is_new` if nobody has seen it yet.
        before: the target as the migration has it now.
    """

    service: MigrationService
    wanted: NexusInstallation
    url: str
    password: Secret
    is_new: bool
    before: TargetChoice

    @classmethod
    def of(
        cls,
        service: MigrationService,
        place: Place,
        values: Values,
        *,
        password: Secret,
        is_new: bool,
    ) -> InstallingNexus:
        """Return it as it was typed; raises InputError."""
        return cls(
            service=service,
            wanted=_wanted(values, host=place.host),
            url=values["url"],
            password=password,
            is_new=is_new,
            before=place.migration.target or TargetChoice(url=""),
        )

    @property
    def title(self) -> str:
        """Return what is installed where."""
        return _("Nexus on {host}").format(host=self.wanted.host)

    def look(self) -> Errand:
        """Return the errand that reads what Nexus needs."""
        return self.service.nexus_look(self.wanted)

    def judged(self, answer: ErrandAnswer) -> Preflight:
        """Tell what stands against it."""
        return self.service.nexus_preflight(answer, self.wanted)

    def plan(self) -> tuple[str, ...]:
        """Return what would be done."""
        wanted = self.wanted
        brought = _("load {image} out of {archive}") if wanted.archive else _("pull {image}")
        connectors = ", ".join(str(port) for port in wanted.connectors)
        return (
            brought.format(image=wanted.image, archive=wanted.archive),
            _("make {data}, owned by its user").format(data=wanted.data),
            _("run container “{name}”, started again after a reboot").format(name=wanted.name),
            _("publish port {port}, and for images {connectors}, at {address}").format(
                port=wanted.port,
                connectors=connectors,
                address=wanted.listen or _("all addresses"),
            ),
            _("give admin its password, and show you the licence"),
        )

    async def carry_out(self, hands: Hands) -> Installed:
        """Do it; the password is kept by a person before it is sent."""
        service, wanted = self.service, self.wanted
        if self.is_new:
            await hands.show_once(
                _("admin of Nexus on {host}").format(host=wanted.host), self.password
            )
        payload = service.nexus_payload(self.password)
        errand = service.nexus_installation(wanted)
        answer = await hands.send(_("Nexus is being installed"), errand, payload=payload)
        licence = service.nexus_licence(answer)
        if licence and not licence.is_accepted:
            if not await hands.accepts(licence.text):
                return _without_licence()
            errand = service.nexus_acceptance(wanted, licence)
            await hands.send(_("What you accepted is told to Nexus"), errand, payload=payload)
        return self._ready()

    def _ready(self) -> Installed:
        wanted = self.wanted
        told = _("Nexus is ready on port {port} of {host}.")
        choice = None
        if self.url:
            choice = replace(self.before, url=self.url, prefix="", username=_ADMIN, password=ASK)
            serve = _("Have {url} serve TLS before port {port} of {host}.")
        else:
            serve = _("Have a proxy serve TLS before port {port} of {host}; name its URL here.")
        return Installed(
            is_ready=True,
            told=told.format(port=wanted.port, host=wanted.host),
            choice=choice,
            next_steps=(
                serve.format(url=self.url, port=wanted.port, host=wanted.host),
                _("F4 examines it, F5 sets up what is wanted of it."),
                _("Backups from the first day: {command}").format(
                    command=f"pilotage registry nexus-backup --apply {wanted.host}"
                ),
            ),
        )


def _without_licence() -> Installed:
    return Installed(
        is_ready=False,
        told=_("Nexus is installed. Until its licence is accepted it serves no image."),
        choice=None,
        next_steps=(_("Install it again to read the licence again: nothing is done twice."),),
    )
