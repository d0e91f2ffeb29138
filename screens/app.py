"""The wizard's one application: wiring only."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App
from textual.notifications import SeverityLevel
from textual.reactive import Reactive
from textual.screen import Screen

from screens.context import Context
from screens.glyphs import choose_glyphs
from screens.leaving import SignalWatch, leave_when_settled, watch_signals
from screens.look import ANSI, DARK, DEFAULTS, LIGHT, ORDER, themes
from screens.session import Session, Step
from screens.steps.discover import DiscoverScreen
from screens.steps.step_screen import StepScreen
from screens.styles import Sheet, style_path
from screens.terminal_check import refusal
from wizard.clock import Clock, SystemClock
from wizard.errors import NeedsTerminal
from wizard.wording import _, safe_text

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from rich.console import RenderableType

    from wizard.drill import OpenDrill
    from wizard.service import MigrationService

# ruff: noqa: PLC0415  # the first paint must not wait for what is needed later

DEFAULT_PATH: Final = Path("migration.yaml")
_AFTER_FIRST_PAINT: Final = 0.1
"""Seconds: reading journals must not hold up what is on its way to the terminal."""
_LIGHT_BACKGROUNDS: Final = {"7", "15"}


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("pilotage")


class PilotageApp(App[None], inherit_bindings=False):
    """Show the five steps of a migration.

    All keys are those of its screens: Textual's own Ctrl+Q would leave without asking.

    Args:
        service: the only door to the wizard's core.
        migration_path: file that answers are read from and saved to.
        environ: of the process; decides on colours.
        drill: what the operator practises, None in earnest; it is of `clock`.
        read_at_once: the hosts of the migration file are read without being asked to.
        is_practice: nothing of it is real; the title says so.
    """

    CSS_PATH = [  # noqa: RUF012  # as Textual has it
        style_path("app"),
        style_path("step"),
        style_path("discover"),
    ]
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE: ClassVar[bool] = False
    TITLE = "Pilotage"
    theme: Reactive[str] = Reactive(DARK)
    """Whoever starts with this one does not wait for the change from Textual's own."""

    def __init__(
        self,
        *,
        service: MigrationService,
        migration_path: Path | None = None,
        clock: Clock | None = None,
        environ: Mapping[str, str] = os.environ,
        state_folder: Callable[[], Path] = _state_folder,
        drill: OpenDrill | None = None,
        read_at_once: bool = False,
        is_practice: bool = False,
    ) -> None:
        is_colourless = "NO_COLOR" in environ
        super().__init__(ansi_color=True if is_colourless else None)
        self.session = Session(path=migration_path or DEFAULT_PATH)
        self.context = Context(
            service=service,
            session=self.session,
            clock=clock or SystemClock(),
            go=self.go,
            state_folder=state_folder,
            drill=drill,
            read_at_once=read_at_once,
            is_practice=is_practice,
        )
        for theme in themes():
            self.register_theme(theme)
        self.theme = ANSI if is_colourless else _theme_for(environ)
        self.stylesheet = Sheet(variables=self.get_css_variables())
        self._steps: dict[Step, StepScreen] = {}
        self._signals: SignalWatch | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own colour names a value in themes that are not ours."""
        return DEFAULTS

    def get_default_screen(self) -> Screen[Any]:
        """Start with the first step: it stays at the bottom, others come on top of it."""
        return self._step(Step.DISCOVER)

    def on_mount(self) -> None:
        """Restore the terminal on signals, and offer what was left open."""
        self._signals = watch_signals(self)
        self.call_after_refresh(self.set_timer, _AFTER_FIRST_PAINT, self._offer_open_runs)

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """Leave once the screen is whole."""
        leave_when_settled(self, partial(super().exit, result, return_code, message))

    def unwatch_signals(self) -> int:
        """Leave signals to whoever ran the wizard, which is over; return the one it got, or 0."""
        if not self._signals:
            return 0
        self._signals.end()
        return self._signals.heard or 0

    def go(self, step: Step) -> None:
        """Show a step; the others keep their state. None is begun once the wizard is being left."""
        if self._exit:
            return
        wanted = self._step(step)
        while not isinstance(self.screen, StepScreen):
            self.pop_screen()
        if self.screen is wanted:
            return
        if wanted is self.screen_stack[0]:
            self.pop_screen()
        elif self.screen is self.screen_stack[0]:
            self.push_screen(wanted)
        else:
            self.switch_screen(wanted)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a message for a moment, cleaned and without markup."""
        del markup
        super().notify(
            safe_text(message), title=title, severity=severity, timeout=timeout, markup=False
        )

    def _step(self, step: Step) -> StepScreen:
        if step not in self._steps:
            screen = _make(step, self.context)
            screen.fit(self.size)
            self.install_screen(screen, f"step-{step.value}")
            self._steps[step] = screen
        return self._steps[step]

    def _offer_open_runs(self) -> None:
        if not self.is_headless:
            # What is there now stays; later collections need not look at it again.
            gc.freeze()
            gc.enable()
        screen = self._step(Step.DISCOVER)
        if isinstance(screen, DiscoverScreen):
            screen.offer_open_runs()

    def _fatal_error(self) -> None:
        """Write a report without local variables, and say where it is."""
        from screens.crash_report import report_text, write_report

        error = self._exception or RuntimeError("unknown")
        text = report_text(error, secrets=tuple(self.session.secrets.values()))
        path = write_report(text, self.context.state_folder(), moment=self.context.clock.now())
        self._exit_renderables.append(_crash_words(path))
        self._close_messages_no_wait()


