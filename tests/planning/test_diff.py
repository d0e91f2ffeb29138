"""Differences show exactly what changes, and cover secrets."""

from __future__ import annotations

from wizard.discovery.facts import FileFacts, FileKind
from wizard.planning.diff import DiffLine, LineKind, diff_text, file_diff
from wizard.planning.files import file_change
from wizard.planning.plan import FileChange, FilePurpose

_PATH = "/etc/docker/daemon.json"


def _change(before: str | None, after: str) -> FileChange:
    kind = FileKind.ABSENT if before is None else FileKind.REGULAR
    file = FileFacts(path=_PATH, real_path=_PATH, kind=kind, text=before)
    change = file_change(file, FilePurpose.CONFIG, after)
    assert change is not None
    return change


def test_difference_of_a_new_file_adds_every_line() -> None:
    """A file that was absent is compared with nothing."""
    expected = "--- /dev/null\n+++ /etc/docker/daemon.json\n@@ -0,0 +1,2 @@\n+{\n+}\n"
    assert expected == diff_text(file_diff(_change(None, "{\n}\n")))


def test_difference_shows_three_lines_around() -> None:
    """Lines further away than three are left out."""
    before = "".join(f"{number}\n" for number in range(9))
    lines = file_diff(_change(before, before.replace("8", "eight")))
    shown = [(line.kind, line.text) for line in lines[3:]]
    assert shown == [
        (LineKind.CONTEXT, "5"),
        (LineKind.CONTEXT, "6"),
        (LineKind.CONTEXT, "7"),
        (LineKind.REMOVED, "8"),
        (LineKind.ADDED, "eight"),
    ]


def test_carriage_returns_are_shown() -> None:
    """Windows line ends are visible, so that a change of them is too."""
    lines = file_diff(_change("a\r\n", "a\n"))
    assert lines[-2:] == (
        DiffLine(kind=LineKind.REMOVED, text="a␍"),
        DiffLine(kind=LineKind.ADDED, text="a"),
    )


def test_missing_line_end_is_told() -> None:
    """A last line without a line end has a note after it."""
    text = diff_text(file_diff(_change("{}", "{}\n")))
    assert text.endswith("-{}\n\\ No line end at the end of the file\n+{}\n")


def test_other_line_separators_are_no_line_ends() -> None:
    """Only LF ends a line: a form feed or U+2028 in a file stays within its line."""
    lines = file_diff(_change("a\x0cb\u2028c\n", "d\n"))
    assert lines[-2].text == "a\x0cb\u2028c"


def test_secrets_are_covered() -> None:
    """Values of keys that hold passwords and tokens are not shown, in TOML and in JSON."""
    before = 'password = "hunter2"\nauth = \'aGk=\'\n"identitytoken": "t0k"\nname = "ci"\n'
    before += '[host."https://h".header]\n  Authorization = ["Basic aGk="]\n'
    text = diff_text(file_diff(_change(before, before + "# end\n")))
    whole = diff_text(file_diff(_change(None, before)))
    for secret in ("hunter2", "aGk=", "t0k", "Basic"):
        assert secret not in text + whole
    assert 'name = "ci"' in whole
    assert 'password = "•••"' in whole
