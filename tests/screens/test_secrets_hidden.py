"""Passwords: on no screen, in no file, in no crash report, not in the clipboard."""

from __future__ import annotations

from pathlib import Path

from screens.crash_report import report_text, write_report
from tests.screens import samples
from tests.screens.stage import on_stage, scripted
from wizard.secret import Secret
from wizard.service import MissingSecret

PASSWORD = "correct-horse-battery"  # noqa: S105  # what must never be seen


async def test_typed_password_is_nowhere_to_be_seen(tmp_path: Path) -> None:
    """Neither screens nor files nor the clipboard ever hold it."""
    service = scripted(tmp_path)
    missing = MissingSecret(key="login:default", hosts=("web1",))
    service.discoveries = [samples.discovery(missing_secrets=[missing]), samples.discovery()]
    async with on_stage(tmp_path, service=service) as stage:
        seen = []
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("Login password of credential default")
        await stage.type(PASSWORD)
        seen.append(stage.text)
        await stage.press("ctrl+a", "ctrl+c", "ctrl+x")
        await stage.press("enter")
        await stage.see("F10: Registry")
        seen += [stage.text, stage.app.clipboard, repr(stage.app.session)]
        assert Secret(PASSWORD) == stage.app.session.secrets["login:default"]

    assert not any(PASSWORD in text for text in [*seen, *_written(tmp_path)])


def _written(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*") if path.is_file()]


def _fail() -> None:
    hidden_local = "only-in-" + "a-local"
    raise LookupError(f"could not use {PASSWORD}\x1b[31m", len(hidden_local))


def test_crash_report_has_no_local_variables_and_no_secrets(tmp_path: Path) -> None:
    """A password in a local or in the message itself does not get into the file."""
    try:
        _fail()
    except LookupError as error:
        text = report_text(error, secrets=[Secret(PASSWORD)])
    path = write_report(text, tmp_path / "state", moment=samples.MOMENT)

    assert path is not None
    written = path.read_text(encoding="utf-8")
    assert "could not use ‹secret›" in written
    assert "\x1b" not in written
    assert PASSWORD not in written
    assert "only-in-a-local" not in written
    assert path.stat().st_mode & 0o777 == 0o600


def test_full_disk_costs_the_report_but_not_the_message(tmp_path: Path) -> None:
    """Where the folder cannot be made, there is no path to name."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")

    assert write_report("text", blocked, moment=0.0) is None
