"""The part of the one door that only computes what installing a registry takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources

from wizard.errand.errand import Errand, ErrandAnswer
from wizard.registries.installing import nexus
from wizard.registries.installing.backup import BackupSettings, backup_files
from wizard.registries.installing.certificate import (
    CertificateWish,
    NewCertificate,
    certificate_errand,
)
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.install import (
    Installation,
    install_errand,
    look_errand,
    ports,
    removal_errand,
)
from wizard.registries.installing.machine import Preflight
from wizard.registries.installing.nexus import Licence, NexusInstallation
from wizard.registries.installing.nexus_backup import NexusBackup, nexus_backup_files
from wizard.registries.installing.nexus_preflight import nexus_findings, nexus_host
from wizard.registries.installing.preflight import findings, host_facts
from wizard.registries.installing.settings import HarborSettings
from wizard.secret import Secret


def backup_script(product: str) -> str:
    """Return the script that takes backups of a product on its host."""
    folder = resources.files("assets") / "host"
    parts = ("backup_sets.sh", f"{product}_backup.sh")
    return "\n".join((folder / part).read_text(encoding="utf-8") for part in parts)


class InstallationAnswers:
    """Fits `wizard.installation_service.InstallationService`; every service gives the same."""

    def harbor_yml(self, template: str, settings: HarborSettings, *, file: str) -> Secret:
        """Edit the template; nothing outside is asked."""
        return harbor_yml(template, settings, file=file)

    def harbor_look(self, host: str, *, data: str, opened: Sequence[int], directory: str) -> Errand:
        """Compose the errand."""
        return look_errand(host, data=data, opened=opened, directory=directory)

    def harbor_preflight(self, answer: ErrandAnswer, opened: Sequence[int]) -> Preflight:
        """Judge what the host told."""
        facts = host_facts(answer.steps)
        return Preflight(facts=facts, findings=findings(facts, opened))

    def harbor_installation(self, wanted: Installation, harbor_yml: Secret) -> Errand:
        """Compose the errand; nothing outside is asked."""
        return install_errand(wanted, harbor_yml.reveal())

    def harbor_removal(self, host: str, *, directory: str, data: str) -> Errand:
        """Compose the errand."""
        return removal_errand(host, directory=directory, data=data)

    def harbor_ports(self, harbor_yml: Secret) -> Sequence[int]:
        """Read them in the file."""
        return ports(harbor_yml.reveal())

    def harbor_backup_files(self, settings: BackupSettings) -> Mapping[str, tuple[int, str]]:
        """Write the script that ships, its settings and its timer."""
        return backup_files(backup_script("harbor"), settings)

    def nexus_backup_files(self, settings: NexusBackup) -> Mapping[str, tuple[int, str]]:
        """Write those for Nexus."""
        return nexus_backup_files(backup_script("nexus"), settings)

    def nexus_look(self, wanted: NexusInstallation) -> Errand:
        """Compose the errand."""
        return nexus.look_errand(wanted)

    def nexus_preflight(self, answer: ErrandAnswer, wanted: NexusInstallation) -> Preflight:
        """Judge what the host told."""
        facts = nexus_host(answer.steps)
        return Preflight(facts=facts, findings=nexus_findings(facts, wanted))

    def nexus_installation(self, wanted: NexusInstallation) -> Errand:
        """Compose the errand."""
        return nexus.nexus_errand(wanted)

    def nexus_payload(self, password: Secret) -> Secret:
        """Spell the password."""
        return nexus.password_payload(password)

    def nexus_licence(self, answer: ErrandAnswer) -> Licence | None:
        """Read it in the answer."""
        return nexus.licence_of(answer)

    def nexus_acceptance(self, wanted: NexusInstallation, licence: Licence) -> Errand:
        """Compose the errand."""
        return nexus.licence_errand(wanted, licence)

    def nexus_removal(self, host: str, *, name: str, data: str) -> Errand:
        """Compose the errand."""
        return nexus.removal_errand(host, name=name, data=data)

    def new_certificate(self, wanted: CertificateWish, *, now: datetime) -> NewCertificate:
        """Make keys; nothing outside is asked."""
        from wizard.registries.installing import own_authority  # noqa: PLC0415  # loads OpenSSL

        if wanted.authority_key is None:
            authority = own_authority.new_authority(
                wanted.names[0], now=now, days=wanted.days, renews=wanted.keeps_key
            )
        else:
            authority = own_authority.Authority(
                certificate=wanted.authority, key=wanted.authority_key
            )
        made = own_authority.issue(authority, wanted.names, now=now, days=wanted.days)
        return NewCertificate(
            authority=made.authority,
            chain=made.chain,
            key=made.key,
            authority_key=authority.key if wanted.keeps_key else None,
        )

    def has_certificate(self, chain: str, names: Sequence[str], *, now: datetime) -> bool:
        """Read it."""
        from wizard.registries.installing import own_authority  # noqa: PLC0415  # loads OpenSSL

        return own_authority.covers(chain, names, now=now)

    def certificate_errand(self, host: str, *, folder: str, chain: str) -> Errand:
        """Compose the errand."""
        return certificate_errand(host, folder=folder, chain=chain)
