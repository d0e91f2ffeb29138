"""A certificate for a registry from a CA that is made for it, placed on the registry's host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from screens.installing import Hands
from wizard.errors import InputError
from wizard.fleet.files_together import NewFile, end_together, write_together
from wizard.fleet.whole_file import exists, read_whole
from wizard.service import CertificateWish, MigrationService, NewCertificate
from wizard.wording import _

FOLDER: Final = "/etc/pilotage/tls"
_DAYS: Final = 825
_FOR_EVERYBODY: Final = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCertificate:
    """One certificate, its CA, and where this machine keeps both; the keys are kept nowhere.

    Attributes:
        folder: of `ca.crt`, which clients trust, and `server.crt`; both are there once the
            registry's host has the certificate.
        made: None where the host has it already.
    """

    folder: Path
    made: NewCertificate | None

    @property
    def authority(self) -> Path:
        """Return the file that clients trust."""
        return self.folder / "ca.crt"

    async def place(self, service: MigrationService, hands: Hands, host: str) -> None:
        """Give it to the host, then note that it is there; raises PilotageError."""
        if self.made is None:
            return
        errand = service.certificate_errand(host, folder=FOLDER, chain=self.made.chain)
        await hands.send(_("The certificate is being placed"), errand, payload=self.made.key)
        texts = {"ca.crt": self.made.authority, "server.crt": self.made.chain}
        files = (
            NewFile(name=name, place=self.folder / name, text=text, mode=_FOR_EVERYBODY)
            for name, text in texts.items()
        )
        if not exists(self.folder / "server.crt"):
            write_together(self.folder, tuple(files))


def certificate_for(
    service: MigrationService, name: str, folder: Path, *, now: datetime
) -> RegistryCertificate:
    """Return the one that the host has, or a new one; raises InputError, and takes a moment."""
    end_together(folder, {one: folder / one for one in ("ca.crt", "server.crt")})
    chain = folder / "server.crt"
    if exists(chain):
        if not service.has_certificate(read_whole(chain), (name,), now=now):
            raise InputError(
                _("It is for other names, or not valid now."),
                file=str(chain),
                todo=_("Move it away, here and on the host, for a new one."),
            )
        return RegistryCertificate(folder=folder, made=None)
    made = service.new_certificate(CertificateWish(names=(name,), days=_DAYS), now=now)
    return RegistryCertificate(folder=folder, made=made)
