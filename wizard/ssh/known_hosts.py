"""Which host keys are known: files are parsed once, changed keys are never accepted.

asyncssh would parse a `known_hosts` path at each connect (50 ms at 5,200 lines) and let a
callback accept a changed key (facts/fleet.md §3.2); so the decision is made here.
"""

from __future__ import annotations

import base64
import fcntl
import fnmatch
import hashlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.ssh.failures import OfferedKey
from wizard.ssh.library import asyncssh
from wizard.wording import _

_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    marker: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKeys:
    """What is known of one host; the tuples hold asyncssh public keys.

    Attributes:
        portless: known for the name without its port. As OpenSSH, good enough to be let in,
            but another key is new then, not changed.
    """

    trusted: tuple[asyncssh.SSHKey, ...] = ()
    portless: tuple[asyncssh.SSHKey, ...] = ()
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()

    @property
    def usable(self) -> tuple[asyncssh.SSHKey, ...]:
        """Return the keys with which the host may show up."""
        return self.trusted or self.portless

    def is_revoked(self, key: asyncssh.SSHKey) -> bool:
        """Tell whether exactly this key is marked as revoked."""
        return any(key.public_data == other.public_data for other in self.revoked)


@dataclass(slots=True)
class KnownHosts:
    """An index over known_hosts files; built once, asked once per host."""

    _plain: dict[str, list[_Entry]] = field(default_factory=lambda: defaultdict(list))
    _patterns: list[tuple[tuple[str, ...], _Entry]] = field(default_factory=list)
    _hashed: list[tuple[bytes, bytes, bytes, _Entry]] = field(default_factory=list)
    _keys: dict[str, asyncssh.SSHKey | None] = field(default_factory=dict)

    @classmethod
    def read(cls, files: Iterable[Path]) -> KnownHosts:
        """Read files, those that do not exist left out; raises InputError if unreadable."""
        index = cls()
        for file in files:
            try:
                text = file.read_text(encoding="utf-8", errors="surrogateescape")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise InputError(
                    _("The file of known host keys cannot be read: {error}").format(
                        error=error.strerror
                    ),
                    file=str(file),
                    todo=_("Make it readable, or name another one."),
                ) from error
            index.add(text)
        return index

    def add(self, text: str) -> None:
        """Add the lines of a known_hosts file; lines that OpenSSH would skip are skipped."""
        for line in text.split("\n"):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            marker = words.pop(0) if words[0].startswith("@") else ""
            if len(words) < 3:  # noqa: PLR2004  # hosts, key type, key
                continue
            self._add_entry(words[0], _Entry(marker=marker, key=f"{words[1]} {words[2]}"))

    def _add_entry(self, hosts: str, entry: _Entry) -> None:
        if hosts.startswith("|1|"):
            with suppress(ValueError):
                _empty, _one, salt, digest = hosts.split("|")
                inner, outer = _pads(base64.b64decode(salt))
                self._hashed.append((inner, outer, base64.b64decode(digest), entry))
            return
        names = tuple(hosts.lower().split(","))
        if any(character in name for name in names for character in "*?!"):
            self._patterns.append((names, entry))
            return
        for name in names:
            self._plain[name].append(entry)

    def lookup(self, name: str, port: int) -> KnownKeys:
        """Return what is known of a host, by the name or address it is connected to."""
        entries = self._entries(_spelled(name, port))
        trusted = self._imported(entries, "")
        portless: tuple[asyncssh.SSHKey, ...] = ()
        if port != asyncssh.DEFAULT_PORT:
            without = self._entries(_spelled(name, asyncssh.DEFAULT_PORT))
            portless = self._imported(without, "")
            entries += [entry for entry in without if entry.marker]
        return KnownKeys(
            trusted=trusted,
            portless=portless,
            authorities=self._imported(entries, "@cert-authority"),
            revoked=self._imported(entries, "@revoked"),
        )

    def _entries(self, spelled: str) -> list[_Entry]:
        encoded = spelled.encode(errors="surrogateescape")
        sha1 = hashlib.sha1
        return [
            *self._plain.get(spelled, ()),
            *(entry for names, entry in self._patterns if _matches(names, spelled)),
            *(
                entry
                for inner, outer, digest, entry in self._hashed
                if sha1(outer + sha1(inner + encoded).digest()).digest() == digest
            ),
        ]

    def _imported(self, entries: Sequence[_Entry], marker: str) -> tuple[asyncssh.SSHKey, ...]:
        keys = (self._key(entry.key) for entry in entries if entry.marker == marker)
        return tuple(key for key in keys if key is not None)

    def _key(self, line: str) -> asyncssh.SSHKey | None:
        if line not in self._keys:
            try:
                self._keys[line] = asyncssh.import_public_key(line)
            except asyncssh.KeyImportError:
                # A key type that asyncssh does not have: OpenSSH skips those too.
                self._keys[line] = None
        return self._keys[line]


