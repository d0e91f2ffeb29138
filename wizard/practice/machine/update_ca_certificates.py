"""`update-ca-certificates` of a practice host, as Debian's script does it.

The bundle is made anew from the package's certificates that /etc/ca-certificates.conf names and
from every `*.crt` below /usr/local/share/ca-certificates (facts/runtimes.md §6): what somebody
wrote into the bundle by hand is gone behind it. Unlike on a real Debian, links lead relatively,
so that they stay below the host's root, and `openssl rehash` is left out, whose names only OpenSSL
looks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wizard.practice.machine.calls import Call, Reply

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

PACKAGED: Final = "/usr/share/ca-certificates"
"""Where the package's certificates are."""
LOCAL: Final = "/usr/local/share/ca-certificates"
"""Where people put theirs."""
CERTIFICATES: Final = "/etc/ssl/certs"
BUNDLE: Final = f"{CERTIFICATES}/ca-certificates.crt"
CONFIGURATION: Final = "/etc/ca-certificates.conf"
_SUFFIX: Final = ".crt"
_IN_NAMES: Final = str.maketrans(" (),", "_==_")
_ORDINARY: Final = 0o644
_FRESH: Final = frozenset({"--fresh", "-f", "--default", "-d"})
_QUIET: Final = frozenset({"--verbose", "-v"})


def linked_name(certificate: str) -> str:
    """Return the name below /etc/ssl/certs of a certificate of that file name."""
    return f"{certificate.removesuffix(_SUFFIX).translate(_IN_NAMES)}.pem"


class UpdateCaCertificates:
    """The program of one host; `--fresh` forgets links whose certificates are gone."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._folder = machine.file(CERTIFICATES)

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        if set(call.arguments) - _FRESH - _QUIET:
            return Reply(output=f"/usr/sbin/{call.program}: [--verbose] [--fresh]\n")
        said = []
        if _FRESH & set(call.arguments) or not self._machine.file(CONFIGURATION).exists():
            self._forget_links()
            said.append(f"Clearing symlinks in {CERTIFICATES}...\ndone.\n")
        said.append(f"Updating certificates in {CERTIFICATES}...\n")
        named, unwanted = self._configured()
        removed = sum(self._unlink(certificate) for certificate in unwanted)
        missing = [certificate for certificate in named if not certificate.is_file()]
        trusted = [certificate for certificate in named if certificate.is_file()]
        trusted += sorted(_below(self._machine.file(LOCAL)))
        added = sum(self._link(certificate) for certificate in trusted)
        if added or removed:
            self._forget_orphans()
        self._write_bundle(trusted)
        said.append(f"{added} added, {removed} removed; done.\n")
        said.append("Running hooks in /etc/ca-certificates/update.d...\ndone.\n")
        lost = (f"{self._machine.on_host(str(certificate))} not found" for certificate in missing)
        warnings = "".join(f"W: {one}, but listed in {CONFIGURATION}.\n" for one in lost)
        return Reply(output="".join(said), errors=warnings)

    def _configured(self) -> tuple[list[Path], list[Path]]:
        """Return the package's certificates that are wanted, and those that are not."""
        file = self._machine.file(CONFIGURATION)
        lines = file.read_text().splitlines() if file.exists() else []
        packaged = self._machine.file(PACKAGED)
        wanted = [packaged / line for line in lines if line and line[0] not in "#!"]
        return wanted, [packaged / line[1:] for line in lines if line.startswith("!")]

    def _link(self, certificate: Path) -> bool:
        """Link to a certificate; return whether that was new."""
        link = self._folder / linked_name(certificate.name)
        leads = os.path.relpath(certificate, self._folder)
        if link.exists() and link.is_symlink() and os.readlink(link) == leads:  # noqa: PTH115  # as written
            return False
        link.unlink(missing_ok=True)
        link.symlink_to(leads)
        return True

    def _unlink(self, certificate: Path) -> bool:
        link = self._folder / linked_name(certificate.name)
        if not link.is_symlink():
            return False
        link.unlink()
        return True

    def _forget_links(self) -> None:
        ours = tuple(self._machine.file(place) for place in (PACKAGED, LOCAL))
        for link in self._links():
            leads = Path(os.path.normpath(self._folder / link.readlink()))
            if any(leads.is_relative_to(place) for place in ours) or not link.is_file():
                link.unlink()

    def _forget_orphans(self) -> None:
        for link in self._links():
            if not link.exists():
                link.unlink()

    def _links(self) -> tuple[Path, ...]:
        return tuple(path for path in self._folder.iterdir() if path.is_symlink())

    def _write_bundle(self, trusted: list[Path]) -> None:
        """Replace the bundle in one step; without any certificate it stays as it is."""
        if not trusted:
            return
        texts = [certificate.read_bytes() for certificate in trusted]
        bundle = self._machine.file(BUNDLE)
        staged = bundle.with_name(f"{bundle.name}.new")
        staged.write_bytes(b"".join(_ended(text) for text in texts))
        staged.chmod(_ORDINARY)
        staged.replace(bundle)


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _below(folder: Path) -> Iterator[Path]:
    """Yield the certificates below a directory, through links too."""
    for place, _folders, names in os.walk(folder, followlinks=True):
        for name in names:
            certificate = Path(place) / name
            if name.endswith(_SUFFIX) and certificate.is_file():
                yield certificate
