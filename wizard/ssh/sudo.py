"""Becoming root: the password only after our own prompt, the script only after root says so.

A script that follows a wrong password would be eaten as further passwords, and a password
that nobody asked for would be run as a command and printed (facts/fleet.md §5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from wizard.ssh.failures import FailureKind


class Ask(Enum):
    """What the dialogue wants next."""

    WAIT = "wait"
    PASSWORD = "password"  # noqa: S105  # a step of the dialogue, not a secret
    SCRIPT = "script"


def plain_command() -> str:
    """Return what a login that is root already runs; valid in any login shell."""
    return "exec /bin/sh -s"


def sudo_command(nonce: str) -> str:
    """Return what a login that is not root runs; valid in any login shell."""
    return f"exec sudo -S -p PW{nonce}: -- /bin/sh -c 'echo RDY{nonce}; exec /bin/sh -s'"


@dataclass(slots=True)
class SudoDialogue:
    """Follows what sudo prints; knows nothing of connections."""

    nonce: str
    is_ready: bool = False
    passwords_sent: int = 0
    _errors: bytearray = field(default_factory=bytearray)
    _prompts_seen: int = 0

    def saw_line(self, line: bytes) -> bool:
        """Take a line of standard output; return whether it was the dialogue's own."""
        if not self.is_ready and line == b"RDY" + self.nonce.encode():
            self.is_ready = True
            return True
        return not self.is_ready

    def saw_errors(self, data: bytes) -> None:
        """Take bytes of standard error."""
        self._errors += data
        self._prompts_seen = self._errors.count(b"PW" + self.nonce.encode() + b":")

    def ask(self) -> Ask:
        """Return what to do now."""
        if self.is_ready:
            return Ask.SCRIPT
        if self._prompts_seen > self.passwords_sent:
            return Ask.PASSWORD
        return Ask.WAIT

    def refusal(self) -> tuple[FailureKind, str]:
        """Return why sudo ended without letting us in, with its own words."""
        words = self._errors.replace(b"PW" + self.nonce.encode() + b":", b"").decode(
            "utf-8", "replace"
        )
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        detail = next((line for line in lines if line.startswith("sudo:")), "")
        detail = detail or (lines[-1] if lines else "")
        if "sudo" not in words.lower():
            return FailureKind.NO_SHELL, detail
        return FailureKind.SUDO_REFUSED, detail
