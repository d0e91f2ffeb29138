"""A comparison of registries says what a rollout would do, and no more than is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from tests.planning.cases import host_facts
from wizard.discovery.facts import HostFacts, ReachState, TargetReach
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.matrix import Cost
from wizard.registries.choice.answers import (
    Candidate,
    Comparison,
    Load,
    Need,
    Product,
    Usage,
    Verdict,
    unmet,
)
from wizard.registries.choice.comparison import compare
from wizard.registries.choice.load import estimated, load_answer
from wizard.runtimes import RUNTIMES
from wizard.target import Addressing

_OLD_DOCKER = {"docker": {"version": "20.10.24"}}
_NEW_DOCKER = {"docker": {"version": "28.5.2", "image_store": "containerd"}}
_PODMAN = {"podman": {"version": "5.4.2"}}


def _fleet(*kinds: tuple[dict[str, Any], int]) -> list[HostFacts]:
    return [
        dataclasses.replace(host_facts(kind), host=f"host{number}-{index}")
        for number, (kind, count) in enumerate(kinds)
        for index in range(count)
    ]


def _compared(facts: Sequence[HostFacts], *needs: Need, **usage: Any) -> Comparison:
    return compare(facts, RolloutPolicy(), RUNTIMES, needs=needs, usage=Usage(**usage))


def _one(comparison: Comparison, product: Product) -> Candidate:
    return next(one for one in comparison.candidates if one.product is product)


def test_old_docker_is_served_by_a_root_only() -> None:
    """Harbor has no root, unless a front with a name of its own stands before it."""
    comparison = _compared(_fleet((_OLD_DOCKER, 3), (_PODMAN, 1)))

    harbor = _one(comparison, Product.HARBOR)
    assert harbor.hosts.verdict is Verdict.PARTLY
    assert [way.addressing for way in harbor.ways] == [Addressing.PREFIX, Addressing.ROOT]
    assert dict(harbor.ways[0].counts) == {Cost.NAMES: 3, Cost.TRANSPARENT: 1}
    assert dict(harbor.ways[1].counts) == {Cost.RELOAD: 3, Cost.TRANSPARENT: 1}
    assert "pilotage front nginx" in harbor.hosts.reason
    assert _one(comparison, Product.NEXUS).hosts.verdict is Verdict.YES
    assert comparison.candidates[0].product is Product.NEXUS


def test_hosts_that_every_addressing_serves_leave_the_choice_to_the_needs() -> None:
    """What Nexus CE has only as Pro puts it behind."""
    comparison = _compared(_fleet((_NEW_DOCKER, 2)), Need.SCANNING, Need.REPLICATION)

    assert comparison.candidates[0].product is Product.HARBOR
    assert [
        (one.product, one.hosts.verdict)
        for one in comparison.candidates
        if one.hosts.verdict is not Verdict.YES
    ] == []


def test_what_nobody_knows_is_no_need_that_is_met() -> None:
    """JCR does not win by silence."""
    comparison = _compared(_fleet((_OLD_DOCKER, 1)), Need.FORMATS, Need.SCANNING)

    jcr = _one(comparison, Product.JCR)
    assert jcr.answers[Need.SCANNING].verdict is Verdict.UNKNOWN
    assert unmet(jcr, comparison.needs) == (Need.SCANNING,)
    assert unmet(comparison.candidates[0], comparison.needs) != ()


def test_whether_hosts_reach_some_registry_today_does_not_count() -> None:
    """The registry may not exist yet."""
    reach = TargetReach(state=ReachState.REFUSED, state_with_ca=ReachState.REFUSED)
    [facts] = _fleet((_PODMAN, 1))

    comparison = _compared([dataclasses.replace(facts, answers=(reach,))])

    assert {one.hosts.verdict for one in comparison.candidates} == {Verdict.YES}


def test_no_host_is_no_statement_about_hosts() -> None:
    """A discovery that reached nobody compares licences only."""
    comparison = _compared([])

    assert {one.hosts.verdict for one in comparison.candidates} == {Verdict.UNKNOWN}


def test_every_product_answers_every_need_with_reason_and_source() -> None:
    """A reason is a sentence; a source can be looked up."""
    candidates = _compared(_fleet((_PODMAN, 1)), *Need).candidates
    answers = [answer for one in candidates for answer in one.answers.values()]

    assert len(answers) == len(Need) * len(Product)
    assert [answer.reason for answer in answers if not answer.reason.endswith(".")] == []
    assert [one.source for one in answers if not one.source or "facts/" in one.source] == []


@pytest.mark.parametrize(
    ("hosts", "pulls", "requests", "verdict"),
    [
        (100, 30, 33_000, Verdict.YES),
        (181, 30, 59_730, Verdict.YES),
        (182, 30, 60_060, Verdict.PARTLY),
        (300, 30, 99_000, Verdict.PARTLY),
        (304, 30, 100_320, Verdict.NO),
        (0, 30, 0, Verdict.YES),
    ],
)
def test_nexus_ce_is_metered_by_requests(
    hosts: int, pulls: int, requests: int, verdict: Verdict
) -> None:
    """Hosts x pulls x (4 + layers) a day against 100,000, warned of above 60 %."""
    load = estimated(_fleet((_PODMAN, hosts)), Usage(pulls=pulls, layers=7))

    assert (load.requests, load_answer(Product.NEXUS, load).verdict) == (requests, verdict)


@pytest.mark.parametrize(
    ("components", "verdict"),
    [(24_000, Verdict.YES), (24_001, Verdict.PARTLY), (40_001, Verdict.NO)],
)
def test_nexus_ce_is_metered_by_components(components: int, verdict: Verdict) -> None:
    """40,000 of them; the same image on many hosts is one."""
    load = Load(hosts=1, requests=0, components=components, seen=False)

    assert load_answer(Product.NEXUS, load).verdict is verdict


def test_components_are_the_images_on_the_hosts_until_more_is_known() -> None:
    """And it is said that these are too few."""
    one = host_facts({"docker": {"version": "28.5.2", "images": ["nginx:1", "redis:7"]}})
    two = host_facts({"podman": {"version": "5.4.2", "images": ["nginx:1"]}})

    load = estimated([one, two], Usage())

    assert (load.components, load.seen) == (2, True)
    assert "on the hosts today" in load_answer(Product.NEXUS, load).reason


def test_a_licence_that_does_not_bear_the_fleet_puts_a_product_behind() -> None:
    """Nexus CE would stop taking new images."""
    comparison = _compared(_fleet((_OLD_DOCKER, 2)), pulls=10_000)

    assert comparison.candidates[0].product is Product.PLAIN
    assert _one(comparison, Product.NEXUS).load.verdict is Verdict.NO
