"""`pilotage demo`: the whole migration on a practice fleet; nothing real is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from wizard.cli.exit_codes import ExitCode
from wizard.cli.following import exit_code, narrate
from wizard.cli.leaving_by_signal import leave_the_wizard, leaving_in_order
from wizard.cli.options import common_options
from wizard.cli.questions import wait_for_enter
from wizard.cli.surroundings import Session
from wizard.errors import InputError, NeedsTerminal
from wizard.journal.events import Event
from wizard.run.view import RunView
from wizard.wording import _, mark

# ruff: noqa: PLC0415  # the practice fleet is loaded by nothing but this command, when it is used

if TYPE_CHECKING:
    from wizard.practice.demo.running import FleetRequest, RunningFleet
    from wizard.practice.product_kind import ProductKind

_SOAK_UNSEEN: Final = 0.3
"""Seconds; where somebody watches, a soak is there to be seen."""
_ROOT, _PREFIX = "root", "prefix"
_PLAIN: Final = "plain"
_REGISTRIES: Final = (_PLAIN, "harbor", "nexus")
_MANY: Final = 100
"""Hosts up to which there is a jump host; beyond, leases are long: this machine is all of them."""


@click.command(
    help=mark(
        "Practise on a fleet of simulated hosts: no root, no container runtime, no network "
        "beyond loopback.\n\n"
        "SSH, the host scripts, files and registries are real. Simulated are Docker, containerd, "
        "Podman and their clients, systemd and journalctl, sudo, curl, update-ca-certificates, "
        "and reboots. Everything of it is gone when the command ends."
    )
)
@click.option("--scenario", metavar="NAME", help=mark("What goes wrong in it; see --list."))
@click.option("--list", "listed", is_flag=True, help=mark("List the scenarios and how they end."))
@click.option(
    "--drill",
    is_flag=True,
    help=mark("Take over a rollout in trouble, with a goal and a clock; with --list: which."),
)
@click.option("--hosts", type=int, default=24, help=mark("How many hosts: 1 to 5000."))
@click.option("--seed", type=int, default=0, help=mark("Decides on flavours and who is struck."))
@click.option(
    "--headless",
    is_flag=True,
    help=mark("Go from discovery to rollback without a terminal, and check every host."),
)
@click.option(
    "--addressing",
    type=click.Choice([_ROOT, _PREFIX]),
    default=None,
    help=mark("A plain target answers at its root (so by default), or below a project."),
)
@click.option(
    "--registry",
    type=click.Choice(_REGISTRIES),
    default=None,
    help=mark("The target is a stand-in of this product, fresh, for you to provision."),
)
@click.option("--address", default="127.0.0.1", help=mark("Loopback address of the hosts."))
@click.option("--port", type=int, default=0, help=mark("Of the first host; 0: any free ones."))
@common_options
@click.pass_obj
def demo(
    session: Session,
    *,
    scenario: str | None,
    listed: bool,
    drill: bool,
    hosts: int,
    seed: int,
    headless: bool,
    addressing: str | None,
    registry: str | None,
    address: str,
    port: int,
) -> int:
    """Practise on a fleet of simulated hosts."""
    if listed:
        return _list_drills(session) if drill else _list(session)
    if drill:
        _check_drill(headless=headless, is_usual=addressing != _PREFIX and not registry)
    played = _scenario(scenario, is_drill=drill)
    product = _product(registry or _usual_registry(played), addressing)
    surroundings = session.surroundings
    if not headless and not (surroundings.is_interactive and surroundings.is_terminal):
        raise NeedsTerminal(
            _("The wizard needs a terminal."),
            state=_("Nothing was started."),
            todo=_("A drill cannot be done without one.")
            if drill
            else _("Add --headless to go from discovery to rollback without one."),
        )
    from wizard.practice.demo.left_out import ROLLOUT
    from wizard.practice.demo.running import FleetRequest

    is_prefixed = product.is_prefixed if product else addressing == _PREFIX
    request = FleetRequest(
        hosts=hosts,
        seed=seed,
        scenario=played,
        address=address,
        port=port,
        jump=hosts <= _MANY,
        prefix=is_prefixed,
        product=product,
        rollout={
            "soak": _SOAK_UNSEEN if headless else 1 if drill else 5,
            "lease": 60 if hosts <= _MANY else 300,
            # Whoever sits before the wizard decides there.
            **(ROLLOUT if is_prefixed and headless else {}),
        },
        environ=dict(surroundings.environ),
    )
    request.check()
    try:
        with leaving_in_order():
            if drill:
                return _drill(session, request)
            return _rehearse(session, request) if headless else _practise(session, request)
    except KeyboardInterrupt:
        session.output.finish()
        if session.as_json:
            session.output.document("interrupted", {"run": None})
        session.output.say(_("Interrupted. Nothing of the demo is left."))
        return ExitCode.INTERRUPTED


def _usual_registry(played: str) -> str:
    """Return the registry that a scenario is practised with where none is named."""
    from wizard.practice.demo.scenarios import scenario

    products = scenario(played).products
    return products[0].value if products else _PLAIN


def _product(registry: str, addressing: str | None) -> ProductKind | None:
    """Return the product that is meant; raises InputError for one that is addressed otherwise."""
    if registry == _PLAIN:
        return None
    from wizard.practice.product_kind import ProductKind

    kind = ProductKind(registry)
    if addressing not in {None, _PREFIX if kind.is_prefixed else _ROOT}:
        raise InputError(
            _("{product} is not addressed so.").format(product=registry.capitalize()),
            state=_("Nothing was started."),
            todo=_("Leave --addressing out."),
        )
    return kind


def _check_drill(*, headless: bool, is_usual: bool) -> None:
    """Raise InputError for options that a drill does not go with."""
    if headless:
        raise InputError(
            _("A drill is done by hand: it does not go with --headless."),
            state=_("Nothing was started."),
            todo=_("Leave one of the two out."),
        )
    if not is_usual:
        raise InputError(
            _("A drill is held on a plain target that answers at its root."),
            state=_("Nothing was started."),
            todo=_("Leave --addressing and --registry out."),
        )


def _list(session: Session) -> ExitCode:
    from wizard.cli.demo_text import scenario_lines, scenarios_document
    from wizard.practice.demo.scenarios import SCENARIOS

    if session.as_json:
        session.output.document("scenarios", scenarios_document(SCENARIOS.values()))
    else:
        session.output.lines(scenario_lines(SCENARIOS.values()))
    return ExitCode.DONE


def _list_drills(session: Session) -> ExitCode:
    from wizard.cli.drill_text import drill_lines, drills_document
    from wizard.practice.demo.drills import DRILLS

    if session.as_json:
        session.output.document("drills", drills_document(DRILLS.values()))
    else:
        session.output.lines(drill_lines(DRILLS.values()))
    return ExitCode.DONE


def _scenario(name: str | None, *, is_drill: bool) -> str:
    """Return the scenario to play; raises InputError for a drill that there is not."""
    from wizard.practice.demo import drills, scenarios

    if is_drill:
        return drills.drill(drills.DEFAULT if name is None else name).scenario
    return scenarios.DEFAULT if name is None else name


def _drill(session: Session, request: FleetRequest) -> int:
    from wizard.cli.drilling import practise_drill
    from wizard.practice.demo.drills import drill, drill_rollout
    from wizard.practice.demo.running import running_fleet
    from wizard.practice.designs import fleet_designs

    drilled = drill(request.scenario)
    designs = fleet_designs(request.hosts, request.seed)
    options = {**request.rollout, **drill_rollout(drilled, designs, request.seed)}
    session.output.say(_("Starting {count} practice hosts").format(count=request.hosts))
    with running_fleet(replace(request, rollout=options)) as fleet:
        return practise_drill(session, fleet, drilled)


def _rehearse(session: Session, request: FleetRequest) -> ExitCode:
    from wizard.cli.demo_text import summary_lines
    from wizard.practice.demo.headless import Rehearsal
    from wizard.practice.demo.running import running_fleet
    from wizard.practice.demo.scenarios import scenario

    def tell(events: Sequence[Event], view: RunView) -> None:
        narrate(session, events, view)

    session.output.say(_("Starting {count} practice hosts").format(count=request.hosts))
    with running_fleet(request) as fleet:
        _tell_accounts(session, fleet)
        rehearsal = Rehearsal(
            fleet,
            scenario(request.scenario),
            exit_code=exit_code,
            say=session.output.say,
            tell=tell,
        )
        summary = session.wait(fleet.guard(rehearsal.run()))
        session.output.finish()
    if session.as_json:
        session.output.document("demo", summary.document())
    else:
        session.output.lines(summary_lines(summary))
    return ExitCode.DONE if summary.is_as_documented else ExitCode.HOSTS


def _practise(session: Session, request: FleetRequest) -> int:
    from contextlib import suppress
    from threading import Thread

    from wizard.cli.screens_entry import load_screens
    from wizard.practice.demo.running import running_fleet

    def load() -> None:
        # Who starts the wizard says what is wrong with it.
        with suppress(InputError):
            load_screens()

    # The fleet starts in a process of its own: time enough to load what shows it.
    Thread(target=load, daemon=True).start()
    with running_fleet(request) as fleet:
        if request.product:
            # The wizard takes the whole screen: what is needed beside it is read before.
            _tell_accounts(session, fleet)
            wait_for_enter(session, _("Press Enter to open the wizard."))
        return _wizard_on(session, fleet)


def _tell_accounts(session: Session, fleet: RunningFleet) -> None:
    for line in fleet.accounts:
        session.output.say(line)


def _wizard_on(session: Session, fleet: RunningFleet) -> int:
    """Open the wizard on a fleet; it is left when the fleet is lost, because nothing is there."""
    with fleet.when_lost(leave_the_wizard):
        return session.surroundings.start_wizard(
            fleet.open_service(),
            fleet.migration_file,
            session.mouse,
            read_at_once=True,
            is_practice=True,
        )
