"""What comes before a change: the file, its secrets, discovery, the target, the plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from wizard.cli.following import follow
from wizard.cli.host_keys import offer_keys
from wizard.cli.questions import ask_secret
from wizard.cli.surroundings import Session
from wizard.discovery.facts import HostFacts
from wizard.errors import InputError
from wizard.fleet.host import Fleet, Sudo
from wizard.fleet.policy import Migration, PlaceChoice, TargetChoice
from wizard.fleet.provision_choice import provision_secrets
from wizard.fleet.secret_reference import SecretSource, is_known, secret_references
from wizard.fleet.whole_file import read_whole
from wizard.planning.plan import Plan
from wizard.run.states import HostState
from wizard.secret import Secret
from wizard.service import Discovery, MissingSecret
from wizard.target import Addressing, CATrust, Place, TagSource, Target, TargetKind
from wizard.wording import _


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A plan with the migration that it is for and the discovery that it rests on."""

    migration: Migration
    plan: Plan
    discovery: str


def load_migration(session: Session) -> Migration:
    """Return the migration of this invocation; says what of ssh_config is not honoured."""
    migration = session.service.load_migration(session.migration_path)
    for host in migration.fleet.hosts:
        for warning in host.ssh_warnings:
            session.output.say(f"{host.name}: {warning}")
    return migration


def host_secrets(session: Session, migration: Migration) -> dict[str, Secret]:
    """Return the secrets that the migration refers to, asking for those that say `ask`.

    A variable with a sudo password may be unset where no host can have a use for it.
    """
    environ = session.surroundings.environ
    source = _source(session)
    return {
        key: session.remember(source.resolve(reference, purpose=secret_words(key)))
        for key, reference in secret_references(migration)
        if reference == "ask" or is_known(reference, environ) or _is_of_use(key, migration.fleet)
    }


def _is_of_use(key: str, fleet: Fleet) -> bool:
    kind, _colon, credential = key.partition(":")
    return kind != "sudo" or any(
        host.credential == credential
        and (host.sudo is Sudo.PASSWORD or (host.sudo is Sudo.AUTO and host.user != "root"))
        for host in fleet.hosts
    )


def secret_words(key: str) -> str:
    """Return what the secret of that key is, for a question."""
    kind, _colon, name = key.partition(":")
    match kind:
        case "sudo":
            return _("the sudo password ({name})").format(name=name)
        case "login":
            return _("the login password ({name})").format(name=name)
        case "account":
            return _("the password or token of the account at {name}").format(name=name)
        case "webhook":
            return _("the header of the webhook {name}").format(name=name)
        case _:
            return _("the passphrase of {name}").format(name=name)


def discovered(
    session: Session,
    migration: Migration,
    secrets: dict[str, Secret],
    *,
    target: Target | None,
    hosts: Sequence[str] = (),
) -> Discovery:
    """Run a discovery to its end.

    On a terminal, unknown host keys and missing secrets are asked about, and the hosts that
    waited for them are read again; `secrets` grows by the answers.
    """
    known = {host.name for host in migration.fleet.hosts}
    for name in hosts:
        if name not in known:
            raise InputError(
                _("“{name}” is not a host of the migration file.").format(name=name),
                file=str(session.migration_path),
            )
    found = discovered_once(session, migration, secrets, target=target, hosts=hosts)
    while session.surroundings.is_interactive and not session.yes:
        again = {key.host for key in offer_keys(session, found.unknown_keys)}
        for missing in found.missing_secrets:
            secrets[missing.key] = ask_secret(session, secret_words(missing.key))
            again.update(missing.hosts)
        if not again:
            break
        found = _merged(
            found, discovered_once(session, migration, secrets, target=target, hosts=sorted(again))
        )
    return found


def described_target(choice: TargetChoice | None) -> Target | None:
    """Return the target as far as the file describes it: enough to see whether hosts reach it."""
    if choice is None:
        return None
    addressing = Addressing.ROOT if choice.addressing == "auto" else Addressing(choice.addressing)
    return Target(
        kind=TargetKind(choice.kind),
        url=choice.url,
        addressing=addressing,
        prefix=choice.prefix,
        ca_pem=read_whole(Path(choice.ca_file)) if choice.ca_file else None,
        ca_trust=CATrust(choice.ca_trust),
        tags=TagSource(choice.tags),
        places=tuple(
            Place(
                upstream=place.upstream,
                addressing=_described_addressing(place),
                prefix=place.prefix,
            )
            for place in choice.upstreams
        ),
    )


def _described_addressing(place: PlaceChoice) -> Addressing:
    """Return the addressing of a place; one that was left open is taken for a project."""
    return Addressing.PREFIX if place.addressing == "auto" else Addressing(place.addressing)


