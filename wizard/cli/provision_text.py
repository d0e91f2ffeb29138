"""What provisioning would do, and what it did, in lines of 80 cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from wizard.cli.run_text import moment
from wizard.cli.wrapping import wrapped
from wizard.service import (
    Action,
    Difference,
    Done,
    Finding,
    ProvisioningPlan,
    RegistryPass,
    cut_passes,
)
from wizard.wording import _, mark, ngettext, safe_text

_WORDS: Final[Mapping[Action, str]] = {
    Action.NOTHING: mark("as wanted"),
    Action.CREATE: mark("create"),
    Action.CHANGE: mark("change"),
    Action.BY_HAND: mark("BY HAND"),
}
_DONE: Final[Mapping[Action, str]] = {
    Action.CREATE: mark("created"),
    Action.CHANGE: mark("changed"),
}
_LONGEST: Final = 200


def plan_lines(plan: ProvisioningPlan) -> list[str]:
    """Return every subject with its differences and warnings; what is as wanted in one line."""
    product = " ".join(part for part in (plan.kind.value, plan.version) if part)
    lines = [safe_text(f"{plan.url}  {product}"), ""]
    for one in plan.findings:
        lines += finding_lines(one)
    return [*lines, "", _counts(plan)]


def cut_lines(passes: Sequence[RegistryPass]) -> list[str]:
    """Return which passes of these were cut, and that the next goes on with each."""
    words = _("Provisioning of {url} by {by} was cut {time}: the next pass goes on with it.")
    return [
        line
        for one in cut_passes(passes)
        for line in wrapped(
            "", safe_text(words.format(url=one.url, by=one.by, time=moment(one.at)))
        )
    ]


def done_line(done: Done) -> str:
    """Return that a subject was carried out."""
    return safe_text(f"{_(_DONE[done.finding.action])}: {done.finding.subject}")


def summary_line(done: int, by_hand: Sequence[Finding]) -> str:
    """Return how many subjects were carried out, and how many are left to a person."""
    told = ngettext(
        "{count} subject is as wanted now.", "{count} subjects are as wanted now.", done
    )
    if not by_hand:
        return told.format(count=done)
    left = _("{count} left to you, above: BY HAND.").format(count=len(by_hand))
    return f"{told.format(count=done)} {left}"


def finding_lines(one: Finding) -> Iterator[str]:
    """Yield a subject with its differences and warnings."""
    yield from wrapped(f"{_(_WORDS[one.action])}: ", safe_text(one.subject))
    yield from difference_lines(one.differences)
    for warning in one.warnings:
        yield from wrapped("    ! ", safe_text(warning))


def difference_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """Yield what is found and what is wanted, field by field."""
    for one in differences:
        found, wanted = safe_text(one.found), safe_text(one.wanted)
        change = _shortened(wanted)
        if found != wanted:
            change = f"{_shortened(found)} → {change}"
        yield from wrapped("    ", f"{safe_text(one.field)}: {change}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _counts(plan: ProvisioningPlan) -> str:
    counts = Counter(one.action for one in plan.findings)
    if not counts[Action.CREATE] and not counts[Action.CHANGE]:
        by_hand = counts[Action.BY_HAND]
        return (
            _("Nothing is to be done but what is left to you: {count}.").format(count=by_hand)
            if by_hand
            else _("Nothing is to be done: all of it is as wanted.")
        )
    return ", ".join(f"{counts[action]} {_(_WORDS[action])}" for action in Action if counts[action])
