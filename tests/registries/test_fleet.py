"""Probing the real fleet's registries: one at its root, one in a project beside a portal."""

from __future__ import annotations

import pytest

from tests.fleet import Fleet
from tests.registries.conftest import QuickClock
from wizard.fleet.policy import TargetChoice
from wizard.registries.probing import probe_target
from wizard.target import Addressing, TargetReport

pytestmark = pytest.mark.fleet


async def _probe(fleet: Fleet, clock: QuickClock, choice: TargetChoice) -> TargetReport:
    ca_pem = fleet.target.ca_pem.read_text()  # a small local file
    return await probe_target(choice, ca_pem=ca_pem, password=None, clock=clock)


async def test_the_root_target_gets_a_canary(fleet: Fleet, clock: QuickClock) -> None:
    """Root addressing, by an image that is there."""
    choice = TargetChoice(url=f"https://{fleet.target.address}")
    report = await _probe(fleet, clock, choice)
    assert Addressing.ROOT is report.target.addressing
    assert report.target.canary is not None


@pytest.mark.parametrize(
    ("prefix", "canary"), [("dockerhub", ""), ("", "library/hello:only-target")]
)
async def test_the_project_is_found_beside_the_portal(
    fleet: Fleet, clock: QuickClock, prefix: str, canary: str
) -> None:
    """By its given prefix, or by a named canary under a usual one."""
    choice = TargetChoice(
        url=f"https://{fleet.prefix_target.address}", prefix=prefix, canary=canary
    )
    report = await _probe(fleet, clock, choice)
    assert (report.target.addressing, report.target.prefix) == (Addressing.PREFIX, "dockerhub")
    assert report.target.canary is not None
