"""The part of the only door that is about installing a registry; all of it is pure.

What it returns are errands, which `MigrationService.start_errand` carries out, and files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from wizard.errand.errand import Errand, ErrandAnswer
from wizard.registries.installing.backup import BackupSettings
from wizard.registries.installing.certificate import CertificateWish, NewCertificate
from wizard.registries.installing.install import Installation
from wizard.registries.installing.machine import Preflight
from wizard.registries.installing.nexus import Licence, NexusInstallation
from wizard.registries.installing.nexus_backup import NexusBackup
from wizard.registries.installing.settings import HarborSettings
from wizard.secret import Secret


class InstallationService(Protocol):
    """What the wizard knows of installing; every method raises `wizard.errors.InputError`."""

    def harbor_yml(self, template: str, settings: HarborSettings, *, file: str) -> Secret:
        """Return harbor.yml out of the installer's own template, which is secret; pure."""
        ...

    def harbor_look(self, host: str, *, data: str, opened: Sequence[int], directory: str) -> Errand:
        """Return the errand that reads what Harbor needs of a host; it will open those ports."""
        ...

    def harbor_preflight(self, answer: ErrandAnswer, opened: Sequence[int]) -> Preflight:
        """Tell what stands against Harbor on a host, by what an errand read there; pure."""
        ...

    def harbor_installation(self, wanted: Installation, harbor_yml: Secret) -> Errand:
        """Return the errand that installs Harbor with that file; pure."""
        ...

    def harbor_removal(self, host: str, *, directory: str, data: str) -> Errand:
        """Return the errand that takes an installation of Harbor back; empty `data` stay."""
        ...

    def harbor_ports(self, harbor_yml: Secret) -> Sequence[int]:
        """Return the ports that a Harbor with that file opens; pure."""
        ...

    def harbor_backup_files(self, settings: BackupSettings) -> Mapping[str, tuple[int, str]]:
        """Return mode and text of each file that backups of Harbor take, by its path; pure."""
        ...

    def nexus_backup_files(self, settings: NexusBackup) -> Mapping[str, tuple[int, str]]:
        """Return the same of what backups of Nexus take; pure."""
        ...

    def nexus_look(self, wanted: NexusInstallation) -> Errand:
        """Return the errand that reads what Nexus needs of a host."""
        ...

    def nexus_preflight(self, answer: ErrandAnswer, wanted: NexusInstallation) -> Preflight:
        """Tell what stands against Nexus on a host, by what that errand read there."""
        ...

    def nexus_installation(self, wanted: NexusInstallation) -> Errand:
        """Return the errand that installs Nexus; it is sent with `nexus_payload`."""
        ...

    def nexus_payload(self, password: Secret) -> Secret:
        """Return the password of admin as errands bring it."""
        ...

    def nexus_licence(self, answer: ErrandAnswer) -> Licence | None:
        """Return the licence that an installed Nexus asks for, None where it asks for none."""
        ...

    def nexus_acceptance(self, wanted: NexusInstallation, licence: Licence) -> Errand:
        """Return the errand that accepts a licence whose words a person accepted."""
        ...

    def nexus_removal(self, host: str, *, name: str, data: str) -> Errand:
        """Return the errand that takes an installation back; empty `data` stay."""
        ...

    def new_certificate(self, wanted: CertificateWish, *, now: datetime) -> NewCertificate:
        """Make a certificate for a registry, and the authority that it is from."""
        ...

    def has_certificate(self, chain: str, names: Sequence[str], *, now: datetime) -> bool:
        """Tell whether a certificate is for exactly these names, and valid now."""
        ...

    def certificate_errand(self, host: str, *, folder: str, chain: str) -> Errand:
        """Return the errand that puts it there; it is sent with the server's key."""
        ...
