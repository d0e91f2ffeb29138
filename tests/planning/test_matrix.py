"""The compatibility matrix: what each addressing costs a host, and why it may not be had."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planning.cases import a_target, case_paths, host_facts, load_case
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.matrix import Cell, Cost, Row, compatibility
from wizard.planning.plan import BlockReason, HostPlan, Verdict
from wizard.runtimes import RUNTIMES
from wizard.target import Addressing

_ACTIVE = [
    "version = 3",
    '[plugins."io.containerd.cri.v1.images".registry]',
    'config_path = "/etc/containerd/certs.d"',
]
_DOCKER_IN_C8D = {"version": "28.5.2", "image_store": "containerd"}
_COSTS: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "docker-20.10": ({"docker": {"version": "20.10.24"}}, ("reload", "names", "names")),
    "docker-26": ({"docker": {"version": "26.1.5"}}, ("reload", "names", "reload")),
    "docker-27-c8d": (
        {"docker": {"version": "27.5.1", "image_store": "containerd"}},
        ("reload", "names", "names"),
    ),
    "docker-28": ({"docker": {"version": "28.5.2"}}, ("reload", "names", "reload")),
    "docker-28-c8d": (
        {"docker": _DOCKER_IN_C8D},
        ("transparent", "transparent", "transparent"),
    ),
    "docker-stopped": (
        {"docker": {"version": "", "error": "dockerd is not running"}},
        ("impossible", "impossible", "impossible"),
    ),
    "containerd-1.6": ({"containerd": {"version": "1.6.20"}}, ("restart", "restart", "restart")),
    "containerd-2.1-active": (
        {"containerd": {"version": "2.1.9", "dump": _ACTIVE}},
        ("transparent", "transparent", "transparent"),
    ),
    "podman": ({"podman": {"version": "5.4.2"}}, ("transparent", "transparent", "names")),
    "docker-28-c8d-podman": (
        {"docker": _DOCKER_IN_C8D, "podman": {"version": "5.4.2"}},
        ("transparent", "transparent", "names"),
    ),
    "docker-26-podman": (
        {"docker": {"version": "26.1.5"}, "podman": {"version": "5.4.2"}},
        ("reload", "names", "names"),
    ),
    "nothing": ({}, ("impossible", "impossible", "impossible")),
}


def _rows(facts: dict[str, Any], **target: Any) -> tuple[Row, ...]:
    return compatibility([host_facts(facts)], a_target(**target), RolloutPolicy(), RUNTIMES)


@pytest.mark.parametrize(("facts", "costs"), _COSTS.values(), ids=_COSTS)
@pytest.mark.parametrize("addressing", ["root", "prefix", "path"])
def test_costs_of_each_addressing(
    facts: dict[str, Any], costs: tuple[str, str, str], addressing: str
) -> None:
    """They are the same whichever of the three the target is known by."""
    [row] = _rows(facts, addressing=addressing)

    assert tuple(cell.cost.value for cell in row.cells) == costs
    assert [cell.addressing for cell in row.cells] == list(Addressing)


def test_a_reason_comes_with_its_ways_out() -> None:
    """What stands against a prefix is told apart from what stands against everything."""
    [row] = _rows({"docker": {"version": "26.1.5"}})

    [block] = row.cells[1].blocks
    assert block.reason is BlockReason.PREFIX_NOT_POSSIBLE
    assert block.ways_out
    assert row.flavour == "docker 26.1 overlay2"


def test_a_host_without_runtimes_says_so() -> None:
    """There is no block to show, only the note."""
    [row] = _rows({})

    assert all(cell.notes for cell in row.cells)


def test_no_canary_is_needed_yet() -> None:
    """It is asked before anything has been pushed to the target."""
    [row] = _rows({"podman": {"version": "5.4.2"}}, canary=False)

    assert row.cells[0].cost is Cost.TRANSPARENT


def test_it_says_of_every_case_what_the_plan_says() -> None:
    """The cell of the target's own addressing is the plan's verdict."""
    others = []
    for path in case_paths():
        case = load_case(path)
        if case.target.canary is None:
            continue
        plan = plan_host(case.facts, case.target, case.policy, RUNTIMES)
        [row] = compatibility([case.facts], case.target, case.policy, RUNTIMES)
        [cell] = [one for one in row.cells if one.addressing is case.target.addressing]
        if _said(cell) != _planned(plan, cell):
            others.append((path.parent.name, path.stem, _said(cell), _planned(plan, cell)))

    assert others == []


def _said(cell: Cell) -> tuple[bool, list[BlockReason], Cost]:
    served = cell.cost not in {Cost.NAMES, Cost.IMPOSSIBLE}
    return served, [block.reason for block in cell.blocks], cell.cost


def _planned(plan: HostPlan, cell: Cell) -> tuple[bool, list[BlockReason], Cost]:
    """Return what the plan says of a cell; of what it does not tell, what the cell says."""
    reasons = [block.reason for runtime in plan.runtimes for block in runtime.blocks]
    costs = {"none": Cost.TRANSPARENT, "reload": Cost.RELOAD, "restart": Cost.RESTART}
    changes = plan.verdict is Verdict.CHANGE
    cost = costs[plan.activation.value] if changes else cell.cost
    return plan.verdict is not Verdict.BLOCKED, reasons, cost