def _pads(salt: bytes) -> tuple[bytes, bytes]:
    """Return what HMAC-SHA1 begins with (RFC 2104), inside and outside.

    Each line has its own salt, so each has to be tried; with this done once per line, a try
    costs a third of `hmac.digest`.
    """
    key = hashlib.sha1(salt).digest() if len(salt) > _BLOCK else salt  # noqa: S324  # OpenSSH's format
    block = key.ljust(_BLOCK, b"\0")
    return block.translate(_INNER), block.translate(_OUTER)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    matched = False
    for pattern in patterns:
        # Square brackets are literal in known_hosts: `[host]:port`.
        glob = pattern.lstrip("!").replace("[", "[[]")
        if fnmatch.fnmatchcase(name, glob):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def fingerprint(key: asyncssh.SSHKey) -> str:
    """Return `SHA256:…` as `ssh-keygen -l` prints it."""
    return fingerprint_of(key.public_data)


def fingerprint_of(public_data: bytes) -> str:
    """Return `SHA256:…` of a public key in its wire form."""
    digest = hashlib.sha256(public_data).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def public_line(key: asyncssh.SSHKey) -> str:
    """Return type and base64 of the key, without a comment."""
    return " ".join(key.export_public_key().decode().split()[:2])


def approve(store: Path, offered: OfferedKey, *, replace: str = "") -> None:
    """Remember an approved host key in Pilotage's own store, atomically.

    Other processes that approve at the same time wait for each other, so none loses a line.

    Args:
        store: the file; it and its directory are created readable for the owner only.
        offered: the key as the failure to connect told it.
        replace: fingerprint of the key that was known before, if another one was, in the
            store or in the operator's own files; without it a changed key is refused.

    Raises InputError when another key is known and `replace` is not its fingerprint.
    """
    new = asyncssh.import_public_key(offered.public_key)
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(store.parent):
        _add(store, offered, new, replace)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder: its files are replaced, so a lock on one would not last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _add(store: Path, offered: OfferedKey, new: asyncssh.SSHKey, replace: str) -> None:
    known = KnownHosts.read([store])
    trusted = known.lookup(offered.name, offered.port).trusted
    others = [key for key in trusted if key.public_data != new.public_data]
    if len(others) < len(trusted):
        return
    before = {fingerprint(key) for key in others} | {offered.known_fingerprint} - {""}
    if before and replace not in before:
        raise InputError(
            _("Another host key is known for it; it was not replaced."),
            host=offered.name,
            file=str(store),
            todo=_("Approve it together with the fingerprint of the old key."),
        )
    spelled = _spelled(offered.name, offered.port)
    lines = store.read_text().splitlines() if store.exists() else []
    kept = [line for line in lines if line.split()[:1] != [spelled]] if replace else lines
    _write(store, [*kept, f"{spelled} {public_line(new)}"])


def _spelled(name: str, port: int) -> str:
    return name.lower() if port == asyncssh.DEFAULT_PORT else f"[{name.lower()}]:{port}"


def _write(store: Path, lines: Sequence[str]) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=store.parent, prefix=".known_hosts.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(store)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
