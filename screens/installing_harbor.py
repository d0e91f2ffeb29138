"""Harbor by its own installer on a host: what is asked, what is done, and what is left to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
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
from screens.registry_certificate import FOLDER, RegistryCertificate
from wizard.errors import InputError
from wizard.fleet.policy import Migration, TargetChoice
from wizard.fleet.whole_file import read_whole
from wizard.secret import Secret
from wizard.service import (
    Errand,
    ErrandAnswer,
    HarborSettings,
    Installation,
    MigrationService,
    Preflight,
    TLSFiles,
)
from wizard.wording import _

_ADMIN: Final = "admin"
_STAYED: Final = "another one was sent"
"""What a host says of a harbor.yml that is there and has other passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """What a new Harbor begins with; `is_new` if nobody has seen that of admin yet."""

    admin: Secret
    database: Secret
    is_new: bool


def harbor_form(service: MigrationService, migration: Migration, before: Values) -> Form:
    """Return what is asked, as it was typed `before`."""
    asked = (
        Asked(name="host", label=_("Host"), placeholder=_("web1, or root@registry.example.net")),
        Asked(name="hostname", label=_("Its DNS name"), placeholder="harbor.example.net"),
        Asked(
            name="bundle",
            label=_("Installer"),
            placeholder=_("path on the host, or https://…/harbor-offline-….tgz"),
        ),
        Asked(name="sha256", label=_("Its SHA-256"), placeholder=_("needed for a URL")),
        Asked(
            name="template",
            label="harbor.yml.tmpl",
            placeholder=_("of that installer, on this machine"),
        ),
        Asked(
            name="certificate",
            label=_("Certificate"),
            placeholder=_("path on the host; empty: one from a new CA"),
        ),
        Asked(name="key", label=_("Its key"), placeholder=_("path on the host; empty as above")),
        Asked(name="data", label=_("Data directory"), value="/data"),
        asked_password(),
    )
    needed = frozenset({"host", "hostname", "bundle", "template", "data"})
    nobody = Secret("Nobody0Nobody0Nobody0Nob")

    def wrong(values: Values) -> str:
        try:
            place = place_of(values["host"], migration, service)
            typed = Secret(values["password"]) if values["password"] else nobody
            passwords = Passwords(admin=typed, database=nobody, is_new=False)
            yml = harbor_yml_of(service, values, passwords)
            service.harbor_installation(_wanted(values, host=place.host), yml)
        except InputError as error:
            return " ".join(part for part in (error.file, error.what, error.todo) if part)
        return ""

    return Form(
        title=_("Install Harbor"),
        words=_("By its own installer, which serves TLS itself, with Trivy."),
        asked=filled(asked, before, needed),
        wrong=wrong,
    )


def _wanted(values: Values, *, host: str) -> Installation:
    return Installation(host=host, bundle=values["bundle"], bundle_sha256=values["sha256"])


def harbor_yml_of(service: MigrationService, values: Values, passwords: Passwords) -> Secret:
    """Return harbor.yml out of the template that was named; raises InputError."""
    certificate, key = values["certificate"], values["key"]
    if bool(certificate) != bool(key):
        raise InputError(_("A certificate and its key go together."))
    template = Path(values["template"]).expanduser()
    settings = HarborSettings(
        hostname=values["hostname"],
        admin_password=passwords.admin,
        database_password=passwords.database,
        data_volume=values["data"],
        tls=TLSFiles(
            certificate=certificate or f"{FOLDER}/server.crt",
            private_key=key or f"{FOLDER}/server.key",
        ),
    )
    return service.harbor_yml(read_whole(template), settings, file=str(template))


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallingHarbor:
    """Harbor that is to be installed on one host; fits `screens.installing.Installing`.

    Attributes:
        certificate: None where the host has one that the operator named.
        before: the target as the migration has it now.
    """

    service: MigrationService
    wanted: Installation
    hostname: str
    data: str
    yml: Secret
    passwords: Passwords
    certificate: RegistryCertificate | None
    before: TargetChoice

    @classmethod
    def of(
        cls,
        service: MigrationService,
        place: Place,
        values: Values,
        *,
        passwords: Passwords,
        certificate: RegistryCertificate | None,
    ) -> InstallingHarbor:
        """Return it as it was typed; raises InputError."""
        return cls(
            service=service,
            wanted=_wanted(values, host=place.host),
            hostname=values["hostname"],
            data=values["data"],
            yml=harbor_yml_of(service, values, passwords),
            passwords=passwords,
            certificate=certificate,
            before=place.migration.target or TargetChoice(url=""),
        )

    @property
    def title(self) -> str:
        """Return what is installed where."""
        return _("Harbor on {host}").format(host=self.wanted.host)

    def look(self) -> Errand:
        """Return the errand that reads what Harbor needs."""
        return self.service.harbor_look(
            self.wanted.host,
            data=self.data,
            opened=self.service.harbor_ports(self.yml),
            directory=self.wanted.directory,
        )

    def judged(self, answer: ErrandAnswer) -> Preflight:
        """Tell what stands against it."""
        return self.service.harbor_preflight(answer, self.service.harbor_ports(self.yml))

    def plan(self) -> tuple[str, ...]:
        """Return what would be done."""
        ports = ", ".join(str(port) for port in self.service.harbor_ports(self.yml))
        steps = (
            _("unpack {bundle} into {directory}"),
            _("write harbor.yml for {name}: ports {ports}, data in {data}"),
            _("run its installer, with Trivy; Harbor starts again after a reboot"),
            _("wait until it is healthy, then let admin log in once"),
        )
        placed = _("place a certificate for {name} from a new CA in {folder}")
        is_new = self.certificate is not None and self.certificate.made is not None
        return tuple(
            step.format(
                bundle=self.wanted.bundle,
                directory=self.wanted.directory,
                name=self.hostname,
                ports=ports,
                data=self.data,
                folder=FOLDER,
            )
            for step in ((placed, *steps) if is_new else steps)
        )

    async def carry_out(self, hands: Hands) -> Installed:
        """Do it; the password is kept by a person before it is sent."""
        if self.passwords.is_new:
            name = _("admin of Harbor on {host}").format(host=self.wanted.host)
            await hands.show_once(name, self.passwords.admin)
        if self.certificate is not None:
            await self.certificate.place(self.service, hands, self.wanted.host)
        errand = self.service.harbor_installation(self.wanted, self.yml)
        answer = await hands.send(_("Harbor is being installed"), errand, payload=self.yml)
        return self._ready(keeps=not any(_STAYED in step.subject for step in answer.steps))

    def _ready(self, *, keeps: bool) -> Installed:
        url = f"https://{self.hostname}"
        choice = replace(self.before, url=url, prefix="", username=_ADMIN, password=ASK)
        next_steps = [
            _("F4 examines it, F5 sets up what is wanted of it."),
            _("Backups from the first day: {command}").format(
                command=f"pilotage registry harbor-backup --apply {self.wanted.host}"
            ),
        ]
        if self.certificate is not None:
            choice = replace(choice, ca_file=str(self.certificate.authority))
            words = _("Clients trust {file}; runtimes are given it by the rollout.")
            next_steps.insert(0, words.format(file=self.certificate.authority))
        if not keeps:
            words = _("{directory}/harbor.yml was there and stays: admin's password is in it.")
            next_steps.insert(0, words.format(directory=self.wanted.directory))
        return Installed(
            is_ready=True,
            told=_("Harbor is ready at {url}.").format(url=url),
            choice=choice,
            next_steps=tuple(next_steps),
            keeps_password=keeps,
        )
