"""Differences as coloured lines: signs always, the numbers of both sides, secrets covered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, plain
from wizard.planning.diff import DiffLine, LineKind, file_diff
from wizard.planning.plan import FileChange, FilePurpose, FileVersion
from wizard.wording import _

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")


def shown_first(changes: Iterable[FileChange]) -> list[FileChange]:
    """Return changes in reading order: configuration before the certificates it refers to."""
    order = (FilePurpose.CONFIG, FilePurpose.HOSTS, FilePurpose.CA)
    return sorted(changes, key=lambda change: order.index(change.purpose))


def change_title(change: FileChange) -> str:
    """Return the path with what happens to it: `/etc/docker/daemon.json +2 -0`."""
    kinds = [line.kind for line in file_diff(change)]
    added, removed = kinds.count(LineKind.ADDED), kinds.count(LineKind.REMOVED)
    if change.before is None:
        return _("{path} new, {count} lines").format(path=change.path, count=added)
    return f"{change.path} +{added} -{removed}"


def diff_lines(change: FileChange) -> list[Line]:
    """Return a file's title and its unified difference."""
    lines: list[Line] = [plain(change_title(change), "title")]
    if change.real_path != change.path:
        lines.append(plain(_("  is a link to {path}").format(path=change.real_path), "muted"))
    return lines + _numbered(file_diff(change))


def text_diff(path: str, old: str, new: str) -> list[Line]:
    """Return the unified difference of two texts of a file, secrets covered."""
    version = FileVersion(sha256="", size=0, mode=0, uid=0, gid=0, text=old)
    change = FileChange(
        path=path, real_path=path, purpose=FilePurpose.CONFIG, before=version, after=new
    )
    return _numbered(file_diff(change))


def _numbered(diff: Sequence[DiffLine]) -> list[Line]:
    lines: list[Line] = []
    old = new = 0
    for line in diff:
        match line.kind:
            case LineKind.FILE:
                continue
            case LineKind.HUNK:
                found = _HUNK.match(line.text)
                if lines:
                    lines.append(plain(f"   {draw(Glyph.DOT)}", "muted"))
                old, new = (int(found[1]), int(found[2])) if found else (0, 0)
            case LineKind.CONTEXT:
                lines.append(_line(old, new, " ", line.text, ""))
                old, new = old + 1, new + 1
            case LineKind.REMOVED:
                lines.append(_line(old, None, "-", line.text, "removed"))
                old += 1
            case LineKind.ADDED:
                lines.append(_line(None, new, "+", line.text, "added"))
                new += 1
            case LineKind.NOTE:
                lines.append(plain(f"          {line.text}", "muted"))
            case never:
                assert_never(never)
    return lines


def _line(old: int | None, new: int | None, sign: str, text: str, tone: str) -> Line:
    return ((f"{old or '':>4} {new or '':>4} ", "muted"), (f"{sign} {text}", tone))
