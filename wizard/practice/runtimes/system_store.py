"""The certificates that a Go program of the host trusts (facts/runtimes.md §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

BUNDLES: Final = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/pki/tls/cacert.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/cert.pem",
)
FOLDERS: Final = ("etc/ssl/certs", "etc/pki/tls/certs")


class SystemPool:
    """What one process trusts by the system's store: read at the first need of it, and kept.

    What comes into the store between a start and the first pull counts, what comes later does not.
    """

    def __init__(self, root: Path, environment: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._environment = environment or {}
        self._read: bytes | None = None

    def certificates(self) -> bytes:
        """Return the certificates."""
        if self._read is None:
            self._read = system_store(self._root, self._environment)
        return self._read


def system_store(root: Path, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the first bundle that is there, and every file of the directories.

    Variables of the process name another file, and other directories.
    """
    said = environment or {}
    own_file, own_folders = said.get("SSL_CERT_FILE", ""), said.get("SSL_CERT_DIR", "")
    bundles = (own_file.lstrip("/"),) if own_file else BUNDLES
    folders = [one.lstrip("/") for one in own_folders.split(":")] if own_folders else FOLDERS
    found: dict[Path, bytes] = {}
    for bundle in bundles:
        try:
            found[root / bundle] = (root / bundle).read_bytes()
        except OSError:
            continue
        break
    for folder in folders:
        for file in _files(root / folder):
            if file not in found:
                found[file] = file.read_bytes()
    # What the directories have is mostly in the bundle too.
    return b"\n".join(dict.fromkeys(found.values()))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a directory in order; links within it lead to what is read anyway."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_double = path.is_symlink() and path.readlink().parent == Path()
        if path.is_file() and not is_double:
            yield path
