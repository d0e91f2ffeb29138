"""Why a host was not reached or was lost, each with what to do.

    HostError
    └── SSHFailure       `kind` says which of `FailureKind` it is

`classify` turns what asyncssh and the operating system raise into one of them.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.errors import HostError
from wizard.ssh.library import asyncssh
from wizard.wording import _, mark


class FailureKind(Enum):
    """Kinds of failures on the way to a host."""

    UNRESOLVABLE = "unresolvable"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    KEY_UNKNOWN = "key_unknown"
    KEY_CHANGED = "key_changed"
    KEY_REVOKED = "key_revoked"
    AUTHENTICATION = "authentication"
    SECRET_MISSING = "secret_missing"  # noqa: S105  # a kind of failure, not a secret
    KEY_FILE = "key_file"
    BUSY = "busy"
    NO_COMMON_ALGORITHM = "no_common_algorithm"
    NO_SHELL = "no_shell"
    SUDO_REFUSED = "sudo_refused"
    SUDO_WRONG_PASSWORD = "sudo_wrong_password"  # noqa: S105  # as above
    LOST = "lost"
    GARBAGE = "garbage"


RETRIABLE: Final = frozenset({FailureKind.BUSY, FailureKind.LOST})
"""Worth another try before a script was sent; what timed out has had its time."""

_K = FailureKind
_KINDS: Final[tuple[tuple[tuple[type[BaseException], ...], FailureKind, FailureKind], ...]] = (
    # what was raised, what it means before the login, what after
    ((socket.gaierror,), _K.UNRESOLVABLE, _K.UNRESOLVABLE),
    ((TimeoutError,), _K.TIMED_OUT, _K.TIMED_OUT),
    ((asyncssh.HostKeyNotVerifiable,), _K.KEY_UNKNOWN, _K.KEY_UNKNOWN),
    ((asyncssh.PermissionDenied,), _K.AUTHENTICATION, _K.AUTHENTICATION),
    ((asyncssh.KeyExchangeFailed,), _K.NO_COMMON_ALGORITHM, _K.NO_COMMON_ALGORITHM),
    ((asyncssh.KeyImportError, asyncssh.KeyEncryptionError), _K.KEY_FILE, _K.KEY_FILE),
    ((asyncssh.ChannelOpenError,), _K.REFUSED, _K.NO_SHELL),
    ((asyncssh.ConnectionLost,), _K.BUSY, _K.LOST),
    ((asyncssh.ProtocolError,), _K.GARBAGE, _K.GARBAGE),
    ((asyncssh.DisconnectError, ConnectionResetError, BrokenPipeError), _K.BUSY, _K.LOST),
)

_TELLING_WORDS: Final = (
    ("too many authentication failures", FailureKind.AUTHENTICATION),
    ("name or service not known", FailureKind.UNRESOLVABLE),
    ("temporary failure in name resolution", FailureKind.UNRESOLVABLE),
    ("no address associated", FailureKind.UNRESOLVABLE),
    ("connection timed out", FailureKind.TIMED_OUT),
    ("no route to host", FailureKind.TIMED_OUT),
    ("network is unreachable", FailureKind.TIMED_OUT),
)
"""What sshd says before the login, of itself or as a jump host of what is behind it."""

_OF_OUR_OWN_SIDE: Final = (("ssh connection closed", FailureKind.LOST),)
"""What asyncssh says when a channel is wanted on a connection that is gone."""

_WORDS: Final[dict[FailureKind, tuple[str, str]]] = {
    FailureKind.UNRESOLVABLE: (
        mark("Its name cannot be resolved."),
        mark("Check the address in the migration file, and DNS on this machine."),
    ),
    FailureKind.REFUSED: (
        mark("The connection was refused."),
        mark("Check that sshd runs there and that the port is right."),
    ),
    FailureKind.TIMED_OUT: (
        mark("It did not answer in time."),
        mark("Check that it is up, and firewalls and jump hosts on the way."),
    ),
    FailureKind.KEY_UNKNOWN: (
        mark("Its host key is not known."),
        mark("Compare the fingerprint with the host's own, then approve it."),
    ),
    FailureKind.KEY_CHANGED: (
        mark("Its host key is not the one that is known. Somebody may be in between."),
        mark("Find out why it changed; only then approve the new key in place of the old."),
    ),
    FailureKind.KEY_REVOKED: (
        mark("Its host key is marked as revoked."),
        mark("Do not connect. Give the host a new key."),
    ),
    FailureKind.AUTHENTICATION: (
        mark("It refused the login."),
        mark("Check the user, and that one of the offered keys is authorized there."),
    ),
    FailureKind.SECRET_MISSING: (
        mark("It needs a password or passphrase that was not given."),
        mark("Give it when asked, or name it in the migration file by reference."),
    ),
    FailureKind.KEY_FILE: (
        mark("A private key cannot be used."),
        mark("Check the file, its permissions and its passphrase."),
    ),
    FailureKind.BUSY: (
        mark("It closed the connection before the login: sshd is busy."),
        mark("Try again; if it stays, raise MaxStartups there or lower the concurrency."),
    ),
    FailureKind.NO_COMMON_ALGORITHM: (
        mark("It and this machine have no SSH algorithm in common."),
        mark("Update sshd there; its host key type may also have changed."),
    ),
    FailureKind.NO_SHELL: (
        mark("The login works but runs no commands."),
        mark("Give the user a shell, or use a key without a forced command."),
    ),
    FailureKind.SUDO_REFUSED: (
        mark("sudo refused."),
        mark("Let the user run /bin/sh through sudo, or log in as root."),
    ),
    FailureKind.SUDO_WRONG_PASSWORD: (
        mark("The sudo password is wrong."),
        mark("Give the right one; it was sent to one host only, so that no account is locked."),
    ),
    FailureKind.LOST: (
        mark("The connection was lost."),
        mark("Check the network; Pilotage asks the host for its state when it is back."),
    ),
    FailureKind.GARBAGE: (
        mark("Its answer is not understood."),
        mark("Check what runs at that port, and what its login scripts print."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedKey:
    """The host key that a host offered and nobody has approved for it.

    Attributes:
        fingerprint: `SHA256:…` as OpenSSH prints it.
        public_key: one line in OpenSSH format.
        known_fingerprint: of the key that was known before; empty when none was.
    """

    name: str
    port: int
    fingerprint: str
    public_key: str
    known_fingerprint: str = ""


class SSHFailure(HostError):
    """A host was not reached, or was lost.

    Attributes:
        kind: which failure.
        script_sent: some of the script may have run: ask the host before assuming anything.
        offered: the key in question, for the three `KEY_…` kinds where it is known.
        secret: the missing or wrong secret, as `sudo:default`.
    """

    def __init__(
        self,
        kind: FailureKind,
        *,
        host: str,
        detail: str = "",
        script_sent: bool = False,
        offered: OfferedKey | None = None,
        secret: str = "",
    ) -> None:
        what, todo = (_(words) for words in _WORDS[kind])
        if detail:
            what = f"{what} ({detail})"
        state = (
            _("What the host did after the connection was lost is not known yet.")
            if script_sent
            else _("Nothing was changed on it.")
        )
        super().__init__(what, host=host, state=state, todo=todo)
        self.kind = kind
        self.detail = detail
        self.script_sent = script_sent
        self.offered = offered
        self.secret = secret

    def again(self) -> SSHFailure:
        """Return the same failure, to be raised somewhere else."""
        return SSHFailure(
            self.kind,
            host=self.host or "",
            detail=self.detail,
            script_sent=self.script_sent,
            offered=self.offered,
            secret=self.secret,
        )


def classify(error: BaseException, host: str, *, connected: bool = False) -> SSHFailure:
    """Return the failure that `error` means for `host`.

    Args:
        error: what asyncssh, asyncio or the operating system raised.
        host: the fleet's name of the host.
        connected: the handshake was over; a loss is then no sign of a busy sshd.
    """
    if isinstance(error, SSHFailure):
        return error
    return SSHFailure(_kind(error, connected=connected), host=host, detail=_detail(error))


def _kind(error: BaseException, *, connected: bool) -> FailureKind:
    if isinstance(error, asyncssh.DisconnectError | asyncssh.ChannelOpenError):
        said = error.reason.lower()
        telling = _OF_OUR_OWN_SIDE if connected else (*_OF_OUR_OWN_SIDE, *_TELLING_WORDS)
        for words, kind in telling:
            if words in said:
                return kind
    for types, before, after in _KINDS:
        if isinstance(error, types):
            return after if connected else before
    if isinstance(error, OSError):
        return _kind_of_os_error(error, connected=connected)
    return FailureKind.LOST if connected else FailureKind.GARBAGE


def _kind_of_os_error(error: OSError, *, connected: bool) -> FailureKind:
    match error.errno:
        case errno.ECONNREFUSED:
            return FailureKind.REFUSED
        case errno.ETIMEDOUT | errno.EHOSTUNREACH | errno.ENETUNREACH:
            return FailureKind.TIMED_OUT
        case errno.ENOENT | errno.EACCES | errno.EPERM:
            return FailureKind.KEY_FILE
        case _:
            return FailureKind.LOST if connected else FailureKind.BUSY


def _detail(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(reason)[:300]
