"""Leaving a command in order when the system asks for it: SIGTERM and SIGHUP."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_OF_SIGNALS: Final = 128


def leave_the_wizard() -> None:
    """Have this process leave its screens, from whatever thread."""
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def leaving_in_order() -> Iterator[None]:
    """Let the first signal raise SystemExit(128 + n), so that everything that is open is closed.

    Others after it do not disturb that. Signals that were ignored stay so (nohup).
    """

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(_OF_SIGNALS + number)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
