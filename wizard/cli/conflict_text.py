"""A file that somebody changed since: what it was, what we made of it, what it is now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from wizard.transaction.answers import FileConflict
from wizard.wording import _


def conflict_lines(host: str, conflict: FileConflict) -> Iterator[str]:
    """Yield the two diffs that meet in our version, and the way to overwrite the third."""
    yield _("{host}: {path} was changed by somebody else").format(host=host, path=conflict.path)
    if conflict.now is None:
        yield _("  it is gone, is not text, or holds credentials")
    else:
        yield from _diff(conflict.ours or "", conflict.now, _("ours"), _("now"))
    yield from _diff(conflict.ours or "", conflict.before or "", _("ours"), _("before"))
    yield _("  to overwrite it:  --force {host}:{path}").format(host=host, path=conflict.path)


def _diff(first: str, second: str, first_name: str, second_name: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        first.splitlines(), second.splitlines(), first_name, second_name, lineterm="", n=2
    )
    for line in lines:
        yield f"  {line}"
