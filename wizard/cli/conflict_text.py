"""A file that somebody changed since: what it was, what we made of it, what it is now."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from wizard.run.view import Trouble
from wizard.transaction.answers import FileConflict
from wizard.wording import _


def trouble_conflict_lines(trouble: Trouble, run: str) -> Iterator[str]:
    """Yield the diffs of each file that stopped a host; `run` is the one that changed it."""
    for conflict in trouble.conflicts:
        yield ""
        if trouble.is_drift:
            yield from drift_lines(trouble.host, conflict)
        else:
            yield from conflict_lines(trouble.host, conflict, run)


def conflict_lines(host: str, conflict: FileConflict, run: str) -> Iterator[str]:
    """Yield the two diffs that meet in our version, and the way to overwrite the third."""
    yield _("{host}: {path} was changed by somebody else").format(host=host, path=conflict.path)
    if conflict.now is None:
        yield _not_shown()
    else:
        yield from _diff(conflict.ours or "", conflict.now, _("ours"), _("now"))
    yield from _diff(conflict.ours or "", conflict.before or "", _("ours"), _("before"))
    yield _(
        "  to overwrite it:  pilotage rollback {run} --host {host} --force {host}:{path}"
    ).format(run=run, host=host, path=conflict.path)


def drift_lines(host: str, conflict: FileConflict) -> Iterator[str]:
    """Yield what a file became since the plan; nothing of ours was ever in it."""
    yield _("{host}: {path} is not what the plan was made from").format(
        host=host, path=conflict.path
    )
    if conflict.now is None:
        yield _not_shown()
    else:
        yield from _diff(conflict.before or "", conflict.now, _("planned from"), _("now"))


def _not_shown() -> str:
    return _("  it is gone, is not text, or holds credentials")


def _diff(first: str, second: str, first_name: str, second_name: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        first.splitlines(), second.splitlines(), first_name, second_name, lineterm="", n=2
    )
    for line in lines:
        yield f"  {line}"
