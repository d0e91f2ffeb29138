"""`pilotage registry harbor-yml`: the file that Harbor's installer reads."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import named_secret
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.whole_file import read_whole, write_new
from wizard.secret import Secret
from wizard.service import (
    Database,
    HarborSettings,
    HTTPProxy,
    S3Storage,
    TLSFiles,
    Trivy,
    new_password,
)
from wizard.wording import _, mark

_FOR_ITS_OWNER = 0o600
_REFERENCE = "REFERENCE"


@click.command(
    "harbor-yml",
    help=mark(
        "Write harbor.yml out of the installer's own template.\n\n"
        "Comments, order and everything that is not named stay as that version ships them. The"
        " passwords of Harbor are made here and are in the file only, which is open to you alone."
        " Paths are those of the host; secrets are read where a reference says: env:NAME,"
        " file:PATH or ask."
    ),
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help=mark("harbor.yml.tmpl of the installer that will be run."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help=mark("The file, which must be new."),
)
@click.option("--hostname", required=True, metavar="NAME", help=mark("Harbor's own DNS name."))
@click.option("--external-url", default="", metavar="URL", help=mark("How the fleet calls it."))
@click.option("--certificate", default="", metavar="PATH", help=mark("Its certificate with chain."))
@click.option("--private-key", default="", metavar="PATH", help=mark("Key of the certificate."))
@click.option("--http-port", type=int, default=80, show_default=True, help=mark("Port for HTTP."))
@click.option(
    "--https-port", type=int, default=443, show_default=True, help=mark("Port for HTTPS.")
)
@click.option(
    "--data-volume",
    default="/data",
    show_default=True,
    metavar="PATH",
    help=mark("Where its data is."),
)
@click.option(
    "--metrics-port",
    type=int,
    default=None,
    help=mark("Open metrics there, to everybody who reaches the port."),
)
@click.option(
    "--internal-tls", default="", metavar="PATH", help=mark("Certificates between parts.")
)
@click.option(
    "--http-proxy",
    default="",
    metavar="URL",
    help=mark("Proxy on its way out; with a login env:NAME or file:PATH."),
)
@click.option(
    "--no-proxy", multiple=True, metavar="NAME", help=mark("Reached without it; may be repeated.")
)
@click.option("--trivy-skip-update", is_flag=True, help=mark("Trivy's data is brought in by hand."))
@click.option("--trivy-offline", is_flag=True, help=mark("Trivy asks nobody about dependencies."))
@click.option(
    "--trivy-db", default="", metavar="REPOSITORY", help=mark("Where Trivy's data is (2.15).")
)
@click.option(
    "--trivy-java-db",
    default="",
    metavar="REPOSITORY",
    help=mark("Where its data of Java is (2.15)."),
)
@click.option("--s3-bucket", default="", metavar="NAME", help=mark("Keep blobs in this bucket."))
@click.option("--s3-region", default="us-east-1", show_default=True, help=mark("Its region."))
@click.option("--s3-endpoint", default="", metavar="URL", help=mark("MinIO and the like."))
@click.option("--s3-access-key", default="", metavar="KEY", help=mark("Who writes to it."))
@click.option(
    "--s3-secret-key", default="", metavar=_REFERENCE, help=mark("Where the secret key is.")
)
@click.option("--s3-ca", default="", metavar="PATH", help=mark("What signed its certificate."))
@click.option(
    "--s3-redirects",
    is_flag=True,
    help=mark("Send clients to the bucket, which all of them must reach and trust."),
)
@click.option("--db-host", default="", metavar="NAME", help=mark("A PostgreSQL of your own."))
@click.option("--db-port", type=int, default=5432, show_default=True, help=mark("Its port."))
@click.option("--db-name", default="registry", show_default=True, help=mark("The database."))
@click.option("--db-user", default="harbor", show_default=True, help=mark("Who owns it."))
@click.option("--db-password", default="", metavar=_REFERENCE, help=mark("Where its password is."))
@click.option("--db-ssl-mode", default="require", show_default=True, help=mark("Its TLS."))
@common_options
@click.pass_obj
def harbor_yml(session: Session, /, **given: Any) -> ExitCode:
    """Write harbor.yml out of the installer's own template."""
    template: Path = given["template"]
    output: Path = given["output"]
    settings = HarborSettings(
        hostname=given["hostname"],
        external_url=given["external_url"],
        http_port=given["http_port"],
        tls=_tls(given),
        data_volume=given["data_volume"],
        metrics_port=given["metrics_port"],
        internal_tls=given["internal_tls"],
        proxy=_proxy(session, given),
        trivy=Trivy(
            skip_update=given["trivy_skip_update"],
            offline=given["trivy_offline"],
            db_repository=given["trivy_db"],
            java_db_repository=given["trivy_java_db"],
        ),
        storage=_storage(session, given),
        database=_database(session, given),
        admin_password=session.remember(new_password(secrets.choice)),
        database_password=session.remember(new_password(secrets.choice)),
    )
    text = session.service.harbor_yml(read_whole(template), settings, file=str(template))
    write_new(output, text.reveal(), mode=_FOR_ITS_OWNER)
    session.output.say(
        _("{file} is written; the password of “admin” is in it and nowhere else.").format(
            file=output
        )
    )
    if session.as_json:
        document = {"file": str(output), "hostname": settings.hostname}
        session.output.document("harbor_yml", document)
    return ExitCode.DONE


def _tls(given: dict[str, Any]) -> TLSFiles | None:
    certificate, key = given["certificate"], given["private_key"]
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise InputError(
            _("A certificate and its key go together."),
            todo=_("Name both with --certificate and --private-key."),
        )
    return TLSFiles(certificate=certificate, private_key=key, port=given["https_port"])


def _proxy(session: Session, given: dict[str, Any]) -> HTTPProxy | None:
    url: str = given["http_proxy"]
    if not url:
        return None
    if url.startswith(("env:", "file:")):
        url = named_secret(session, url, purpose=_("the URL of the proxy")).reveal()
    elif "@" in url:
        # Everybody on this machine reads the words of a command, and its shell keeps them.
        raise InputError(
            _("A proxy's URL with a login does not belong on the command line."),
            todo=_("Name where it is: --http-proxy env:NAME or file:PATH."),
        )
    return HTTPProxy(url=url, no_proxy=given["no_proxy"])


def _storage(session: Session, given: dict[str, Any]) -> S3Storage | None:
    if not given["s3_bucket"]:
        return None
    return S3Storage(
        bucket=given["s3_bucket"],
        region=given["s3_region"],
        access_key=given["s3_access_key"],
        secret_key=_secret(
            session, given["s3_secret_key"], option="--s3-secret-key", of=_("the secret key")
        ),
        endpoint=given["s3_endpoint"],
        ca_bundle=given["s3_ca"],
        redirects=given["s3_redirects"],
    )


def _database(session: Session, given: dict[str, Any]) -> Database | None:
    if not given["db_host"]:
        return None
    return Database(
        host=given["db_host"],
        port=given["db_port"],
        name=given["db_name"],
        username=given["db_user"],
        password=_secret(
            session, given["db_password"], option="--db-password", of=_("the database's password")
        ),
        ssl_mode=given["db_ssl_mode"],
    )


def _secret(session: Session, reference: str, *, option: str, of: str) -> Secret:
    if not reference:
        raise InputError(
            _("It is not said where {secret} is.").format(secret=of),
            todo=_("Name it with {option}.").format(option=option),
        )
    return named_secret(session, reference, purpose=of)
