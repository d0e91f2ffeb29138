"""`pilotage resume` and `order`: command a run through its journal."""

from __future__ import annotations

from typing import Final

import click

from wizard.cli.deciding import FailedGate, decide_at_gates
from wizard.cli.exit_codes import ExitCode
from wizard.cli.finishing import finish
from wizard.cli.following import follow
from wizard.cli.options import common_options
from wizard.cli.preparation import host_secrets, load_migration
from wizard.cli.questions import confirm
from wizard.cli.state_words import order_name, word
from wizard.cli.surroundings import Session
from wizard.errors import InputError
from wizard.journal.events import Order
from wizard.wording import _, mark

_ORDERS: Final = {order_name(order): order for order in Order}
_TAKES_BACK: Final = frozenset({Order.ROLL_BACK_WAVE, Order.ROLL_BACK_ALL})


@click.command(
    help=mark(
        "Go on with RUN, whose process is gone, from the truth of the hosts.\n\n"
        "The run remembers its migration; the file is read only for its references of "
        "secrets."
    )
)
@click.argument("run")
@click.option("--detach", is_flag=True, help=mark("Start it and leave."))
@common_options
@click.pass_obj
def resume(session: Session, run: str, *, detach: bool) -> ExitCode:
    """Go on with RUN, whose process is gone, from the truth of the hosts."""
    if not _agreed_after_rollbacks(session, run):
        session.output.say(_("Nothing was changed."))
        return ExitCode.UNFINISHED
    has_file = session.migration_path.exists()
    secrets = host_secrets(session, load_migration(session)) if has_file else {}
    session.wait(session.service.resume(run, secrets=secrets))
    if detach:
        return started(session, run)
    decide = decide_at_gates(session, FailedGate.WAIT)
    return finish(session, follow(session, run, decide=decide))


def _agreed_after_rollbacks(session: Session, run: str) -> bool:
    """Return whether to go on with a run, asked only where rollbacks of it were made since."""
    since = [one.run for one in session.service.runs() if one.of == run]
    return not since or confirm(
        session,
        _(
            "Run {run} was rolled back since ({rollbacks}). Go on with it? Hosts that were taken "
            "back stay so until they are retried."
        ).format(run=run, rollbacks=", ".join(since)),
    )


@click.command(help=mark("Leave an order in the journal of RUN; its process takes or refuses it."))
@click.argument("order", type=click.Choice(list(_ORDERS)))
@click.argument("run")
@click.option("--host", "hosts", multiple=True, help=mark("Only this host; may be repeated."))
@common_options
@click.pass_obj
def order(session: Session, order: str, run: str, hosts: tuple[str, ...]) -> ExitCode:
    """Leave an order in the journal of RUN; its process takes or refuses it."""
    chosen = _ORDERS[order]
    view = session.service.view(run)
    if chosen not in view.choices:
        possible = ", ".join(order_name(choice) for choice in view.choices)
        raise InputError(
            _("Run {run} takes no order “{order}” now.").format(run=run, order=order),
            state=_("It is {state}.").format(state=word(view.state)),
            todo=_("Possible now: {orders}.").format(orders=possible or _("nothing")),
        )
    question = _("Take back the changes of run {run}?").format(run=run)
    if chosen in _TAKES_BACK and not confirm(session, question):
        return ExitCode.UNFINISHED
    session.service.order(run, chosen, hosts=hosts)
    if session.as_json:
        session.output.document("order", {"run": run, "order": chosen.value})
    else:
        session.output.say(
            _("The order stands in the journal: pilotage watch {run}").format(run=run)
        )
    return ExitCode.DONE


def started(session: Session, run: str) -> ExitCode:
    """Tell the name of a run that goes on by itself."""
    if session.as_json:
        session.output.document("started", {"run": run})
    else:
        session.output.line(run)
        session.output.say(_("It goes on in its own process: pilotage watch {run}").format(run=run))
    return ExitCode.DONE
