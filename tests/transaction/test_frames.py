"""What a host prints is read strictly, and noise is nothing."""

from __future__ import annotations

import base64
import json

import pytest

from wizard.errors import ProtocolError
from wizard.transaction import frames
from wizard.transaction.answers import Answer, LedgerState, Outcome, Verb

ANSWER = {"kind": "answer", "outcome": "confirmed", "run": "r1", "state": "confirmed"}


def _line(data: object, nonce: str = "N") -> bytes:
    return f"{nonce} {json.dumps(data)}".encode()


def _read(*lines: bytes) -> Answer:
    told = frames.read_frames(lines, nonce="N", host="web1")
    return frames.answer(told, verb=Verb.CONFIRM, host="web1")


def test_an_answer_among_noise() -> None:
    """Banners, other nonces and binary rubbish are skipped."""
    noise = (b"Welcome", b"", b"\xff\x00", _line(ANSWER, "M"), b"NN {}", b"N" + b"\t{}")
    assert _read(*noise, _line(ANSWER) + b"\r") == Answer(
        verb=Verb.CONFIRM, outcome=Outcome.CONFIRMED, run="r1", state=LedgerState.CONFIRMED
    )


def test_encoded_text_is_decoded() -> None:
    """base64 and hex carry any bytes; what is not UTF-8 becomes replacement characters."""
    words = 'é"\\\n\x1b'.encode() + b"\xff"
    for encoded in ({"base64": base64.b64encode(words).decode()}, {"hex": words.hex()}):
        assert _read(_line({**ANSWER, "detail": encoded})).detail == 'é"\\\n\x1b\ufffd'


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (_line(ANSWER), _line(ANSWER)),
        (b"N {",),
        (b"N []",),
        (_line({**ANSWER, "outcome": "splendid"}),),
        (_line({**ANSWER, "state": "odd"}),),
        (_line({**ANSWER, "deadline": "soon"}),),
        (_line({**ANSWER, "deadline": "nan"}),),
        (_line({**ANSWER, "deadline": "1e999"}),),
        (_line({"kind": "step", "step": "x", "milliseconds": "inf"}), _line(ANSWER)),
        (b"N " + b"[" * 100_000,),
        (_line({**ANSWER, "detail": 7}),),
        (_line({**ANSWER, "detail": {"base64": "*"}}),),
        (_line({**ANSWER, "detail": {"hex": "0"}}),),
    ],
)
def test_garbage_names_the_host_and_what_to_do(lines: tuple[bytes, ...]) -> None:
    """No answer, two, half of one or an unknown word is never guessed about."""
    with pytest.raises(ProtocolError) as caught:
        _read(*lines)
    assert caught.value.host == "web1"
    assert caught.value.todo.startswith("Ask its status")


def test_a_list_of_ledgers_has_an_end() -> None:
    """A cut list is garbage, not a short list."""
    ledger = {"kind": "ledger", "run": "r1", "state": "armed", "holder": "x", "since": "7"}
    told = frames.read_frames((_line(ledger),), nonce="N", host="web1")
    with pytest.raises(ProtocolError, match="no end"):
        frames.ledgers(told, host="web1")


@pytest.mark.parametrize(("text", "kept"), [("{}", "{}"), ('{"secret": "S3CRET"}', None)])
def test_a_conflict_brings_no_credentials(text: str, kept: str | None) -> None:
    """What somebody wrote into a file since may hold a login: its text is then left out."""
    conflict = {"kind": "conflict", "path": "/etc/docker/daemon.json", "now": text}
    [found] = _read(_line(conflict), _line(ANSWER)).conflicts
    assert found.now == kept
