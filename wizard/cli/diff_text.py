"""The exact change of each file as a unified difference, equal changes shown once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from wizard.cli.plan_text import folded
from wizard.planning.diff import DiffLine, LineKind, diff_text, file_diff
from wizard.planning.grouping import grouped_changes
from wizard.planning.plan import Plan
from wizard.wording import _

_STYLES: Final = {
    LineKind.FILE: "bold",
    LineKind.HUNK: "cyan",
    LineKind.CONTEXT: "",
    LineKind.REMOVED: "red",
    LineKind.ADDED: "green",
    LineKind.NOTE: "",
}


def diff_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield lines with their styles: each change with its hosts, that of the most hosts first."""
    groups = grouped_changes(plan.hosts)
    for index, group in enumerate(groups):
        if index:
            yield "", ""
        yield _("# {count}: {hosts}").format(count=len(group.hosts), hosts=folded(group.hosts)), ""
        for line in file_diff(group.change):
            yield _text(line), _STYLES[line.kind]
    if not groups:
        yield _("# nothing changes"), ""


def diff_document(plan: Plan) -> dict[str, Any]:
    """Return the content of a `diff` document."""
    return {
        "hash": plan.hash,
        "groups": [
            {
                "hosts": list(group.hosts),
                "path": group.change.path,
                "purpose": group.change.purpose.value,
                "is_new": group.change.before is None,
                "diff": diff_text(file_diff(group.change)),
            }
            for group in grouped_changes(plan.hosts)
        ],
    }


def _text(line: DiffLine) -> str:
    return diff_text([line]).removesuffix("\n")
