"""Which case is played on which flavour of which side; pure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.case import Case
from tests.conformance.cases import CASES
from tests.conformance.flavour import BETWEEN, Flavour, Side


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


def trials() -> tuple[Trial, ...]:
    """Return every trial for which there is a host."""
    return tuple(
        Trial(case=case, flavour=flavour, side=side)
        for side in Side
        for case in CASES
        for flavour in Flavour
        if flavour in case.flavours and flavour.host(side) and not _is_spared(case, flavour, side)
    )


def _is_spared(case: Case, flavour: Flavour, side: Side) -> bool:
    return case.same_in_all and side is Side.REAL and flavour in BETWEEN
