"""Framed lines of the host script, read into answers; pure.

A line is the exec's nonce, a space and a JSON object whose values are strings, or
`{"base64": …}` or `{"hex": …}` for text that would need escapes, or null. Every other line
is noise of the host and ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from wizard.discovery.credentials import find_secrets
from wizard.errors import ProtocolError
from wizard.transaction.answers import (
    Answer,
    FileConflict,
    Ledger,
    LedgerFile,
    LedgerState,
    Outcome,
    StepResult,
    Verb,
)

Frame = dict[str, str | None]
_ABSENT: Final = frozenset({"absent", "none"})
_Member = TypeVar("_Member", Outcome, LedgerState)


def read_frame(line: bytes, *, nonce: str, host: str) -> Frame | None:
    """Return the frame on a line of output, None for noise.

    Raises ProtocolError when the nonce is right and the rest is not a frame.
    """
    prefix, _, text = line.strip().partition(b" ")
    if prefix != nonce.encode():
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _garbage(host, f"a line is not JSON: {text[:200]!r}") from error
    if not isinstance(data, dict):
        raise _garbage(host, f"a line is not an object: {text[:200]!r}")
    return {key: _decoded(value, host) for key, value in data.items()}


def read_frames(lines: Iterable[bytes], *, nonce: str, host: str) -> list[Frame]:
    """Return the frames among the lines of an exec, in order; raises as `read_frame`."""
    frames = (read_frame(line, nonce=nonce, host=host) for line in lines)
    return [frame for frame in frames if frame is not None]


def answer(frames: Iterable[Frame], *, verb: Verb, host: str) -> Answer:
    """Return the answer that the frames of one exec tell.

    Raises ProtocolError when there is no answer among them or it makes no sense.
    """
    frames = list(frames)
    told = [frame for frame in frames if frame.get("kind") == "answer"]
    if len(told) != 1:
        raise _garbage(host, f"{len(told)} answers to {verb.value} instead of one")
    frame = told[0]
    state = _text(frame, "state")
    return Answer(
        verb=verb,
        outcome=_member(Outcome, _text(frame, "outcome"), host),
        run=_text(frame, "run"),
        state=None if state == "none" else _member(LedgerState, state, host),
        failed_step=_text(frame, "failed_step"),
        detail=_text(frame, "detail"),
        holder=_text(frame, "holder"),
        holder_run=_text(frame, "holder_run"),
        holder_seconds=_number(frame, "holder_seconds", host),
        deadline=_number(frame, "deadline", host),
        proven=_text(frame, "proven") == "yes",
        taken_back_by=_text(frame, "taken_back_by"),
        conflicts=tuple(_conflict(part) for part in frames if part.get("kind") == "conflict"),
        steps=tuple(step_result(part, host) for part in frames if part.get("kind") == "step"),
    )


def ledgers(frames: Iterable[Frame], *, host: str) -> tuple[Ledger, ...]:
    """Return the ledgers that the frames tell, in the host's order; raises as `answer`."""
    frames = list(frames)
    if not frames or frames[-1].get("kind") != "end":
        raise _garbage(host, "the list of ledgers has no end")
    files: dict[str, list[LedgerFile]] = {}
    for frame in frames:
        if frame.get("kind") == "file":
            files.setdefault(_text(frame, "run"), []).append(
                LedgerFile(
                    path=_text(frame, "path"),
                    before_sha256=_sha256(frame, "before"),
                    after_sha256=_sha256(frame, "after"),
                    now_sha256=_sha256(frame, "now"),
                )
            )
    return tuple(
        Ledger(
            run=_text(frame, "run"),
            state=_member(LedgerState, _text(frame, "state"), host),
            holder=_text(frame, "holder"),
            since=_number(frame, "since", host) or 0.0,
            alone=_text(frame, "alone"),
            files=tuple(files.get(_text(frame, "run"), ())),
        )
        for frame in frames
        if frame.get("kind") == "ledger"
    )


def step_result(frame: Frame, host: str) -> StepResult:
    """Return the step that a frame of kind `step` tells; raises as `answer`."""
    return StepResult(
        step=_text(frame, "step"),
        passed=_text(frame, "passed") == "yes",
        detail=_text(frame, "detail"),
        milliseconds=int(_number(frame, "milliseconds", host) or 0),
    )


def _conflict(frame: Frame) -> FileConflict:
    return FileConflict(
        path=_text(frame, "path"),
        expected_sha256=_sha256(frame, "expected"),
        found_sha256=_sha256(frame, "found"),
        before=frame.get("before"),
        ours=frame.get("ours"),
        now=None if find_secrets(frame.get("now") or "") else frame.get("now"),
    )


def _decoded(value: Any, host: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        match value:
            case {"base64": str(encoded)}:
                return base64.b64decode(encoded, validate=True).decode(errors="replace")
            case {"hex": str(encoded)}:
                return bytes.fromhex(encoded).decode(errors="replace")
    except (binascii.Error, ValueError) as error:
        raise _garbage(host, "a value cannot be decoded") from error
    raise _garbage(host, f"a value is neither text nor encoded: {value!r:.200}")


def _member(kind: type[_Member], value: str, host: str) -> _Member:
    try:
        return kind(value)
    except ValueError as error:
        raise _garbage(host, f"{value!r:.100} is not a known {kind.__name__}") from error


def _number(frame: Frame, key: str, host: str) -> float | None:
    text = _text(frame, key)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise _garbage(host, f"{key} is not a number: {text!r:.100}") from error
    if not math.isfinite(number):
        raise _garbage(host, f"{key} is not a number: {text!r:.100}")
    return number


def _sha256(frame: Frame, key: str) -> str:
    text = _text(frame, key)
    return "" if text in _ABSENT else text


def _text(frame: Frame, key: str) -> str:
    return frame.get(key) or ""


def _garbage(host: str, what: str) -> ProtocolError:
    return ProtocolError(
        f"its answer makes no sense: {what}",
        host=host,
        state="Its state is unknown until it is asked again.",
        todo="Ask its status; look at /var/lib/pilotage on the host if that fails too.",
    )
