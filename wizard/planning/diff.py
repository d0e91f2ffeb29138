"""The exact difference that a file change makes, as lines to show.

Values of keys that hold secrets are covered; whether they change stays visible.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.planning.plan import FileChange
from wizard.wording import _

CARRIAGE_RETURN: Final = "␍"
COVER: Final = "•••"
_CONTEXT: Final = 3
_SECRET: Final = re.compile(
    r"""(?P<key>["']?\b(?:password|passwd|auth|identitytoken|token|secret|authorization)["']?
    \s*[=:]\s*)(?P<value>"(?:\\.|[^"\\])*"|'[^']*'|\[.*\])""",
    re.IGNORECASE | re.VERBOSE,
)


class LineKind(Enum):
    """What a line of a difference is."""

    FILE = "file"
    HUNK = "hunk"
    CONTEXT = "context"
    REMOVED = "removed"
    ADDED = "added"
    NOTE = "note"
    """Says that a file does not end with a line end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line, without its line end; carriage returns before it are shown as a sign."""

    kind: LineKind
    text: str


def file_diff(change: FileChange) -> tuple[DiffLine, ...]:
    """Return the lines of the unified difference, its two file lines first; pure.

    The text is the file's own: it is made safe where it is shown.
    """
    before = _lines(change.before.text if change.before else "")
    after = _lines(change.after)
    names = ["/dev/null" if change.before is None else change.path, change.path]
    head = [f"--- {names[0]}", f"+++ {names[1]}"]
    shown = [DiffLine(kind=LineKind.FILE, text=text) for text in head]
    body = list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))[2:]
    for line in body:
        shown += _shown(line)
    return tuple(shown)


def diff_text(lines: Sequence[DiffLine]) -> str:
    """Return the lines as the text of a unified difference."""
    signs = {
        LineKind.CONTEXT: " ",
        LineKind.REMOVED: "-",
        LineKind.ADDED: "+",
        LineKind.NOTE: "\\ ",
    }
    return "".join(f"{signs.get(line.kind, '')}{line.text}\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Return the lines with their line ends; only LF ends one."""
    lines = text.split("\n")
    ended = [f"{line}\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended


def _shown(line: str) -> list[DiffLine]:
    if line.startswith("@@"):
        return [DiffLine(kind=LineKind.HUNK, text=line.rstrip("\n"))]
    kinds = {" ": LineKind.CONTEXT, "-": LineKind.REMOVED, "+": LineKind.ADDED}
    text = line[1:].removesuffix("\n")
    if text.endswith("\r"):
        text = text[:-1] + CARRIAGE_RETURN
    shown = [DiffLine(kind=kinds[line[0]], text=_covered(text))]
    if not line.endswith("\n"):
        shown.append(DiffLine(kind=LineKind.NOTE, text=_("No line end at the end of the file")))
    return shown


def _covered(text: str) -> str:
    return _SECRET.sub(lambda found: f'{found["key"]}"{COVER}"', text)
