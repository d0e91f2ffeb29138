"""Drills in words: which there are, and what came of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from textwrap import wrap
from typing import Final, assert_never

from wizard.cli.plan_text import folded
from wizard.cli.state_words import order_name, word
from wizard.cli.table import pairs
from wizard.drill import elapsed_words
from wizard.journal.events import Order, RunResult
from wizard.practice.demo.drill_report import Deed, Done, DrillReport
from wizard.practice.demo.drills import LEDGERS, SERVES, Drill, HostLeft, Standing
from wizard.practice.demo.endings import Server
from wizard.wording import _, mark, ngettext

_STANDINGS: Final = {
    Standing.ON_TARGET: mark("on the target, with the planned files"),
    Standing.AS_BEFORE: mark("on the public registry, with its own files"),
    Standing.NEITHER: mark("neither on the target nor as before"),
}
_WIDTH: Final = 78
_DEEDS: Final = {
    Deed.STARTED: mark("{kind} {run} was started"),
    Deed.RESUMED: mark("{kind} {run} was resumed"),
    Deed.ORDERED: mark("{kind} {run} was told: {what}"),
    Deed.REFUSED: mark("{kind} {run} was told, and refused: {what}"),
    Deed.ENDED: mark("{kind} {run} ended: {what}"),
}


def drill_lines(drills: Iterable[Drill]) -> list[str]:
    """Return every drill: its name, what has happened, and what is to be reached."""
    lines: list[str] = []
    for drill in drills:
        goal = _("Goal: {goal}").format(goal=_(drill.goal))
        story = (f"    {line}" for line in _wrapped(_(drill.story), _WIDTH - 4))
        lines += [drill.scenario, *story, f"    {goal}"]
    return lines


def story_lines(drill: Drill) -> list[str]:
    """Return what has happened and what is to be reached, as it is told before a drill."""
    goal = _("Goal: {goal}").format(goal=_(drill.goal))
    return ["", *_wrapped(_(drill.story), _WIDTH), "", goal, ""]


def drills_document(drills: Iterable[Drill]) -> dict[str, object]:
    """Return the content of a `drills` document."""
    return {
        "drills": [
            {"name": drill.scenario, "story": _(drill.story), "goal": _(drill.goal)}
            for drill in drills
        ]
    }


def report_lines(told: DrillReport, drill: Drill) -> list[str]:
    """Return what was done, how long it took, what was left, and whether the goal was reached."""
    lines = pairs(
        [
            (_("Drill"), told.drill),
            (_("Goal"), _(drill.goal)),
            (_("Reached"), _("yes") if told.is_reached else _("no")),
            (_("Time"), elapsed_words(told.seconds)),
        ]
    )
    lines += ["", _("What was done"), *(_done_line(done) for done in told.done)]
    if not told.done:
        lines.append("  " + _("nothing"))
    lines += ["", _("What was left"), *_left_lines(told)]
    return lines


def _done_line(done: Done) -> str:
    words = _(_DEEDS[done.deed]).format(kind=word(done.kind), run=done.run, what=_what(done))
    return f"  {elapsed_words(done.after):>7}  {words}"


def _what(done: Done) -> str:
    match done.deed:
        case Deed.ENDED:
            return word(RunResult(done.what))
        case Deed.ORDERED | Deed.REFUSED:
            return order_name(Order(done.what))
        case Deed.STARTED | Deed.RESUMED:
            return ""
        case _:
            assert_never(done.deed)


def _left_lines(told: DrillReport) -> list[str]:
    counts = Counter(host.found for host in told.hosts)
    lines = [
        f"  {_hosts(counts[standing])}: {_(words)}"
        for standing, words in _STANDINGS.items()
        if counts[standing]
    ]
    if told.open:
        lines.append("  " + _("Still open: {runs}").format(runs=folded(list(told.open))))
    if told.unmet:
        reasons: dict[str, list[str]] = {}
        for host in told.unmet:
            reasons.setdefault(_reason(host), []).append(host.name)
        lines += ["", _("Not as wanted")]
        lines += [f"  {folded(names)}: {reason}" for reason, names in reasons.items()]
    return lines


def _reason(host: HostLeft) -> str:
    """Return why a host is not as wanted, the same for hosts that are in the same way."""
    if host.found is not Standing.NEITHER:
        return _(_STANDINGS[host.found])
    if any(path.startswith(LEDGERS) for path in host.wrong):
        return _("a change is undecided: it is neither confirmed nor taken back")
    served = [word.removeprefix(SERVES) for word in host.wrong if word.startswith(SERVES)]
    if Server.NOTHING.value in served:
        return _("its pulls fail")
    if served and len(host.wrong) == len(served):
        return _("its files are as wanted, but its pulls are answered by another registry")
    return _("its files are not as wanted")


def _wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines; what has no blanks is left to the terminal."""
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _hosts(count: int) -> str:
    return ngettext("{count} host", "{count} hosts", count).format(count=count)
