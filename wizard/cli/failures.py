"""Errors as people and programs read them; a report for those nobody expected."""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from wizard import __version__
from wizard.cli.broken_output import OutputError
from wizard.cli.exit_codes import ExitCode
from wizard.cli.surroundings import Session
from wizard.cli.usage_words import usage_words
from wizard.errors import InputError, PilotageError
from wizard.secret import redact
from wizard.wording import _, safe_text


def show_failure(session: Session, error: BaseException) -> int:
    """Show whatever ended a command, in words, and return the exit code."""
    match error:
        case PilotageError():
            return show_error(session, error)
        case click.Abort() | KeyboardInterrupt():
            return show_interrupt(session)
        case click.ClickException():
            return show_usage(session, error)
        case _:
            return show_unexpected(session, error)


def show_error(session: Session, error: PilotageError) -> int:
    """Show the four parts of an error and return its exit code."""
    session.output.finish()
    if session.as_json:
        _document(session, type(error).__name__, error)
    for line in error_lines(error):
        click.echo(line, err=True)
    return error.exit_code


def show_output_error(session: Session, error: OutputError) -> int:
    """Tell on standard error, if that still takes a word, what goes on; return the exit code."""
    with suppress(OutputError):
        for line in error_lines(error):
            click.echo(line, err=True)
        if session.attached:
            _say_that_it_goes_on(session, session.attached)
    return error.exit_code


def error_lines(error: PilotageError) -> list[str]:
    """Return what happened, where, in what state things are, and what to do, as safe lines."""
    parts = [
        (_("Error"), error.what),
        (_("Where"), ", ".join(part for part in (error.host, error.file) if part)),
        (_("State"), error.state),
        (_("To do"), error.todo),
    ]
    width = max(len(name) for name, _text in parts)
    return [f"{name:<{width}}  {safe_text(text)}" for name, text in parts if text]


def show_usage(session: Session, error: click.ClickException) -> int:
    """Show a wrong option or argument and return its exit code."""
    session.output.finish()
    shown = InputError(usage_words(error), todo=_usage_hint(error))
    if session.as_json:
        _document(session, "UsageError", shown)
    for line in error_lines(shown):
        click.echo(line, err=True)
    return shown.exit_code


def show_interrupt(session: Session) -> int:
    """Say what keeps running after Ctrl-C and how to attach again."""
    session.output.finish()
    run = session.attached
    if session.as_json:
        session.output.document("interrupted", {"run": run or None})
    if run:
        _say_that_it_goes_on(session, run)
    else:
        session.output.say(_("Interrupted. What was started before goes on: pilotage runs"))
    return ExitCode.INTERRUPTED


def _say_that_it_goes_on(session: Session, run: str) -> None:
    say = session.output.say
    say(_("Run {run} goes on in its own process; only this view of it has ended.").format(run=run))
    say(_("Attach again:  pilotage watch {run}").format(run=run))
    say(_("Stop it:       pilotage order stop {run}").format(run=run))


def show_unexpected(session: Session, error: BaseException) -> int:
    """Write a redacted report of a mistake in Pilotage and say where it is."""
    session.output.finish()
    path = _write_report(session, error)
    shown = PilotageError(
        _("Pilotage made a mistake: {kind}.").format(kind=type(error).__name__),
        file=str(path) if path else None,
        state=_("Runs that were started go on in their own processes: see pilotage runs."),
        todo=_("Send the report to the maintainers; passwords are struck out of it."),
    )
    if session.as_json:
        _document(session, "Unexpected", shown)
    for line in error_lines(shown):
        click.echo(line, err=True)
    return ExitCode.UNEXPECTED


def state_directory(session: Session) -> Path:
    """Return where runs and reports are kept."""
    if session.state_dir is not None:
        return session.state_dir
    environ: Mapping[str, str] = session.surroundings.environ
    base = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "pilotage"


def _document(session: Session, kind: str, error: PilotageError) -> None:
    content: dict[str, Any] = {
        "kind": kind,
        "what": error.what,
        "host": error.host,
        "file": error.file,
        "line": getattr(error, "line", 0) or None,
        "column": getattr(error, "column", 0) or None,
        "state": error.state,
        "todo": error.todo,
        "exit_code": error.exit_code,
    }
    session.output.document("error", {"error": content})


def _write_report(session: Session, error: BaseException) -> Path | None:
    moment = datetime.fromtimestamp(session.surroundings.clock.now(), UTC)
    text = "\n".join(
        [
            f"pilotage {__version__}, Python {platform.python_version()}, {platform.platform()}",
            moment.isoformat(timespec="seconds"),
            "",
            *traceback.format_exception(error),
        ]
    )
    folder = state_directory(session) / "reports"
    path = folder / f"{moment:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(redact(text, tuple(session.seen_secrets)))
    except OSError as refused:
        click.echo(
            _("No report could be written: {reason}.").format(reason=refused.strerror), err=True
        )
        return None
    return path


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else ""
