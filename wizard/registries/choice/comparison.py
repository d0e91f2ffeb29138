"""Compare products for a fleet: who serves its hosts, bears its load and meets its needs; pure.

The fleet's part is computed from the compatibility matrix, so it cannot say other than what a
rollout would do; the rest is what the facts know of each product, with its source.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.matrix import COST_WORDS, Cost, Row, compatibility
from wizard.planning.work import RuntimePlanner
from wizard.registries.choice.answers import (
    Answer,
    Candidate,
    Comparison,
    Load,
    Need,
    Product,
    Usage,
    Verdict,
    Way,
    unmet,
)
from wizard.registries.choice.known import answer
from wizard.registries.choice.known_of_content import OF_CONTENT
from wizard.registries.choice.known_of_running import OF_RUNNING
from wizard.registries.choice.load import estimated, load_answer
from wizard.registries.sources import MEASURED
from wizard.target import Addressing, Target
from wizard.wording import _, mark

_ADDRESSED: Final = f"goharbor/harbor#18807, moby/moby#46594, {MEASURED}"
_NOBODY: Final = Target(url="https://registry.invalid")
"""The registry is still to be chosen: nothing that is particular to its URL may count."""

_FRONT: Final = mark("with a front of its own name before it (“pilotage front nginx”)")
_NAME_OR_PORT: Final = mark("with a reverse proxy that gives the repository a name or a port")

_WAYS: Final[dict[Product, tuple[tuple[Addressing, str], ...]]] = {
    Product.HARBOR: ((Addressing.PREFIX, ""), (Addressing.ROOT, _FRONT)),
    Product.NEXUS: ((Addressing.ROOT, ""), (Addressing.PATH, "")),
    Product.JCR: (
        (Addressing.PATH, ""),
        (Addressing.PREFIX, ""),
        (Addressing.ROOT, _NAME_OR_PORT),
    ),
    Product.ARTIFACTORY: (
        (Addressing.PATH, ""),
        (Addressing.PREFIX, ""),
        (Addressing.ROOT, _NAME_OR_PORT),
    ),
    Product.PLAIN: ((Addressing.ROOT, ""),),
}
_WHERE: Final = {
    Addressing.ROOT: mark("at its root"),
    Addressing.PREFIX: mark("under a project or repository"),
    Addressing.PATH: mark("behind a path"),
}
_WEIGHT: Final = {
    Verdict.YES: 0,
    Verdict.PARTLY: 1,
    Verdict.UNKNOWN: 2,
    Verdict.PAID: 3,
    Verdict.NO: 4,
}


def compare(
    facts: Sequence[HostFacts],
    policy: RolloutPolicy,
    runtimes: Sequence[RuntimePlanner],
    *,
    needs: Collection[Need] = (),
    usage: Usage | None = None,
) -> Comparison:
    """Return every product measured by this fleet, the one that fits best first.

    Args:
        facts: of each host that discovery reached; whether it reaches a registry does not count.
        policy: which restarts are allowed.
        runtimes: that are moved where they are found.
        needs: that decide, besides how hosts are served and how the load is borne.
        usage: how much hosts pull.
    """
    blind = [dataclasses.replace(one, answers=(), upstreams=()) for one in facts]
    rows = compatibility(blind, _NOBODY, policy, runtimes)
    load = estimated(facts, usage or Usage())
    found = tuple(_candidate(product, rows, load) for product in Product)
    return ranked(Comparison(needs=(), load=load, candidates=found), needs)


def ranked(comparison: Comparison, needs: Collection[Need]) -> Comparison:
    """Return the same answers with the product first that fits these needs best."""
    asked = tuple(need for need in Need if need in needs)
    # Products in their own order first, so that equals are where they always are.
    found = sorted(comparison.candidates, key=lambda one: list(Product).index(one.product))
    found.sort(key=lambda one: _distance(one, asked))
    return Comparison(needs=asked, load=comparison.load, candidates=tuple(found))


def _candidate(product: Product, rows: Sequence[Row], load: Load) -> Candidate:
    ways = [
        Way(
            addressing=addressing,
            condition=_(condition) if condition else "",
            counts=_counts(rows, addressing),
        )
        for addressing, condition in _WAYS[product]
    ]
    ways.sort(key=lambda way: (bool(way.condition), *(-n for n in _served_well(way))))
    known = {**OF_CONTENT, **OF_RUNNING}
    return Candidate(
        product=product,
        ways=tuple(ways),
        hosts=_hosts_answer(ways, len(rows)),
        load=load_answer(product, load),
        answers={need: answer(known[need][product]) for need in Need},
    )


def _counts(rows: Sequence[Row], addressing: Addressing) -> Counter[Cost]:
    return Counter(cell.cost for row in rows for cell in row.cells if cell.addressing is addressing)


def _served_well(way: Way) -> tuple[int, int, int]:
    """Return how many hosts are served, without a restart, and without anything."""
    transparent = way.counts.get(Cost.TRANSPARENT, 0)
    return way.served, transparent + way.counts.get(Cost.RELOAD, 0), transparent


def _hosts_answer(ways: Sequence[Way], hosts: int) -> Answer:
    if not hosts:
        return Answer(
            verdict=Verdict.UNKNOWN, reason=_("No host has been read."), source=_ADDRESSED
        )
    plain = ways[0]
    verdict = Verdict.NO
    if plain.served == hosts:
        verdict = Verdict.YES
    elif any(way.served for way in ways):
        verdict = Verdict.PARTLY
    told = [_way_words(plain, hosts)]
    told += [_way_words(way, hosts) for way in ways[1:] if way.served > plain.served]
    return Answer(verdict=verdict, reason=" ".join(told), source=_ADDRESSED)


def _way_words(way: Way, hosts: int) -> str:
    counts = ", ".join(
        f"{way.counts[cost]} {_(COST_WORDS[cost])}" for cost in Cost if way.counts.get(cost)
    )
    where = " ".join(part for part in (_(_WHERE[way.addressing]), way.condition) if part)
    return _("{served} of {hosts} hosts {where}: {counts}.").format(
        served=way.served, hosts=hosts, where=where, counts=counts
    )


def _distance(candidate: Candidate, needs: Sequence[Need]) -> tuple[int, ...]:
    """Return what puts one product behind another: what it lacks, hosts left out, then doubts."""
    lacking = len(unmet(candidate, needs)) + int(candidate.load.verdict is Verdict.NO)
    doubts = [_WEIGHT[candidate.answers[need].verdict] for need in needs]
    return lacking, -candidate.ways[0].served, sum(doubts) + _WEIGHT[candidate.load.verdict]
