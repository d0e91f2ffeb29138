"""Answers that make no sense are refused by name, never guessed about."""

from __future__ import annotations

import json

import pytest

from tests.discovery.record import NONCE
from tests.discovery.test_recorded import END, TARGET, frames
from wizard.discovery.parse import parse_answer
from wizard.discovery.sections import join_frames
from wizard.errors import ProtocolError

GOOD, NOW = frames("trixie-docker")
STREAM = join_frames("h", GOOD)


def refused(answer: list[bytes]) -> str:
    """Return what the refusal says."""
    with pytest.raises(ProtocolError) as caught:
        parse_answer("web1", NONCE, answer, now=NOW, target=TARGET)
    assert caught.value.host == "web1"
    assert "nothing was changed" in caught.value.state
    return caught.value.what


def spoiled(before: bytes, after: bytes) -> list[bytes]:
    """Return the answer with some bytes of its stream replaced."""
    assert before in STREAM
    stream = STREAM.replace(before, after, 1)
    return [json.dumps({"hex": stream.hex()}).encode(), END]


def mark(words: str) -> bytes:
    """Return the line that begins a section."""
    return f"@{NONCE} {words}\n".encode()


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ([], "stopped before its end"),
        (GOOD[:-1], "stopped before its end"),
        ([json.dumps({"hex": STREAM[999:].hex()}).encode(), END], "sections are not whole"),
        ([b"{", END], "not JSON"),
        ([b"[" * 100_000, END], "not JSON"),
        ([b"[]", END], "not a JSON object"),
        ([b'{"base64":7}', END], "unknown kind"),
        ([b'{"zip":"aa"}', END], "unknown kind"),
        ([b'{"base64":"a"}', END], "not base64"),
        ([b'{"hex":"xy"}', END], "not hex"),
    ],
)
def test_frames_that_are_not_whole_are_refused(answer: list[bytes], what: str) -> None:
    """Lost, cut and foreign lines."""
    assert what in refused(answer)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (mark("start 1 "), mark("start 2 "), "format"),
        (mark("end"), mark("more"), "not whole"),
        (mark("system"), mark("others"), "system is missing"),
        (mark("error docker.info 0"), mark("error docker.info zero"), "not a number"),
        (mark("error docker.info 0"), mark("error docker.inf 0"), "how docker.info ended"),
        (b'[null,{"ServerVersion"', b'[null,["ServerVersion"', "docker info"),
        (b'"RegistryConfig"', b'"RegistryConf"', "docker info"),
        (b'[null,{"ServerVersion"', b"[" * 100_000, "docker info"),
        (b',"/keeper"', b'"/keeper"', "not a container"),
        (mark("path directory"), mark("path folder"), "no kind of file"),
        (b"directory\n/etc/docker\n/etc/docker", b"directory\nx\ny", "not a path"),
        (b"\n644 0 0 108 /", b"\nrw 0 0 108 /", "not a status"),
        (b"\n644 0 0 108 /", b"\n644 0 0 108 /x/", "status of"),
        (mark("content /etc/docker/daemon.json"), mark("content /x"), "content of"),
        (b"\nrw rw /tmp", b"\nrw rw tmp", "not a mount"),
        (mark("time"), mark("time") + b"noon", "not a time"),
    ],
)
def test_sections_that_make_no_sense_are_refused(before: bytes, after: bytes, what: str) -> None:
    """Each names what it stumbled over."""
    assert what in refused(spoiled(before, after))


def test_words_of_the_host_are_cut_short_in_the_refusal() -> None:
    """A megabyte of garbage is no message."""
    assert len(refused(spoiled(b"\nrw rw /tmp", b"\n" + b"x" * (1 << 20)))) < 300