def spelled_target(session: Session, choice: TargetChoice | None) -> Target:
    """Return the target as the file spells it, for commands that do not ask it.

    Raises InputError where there is none, or where only the target could tell what a prefix is.
    """
    target = described_target(choice)
    if choice is None or target is None:
        raise no_target(session)
    if choice.prefix and choice.addressing == "auto":
        raise InputError(
            _("Whether “prefix” is a project or a path is not said, and the target is not asked."),
            file=str(session.migration_path),
            todo=_("Set “addressing” of the target to prefix or path."),
        )
    return target


def no_target(session: Session) -> InputError:
    """Return the error of a command that needs a target where the file names none."""
    return InputError(
        _("The migration file names no target."),
        file=str(session.migration_path),
        todo=_("Add “target:” with its “url:”."),
    )


def registry_password(session: Session, choice: TargetChoice) -> Secret | None:
    """Return the password that the choice refers to, asking for it where it says so."""
    if not choice.password:
        return None
    return login_password(session, choice.password, user=choice.username)


def product_secrets(session: Session, choice: TargetChoice) -> dict[str, Secret]:
    """Return the secrets that provisioning the target takes, asking for those that say `ask`."""
    if choice.provision is None:
        return {}
    source = _source(session)
    return {
        key: session.remember(source.resolve(reference, purpose=secret_words(key)))
        for key, reference in provision_secrets(choice.provision)
    }


def probed_target(session: Session, migration: Migration) -> Target:
    """Return the target as it really answers, with its canary."""
    choice = migration.target
    if choice is None:
        raise no_target(session)
    password = registry_password(session, choice)
    session.output.progress(_("Looking at {url}").format(url=choice.url))
    report = session.wait(session.service.probe_target(choice, password=password))
    session.output.say(
        _("{url} answers with {addressing} addressing").format(
            url=report.target.url, addressing=report.target.addressing.value
        )
    )
    return report.target


def login_password(session: Session, reference: str, *, user: str) -> Secret:
    """Return the password that a reference names; raises as `SecretSource.resolve`."""
    purpose = _("the registry password of {user}").format(user=user)
    return named_secret(session, reference, purpose=purpose)


def named_secret(session: Session, reference: str, *, purpose: str) -> Secret:
    """Return the secret that a reference names, redacted from now on; raises as `resolve`."""
    return session.remember(_source(session).resolve(reference, purpose=purpose))


def prepared(session: Session, *, discovery: str = "") -> Prepared:
    """Return a plan on fresh facts, or on those of an earlier discovery run."""
    migration = load_migration(session)
    target = probed_target(session, migration)
    if discovery:
        found = session.service.discovery(discovery)
    else:
        secrets = host_secrets(session, migration)
        found = discovered(session, migration, secrets, target=target)
    report_gaps(session, found)
    plan = _plan(session, migration, found.facts, target)
    return Prepared(migration=migration, plan=plan, discovery=found.run)


def report_gaps(session: Session, found: Discovery) -> None:
    """Narrate which hosts were not read, and why."""
    for trouble in found.troubles:
        session.output.say(f"{trouble.host}: {trouble.what}  {trouble.todo}")


def _plan(
    session: Session, migration: Migration, facts: Sequence[HostFacts], target: Target
) -> Plan:
    return session.service.plan(migration, facts, target)


def discovered_once(
    session: Session,
    migration: Migration,
    secrets: dict[str, Secret],
    *,
    target: Target | None,
    hosts: Sequence[str] = (),
) -> Discovery:
    """Run a discovery to its end and return what it found."""
    start = session.service.start_discovery(
        migration, secrets=dict(secrets), target=target, hosts=hosts
    )
    run = session.wait(start)
    session.output.say(_("Discovery {run} started").format(run=run))
    follow(
        session,
        run,
        decide=lambda _view: None,
        tell=lambda _events, view: session.output.progress(
            _("read {done} of {all} hosts").format(
                done=sum(1 for host in view.hosts if host.state is HostState.READ),
                all=len(view.hosts),
            )
        ),
    )
    return session.service.discovery(run)


def _merged(first: Discovery, second: Discovery) -> Discovery:
    """Return `second` with what `first` found of hosts that `second` did not look at."""
    again = {facts.host for facts in second.facts} | {one.host for one in second.troubles}
    still = tuple(
        MissingSecret(key=one.key, hosts=tuple(host for host in one.hosts if host not in again))
        for one in first.missing_secrets
    )
    return Discovery(
        run=second.run,
        facts=(*(one for one in first.facts if one.host not in again), *second.facts),
        troubles=(*(one for one in first.troubles if one.host not in again), *second.troubles),
        unknown_keys=(
            *(one for one in first.unknown_keys if one.host not in again),
            *second.unknown_keys,
        ),
        missing_secrets=(*(one for one in still if one.hosts), *second.missing_secrets),
    )


def _source(session: Session) -> SecretSource:
    return SecretSource(
        environ=session.surroundings.environ,
        ask=lambda purpose: ask_secret(session, purpose),
        base=session.migration_path.parent,
    )
