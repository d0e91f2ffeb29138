"""The streams of a fleet process as its starter holds them: orders in, answers out, and its end."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from itertools import count
from typing import IO, Any, Final

from wizard.errors import HostError
from wizard.practice.demo.control import Asked, error_of, line_of
from wizard.wording import _

_CLOSING: Final = 5.0
"""Seconds until what a dead process wrote is read."""
_LAST_WORDS: Final = 1 << 14
"""Bytes of standard error that are kept."""


class Channel:
    """Both ends of a fleet process's streams; a thread reads the answers.

    Attributes:
        lost: done once it has ended unasked and without an error of its own.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.lost: Future[None] = Future()
        self._process = process
        self._first: Future[Mapping[str, Any]] = Future()
        self._open: dict[int, Future[Any]] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._ending = self._is_over = False
        self._errors = b""
        self._reading = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for reading in self._reading:
            reading.start()

    def first(self, seconds: float) -> Mapping[str, Any]:
        """Return the first line; raises the error that it tells of, HostError where none comes."""
        try:
            told = self._first.result(seconds)
        except TooLate as error:
            raise HostError(
                _("The practice fleet does not start in time."),
                state=_("It was ended."),
                todo=_("Practise with fewer hosts, or when the machine has less to do."),
            ) from error
        if "error" in told:
            raise error_of(told["error"])
        if not told:
            raise HostError(_("The practice fleet has ended."))
        return told

    def send(self, asked: Asked, content: Mapping[str, Any]) -> Future[Any]:
        """Send an order and return where its answer comes."""
        answer: Future[Any] = Future()
        number = next(self._numbers)
        with self._lock:
            self._open[number] = answer
            line = line_of({"id": number, "order": asked.value, **content})
            with suppress(OSError, ValueError):
                # Lost: the reader says so to whoever waits.
                self._stdin.write(line)
                self._stdin.flush()
        if self._is_over:
            self._give_up()
        return answer

    def close(self, seconds: float) -> int:
        """End the process and return how it ended; 0 where it had told an error of its own.

        Safe to call twice.
        """
        self._ending = True
        with suppress(OSError):
            self._stdin.close()
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        for reading in self._reading:
            reading.join(_CLOSING)
        told = self._first.result() if not self._first.exception() else {}
        return 0 if "error" in told else status

    @property
    def last_words(self) -> str:
        """Return what the process said last on standard error."""
        return self._errors.decode(errors="replace").strip()

    @property
    def _stdin(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise RuntimeError("a fleet process has no standard input")
        return self._process.stdin

    def _read(self) -> None:
        for line in self._process.stdout or ():
            told = json.loads(line)
            if not self._first.done():
                self._first.set_result(told)
                continue
            with self._lock:
                answer = self._open.pop(told["id"], None)
            if answer is None or not answer.set_running_or_notify_cancel():
                continue
            if "error" in told:
                answer.set_exception(error_of(told["error"]))
            else:
                answer.set_result(told["answer"])
        if not self._first.done():
            self._first.set_result({})
        if not self._ending and "error" not in self._first.result():
            self.lost.set_result(None)
        self._is_over = True
        self._give_up()

    def _read_errors(self) -> None:
        for line in self._process.stderr or ():
            self._errors = (self._errors + line)[-_LAST_WORDS:]

    def _give_up(self) -> None:
        with self._lock:
            left, self._open = tuple(self._open.values()), {}
        for answer in left:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(HostError(_("The practice fleet has ended.")))
