"""Which case is played on which flavour of which side; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.flavour import BUILT, KINDS, Flavour, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A case for one flavour on one side."""

    case: Case
    flavour: Flavour
    side: Side

    @property
    def host(self) -> str:
        """Return the host that it is played on."""
        return self.flavour.host(self.side)

    def __str__(self) -> str:
        """Return a name for reports, unique."""
        return f"{self.side.value}-{self.flavour.value}-{self.case.name}"


@cache
def trials() -> tuple[Trial, ...]:
    """Return every trial for which there is a host, those of equal beginnings together."""
    cases = sorted(CASES, key=_beginning)
    return tuple(
        Trial(case=case, flavour=flavour, side=side)
        for side in Side
        for case in cases
        for flavour in sorted(shown_by(case, side), key=tuple(Flavour).index)
    )


def held_by(case: Case, side: Side) -> frozenset[Flavour]:
    """Return the flavours of a side that a case states something about."""
    return frozenset(one for one in case.flavours if one.host(side))


def shown_by(case: Case, side: Side) -> frozenset[Flavour]:
    """Return the flavours of a side that a case is played on.

    Where all releases do the same, those are the oldest and the newest of each kind, with and
    without those that are built; the practice side shows what the real side shows besides, because
    the two are held against each other.
    """
    held = held_by(case, side)
    if not case.same_in_all:
        return held
    ends = _ends(held) | _ends(held - BUILT)
    return ends | shown_by(case, Side.REAL) if side is Side.PRACTICE else ends


@cache
def _ends(flavours: frozenset[Flavour]) -> frozenset[Flavour]:
    kinds = ([one for one in Flavour if one in flavours & kind] for kind in KINDS)
    return frozenset(one for kind in kinds for one in (*kind[:1], *kind[-1:]))


def _beginning(case: Case) -> int:
    """Return the number of the first case that is given the same."""
    return next(number for number, one in enumerate(CASES) if one.given == case.given)
