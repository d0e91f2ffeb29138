"""What a command meets outside of itself, injected, and what one invocation remembers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.cli.output import Output
from wizard.clock import Clock, SystemClock
from wizard.secret import Secret

if TYPE_CHECKING:
    from wizard.service import MigrationService

Result = TypeVar("Result")


def _open_service(state_dir: Path | None) -> MigrationService:
    from wizard.service import open_service  # noqa: PLC0415  # it loads the whole engine

    return open_service(state_dir=state_dir)


def _start_wizard(
    service: MigrationService,
    migration_path: Path,
    mouse: bool,  # noqa: FBT001  # one call, by keyword at the far end
    **more: Any,
) -> int:
    from wizard.cli.screens_entry import start_wizard  # noqa: PLC0415  # it looks at all packages

    return start_wizard(service, migration_path, mouse=mouse, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The world of one invocation.

    Attributes:
        is_interactive: questions are seen and can be answered.
        is_terminal: somebody reads standard output on a terminal.
        open_service: from the state directory (None: the user's own) to the one door.
        start_wizard: from (service, migration file, mouse) to an exit code; a demo adds what
            `wizard.cli.screens_entry.start_wizard` knows beyond.
    """

    environ: Mapping[str, str]
    is_interactive: bool
    is_terminal: bool
    clock: Clock = field(default_factory=SystemClock)
    open_service: Callable[[Path | None], MigrationService] = _open_service
    start_wizard: Callable[..., int] = _start_wizard

    @classmethod
    def of_this_process(cls) -> Surroundings:
        """Return the real world."""
        return cls(
            environ=os.environ,
            is_interactive=sys.stdin.isatty() and sys.stderr.isatty(),
            is_terminal=sys.stdout.isatty(),
        )


@dataclass(kw_only=True)
class Session:
    """One invocation: its options, its service, and what its error report needs.

    Attributes:
        attached: the run that is being followed, for the words after Ctrl-C.
        seen_secrets: every secret that came in, to be struck out of reports.
    """

    surroundings: Surroundings
    migration_path: Path = Path("migration.yaml")
    state_dir: Path | None = None
    as_json: bool = False
    yes: bool = False
    mouse: bool = True
    colour: str = "auto"
    attached: str = ""
    seen_secrets: list[Secret] = field(default_factory=list)
    _runner: asyncio.Runner | None = None

    @cached_property
    def service(self) -> MigrationService:
        """Return the one door, opened at first use."""
        return self.surroundings.open_service(self.state_dir)

    @cached_property
    def output(self) -> Output:
        """Return the two streams, coloured as the options and NO_COLOR say."""
        wanted = self.colour == "always" or (
            self.colour == "auto"
            and self.surroundings.is_terminal
            and not self.surroundings.environ.get("NO_COLOR")
        )
        return Output(
            has_colour=wanted and not self.as_json,
            can_redraw=self.surroundings.is_interactive,
            clock=self.surroundings.clock,
        )

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what `work` gives; Ctrl-C raises KeyboardInterrupt here."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        try:
            return self._runner.run(work)
        except SystemExit:
            # A signal came between two steps of the loop: what it uses is closed after it.
            self.close()
            raise

    def close(self) -> None:
        """End the loop of this invocation."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def remember(self, secret: Secret) -> Secret:
        """Return `secret`, known from now on to the redaction of reports."""
        self.seen_secrets.append(secret)
        return secret
