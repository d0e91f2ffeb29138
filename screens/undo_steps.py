"""A rollback step by step: what this step undoes, the state now, the next."""

from __future__ import annotations

from screens.widgets.paint import Line
from screens.words import RESULT_WORDS, RUN_WORDS, hosts_counted
from wizard.planning.plan import Plan
from wizard.run.view import RunView, WaveView
from wizard.wording import _

_NAMES = 6


def step_lines(rollback: RunView, plan: Plan | None) -> list[Line]:
    """Return three lines on where a rollback stands.

    Args:
        rollback: the run; its waves are its steps.
        plan: of the run that is taken back, None where it is not known here.
    """
    coming = [wave for wave in rollback.waves if not wave.started]
    done = len(rollback.waves) - len(coming)
    state = _(RESULT_WORDS[rollback.result] if rollback.result else RUN_WORDS[rollback.state])
    lines: list[Line] = [
        (
            (_("State now  "), "muted"),
            (
                _("{state}: {done} of {all} steps").format(
                    state=state, done=done, all=len(rollback.waves)
                ),
                "strong",
            ),
        )
    ]
    if rollback.ended_at is not None or not coming:
        return lines
    lines.append(((_("This step undoes  "), "muted"), (_undoes(coming[0], plan), "")))
    following = _names(coming[1]) if len(coming) > 1 else _("nothing, it is the last step")
    return [*lines, ((_("Next  "), "muted"), (following, "muted"))]


def _undoes(wave: WaveView, plan: Plan | None) -> str:
    names = _names(wave)
    if plan is None:
        return names
    wanted = set(wave.hosts)
    paths = {change.path for host in plan.hosts if host.host in wanted for change in host.changes}
    return _("{names}: restores {paths}").format(names=names, paths=", ".join(sorted(paths)))


def _names(wave: WaveView) -> str:
    names = ", ".join(wave.hosts[:_NAMES])
    if len(wave.hosts) > _NAMES:
        return f"{hosts_counted(len(wave.hosts))} ({names}, …)"
    return names
