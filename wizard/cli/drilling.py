"""`pilotage demo --drill`: into an incident, over to the operator, and what came of it."""

from __future__ import annotations

from wizard.cli.drill_text import report_lines, story_lines
from wizard.cli.exit_codes import ExitCode
from wizard.cli.following import narrate
from wizard.cli.leaving_by_signal import leave_the_wizard
from wizard.cli.questions import wait_for_enter
from wizard.cli.surroundings import Session
from wizard.drill import OpenDrill
from wizard.practice.demo.drill_report import DrillReport, Journal, report
from wizard.practice.demo.drill_start import Incident, begin_drill, mended_later
from wizard.practice.demo.drills import Drill, judge
from wizard.practice.demo.looking import look_at_hosts
from wizard.practice.demo.running import RunningFleet
from wizard.service import MigrationService
from wizard.wording import _


def practise_drill(session: Session, fleet: RunningFleet, drill: Drill) -> int:
    """Have the operator take over a rollout that needs a person; tell in the end what they did.

    The clock starts when the operator says so. Returns `DONE` when the goal was reached, else
    `UNFINISHED`; the wizard's own code when it did not end in order.
    """
    output, clock = session.output, session.surroundings.clock
    service = fleet.open_service()
    output.say(_("A rollout is started and taken into trouble: this takes a moment."))
    incident = session.wait(
        fleet.guard(
            begin_drill(
                fleet,
                drill,
                service,
                tell=lambda events, view: narrate(session, events, view),
            )
        )
    )
    output.finish()
    for words in story_lines(drill):
        output.say(words)
    wait_for_enter(session, _("Press Enter to take over; the clock starts then."))
    began_at, open_drill = clock.now(), OpenDrill(goal=_(drill.goal), began_at=clock.monotonic())
    with fleet.when_lost(leave_the_wizard), mended_later(fleet, drill, incident):
        code = session.surroundings.start_wizard(
            service, fleet.migration_file, session.mouse, drill=open_drill, is_practice=True
        )
    if code:
        return code
    seconds = open_drill.elapsed(clock.monotonic())
    output.say(_("The hosts are looked at."))
    told = session.wait(
        fleet.guard(_told(fleet, drill, service, incident, began_at=began_at, seconds=seconds))
    )
    if session.as_json:
        output.document("drill", told.document())
    else:
        output.lines(report_lines(told, drill))
    return ExitCode.DONE if told.is_reached else ExitCode.UNFINISHED


async def _told(
    fleet: RunningFleet,
    drill: Drill,
    service: MigrationService,
    incident: Incident,
    *,
    began_at: float,
    seconds: float,
) -> DrillReport:
    return report(
        drill.scenario,
        journals=[Journal(summary=run, events=service.events(run.run)) for run in service.runs()],
        hosts=judge(
            drill,
            struck=incident.struck,
            truths=incident.truths,
            found=await look_at_hosts(fleet),
        ),
        began_at=began_at,
        seconds=seconds,
    )
