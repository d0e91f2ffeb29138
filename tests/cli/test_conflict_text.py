"""What is shown of a file that is not ours any more: three texts, and the way to overwrite one."""

from __future__ import annotations

from wizard.cli.conflict_text import conflict_lines, drift_lines
from wizard.transaction.answers import FileConflict

PATH = "/etc/docker/daemon.json"


def conflict(*, before: str | None, ours: str | None, now: str | None) -> FileConflict:
    """Return a conflict of texts; the hashes are not shown."""
    return FileConflict(
        path=PATH, expected_sha256="a", found_sha256="b", before=before, ours=ours, now=now
    )


def test_both_diffs_meet_in_our_version() -> None:
    """What somebody made of ours comes first, then what a rollback would make of it."""
    shown = conflict(before="{}\n", ours='{"a": 1}\n', now='{"a": 2}\n')

    assert list(conflict_lines("web1", shown, "run-1")) == [
        "web1: /etc/docker/daemon.json was changed by somebody else",
        "  --- ours",
        "  +++ now",
        "  @@ -1 +1 @@",
        '  -{"a": 1}',
        '  +{"a": 2}',
        "  --- ours",
        "  +++ before",
        "  @@ -1 +1 @@",
        '  -{"a": 1}',
        "  +{}",
        f"  to overwrite it:  pilotage rollback run-1 --host web1 --force web1:{PATH}",
    ]


def test_a_text_that_stays_on_the_host_is_named_and_not_shown() -> None:
    """Gone, not text or with credentials: there is nothing to compare with, and it says so."""
    lines = list(
        conflict_lines("web1", conflict(before="{}\n", ours='{"a": 1}\n', now=None), "run-1")
    )

    assert lines[1] == "  it is gone, is not text, or holds credentials"
    assert "  +++ now" not in lines
    assert "  +++ before" in lines


def test_a_file_that_we_created_is_removed_by_the_way_back() -> None:
    """It had no bytes before, so everything of ours goes."""
    lines = list(conflict_lines("web1", conflict(before=None, ours="x\n", now="y\n"), "run-1"))

    assert lines[-3:-1] == ["  @@ -1 +0,0 @@", "  -x"]


def test_drift_shows_what_the_plan_knew_and_offers_nothing_to_force() -> None:
    """Nothing of ours was ever in the file, so there is nothing to take back or overwrite."""
    shown = conflict(before="{}\n", ours='{"a": 1}\n', now='{"b": 2}\n')

    assert list(drift_lines("web1", shown)) == [
        "web1: /etc/docker/daemon.json is not what the plan was made from",
        "  --- planned from",
        "  +++ now",
        "  @@ -1 +1 @@",
        "  -{}",
        '  +{"b": 2}',
    ]
