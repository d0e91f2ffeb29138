"""What probing found of the target, and how many hosts it can serve, as lines."""

from __future__ import annotations

from screens.glyphs import draw
from screens.served import Served
from screens.widgets.paint import Line, fitted, widest
from screens.words import grouped
from wizard.planning.matrix import ADDRESSING_WORDS
from wizard.planning.proof import canaries
from wizard.service import TargetReport
from wizard.wording import _


def target_lines(report: TargetReport, health: Line) -> list[Line]:
    """Return each thing that was found with its name, and last how the registry is."""
    target = report.target
    addressed = _("{url}, addressed {how}").format(
        url=target.api_base, how=_(ADDRESSING_WORDS[target.addressing])
    )
    named: list[tuple[str, Line]] = [(_("Target"), ((addressed, "strong"),))]
    named += [(one.upstream, ((one.api_base, ""),)) for one in target.by_upstream[1:]]
    named += [
        (_("Canary"), ((f"{canary.reference} {canary.digest[:19]}", ""),))
        for canary in canaries(target)
    ]
    if report.certificate:
        named.append((_("Certificate"), ((report.certificate, "muted"),)))
    if health:
        named.append((_("Health"), health))
    width = widest([name for name, _line in named], at_most=16) + 2
    return [((fitted(name, width), "muted"), *line) for name, line in named]


def served_line(group: Served) -> Line:
    """Return how many hosts are served so."""
    return (
        (f"{grouped(len(group.hosts)):>6} ", "strong"),
        (f"{draw(group.glyph)} ", group.tone),
        (_(group.words), group.tone if group.tone != "ok" else ""),
    )
