"""Becoming root: the password only after our own prompt, the script only after root says so.

A script that follows a wrong password would be eaten as further passwords, and a password
that nobody asked for would be run as a command and printed (facts/fleet.md §5.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from wizard.fleet.host import Host, Sudo
from wizard.ssh.failures import FailureKind

_NONCE: Final = re.compile(r"[0-9A-Za-z]{1,128}")
_NOT_THE_PASSWORD: Final = (
    b"not in the sudoers",
    b"not allowed",
    b"may not run",
    b"must have a tty",
    b"have been expired",
    b"account is expired",
)
"""Refusals in which sudo took the password; every other one counts as a wrong password, which
keeps an account from being locked on the next host."""


class Ask(Enum):
    """What the dialogue wants next."""

    WAIT = "wait"
    PASSWORD = "password"  # noqa: S105  # a step of the dialogue, not a secret
    SCRIPT = "script"


def needs_sudo(host: Host) -> bool:
    """Tell whether the login user has to become root first."""
    match host.sudo:
        case Sudo.NONE:
            return False
        case Sudo.AUTO:
            return host.user != "root"
        case Sudo.PASSWORD | Sudo.PASSWORDLESS:
            return True


def shell_command(host: Host, nonce: str) -> str:
    """Return what the login runs to get a shell as root; valid in any login shell.

    The shell says `RDY<nonce>` before it reads the script, which tells the noise of login
    scripts from answers, and a login that runs no commands from one that does.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"not a nonce: {nonce!r}")
    shell = f"/bin/sh -c 'echo RDY{nonce}; exec /bin/sh -s'"
    if not needs_sudo(host):
        return f"exec {shell}"
    # sudo speaks the host's language otherwise, and its refusals could not be told apart.
    if host.sudo is Sudo.PASSWORDLESS:
        return f"exec env LC_ALL=C sudo -n -- {shell}"
    return f"exec env LC_ALL=C sudo -S -p PW{nonce}: -- {shell}"


@dataclass(slots=True)
class ShellDialogue:
    """Follows what is printed until the shell is ready; knows nothing of connections."""

    nonce: str
    is_ready: bool = False
    passwords_sent: int = 0
    _errors: bytearray = field(default_factory=bytearray)
    _last_words: bytes = b""

    def saw_line(self, line: bytes) -> bool:
        """Take a line of standard output; return whether it was noise before the script's own."""
        if self.is_ready:
            return False
        # Noise without a line feed may stand in front of it.
        if line.endswith(b"RDY" + self.nonce.encode()):
            self.is_ready = True
            return True
        if line.startswith(self.nonce.encode() + b" "):
            # A forced command that is a shell itself ran the script without our command.
            self.is_ready = True
            return False
        self._last_words = line.strip() or self._last_words
        return True

    def saw_errors(self, data: bytes) -> None:
        """Take bytes of standard error."""
        self._errors += data

    def ask(self) -> Ask:
        """Return what to do now."""
        if self.is_ready:
            return Ask.SCRIPT
        if self._errors.count(self._prompt()) > self.passwords_sent:
            return Ask.PASSWORD
        return Ask.WAIT

    def was_wrong(self) -> bool:
        """Tell, once sudo has asked again or ended, whether the password that it got was wrong."""
        if self.is_ready or not self.passwords_sent:
            return False
        return not any(words in self._errors for words in _NOT_THE_PASSWORD)

    def refusal(self) -> tuple[FailureKind, str]:
        """Return why the shell ended without being ready, with the host's own words."""
        words = self._errors.replace(self._prompt(), b"").decode("utf-8", "replace")
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        if "sudo" in words.lower():
            detail = next((line for line in lines if line.startswith("sudo:")), lines[-1])
            return FailureKind.SUDO_REFUSED, detail
        detail = lines[-1] if lines else self._last_words.decode("utf-8", "replace")
        return FailureKind.NO_SHELL, detail

    def _prompt(self) -> bytes:
        return b"PW" + self.nonce.encode() + b":"
