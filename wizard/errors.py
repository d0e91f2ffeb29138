"""Every error that Pilotage raises on purpose.

    PilotageError
    ├── InputError            a file or an option of the operator is wrong     exit 2
    │   └── MigrationFileError   with file, line and column
    ├── RegistryError         the target does not answer as a registry must    exit 3
    ├── PlanError             a plan cannot be used                            exit 4
    │   ├── PlanChanged          its hash or a host's files no longer match
    │   └── PlanBlocked          hosts are blocked and were not left out
    ├── HostError             a host could not be read or changed              exit 5
    │   ├── SSHFailure           in `wizard.ssh.failures`
    │   └── ProtocolError        the host script's answer makes no sense
    ├── RunError              a run cannot be started, found or resumed        exit 6
    │   └── JournalError         its journal cannot be read or written
    ├── NeedsTerminal         a question came up and nobody can answer it      exit 7
    ├── SecretLost            in `wizard.cli.shown_once`                       exit 9
    └── OutputError           in `wizard.cli.broken_output`                    exit 9

Each error says four things: what happened, where (host and file), what state things are in
now, and what to do. Exit codes are documented API.
"""

from __future__ import annotations

from typing import ClassVar

from wizard.wording import _, mark

_UNCHANGED = mark("Nothing was changed.")


class PilotageError(Exception):
    """Say what happened, where, in what state things are, and what to do.

    Args:
        what: one sentence on what happened; foreign text in it is cleaned when shown.
        host: the fleet's name of the host, or None.
        file: path of the file, on the host when `host` is set, else on this machine.
        state: what state the host or the file is in now; empty: `usual_state` of the class.
        todo: what the operator can do next.
    """

    exit_code: ClassVar[int] = 1
    usual_state: ClassVar[str] = ""

    def __init__(
        self,
        what: str,
        *,
        host: str | None = None,
        file: str | None = None,
        state: str = "",
        todo: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.host = host
        self.file = file
        self.state = state or (self.usual_state and _(self.usual_state))
        self.todo = todo

    def __str__(self) -> str:
        """Return the four parts as lines, those that are empty left out."""
        where = " ".join(part for part in (self.host, self.file) if part)
        head = f"{where}: {self.what}" if where else self.what
        return "\n".join(part for part in (head, self.state, self.todo) if part)


class InputError(PilotageError):
    """A file or an option of the operator is wrong; nothing was changed."""

    exit_code = 2
    usual_state = _UNCHANGED


class MigrationFileError(InputError):
    """The migration file is wrong at a line and a column, both counted from one."""

    def __init__(
        self, what: str, *, file: str, line: int = 0, column: int = 0, todo: str = ""
    ) -> None:
        place = f"{file}:{line}:{column}" if line else file
        super().__init__(what, file=place, todo=todo)
        self.line = line
        self.column = column


class RegistryError(PilotageError):
    """The target does not answer as a registry must; nothing was changed."""

    exit_code = 3
    usual_state = _UNCHANGED


class PlanError(PilotageError):
    """A plan cannot be used; nothing was changed."""

    exit_code = 4
    usual_state = _UNCHANGED


class PlanChanged(PlanError):
    """The plan's hash, or the files of a host, are no longer what was approved."""


class PlanBlocked(PlanError):
    """Hosts of the plan are blocked and the operator did not leave them out."""


class HostError(PilotageError):
    """A host could not be read or changed; `state` says what state it is in."""

    exit_code = 5


class ProtocolError(HostError):
    """The answer of the host script makes no sense."""


class RunError(PilotageError):
    """A run cannot be started, found or resumed."""

    exit_code = 6


class JournalError(RunError):
    """A journal cannot be read or written."""


class NeedsTerminal(PilotageError):
    """A question came up and there is no terminal to ask it on."""

    exit_code = 7
