"""`pilotage registry harbor-backup`: what takes backups of Harbor on its host, as files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.whole_file import write_new
from wizard.service import BackupSettings, Errand, ErrandName, Server
from wizard.wording import _, mark

_USUAL = BackupSettings()
_TIMER = ".timer"


@click.command(
    "harbor-backup",
    help=mark(
        "Write what takes backups of Harbor on its host, and proves them.\n\n"
        "A script, its settings and a systemd timer, for a Harbor of its own installer. The"
        " script's “drill” restores a backup into a scratch database and compares it with the"
        " files; blobs in a bucket are not taken. Paths are those of the host."
    ),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DIR",
    help=mark("Write the files into this directory, which must be new."),
)
@click.option(
    "--apply",
    "host",
    default="",
    metavar="HOST",
    help=mark("Place the files on this host of the fleet, and start the timer."),
)
@click.option(
    "--harbor-dir",
    default=_USUAL.harbor_dir,
    show_default=True,
    metavar="PATH",
    help=mark("Where Harbor's installer was run."),
)
@click.option(
    "--to",
    default=_USUAL.to,
    show_default=True,
    metavar="PATH",
    help=mark("Where backups go, best on another disk."),
)
@click.option(
    "--keep", type=int, default=_USUAL.keep, show_default=True, help=mark("How many stay.")
)
@click.option(
    "--at", default=_USUAL.at, show_default=True, metavar="HH:MM", help=mark("When, each day.")
)
@click.option("--bucket", is_flag=True, help=mark("Blobs are in a bucket, not on the host."))
@click.option("--db-host", default="", metavar="NAME", help=mark("A PostgreSQL of your own."))
@click.option("--db-port", type=int, default=5432, show_default=True, help=mark("Its port."))
@click.option("--db-name", default=_USUAL.database, show_default=True, help=mark("The database."))
@click.option("--db-user", default="harbor", show_default=True, help=mark("Who owns it."))
@click.option(
    "--db-password-file",
    default="",
    metavar="PATH",
    help=mark("Its password on the host, as PGPASSFILE wants it."),
)
@common_options
@click.pass_obj
def harbor_backup(session: Session, /, **given: Any) -> ExitCode:
    """Write what takes backups of Harbor on its host, and proves them."""
    folder: Path | None = given["output"]
    host: str = given["host"]
    if (folder is None) == (not host):
        raise InputError(
            _("The files go into a directory here or onto a host."),
            todo=_("Name one of -o DIR and --apply HOST."),
        )
    files = session.service.harbor_backup_files(_settings(given))
    if folder is None:
        question = _("Place {count} files on {host} and start the timer of backups?").format(
            count=len(files), host=host
        )
        return carry_out(session, load_migration(session), _errand(host, files), question=question)
    _write(folder, files)
    session.output.say(_("The files are in {folder}.").format(folder=folder))
    if session.as_json:
        session.output.document("harbor_backup", _document(folder, files))
    else:
        session.output.lines(_commands(files))
    return ExitCode.DONE


def _settings(given: dict[str, Any]) -> BackupSettings:
    server = None
    if given["db_host"]:
        server = Server(
            host=given["db_host"],
            port=given["db_port"],
            user=given["db_user"],
            password_file=given["db_password_file"],
        )
    return BackupSettings(
        harbor_dir=given["harbor_dir"],
        to=given["to"],
        keep=given["keep"],
        at=given["at"],
        server=server,
        database=given["db_name"],
        has_bucket=given["bucket"],
    )


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
