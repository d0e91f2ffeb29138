"""What the script of `assets/host/facts.sh` answers, taken apart; pure.

Frames are JSON lines behind a nonce; together they hold one stream of raw sections.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from wizard.errors import ProtocolError

FORMAT: Final = "1"
KILLED: Final = frozenset({124, 137})
"""Exit codes of a program that was ended by its bound."""

_TODO: Final = "Try again; if it stays so, run the discovery with --verbose and report it."
_DECODERS: Final = {"base64": base64.b64decode, "hex": bytes.fromhex}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: what stood behind its name, and its bytes as they came."""

    words: str
    content: bytes

    @property
    def text(self) -> str:
        """Return the content as text; bytes that are not UTF-8 become U+FFFD."""
        return self.content.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """Return the lines that are not empty."""
        return [line for line in self.text.split("\n") if line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A program that ran on the host."""

    status: int
    output: str
    errors: str

    @property
    def failure(self) -> str:
        """Return why it failed, in its own words, or nothing."""
        if self.status == 0:
            return ""
        if self.status in KILLED:
            return "no answer in time"
        return self.errors.strip() or f"ended with {self.status}"


class Sections:
    """All sections of one host, by name, in order."""

    def __init__(self, host: str, root: str, by_name: dict[str, list[Section]]) -> None:
        self.host = host
        self.root = root
        self._by_name = by_name
        self._endings: dict[str, tuple[str, Section]] = {}
        for error in by_name.get("error", ()):
            of, _, status = error.words.partition(" ")
            self._endings.setdefault(of, (status, error))

    def all(self, name: str) -> list[Section]:
        """Return every section of that name."""
        return self._by_name.get(name, [])

    def one(self, name: str) -> Section | None:
        """Return the only section of that name, or None."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def need(self, name: str) -> Section:
        """Return the only section of that name; raises ProtocolError when it is missing."""
        found = self.one(name)
        if found is None:
            raise garbage(self.host, f"the section {name} is missing")
        return found

    def lines(self, name: str) -> list[str]:
        """Return the lines of a section, none where it is missing."""
        found = self.one(name)
        return found.lines if found else []

    def ran(self, name: str) -> Ran | None:
        """Return how the program behind a section ended, or None where it did not run."""
        section = self.one(name)
        if section is None:
            return None
        if name not in self._endings:
            raise garbage(self.host, f"nothing tells how {name} ended")
        status, errors = self._endings[name]
        return Ran(status=number(self.host, status), output=section.text, errors=errors.text)


def garbage(host: str, what: str) -> ProtocolError:
    """Return the error that names a host whose answer makes no sense."""
    return ProtocolError(
        f"its answer to discovery makes no sense: {what}",
        host=host,
        state="Discovery only reads: nothing was changed.",
        todo=_TODO,
    )


def number(host: str, text: str) -> int:
    """Return a whole number that the script printed; raises ProtocolError."""
    try:
        return int(text)
    except ValueError as error:
        raise garbage(host, f"{text[:40]!r} is not a number") from error


def join_frames(host: str, frames: Iterable[bytes]) -> bytes:
    """Return the stream that the frames hold; raises ProtocolError when they are not whole.

    Args:
        host: by its name in the fleet, for errors.
        frames: the lines behind the nonce, without it.
    """
    pieces: dict[str, list[str]] = {"base64": [], "hex": []}
    ended = False
    for line in frames:
        frame = _frame(host, line)
        if frame.get("end") is True:
            ended = True
            continue
        [(encoding, piece)] = frame.items() if len(frame) == 1 else [("", "")]
        if encoding not in pieces or not isinstance(piece, str):
            raise garbage(host, "a frame of an unknown kind")
        pieces[encoding].append(piece)
    if not ended:
        raise garbage(host, "it stopped before its end")
    encoding = "hex" if pieces["hex"] else "base64"
    try:
        return _DECODERS[encoding]("".join(pieces[encoding]))
    except (binascii.Error, ValueError) as error:
        raise garbage(host, f"a frame is not {encoding}") from error


def _frame(host: str, line: bytes) -> dict[str, Any]:
    try:
        frame = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise garbage(host, "a frame is not JSON") from error
    if not isinstance(frame, dict):
        raise garbage(host, "a frame is not a JSON object")
    return frame


def split_sections(host: str, nonce: str, stream: bytes) -> Sections:
    """Return the sections of a stream; raises ProtocolError when first or last is missing."""
    by_name: dict[str, list[Section]] = {}
    last = ""
    for piece in stream.split(b"\n@" + nonce.encode() + b" ")[1:]:
        head, _, content = piece.partition(b"\n")
        last, _, words = head.decode(errors="replace").partition(" ")
        by_name.setdefault(last, []).append(Section(words=words, content=content))
    start = by_name.get("start")
    if not start or last != "end":
        raise garbage(host, "its sections are not whole")
    version, _, root = start[0].words.partition(" ")
    if version != FORMAT:
        raise garbage(host, f"its format is {version[:20]!r}, not {FORMAT}")
    return Sections(host, root, by_name)
