"""Deciding on host keys: what the operator approved wins, a changed key never passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wizard.fleet.host import Host
from wizard.ssh.failures import FailureKind, OfferedKey, SSHFailure
from wizard.ssh.known_hosts import KnownHosts, KnownKeys, fingerprint, public_line
from wizard.ssh.library import asyncssh

_Stamp = tuple[int, int, int] | None


@dataclass(slots=True, kw_only=True)
class HostKeys:
    """Knows every host key that may be trusted; each file is parsed once.

    Attributes:
        store: Pilotage's own file of approved keys; it wins over the operator's files, and is
            read again when a key was approved.
        default_files: read for hosts that name no file of their own.
    """

    store: Path
    default_files: tuple[Path, ...]
    _indexes: dict[tuple[Path, ...], KnownHosts] = field(default_factory=dict)
    _known: dict[tuple[tuple[Path, ...], str, int], KnownKeys] = field(default_factory=dict)
    _stamp: _Stamp = None

    def known(self, host: Host) -> KnownKeys:
        """Return what is known of `host`; raises InputError if a file is unreadable."""
        self._refresh_store()
        approved = self._lookup((self.store,), host)
        files = tuple(Path(file) for file in host.known_hosts_files) or self.default_files
        own = self._lookup(files, host)
        return KnownKeys(
            trusted=approved.trusted or own.trusted,
            portless=approved.portless or own.portless,
            authorities=own.authorities,
            revoked=approved.revoked + own.revoked,
        )

    def _refresh_store(self) -> None:
        stamp = _stamp(self.store)
        if stamp != self._stamp:
            self._stamp = stamp
            self._indexes.pop((self.store,), None)
            self._known = {
                key: keys for key, keys in self._known.items() if key[0] != (self.store,)
            }

    def _lookup(self, files: tuple[Path, ...], host: Host) -> KnownKeys:
        wanted = (files, *known_as(host))
        if wanted not in self._known:
            if files not in self._indexes:
                self._indexes[files] = KnownHosts.read(files)
            self._known[wanted] = self._indexes[files].lookup(*known_as(host))
        return self._known[wanted]


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def name_of(host: Host) -> str:
    """Return the name under which the host's key is known."""
    return host.host_key_alias or host.address


def known_as(host: Host) -> tuple[str, int]:
    """Return name and port under which the key is known; as OpenSSH, an alias has no port."""
    return name_of(host), asyncssh.DEFAULT_PORT if host.host_key_alias else host.port


def rejected(host: Host, known: KnownKeys, offered: asyncssh.SSHKey | None) -> SSHFailure:
    """Return the failure for a host whose key is not among the known ones."""
    before = known.trusted[0] if known.trusted else None
    key = None
    name, port = known_as(host)
    if offered is not None:
        key = OfferedKey(
            name=name,
            port=port,
            fingerprint=fingerprint(offered),
            public_key=public_line(offered),
            known_fingerprint=fingerprint(before) if before else "",
        )
    if known.revoked and (offered is None or known.is_revoked(offered)):
        kind = FailureKind.KEY_REVOKED
    else:
        kind = FailureKind.KEY_CHANGED if before else FailureKind.KEY_UNKNOWN
    detail = key.fingerprint if key else ""
    return SSHFailure(kind, host=host.name, detail=detail, offered=key)
