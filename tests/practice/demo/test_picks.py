"""Whom a fault can strike agrees with what the product plans for such hosts."""

from __future__ import annotations

import pytest

from tests.practice.hosts.operator import Operator
from wizard.errors import InputError
from wizard.jsonform import from_data
from wizard.planning.plan import Activation, Plan
from wizard.practice.demo.incidents import Pick, pick_host
from wizard.practice.demo.people import file_people_edit
from wizard.practice.designs import CATALOGUE, HostDesign, fleet_designs
from wizard.practice.fleet import PracticeFleet
from wizard.practice.home import Home

pytestmark = pytest.mark.usefixtures("warm")

ONE_OF_EACH = fleet_designs(len(CATALOGUE))


def can_be_picked(pick: Pick, design: HostDesign) -> bool:
    """Tell whether a fleet of this host alone has one to strike."""
    try:
        return pick_host(pick, [design], 0) == design.name
    except InputError:
        return False


async def test_picks_agree_with_the_plan(home: Home) -> None:
    """Who is said to be restarted or reloaded is, and people edit a file that the plan changes."""
    async with PracticeFleet.start(ONE_OF_EACH, home) as fleet:
        document = await Operator(fleet=fleet).json("plan")
    plans = {plan.host: plan for plan in from_data(Plan, document["plan"], source="plan").hosts}

    restarted, reloaded, edited_in_vain = set(), set(), set()
    for design in ONE_OF_EACH:
        if can_be_picked(Pick.RESTARTED, design):
            restarted.add(plans[design.name].activation)
        if can_be_picked(Pick.RELOADED, design):
            reloaded.add(plans[design.name].activation)
            if file_people_edit(design) not in {c.path for c in plans[design.name].changes}:
                edited_in_vain.add(design.flavour)

    assert (restarted, reloaded, edited_in_vain) == (
        {Activation.RESTART},
        {Activation.RELOAD},
        set(),
    )
