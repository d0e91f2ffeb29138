"""`pilotage plan` and `diff`: what would change; nothing is changed."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.cli.diff_text import diff_document, diff_lines
from wizard.cli.documents import plan_document
from wizard.cli.exit_codes import ExitCode
from wizard.cli.failures import error_lines
from wizard.cli.options import common_options
from wizard.cli.plan_file import read_plan, write_plan
from wizard.cli.plan_text import plan_lines
from wizard.cli.preparation import prepared
from wizard.cli.surroundings import Session
from wizard.rollout.waves import no_canary
from wizard.wording import _, mark


@click.command(help=mark("Compute what would change; change nothing on any host."))
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=mark("Write the plan for pilotage apply."),
)
@click.option(
    "--discovery", metavar="RUN", default="", help=mark("Use the facts of this discovery.")
)
@common_options
@click.pass_obj
def plan(session: Session, file: Path | None, discovery: str) -> ExitCode:
    """Compute what would change; change nothing on any host."""
    ready = prepared(session, discovery=discovery)
    problem = no_canary(ready.migration, ready.plan)
    if file and problem is None:
        write_plan(file, ready.plan, ready.discovery)
        session.output.say(_("The plan is in {file}: pilotage apply {file}").format(file=file))
    if session.as_json:
        session.output.document("plan", plan_document(ready.plan, ready.discovery))
    else:
        session.output.lines(plan_lines(ready.plan))
    if problem is None:
        return ExitCode.DONE
    for line in error_lines(problem):
        session.output.say(line)
    return ExitCode.PLAN


@click.command(
    help=mark(
        "Show every changed line, equal changes of several hosts once.\n\n"
        "Without PLAN.json a plan is made now."
    )
)
@click.argument("plan_file", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--discovery", metavar="RUN", default="", help=mark("Use the facts of this discovery.")
)
@common_options
@click.pass_obj
def diff(session: Session, plan_file: Path | None, discovery: str) -> ExitCode:
    """Show every changed line, equal changes of several hosts once."""
    shown = read_plan(plan_file) if plan_file else prepared(session, discovery=discovery).plan
    if session.as_json:
        session.output.document("diff", diff_document(shown))
    else:
        for line, style in diff_lines(shown):
            session.output.source_line(line, style=style)
    return ExitCode.DONE
