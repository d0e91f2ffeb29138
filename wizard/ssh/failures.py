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

import asyncssh

from wizard.errors import HostError
from wizard.wording import _


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


RETRIABLE: Final = frozenset({FailureKind.BUSY, FailureKind.TIMED_OUT, FailureKind.LOST})
"""Worth another try, provided that no script was sent."""


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
        what, todo = _words(kind)
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
    match error:
        case socket.gaierror():
            return FailureKind.UNRESOLVABLE
        case TimeoutError():
            return FailureKind.TIMED_OUT
        case asyncssh.HostKeyNotVerifiable():
            return FailureKind.KEY_UNKNOWN
        case asyncssh.PermissionDenied():
            return FailureKind.AUTHENTICATION
        case asyncssh.KeyExchangeFailed():
            return FailureKind.NO_COMMON_ALGORITHM
        case asyncssh.KeyImportError() | asyncssh.KeyEncryptionError():
            return FailureKind.KEY_FILE
        case asyncssh.ChannelOpenError():
            return FailureKind.NO_SHELL if connected else FailureKind.REFUSED
        case asyncssh.ProtocolError():
            return FailureKind.GARBAGE
        case asyncssh.ConnectionLost() | asyncssh.DisconnectError() | ConnectionResetError():
            return FailureKind.LOST if connected else FailureKind.BUSY
        case OSError():
            return _kind_of_os_error(error, connected=connected)
        case _:
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


def _words(kind: FailureKind) -> tuple[str, str]:
    match kind:
        case FailureKind.UNRESOLVABLE:
            return (
                _("Its name cannot be resolved."),
                _("Check the address in the migration file, and DNS on this machine."),
            )
        case FailureKind.REFUSED:
            return (
                _("The connection was refused."),
                _("Check that sshd runs there and that the port is right."),
            )
        case FailureKind.TIMED_OUT:
            return (
                _("It did not answer in time."),
                _("Check that it is up, and firewalls and jump hosts on the way."),
            )
        case FailureKind.KEY_UNKNOWN:
            return (
                _("Its host key is not known."),
                _("Compare the fingerprint with the host's own, then approve it."),
            )
        case FailureKind.KEY_CHANGED:
            return (
                _("Its host key is not the one that is known. Somebody may be in between."),
                _("Find out why it changed; only then approve the new key in place of the old."),
            )
        case FailureKind.KEY_REVOKED:
            return (
                _("Its host key is marked as revoked."),
                _("Do not connect. Give the host a new key."),
            )
        case FailureKind.AUTHENTICATION:
            return (
                _("It refused the login."),
                _("Check the user, and that one of the offered keys is authorized there."),
            )
        case _:
            return _words_after_login(kind)


def _words_after_login(kind: FailureKind) -> tuple[str, str]:
    match kind:
        case FailureKind.SECRET_MISSING:
            return (
                _("It needs a password or passphrase that was not given."),
                _("Give it when asked, or name it in the migration file by reference."),
            )
        case FailureKind.KEY_FILE:
            return (
                _("A private key cannot be used."),
                _("Check the file, its permissions and its passphrase."),
            )
        case FailureKind.BUSY:
            return (
                _("It closed the connection before the login: sshd is busy."),
                _("Try again; if it stays, raise MaxStartups there or lower the concurrency."),
            )
        case FailureKind.NO_COMMON_ALGORITHM:
            return (
                _("It and this machine have no SSH algorithm in common."),
                _("Update sshd there; its host key type may also have changed."),
            )
        case FailureKind.NO_SHELL:
            return (
                _("The login works but runs no commands."),
                _("Give the user a shell, or use a key without a forced command."),
            )
        case FailureKind.SUDO_REFUSED:
            return (
                _("sudo refused."),
                _("Let the user run /bin/sh through sudo, or log in as root."),
            )
        case FailureKind.SUDO_WRONG_PASSWORD:
            return (
                _("The sudo password is wrong; it was tried once, and on no other host."),
                _("Give the right one."),
            )
        case FailureKind.LOST:
            return (
                _("The connection was lost."),
                _("Check the network; Pilotage asks the host for its state when it is back."),
            )
        case _:
            return (
                _("Its answer is not understood."),
                _("Check what runs at that port, and what its login scripts print."),
            )
