"""Standard output or error that takes no more: a full disk, a closed pipe, a terminal that is gone.

No mistake of Pilotage, and no reason to end a run: only the telling of it has ended.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from wizard.errors import PilotageError
from wizard.wording import _


class OutputError(PilotageError):
    """A standard stream could not be written; runs go on in their own processes.

    Attributes:
        is_closed: whoever read it does so no more, as `head` does.
    """

    exit_code = 9

    def __init__(self, reason: OSError) -> None:
        super().__init__(
            _("the output could not be written: {reason}").format(
                reason=reason.strerror or str(reason)
            ),
            state=_("Runs that were started go on in their own processes: see pilotage runs."),
            todo=_("Make room, or write it elsewhere, then ask again."),
        )
        self.is_closed = reason.errno == errno.EPIPE


class _Stream:
    """A text stream whose failures are told apart from all other OSErrors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or silence the stream and raise OutputError."""
        if text == "":  # empty bytes have to be refused as bytes are
            # click tries streams with nothing, and takes no notice of what comes of it.
            return 0
        try:
            return self._stream.write(text)
        except OSError as error:
            raise self._broken(error) from error

    def flush(self) -> None:
        """Flush, or silence the stream and raise OutputError."""
        try:
            self._stream.flush()
        except OSError as error:
            raise self._broken(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _broken(self, error: OSError) -> OutputError:
        # What is still buffered would fail once more, and be complained of, when Python ends.
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._stream.flush()
        return OutputError(error)


def open_closed_streams() -> None:
    """Open the standard streams that whoever started us had closed, before a file takes the place.

    Words that are lost with standard output are an error, as on a full disk; reading nothing and
    narrating to nobody are none.
    """
    flags = {0: os.O_RDONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}
    for number, flag in flags.items():
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flag)  # the lowest number that is free: this one
    # ruff: noqa: SIM115  # they stay open as long as the process
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)


@contextmanager
def told_apart() -> Iterator[None]:
    """Let failures of the two standard streams raise OutputError meanwhile."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Stream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