def _crash_words(path: Path | None) -> str:
    place = str(path) if path else _("could not be written")
    return _(
        "Pilotage's screens stopped at a fault of their own. A run that was started goes on:"
        " `pilotage runs` shows it, `pilotage` attaches to it.\nReport: {place}"
    ).format(place=place)


def _theme_for(environ: Mapping[str, str]) -> str:
    wanted = environ.get("TEXTUAL_THEME", "")
    if wanted in ORDER:
        return wanted
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if background in _LIGHT_BACKGROUNDS else DARK


def _make(step: Step, context: Context) -> StepScreen:
    """Return a new screen; those after the first are imported when first shown."""
    match step:
        case Step.DISCOVER:
            return DiscoverScreen(context)
        case Step.REGISTRY:
            from screens.steps.registry import RegistryScreen

            return RegistryScreen(context)
        case Step.PREVIEW:
            from screens.steps.preview import PreviewScreen

            return PreviewScreen(context)
        case Step.ROLL_OUT:
            from screens.steps.roll_out import RollOutScreen

            return RollOutScreen(context)
        case Step.ROLL_BACK:
            from screens.steps.roll_back import RollBackScreen

            return RollBackScreen(context)


def run_wizard(
    *,
    service: MigrationService,
    migration_path: Path | None,
    mouse: bool = True,
    drill: OpenDrill | None = None,
    read_at_once: bool = False,
    is_practice: bool = False,
) -> int:
    """Show the wizard until the operator leaves it, and return the exit code.

    0 after leaving, 1 after a fault, 7 where no terminal can show it, 128 + n after signal n.
    The goal and the clock of a drill are on every step; it began on the system's clock. Read at
    once, the hosts of the migration file need no press of a button. A practice fleet is called
    that in the title.
    """
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    reason = refusal(os.environ, encoding=sys.stderr.encoding, is_terminal=is_terminal)
    if reason:
        sys.stderr.write(f"pilotage: {reason}\n".encode("ascii", "replace").decode())
        return NeedsTerminal.exit_code
    choose_glyphs(os.environ)
    app = PilotageApp(
        service=service,
        migration_path=migration_path,
        drill=drill,
        read_at_once=read_at_once,
        is_practice=is_practice,
    )
    # The first paint goes without looks for garbage: nothing is garbage yet.
    gc.disable()
    try:
        app.run(mouse=mouse)
    finally:
        gc.enable()
        number = app.unwatch_signals()
    return 128 + number if number else app.return_code or 0
