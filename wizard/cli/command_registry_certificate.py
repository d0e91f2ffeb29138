"""`pilotage registry certificate`: TLS for a registry where the operator has no certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.files_together import NewFile, end_together, write_together
from wizard.fleet.whole_file import exists, read_whole
from wizard.secret import Secret
from wizard.service import CertificateWish, NewCertificate
from wizard.wording import _, mark

_FOR_ITS_OWNER = 0o600
_FOR_EVERYBODY = 0o644


@click.command(
    help=mark(
        "Make a certificate for a registry, from an authority of your own.\n\n"
        "ca.crt is what clients trust: name it as target.ca_file. server.crt and server.key are"
        " the registry's. The authority's key is thrown away, so that nobody can issue another"
        " certificate, unless --ca-key-to says where to keep it. Run again with the same files it"
        " only places them."
    ),
)
@click.option(
    "--name",
    "names",
    multiple=True,
    required=True,
    metavar="NAME",
    help=mark("A DNS name or address by which clients reach the registry; may be repeated."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help=mark("Write the files into this directory."),
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=825,
    show_default=True,
    help=mark("How long it is valid."),
)
@click.option(
    "--ca-key-to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Keep the authority's key there, for you alone; the file must be new."),
)
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Issue from this authority, which was made here earlier."),
)
@click.option(
    "--ca-key",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Its key, as --ca-key-to kept it."),
)
@click.option(
    "--apply",
    "host",
    default="",
    metavar="HOST",
    help=mark("Place server.crt and server.key on this host of the fleet."),
)
@click.option(
    "--to",
    "folder",
    default="/etc/pilotage/tls",
    show_default=True,
    metavar="PATH",
    help=mark("Where on that host."),
)
@common_options
@click.pass_obj
def certificate(
    session: Session,
    *,
    names: tuple[str, ...],
    output: Path,
    days: int,
    ca_key_to: Path | None,
    ca: Path | None,
    ca_key: Path | None,
    host: str,
    folder: str,
) -> ExitCode:
    """Make a certificate for a registry, from an authority of your own."""
    now = datetime.fromtimestamp(session.output.clock.now(), tz=UTC)
    chain = output / "server.crt"
    end_together(output, _places(output, ca_key_to))
    if exists(chain):
        if not session.service.has_certificate(read_whole(chain), names, now=now):
            raise InputError(
                _("It is for other names, or not valid now."),
                file=str(chain),
                todo=_("Name a new directory with -o."),
            )
    else:
        if (ca is None) != (ca_key is None) or (ca and ca_key_to):
            raise InputError(
                _("An authority's certificate and its key go together."),
                todo=_("Name both with --ca and --ca-key, or none for a new authority."),
            )
        wish = CertificateWish(
            names=names,
            days=days,
            keeps_key=ca_key_to is not None,
            authority=read_whole(ca) if ca else "",
            authority_key=session.remember(Secret(read_whole(ca_key))) if ca_key else None,
        )
        _write(session, output, session.service.new_certificate(wish, now=now), ca_key_to)
    if session.as_json and not host:
        session.output.document("certificate", {"folder": str(output), "names": list(names)})
    if not host:
        return ExitCode.DONE
    errand = session.service.certificate_errand(host, folder=folder, chain=read_whole(chain))
    key = session.remember(Secret(read_whole(output / "server.key")))
    question = _("Place a certificate for {names} and its key in {folder} on {host}?").format(
        names=", ".join(names), folder=folder, host=host
    )
    return carry_out(session, load_migration(session), errand, question=question, payload=key)


def _places(folder: Path, ca_key_to: Path | None) -> dict[str, Path]:
    """Return where each file goes; the certificate is last: where it is, all of them are."""
    kept = {"ca.key": ca_key_to} if ca_key_to else {}
    return {**kept, **{name: folder / name for name in ("ca.crt", "server.key", "server.crt")}}


def _write(session: Session, folder: Path, made: NewCertificate, ca_key_to: Path | None) -> None:
    texts = {"ca.crt": made.authority, "server.key": made.key.reveal(), "server.crt": made.chain}
    if made.authority_key:
        texts["ca.key"] = made.authority_key.reveal()
    files = (
        NewFile(
            name=name,
            place=place,
            text=texts[name],
            mode=_FOR_ITS_OWNER if name.endswith(".key") else _FOR_EVERYBODY,
        )
        for name, place in _places(folder, ca_key_to).items()
    )
    write_together(folder, tuple(files))
    session.output.say(
        _("Clients trust {file}: name it as target.ca_file.").format(file=folder / "ca.crt")
    )
