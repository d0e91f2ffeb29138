"""Calls of simulated programs, taken from a host's shells and answered by its machine.

The other side is `assets/practice/program.sh`, which says what the files are. One pipe per host is
read without blocking; each call is a task of its own, cancelled when its caller is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from wizard.practice.machine.calls import Call, Reply

ASK: Final = "ask"
REPLIES: Final = "replies"
_AT_ONCE: Final = 65536
_LONGEST_LINE: Final = 2048
"""Bytes of text that go through the pipe; a shell reads these one by one."""
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "\n": "\\n", "'": "\\0047", "\0": "\\0000", "\r": "\\r"}
)
"""For the format `%b` of printf, between single quotes."""

Answer = Callable[[Call], Awaitable[Reply]]


class ProgramCalls:
    """Answer the calls of one host while it is open.

    Args:
        folder: the host's own directory, above its root; the pipe and the replies lie there.
        answer: what every call is handed to, as `Machine.call`.

    Attributes:
        failures: what calls ended with that should not have failed at all: mistakes of a
            simulated program, told to whoever closes the fleet.
    """

    def __init__(self, folder: Path, answer: Answer) -> None:
        self._folder = folder
        self._answer = answer
        self._ask = -1
        self._partial = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[Exception] = []

    @property
    def is_open(self) -> bool:
        """Tell whether calls are taken."""
        return self._ask >= 0

    @property
    def under_way(self) -> int:
        """Return how many calls have not come to their end."""
        return len(self._tasks)

    def open(self) -> None:
        """Take calls from now on; safe to call twice. Raises OSError."""
        if self.is_open:
            return
        (self._folder / REPLIES).mkdir(mode=0o700, exist_ok=True)
        pipe = self._folder / ASK
        # The first caller's too, which would start a process for it.
        for place in (pipe, self._folder / REPLIES / "1"):
            if not place.is_fifo():
                os.mkfifo(place, 0o600)
        # For both, so that it does not end when the last shell closes it.
        self._ask = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        asyncio.get_running_loop().add_reader(self._ask, self._take)

    async def close(self) -> None:
        """Take no more calls, and end those under way."""
        if self.is_open:
            asyncio.get_running_loop().remove_reader(self._ask)
            os.close(self._ask)
            self._ask = -1
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self) -> None:
        try:
            data = os.read(self._ask, _AT_ONCE)
        except BlockingIOError:
            return
        *numbers, self._partial = (self._partial + data).split(b"\n")
        for number in numbers:
            if number.isdigit():
                task = asyncio.get_running_loop().create_task(self._serve(number.decode()))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _serve(self, number: str) -> None:
        place = self._folder / REPLIES / number
        # What a caller that was killed in this very moment leaves is for the next one to overwrite.
        with contextlib.suppress(OSError), contextlib.ExitStack() as kept:
            for suffix in (".busy", ".output", ".errors"):
                kept.callback(place.with_suffix(suffix).unlink, missing_ok=True)
            call = _read_call(place)
            pipe = os.open(place, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            kept.callback(os.close, pipe)
            os.write(pipe, b"\n")
            gone = _gone(pipe)
            try:
                reply = await self._reply(call, gone)
                if reply is not None:
                    os.write(pipe, _playback(reply, place))
                    await gone
            finally:
                asyncio.get_running_loop().remove_reader(pipe)

    async def _reply(self, call: Call, gone: asyncio.Future[None]) -> Reply | None:
        """Return the reply, None when the caller has not waited for it."""
        work = asyncio.ensure_future(self._answer(call))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
        if work.cancelled():
            return None
        failure = work.exception()
        if isinstance(failure, Exception):
            self.failures.append(failure)
            return Reply(status=125, errors=f"{call.program}: {failure!r}\n")
        return work.result()


def _read_call(place: Path) -> Call:
    """Return the call that lies at `place`, and take its files away; raises OSError."""
    asked, given = place.with_suffix(".call"), place.with_suffix(".given")
    program, *words = asked.read_bytes().decode(errors="surrogateescape").split("\0")[:-1]
    asked.unlink()
    content = b""
    if given.exists():
        content = given.read_bytes()
        given.unlink()
    border = words.index("--")
    variables = (word.partition("=") for word in words[:border] if word)
    return Call(
        program=program,
        arguments=tuple(words[border + 1 :]),
        environment={name: value for name, _equals, value in variables},
        given=content,
    )


def _gone(pipe: int) -> asyncio.Future[None]:
    """Return what is done when the reader of a pipe has closed it."""
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        loop.remove_reader(pipe)
        if not gone.done():
            gone.set_result(None)

    # The writing end of a pipe is never readable; what is told of it is that the other end closed.
    loop.add_reader(pipe, note)
    return gone


def _playback(reply: Reply, place: Path) -> bytes:
    """Return the line of shell that plays a reply back; long texts are put beside `place`."""
    steps = []
    for text, suffix, stream in (
        (reply.output, ".output", ""),
        (reply.errors, ".errors", " >&2"),
    ):
        content = text.encode(errors="surrogateescape")
        if len(content) > _LONGEST_LINE:
            place.with_suffix(suffix).write_bytes(content)
            steps.append(f'cat "$reply{suffix}"{stream}')
        elif content:
            steps.append(f"printf %b '{text.translate(_ESCAPES)}'{stream}")
    steps.append(f"exit {reply.status}\n")
    return "; ".join(steps).encode(errors="surrogateescape")
