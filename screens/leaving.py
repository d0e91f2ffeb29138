"""Leaving, by signal too: no screen is left half made, the terminal is restored, the run goes on.

Textual restores the terminal on Ctrl+C only. SIGTERM (a shutdown) and SIGHUP (a lost SSH
connection) would leave the alternate screen and mouse reports behind; and while a terminal
does not read, Textual's event loop stands still, so the last resort must not need it
(facts/tui.md §0.1, §0.2). A connection that is lost without a signal counts as one.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, Final

from textual.app import App

PATIENCE: Final = 5.0
"""Seconds that an orderly exit may take, on a machine that has much to do."""
SETTLING: Final = 1.0
"""Seconds that a screen may take to be whole before the wizard is left all the same."""
RESTORE: Final = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # no mouse reports
    b"\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?25h"  # plain paste and keys, main screen, cursor
)
SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def leave_when_settled(app: App[Any], leave: Callable[[], None]) -> None:
    """Leave once the top screen is whole: what is asked of the half of one is a fault."""
    _when_settled(app, leave)
    # A screen that is taken away meanwhile tells nobody that it has settled.
    app.set_timer(SETTLING, leave)


def _when_settled(app: App[Any], act: Callable[[], None]) -> None:
    top = app.screen

    def settled() -> None:
        # Another one may have come on top of it meanwhile.
        if app.screen is top:
            act()
        else:
            _when_settled(app, act)

    # Once it has been made and shown, and has done what it does then.
    top.call_later(top.call_after_refresh, settled)


class SignalWatch:
    """SIGTERM and SIGHUP while screens are shown: leave in order; by force when nothing moves.

    What the program does after its screens, as ending a practice fleet, has its own patience.

    Attributes:
        heard: the first signal that came, None for none.
    """

    def __init__(self, app: App[Any]) -> None:
        self.heard: int | None = None
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._fileno = sys.__stdin__.fileno() if sys.__stdin__ else 0
        driver = app._driver  # noqa: SLF001  # only it knows the terminal's attributes of before
        self._before = getattr(driver, "attrs_before", None)
        self._timers: list[threading.Timer] = []
        self._handlers = {number: signal.signal(number, self._leave) for number in SIGNALS}
        threading.Thread(target=_watch_line, args=(self._fileno,), daemon=True).start()

    def end(self) -> None:
        """Watch no more: the screens are left. After one that was heard, signals are ignored."""
        for number, handler in self._handlers.items():
            ignored = self.heard is not None
            signal.signal(number, signal.SIG_IGN if ignored else handler or signal.SIG_DFL)
        for timer in self._timers:
            timer.cancel()

    def _leave(self, number: int, _frame: FrameType | None) -> None:
        self.heard = self.heard or number
        timer = threading.Timer(PATIENCE, _leave_by_force, (number, self._fileno, self._before))
        timer.daemon = True
        timer.start()
        self._timers.append(timer)
        leave = partial(self._app.call_later, self._app.exit, return_code=128 + number)
        # A loop that waits notices no handler, and one that is closed needs to notice none.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(leave)


def watch_signals(app: App[Any]) -> SignalWatch | None:
    """Watch from now on, in the app's loop; None where there is no terminal to restore."""
    if app.is_headless or threading.current_thread() is not threading.main_thread():
        return None
    return SignalWatch(app)


def _watch_line(fileno: int) -> None:
    """Take a terminal that is gone for the signal that only the session's leader gets.

    Whoever was started by another program, as by `make demo`, is told nothing by the system, and
    Textual would read the end of its input again and again.
    """
    line = select.poll()
    line.register(fileno, 0)
    for _descriptor, event in line.poll():
        # Where terminals cannot be polled, as on macOS, they are told to be no descriptors.
        if event & select.POLLHUP:
            os.kill(os.getpid(), signal.SIGHUP)


def _leave_by_force(number: int, fileno: int, before: list[Any] | None) -> None:
    error_output = sys.__stderr__.fileno() if sys.__stderr__ else 2
    try:
        os.set_blocking(error_output, False)
        os.write(error_output, RESTORE)
        if before is not None:
            termios.tcsetattr(fileno, termios.TCSANOW, before)
    except (OSError, termios.error):
        pass  # the terminal is gone; nobody is left to restore it for
    os._exit(128 + number)
