"""Runs in words: one line each, or everything about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wizard.cli.following import progress_words, result_words
from wizard.cli.plan_text import folded
from wizard.cli.state_words import word
from wizard.cli.table import pairs, table
from wizard.journal.events import RunKind
from wizard.run.view import HostView, RunView, Trouble, WaveView
from wizard.service import RunSummary
from wizard.wording import _


def runs_lines(runs: Sequence[RunSummary]) -> list[str]:
    """Return a table of runs."""
    heads = [
        _("RUN"),
        _("KIND"),
        _("STATE"),
        _("RESULT"),
        _("HOSTS"),
        _("BY"),
        _("STARTED"),
        _("OF"),
    ]
    rows = [
        (
            run.run,
            word(run.kind),
            word(run.state),
            word(run.result) if run.result else "",
            run.hosts,
            run.operator,
            moment(run.started_at),
            run.of,
        )
        for run in runs
    ]
    return table(heads, rows) if rows else [_("There are no runs yet.")]


def run_lines(view: RunView) -> list[str]:
    """Return a run: its state, counters, waves, hosts and troubles."""
    counters = view.counters
    head = pairs(
        [
            (_("Run"), f"{view.run} ({word(view.kind)})"),
            (_("Of"), view.of),
            (_("By"), view.operator),
            (_("Started"), moment(view.started_at)),
            (_("Ended"), moment(view.ended_at) if view.ended_at else ""),
            (_("State"), result_words(view)),
            (_("Hosts"), progress_words(view)),
            (_("Failed after change"), counters.failed_after_change or ""),
            (_("Unreachable before change"), counters.unreachable_before_change or ""),
            (_("Lost after change"), counters.lost_after_change or ""),
            (_("Plan"), view.plan_hash[:12]),
        ]
    )
    lines = [*head]
    if view.waves:
        heads = [_("WAVE"), _("HOSTS"), _("STATES"), _("GATE"), _("REASONS")]
        lines += ["", *table(heads, [_wave_row(wave, view.kind) for wave in view.waves])]
    heads = [_("HOST"), _("WAVE"), _("STATE"), _("SINCE"), _("DETAIL")]
    lines += ["", *table(heads, [_host_row(host, view.kind) for host in view.hosts])]
    for trouble in (host.trouble for host in view.hosts if host.trouble):
        lines += ["", *trouble_lines(trouble)]
    return lines


def trouble_lines(trouble: Trouble) -> list[str]:
    """Return the card of one host in trouble."""
    lines = pairs(
        [
            (_("Host"), trouble.host),
            (_("What"), trouble.what),
            (_("Step"), trouble.failed_step),
            (_("State"), trouble.state),
            (_("To do"), trouble.todo),
        ]
    )
    if trouble.conflicts:
        paths = folded([conflict.path for conflict in trouble.conflicts])
        lines.append(_("Changed by somebody else: {paths}").format(paths=paths))
    return lines


def moment(seconds: float) -> str:
    """Return a moment in this machine's zone, empty for none."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}" if seconds else ""


def _wave_row(wave: WaveView, kind: RunKind) -> tuple[object, ...]:
    counts = ", ".join(f"{count} {word(state)}" for state, count in wave.counts)
    name = _wave_name(wave.index, kind)
    return (name, len(wave.hosts), counts, wave.gate, "; ".join(wave.reasons))


def _wave_name(index: int, kind: RunKind) -> object:
    """Return the wave's number; the first of a rollback was the last to be changed."""
    if kind is RunKind.ROLLBACK:
        return index + 1
    return index or _("canary")


def _host_row(host: HostView, kind: RunKind) -> tuple[object, ...]:
    wave = "" if host.wave is None else _wave_name(host.wave, kind)
    return (host.name, wave, word(host.state), moment(host.since), host.detail)
