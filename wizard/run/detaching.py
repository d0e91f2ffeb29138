"""Letting go of whoever started us, after telling it that all is well.

The process forks. The first half stays the starter's child and ends as soon as the second half
has taken its run, or has died: so the starter waits for an exit code, never for a guess, and
leaves no zombie behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

_READY: Final = b"\0"


def detach() -> Callable[[], None]:
    """Fork; return only in the second half, with what tells the first half to end well.

    Call it before there are threads. The first half ends with the second half's exit code if
    that ends without a word.
    """
    reader, writer = os.pipe()
    second = os.fork()
    if second:
        os.close(writer)
        # os._exit: what is buffered or registered at exit belongs to the second half.
        os._exit(0 if os.read(reader, 1) == _READY else _code_of(second))
    os.close(reader)

    def ready() -> None:
        os.write(writer, _READY)
        os.close(writer)

    return ready


def _code_of(second: int) -> int:
    _pid, status = os.waitpid(second, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code > 0 else 1
