"""The starter's end of a fleet process, in front of processes that end in different ways."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from wizard.errors import HostError, InputError
from wizard.practice.demo.channel import Channel
from wizard.practice.demo.control import Asked, error_data, line_of

SECONDS = 30


@contextmanager
def channel_to(program: str) -> Iterator[Channel]:
    """Run a program of Python and hold its streams; it ends with the block."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        channel = Channel(process)
        try:
            yield channel
        finally:
            channel.close(SECONDS)


def await_end(channel: Channel) -> None:
    """Return once all that the process said is read."""
    with pytest.raises(HostError, match="has ended"):
        channel.send(Asked.DESCRIBE, {}).result(SECONDS)


def test_one_that_told_its_error_is_not_lost_however_soon_it_is_gone() -> None:
    """What it told is the reason; nobody asks why it went."""
    refusal = InputError("the port is taken", state="Nothing was started.", todo="Take another.")
    line = line_of({"error": error_data(refusal)}).decode()
    with channel_to(f"print({line!r}, end='')\nraise SystemExit(2)") as channel:
        with pytest.raises(InputError, match="the port is taken"):
            channel.first(SECONDS)
        await_end(channel)

        assert (channel.lost.done(), channel.close(SECONDS)) == (False, 0)


@pytest.mark.parametrize("first", ["", "{}"], ids=["silent", "started"])
def test_one_that_goes_without_a_word_is_lost(first: str) -> None:
    """Before its first line or after it, with what it said on standard error."""
    said = f"import sys; print({first!r}); print('no memory', file=sys.stderr); sys.exit(9)"
    with channel_to(said if first else said.replace("print('')", "pass")) as channel:
        await_end(channel)

        assert channel.lost.done()
        assert (channel.close(SECONDS), channel.last_words) == (9, "no memory")
