"""A plan in words: what happens where, what stops, what is blocked and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wizard.cli.state_words import word
from wizard.cli.table import pairs, table
from wizard.planning.grouping import grouped_blocks, grouped_notes
from wizard.planning.plan import Activation, HostPlan, Plan, Verdict
from wizard.wording import _, ngettext

_SHORT_HASH: Final = 12


def plan_lines(plan: Plan) -> list[str]:
    """Return the whole plan: its summary, a table of hosts, and what is blocked."""
    wave_of = {name: index for index, wave in enumerate(plan.waves) for name in wave}
    heads = [_("HOST"), _("WAVE"), _("RUNTIMES"), _("VERDICT"), _("FILES"), _("TO ACTIVATE")]
    rows = [_row(host, wave_of.get(host.host)) for host in plan.hosts]
    return [*table(heads, rows), "", *summary_lines(plan), *noted_lines(plan), *blocked_lines(plan)]


def summary_lines(plan: Plan) -> list[str]:
    """Return what the operator approves, in a few lines."""
    changed = [host for host in plan.hosts if host.verdict is Verdict.CHANGE]
    items: list[tuple[str, object]] = [
        (_("Target"), f"{plan.target.url} ({plan.target.addressing.value})"),
        (_("Change"), _hosts(len(changed))),
        (_("Nothing to do"), _hosts(_count(plan, Verdict.NOTHING))),
        (_("Blocked"), _hosts(_count(plan, Verdict.BLOCKED))),
        (_("Waves"), ", ".join(str(len(wave)) for wave in plan.waves)),
        (_("Restarts"), _restart_words(changed)),
        (_("Plan"), plan.hash[:_SHORT_HASH]),
    ]
    return pairs(items)


def noted_lines(plan: Plan) -> list[str]:
    """Return each note and warning on hosts that change once, with its hosts."""
    lines: list[str] = []
    for group in grouped_notes(plan.hosts):
        lines += ["", _("Note: {note}").format(note=group.text)]
        lines.append(_("  hosts    {hosts}").format(hosts=folded(group.hosts)))
    return lines


def blocked_lines(plan: Plan) -> list[str]:
    """Return each reason once, with its hosts and the ways out; hosts not reached come last."""
    lines: list[str] = []
    for group in grouped_blocks(plan.hosts):
        lines += ["", _("Blocked: {reason}").format(reason=group.block.detail)]
        lines.append(_("  hosts    {hosts}").format(hosts=folded(group.hosts)))
        lines += [_("  way out  {way}").format(way=way) for way in group.block.ways_out]
    for host in plan.hosts:
        if not host.runtimes:
            notes = " ".join(host.notes) or _("No runtime was found on it.")
            lines += ["", _("Blocked: {host}: {notes}").format(host=host.host, notes=notes)]
    return lines


def folded(names: Sequence[str], *, limit: int = 8) -> str:
    """Return names with commas, the rest as a count."""
    shown = ", ".join(names[:limit])
    rest = len(names) - limit
    return shown if rest <= 0 else _("{names} and {count} more").format(names=shown, count=rest)


def _row(host: HostPlan, wave: int | None) -> tuple[object, ...]:
    activation = word(host.activation) if host.verdict is Verdict.CHANGE else ""
    files = len(host.changes) if host.changes else ""
    shown = "" if wave is None else (_("canary") if wave == 0 else wave)
    return (host.host, shown, host.flavour, word(host.verdict), files, activation)


def _restart_words(changed: Sequence[HostPlan]) -> str:
    restarts = [host for host in changed if host.activation is Activation.RESTART]
    if not restarts:
        return _("none: no container stops")
    stops = sum(len(runtime.stops) for host in restarts for runtime in host.runtimes)
    return _("{hosts}, {count} containers stop: {names}").format(
        hosts=_hosts(len(restarts)), count=stops, names=folded([host.host for host in restarts])
    )


def _count(plan: Plan, verdict: Verdict) -> int:
    return sum(1 for host in plan.hosts if host.verdict is verdict)


def _hosts(count: int) -> str:
    return ngettext("{count} host", "{count} hosts", count).format(count=count)
