"""Whatever answers at a host's port ends in a failure with a kind, never in a crash."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.ssh.lab import Lab
from wizard.ssh.failures import FailureKind, SSHFailure

GREETING = b"SSH-2.0-OpenSSH_9.2\r\n"


@asynccontextmanager
async def saying(lab: Lab, words: bytes) -> AsyncIterator[None]:
    """Serve something that says `words` to whoever connects, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await reader.read(1024)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.1.1", lab.port):
        yield


def packet(payload: bytes) -> bytes:
    """Return an unencrypted SSH packet."""
    padding = 8 - (len(payload) + 5) % 8 + 8
    return (
        (len(payload) + padding + 1).to_bytes(4, "big")
        + bytes([padding])
        + payload
        + bytes(padding)
    )


KEX_INIT = 20
NAME_LISTS = b"\0\0\0\1x" * 10
ANSWERS = {
    "nothing": b"",
    "silence after the greeting": GREETING,
    "a greeting that is not ASCII": b"SSH-2.0-\xff\xfe\r\n",
    "the old protocol": b"SSH-1.5-old\r\n",
    "a greeting without an end": b"SSH-2.0-" + b"x" * 70000,
    "endless lines": b"hello\r\n" * 5000,
    "a packet that is too long": GREETING + b"\xff\xff\xff\xff" + b"\0" * 64,
    "a packet that is empty": GREETING + packet(b""),
    "a packet cut short": GREETING + packet(bytes([KEX_INIT]) + bytes(16) + NAME_LISTS)[:40],
    "no algorithm in common": GREETING
    + packet(bytes([KEX_INIT]) + bytes(16) + NAME_LISTS + bytes(5)),
    "name lists that are none": GREETING + packet(bytes([KEX_INIT]) + b"\xff" * 60),
    "an answer before the question": GREETING + packet(bytes([52])),
    "a farewell": GREETING + packet(b"\1\0\0\0\2\0\0\0\4gone\0\0\0\0"),
    "too many connections": GREETING + packet(b"\1\0\0\0\x0c\0\0\0\4busy\0\0\0\0"),
}
KINDS = {
    FailureKind.GARBAGE,
    FailureKind.BUSY,
    FailureKind.LOST,
    FailureKind.TIMED_OUT,
    FailureKind.NO_COMMON_ALGORITHM,
}


@pytest.mark.parametrize("words", ANSWERS.values(), ids=ANSWERS.keys())
async def test_answers_that_are_none(lab: Lab, words: bytes) -> None:
    """Each is told as a failure of this host to which nothing was sent."""
    lab.know("127.0.1.1")
    async with saying(lab, words), lab.transport(connect=2.0, attempts=1) as transport:
        with pytest.raises(SSHFailure) as caught:
            await transport.connect(lab.host())

    failure = caught.value
    assert failure.kind in KINDS
    assert (failure.host, failure.script_sent) == ("host-127.0.1.1", False)
    assert failure.what
    assert failure.todo


async def test_no_algorithm_in_common_is_told_as_such(lab: Lab) -> None:
    """An sshd that is too old, or too new, is told from garbage."""
    lab.know("127.0.1.1")
    async with (
        saying(lab, ANSWERS["no algorithm in common"]),
        lab.transport(connect=2.0, attempts=1) as transport,
    ):
        with pytest.raises(SSHFailure) as caught:
            await transport.connect(lab.host())

    assert caught.value.kind is FailureKind.NO_COMMON_ALGORITHM


@pytest.mark.parametrize("seed", range(12))
async def test_random_bytes(lab: Lab, seed: int) -> None:
    """Random packets behind a proper greeting never crash the client."""
    chance = random.Random(seed)  # noqa: S311  # repeatable noise
    noise = b"".join(
        packet(
            bytes([chance.choice([1, 4, 20, 21, 31, 51, 52, 53, 60, 90])]) + chance.randbytes(40)
        )
        for _packet in range(5)
    )
    lab.know("127.0.1.1")
    async with saying(lab, GREETING + noise), lab.transport(connect=2.0, attempts=1) as transport:
        with pytest.raises(SSHFailure) as caught:
            await transport.connect(lab.host())

    assert caught.value.kind in KINDS
