"""`pilotage registry pull-secret`: logins for the target that pods of Kubernetes pull with."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlsplit

import click

from wizard.cli.errands import carry_out
from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import load_migration, login_password, no_target
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.whole_file import write_new
from wizard.service import Errand, ErrandName, PullSecret
from wizard.wording import _, mark

_FOR_ITS_OWNER = 0o600


@click.command(
    help=mark(
        "Write pull secrets of Kubernetes for the target.\n\n"
        "They are for images that are named by the target; pulls that mirrors lead there need an"
        " anonymous project. A file is open to you alone, and the password is read where a"
        " reference says: env:NAME, file:PATH or ask. In a cluster the server tries everything"
        " first, and accounts keep what others gave them."
    )
)
@click.option(
    "-n",
    "--namespace",
    "namespaces",
    multiple=True,
    required=True,
    metavar="NAME",
    help=mark("A namespace that gets one; may be repeated."),
)
@click.option(
    "-s",
    "--service-account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help=mark("An account in each namespace whose pods use it; may be repeated."),
)
@click.option(
    "--user",
    default="",
    metavar="NAME",
    help=mark("Who pulls, as the registry knows it; by default the target's own user."),
)
@click.option(
    "--password",
    "reference",
    default="",
    metavar="REFERENCE",
    help=mark("Where the password is: env:NAME, file:PATH or ask."),
)
@click.option(
    "--name",
    default="pilotage-pull",
    show_default=True,
    metavar="NAME",
    help=mark("Name of the secrets."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Write them into this file, which must be new."),
)
@click.option(
    "--apply",
    "host",
    default="",
    metavar="HOST",
    help=mark("Put them into the cluster by kubectl on this control-plane host of the fleet."),
)
@common_options
@click.pass_obj
def pull_secret(  # click passes options by name
    session: Session,
    *,
    namespaces: tuple[str, ...],
    accounts: tuple[str, ...],
    user: str,
    reference: str,
    name: str,
    output: Path | None,
    host: str,
) -> ExitCode:
    """Write pull secrets of Kubernetes for the target."""
    if (output is None) == (not host):
        raise InputError(
            _("The pull secrets go into a file or into a cluster."),
            todo=_("Name one of -o FILE and --apply HOST."),
        )
    migration = load_migration(session)
    target = migration.target
    if target is None:
        raise no_target(session)
    user, reference = _login(target, user, reference)
    wanted = PullSecret(
        registry=urlsplit(target.url).netloc,
        username=user,
        name=name,
        namespaces=namespaces,
        service_accounts=accounts,
    )
    password = login_password(session, reference, user=user)
    text = session.service.pull_secret_manifests(wanted, password)
    if output is None:
        question = _("Put the secret {name} into {namespaces}?").format(
            name=name, namespaces=", ".join(namespaces)
        )
        errand = Errand(
            name=ErrandName.PULL_SECRET,
            host=host,
            arguments=(name, " ".join(namespaces), " ".join(accounts)),
            has_payload=True,
        )
        return carry_out(session, migration, errand, question=question, payload=text)
    write_new(output, text.reveal(), mode=_FOR_ITS_OWNER)
    session.output.say(_("The pull secrets are in {file}.").format(file=output))
    if session.as_json:
        session.output.document("pull_secret", _document(wanted, output))
    else:
        session.output.lines(_next_lines(wanted, output))
    return ExitCode.DONE


def _login(target: TargetChoice, user: str, reference: str) -> tuple[str, str]:
    """Return whose password is where; the target's own go together."""
    if not user and not reference:
        user, reference = target.username, target.password
    if not user or not reference:
        raise InputError(
            _("It is not said who pulls, and where the password is."),
            todo=_("Name both with --user and --password."),
        )
    return user, reference


def _document(wanted: PullSecret, output: Path) -> dict[str, object]:
    return {
        "file": str(output),
        "registry": wanted.registry,
        "name": wanted.name,
        "namespaces": list(wanted.namespaces),
        "service_accounts": list(wanted.service_accounts),
    }


def _next_lines(wanted: PullSecret, output: Path) -> list[str]:
    """Return the commands that a person types then, in their order."""
    file = shlex.quote(str(output))
    apply = "kubectl apply --server-side --field-manager=pilotage"
    lines = [f"{apply} --dry-run=server -f {file}", f"{apply} -f {file}"]
    if not wanted.service_accounts:
        return lines
    words = _(
        "Then append to each account's list. “kubectl patch” without --type=json would replace it,"
        " and this refuses where an account has none yet:"
    )
    append = f'[{{"op":"add","path":"/imagePullSecrets/-","value":{{"name":"{wanted.name}"}}}}]'
    lines.append(words)
    lines += [
        f"kubectl patch serviceaccount {account} -n {namespace} --type=json -p '{append}'"
        for namespace in wanted.namespaces
        for account in wanted.service_accounts
    ]
    return lines
