"""`pilotage registry provision`: what the file wants of the target, shown first, then made so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.options import common_options
from wizard.cli.preparation import (
    load_migration,
    no_target,
    product_secrets,
    registry_password,
)
from wizard.cli.provision_text import cut_lines, done_line, finding_lines, plan_lines, summary_line
from wizard.cli.questions import confirm, show_licence
from wizard.cli.shown_once import Keeper, open_keeper
from wizard.cli.surroundings import Session
from wizard.errors import InputError, PilotageError
from wizard.fleet.policy import TargetChoice
from wizard.jsonform import to_data
from wizard.secret import Secret
from wizard.service import Action, Done, Finding, ProvisioningPlan, RegistryPass, Secrets
from wizard.wording import _, mark

_CHANGING = (Action.CREATE, Action.CHANGE)


@click.command(
    help=mark(
        "Bring the target to what target.provision of the file wants of it.\n\n"
        "Its plan is shown first, field by field, and asked about. Each subject is read, changed"
        " and read back; a second pass finds nothing to do, and one that was cut short is gone on"
        " with. Secrets that the product tells only once go where --secrets-to says, else to the"
        " terminal."
    )
)
@click.option("--plan", "only_plan", is_flag=True, help=mark("Show the plan; change nothing."))
@click.option(
    "--secrets-to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help=mark("Write secrets of new robots there, for you alone; the file must be new."),
)
@click.option(
    "--only",
    multiple=True,
    metavar="SUBJECT",
    help=mark("Do this alone, as the plan calls it, and what it rests on; may be repeated."),
)
@common_options
@click.pass_obj
def provision(
    session: Session, *, only_plan: bool, secrets_to: Path | None, only: tuple[str, ...]
) -> ExitCode:
    """Bring the target to what target.provision of the file wants of it."""
    choice = _choice(session)
    work = _Work(session, choice, only)
    for line in cut_lines(_passes(session, choice)):
        session.output.say(line)
    plan = work.planned()
    licence = ""
    if plan.licence and _wants_licence(choice) and not only_plan:
        if not _accepts(session, plan.licence):
            session.output.say(_("The licence was not accepted; nothing was changed."))
            return ExitCode.UNFINISHED
        licence = plan.licence
        plan = work.planned(licence)
    if not session.as_json:
        session.output.lines(plan_lines(plan))
    if plan.licence and not _wants_licence(choice):
        session.output.say(
            _("Only you can accept the licence: write “eula: accepted” under “nexus”, see it here.")
        )
    todo = plan.needing(*_CHANGING)
    if only_plan or not todo:
        if session.as_json:
            session.output.document("provisioning", _document(plan, [], complete=not todo))
        is_left = bool(plan.needing(Action.BY_HAND)) and not only_plan
        return ExitCode.UNFINISHED if is_left else ExitCode.DONE
    once = [one.subject for one in plan.findings if one.tells_once]
    keeper = open_keeper(session, once, secrets_to)
    try:
        if not confirm(session, _("Do this at {url}?").format(url=plan.url)):
            session.output.say(_("Nothing was changed."))
            return ExitCode.UNFINISHED
        is_left = work.carry_out(plan, licence, keeper)
    finally:
        keeper.close()
    return ExitCode.UNFINISHED if is_left else ExitCode.DONE


def _choice(session: Session) -> TargetChoice:
    choice = load_migration(session).target
    if choice is None:
        raise no_target(session)
    if choice.provision is None:
        raise InputError(
            _("The migration file does not say what is wanted of the target."),
            file=str(session.migration_path),
            todo=_("Add “provision: {}” to the target for the usual, or what you choose."),
        )
    return choice


def _passes(session: Session, choice: TargetChoice) -> list[RegistryPass]:
    return [one for one in session.service.registry_passes() if one.url == choice.url]


def _wants_licence(choice: TargetChoice) -> bool:
    nexus = choice.provision.nexus if choice.provision else None
    return nexus is not None and nexus.eula == "accepted"


def _accepts(session: Session, licence: str) -> bool:
    """Show the words, and return whether the operator, who alone may, accepts them."""
    show_licence(session, licence)
    return confirm(session, _("Do you accept this licence?"))


class _Work:
    """The two calls of one invocation, with what both are given."""

    def __init__(self, session: Session, choice: TargetChoice, only: tuple[str, ...]) -> None:
        self._session = session
        self._choice = choice
        self._only = only
        self._password: Secret | None = registry_password(session, choice)
        self._secrets: Secrets = product_secrets(session, choice)

    def planned(self, licence: str = "") -> ProvisioningPlan:
        """Return what is to be done."""
        output = self._session.output
        output.progress(_("Looking at {url}").format(url=self._choice.url))
        plan = self._session.wait(
            self._session.service.plan_provisioning(
                self._choice,
                password=self._password,
                secrets=self._secrets,
                accepted_licence=licence,
            )
        )
        output.finish()
        return replace(plan, findings=_chosen(plan, self._only)) if self._only else plan

    def carry_out(self, plan: ProvisioningPlan, licence: str, keeper: Keeper) -> bool:
        """Do it, telling each subject, and what was done too where it fails.

        Return whether something is left that only a person can do.
        """
        done: list[Done] = []
        left: list[Finding] = []
        output = self._session.output
        complete = False

        async def work() -> None:
            calls = self._session.service.provision_registry(
                self._choice,
                password=self._password,
                secrets=self._secrets,
                accepted_licence=licence,
                only=[one.subject for one in plan.findings] if self._only else None,
                told=output.progress,
            )
            async for one in calls:
                if one.shown_once:
                    keeper.keep(*one.shown_once)
                if one.finding.action in _CHANGING:
                    done.append(one)
                    output.say(done_line(one))
                elif one.finding.action is Action.BY_HAND:
                    left.append(one.finding)

        try:
            self._session.wait(work())
            complete = True
        except PilotageError:
            output.say(
                _("{count} done before it failed; a second pass goes on.").format(count=len(done))
            )
            raise
        finally:
            if self._session.as_json:
                document = _document(plan, done, complete=complete)
                by_hand = [one.subject for one in left]
                output.document(
                    "provisioning",
                    document | {"secrets_in": keeper.place, "left_by_hand": by_hand},
                )
        for line in _left_lines(plan, left):
            output.say(line)
        output.say(summary_line(len(done), left))
        return bool(left)


def _chosen(plan: ProvisioningPlan, only: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return what was chosen of a plan; raises InputError for what is not in it."""
    known = {one.subject for one in plan.findings}
    for subject in only:
        if subject not in known:
            raise InputError(
                _("The plan has no subject “{subject}”.").format(subject=subject),
                state=_("Nothing was changed."),
                todo=_("Use one of these: {names}.").format(names=", ".join(sorted(known))),
            )
    return plan.only(only)


def _left_lines(plan: ProvisioningPlan, left: list[Finding]) -> Iterator[str]:
    """Yield what a person has to do beside what the plan has shown already."""
    known = {one.subject for one in plan.needing(Action.BY_HAND)}
    for one in left:
        if one.subject not in known:
            yield from finding_lines(one)


def _document(plan: ProvisioningPlan, done: list[Done], *, complete: bool) -> dict[str, Any]:
    data: dict[str, Any] = to_data(plan)
    subjects = [one.finding.subject for one in done]
    by_hand = [one.subject for one in plan.needing(Action.BY_HAND)]
    return {
        **data,
        "done": subjects,
        "complete": complete,
        "secrets_in": None,
        "left_by_hand": by_hand,
    }
