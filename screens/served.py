"""How many hosts a target can serve, and at which price: told from the plan."""

from __future__ import annotations

from dataclasses import dataclass

from screens.glyphs import Glyph
from wizard.planning.plan import Activation, HostPlan, Plan, Verdict
from wizard.wording import mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Hosts that are served alike; `words` and `tone` say how."""

    words: str
    tone: str
    glyph: Glyph
    hosts: tuple[HostPlan, ...]


_ACTIVATIONS = (
    (Activation.NONE, mark("served at the next pull, nothing is touched"), "ok", Glyph.DONE),
    (Activation.RELOAD, mark("served after a reload, containers go on"), "ok", Glyph.DONE),
    (Activation.RESTART, mark("served after a RESTART of the runtime"), "warn", Glyph.ARMED),
)


def served(plan: Plan) -> list[Served]:
    """Return the groups that have hosts, the most harmless first."""
    changing = [host for host in plan.hosts if host.verdict is Verdict.CHANGE]
    groups = [
        _group(words, tone, glyph, [host for host in changing if host.activation is activation])
        for activation, words, tone, glyph in _ACTIVATIONS
    ]
    groups += [
        _group(
            mark("served already, nothing to do"), "muted", Glyph.SAME, _of(plan, Verdict.NOTHING)
        ),
        _group(
            mark("blocked: cannot be served as it is"), "bad", Glyph.BAD, _of(plan, Verdict.BLOCKED)
        ),
    ]
    return [group for group in groups if group.hosts]


def _of(plan: Plan, verdict: Verdict) -> list[HostPlan]:
    return [host for host in plan.hosts if host.verdict is verdict]


def _group(words: str, tone: str, glyph: Glyph, hosts: list[HostPlan]) -> Served:
    return Served(words=words, tone=tone, glyph=glyph, hosts=tuple(hosts))
