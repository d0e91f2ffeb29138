"""Deciding on host keys: what the operator approved wins, a changed key never passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from wizard.fleet.host import Host
from wizard.ssh.failures import FailureKind, OfferedKey, SSHFailure
from wizard.ssh.known_hosts import KnownHosts, KnownKeys, fingerprint, public_line


@dataclass(slots=True, kw_only=True)
class HostKeys:
    """Knows every host key that may be trusted; each file is parsed once.

    Attributes:
        store: Pilotage's own file of approved keys; it wins over the operator's files.
        default_files: read for hosts that name no file of their own.
    """

    store: Path
    default_files: tuple[Path, ...]
    _indexes: dict[tuple[Path, ...], KnownHosts] = field(default_factory=dict)

    def known(self, host: Host) -> KnownKeys:
        """Return what is known of `host`; raises InputError if a file is unreadable."""
        name = name_of(host)
        approved = self._index((self.store,)).lookup(name, host.port)
        files = tuple(Path(file) for file in host.known_hosts_files) or self.default_files
        own = self._index(files).lookup(name, host.port)
        return KnownKeys(
            trusted=approved.trusted or own.trusted,
            authorities=own.authorities,
            revoked=approved.revoked + own.revoked,
        )

    def _index(self, files: tuple[Path, ...]) -> KnownHosts:
        if files not in self._indexes:
            self._indexes[files] = KnownHosts.read(files)
        return self._indexes[files]


def name_of(host: Host) -> str:
    """Return the name under which the host's key is known."""
    return host.host_key_alias or host.address


def rejected(host: Host, known: KnownKeys, offered: asyncssh.SSHKey | None) -> SSHFailure:
    """Return the failure for a host whose key is not among the known ones."""
    before = known.trusted[0] if known.trusted else None
    key = None
    if offered is not None:
        key = OfferedKey(
            name=name_of(host),
            port=host.port,
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
