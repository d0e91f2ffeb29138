"""Where the files that take backups of a registry go: into a directory here, or onto its host."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import Function
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.whole_file import write_new
from wizard.service import Errand, ErrandName
from wizard.wording import _, mark

_TIMER = ".timer"
_folder_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DIR",
    help=mark("Write the files into this directory, which must be new."),
)
_host_option = click.option(
    "--apply",
    "host",
    default="",
    metavar="HOST",
    help=mark("Place the files on this host of the fleet, and start the timer."),
)


def place_options(function: Function) -> Function:
    """Give a command the options that say which place."""
    return _folder_option(_host_option(function))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One of both: a new directory on this machine, or a host of the fleet."""

    folder: Path | None
    host: str


def put(
    session: Session, files: Mapping[str, tuple[int, str]], place: Place, *, document: str
) -> ExitCode:
    """Put the files, modes and texts by their paths on the host, there; raises InputError."""
    folder, host = place.folder, place.host
    if (folder is None) == (not host):
        raise InputError(
            _("The files go into a directory here or onto a host."),
            todo=_("Name one of -o DIR and --apply HOST."),
        )
    if folder is None:
        question = _("Place {count} files on {host} and start the timer of backups?").format(
            count=len(files), host=host
        )
        return carry_out(session, load_migration(session), _errand(host, files), question=question)
    _write(folder, files)
    session.output.say(_("The files are in {folder}.").format(folder=folder))
    if session.as_json:
        session.output.document(document, _document(folder, files))
    else:
        session.output.lines(_commands(files))
    return ExitCode.DONE


def _errand(host: str, files: Mapping[str, tuple[int, str]]) -> Errand:
    placed = [word for path, (mode, text) in files.items() for word in (path, f"{mode:o}", text)]
    return Errand(name=ErrandName.BACKUP_TIMER, host=host, arguments=(_timer(files), *placed))


def _timer(files: Mapping[str, tuple[int, str]]) -> str:
    return next(PurePosixPath(path).name for path in files if path.endswith(_TIMER))


def _write(folder: Path, files: Mapping[str, tuple[int, str]]) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise InputError(
            _("The directory cannot be made: {reason}.").format(reason=error.strerror),
            file=str(folder),
            todo=_("Name a new one, where you may write."),
        ) from error
    for path, (mode, text) in files.items():
        write_new(folder / PurePosixPath(path).name, text, mode=mode)


def _document(folder: Path, files: Mapping[str, tuple[int, str]]) -> dict[str, object]:
    return {
        "folder": str(folder),
        "files": [
            {"file": PurePosixPath(path).name, "path": path, "mode": f"{mode:04o}"}
            for path, (mode, _text) in files.items()
        ],
    }


def _commands(files: Mapping[str, tuple[int, str]]) -> list[str]:
    """Return what a person types as root on the host, in the directory with the files."""
    lines = [_("On the host, as root, in that directory:")]
    lines += [
        f"install -D -m {mode:04o} {PurePosixPath(path).name} {shlex.quote(path)}"
        for path, (mode, _text) in files.items()
    ]
    program = next(iter(files))
    timer = _timer(files)
    return [
        *lines,
        f"systemctl daemon-reload && systemctl enable --now {timer}",
        f"{program} backup && {program} drill",
    ]
