"""Events of a journal as one line each."""

from __future__ import annotations

from typing import Any, Final

from screens.widgets.paint import Line
from screens.words import ORDER_VERBS, clock_time, duration, hosts_counted, wave_name
from wizard.journal.events import Event, EventKind, Order, RunKind
from wizard.transaction.answers import Verb
from wizard.transaction.words import outcome_words, verb_words
from wizard.wording import _, mark

_BAD_OUTCOMES: Final = frozenset(
    {
        *("drift", "busy", "refused", "reverted", "too_late", "conflict", "revert_failed"),
        *("failed", "lost"),
    }
)
WORDS: Final[dict[EventKind, tuple[str, str]]] = {
    EventKind.RUN_CREATED: (mark("run created by {operator}"), "muted"),
    EventKind.PROCESS_STARTED: (mark("run process started"), "muted"),
    EventKind.PROCESS_ENDED: (mark("run process ended {reason}"), "muted"),
    EventKind.HOST_READ: (mark("read"), "ok"),
    EventKind.WAVE_STARTED: (mark("starts with {counted}"), "live"),
    EventKind.INTENT: (mark("{verb} begins"), "muted"),
    EventKind.OUTCOME: (mark("{verb}: {outcome}"), "ok"),
    EventKind.FAILED_TO_REACH: ("{what}", "bad"),
    EventKind.ERRAND_SENT: (mark("errand {errand} begins"), "muted"),
    EventKind.ERRAND_TOLD: ("{subject}", "muted"),
    EventKind.ERRAND_ENDED: (mark("errand {errand}: {outcome}"), "ok"),
    EventKind.HOST_SKIPPED: (mark("skipped: {reason}"), "muted"),
    EventKind.SOAK_STARTED: (mark("soaks for {soak}"), "muted"),
    EventKind.GATE: (mark("gate: {verdict} {joined}"), "ok"),
    EventKind.WAVE_ENDED: (mark("done"), "ok"),
    EventKind.WAITING: (mark("waits for an operator: {for_what}"), "warn"),
    EventKind.WENT_ON: (mark("went on, told by {by}"), "live"),
    EventKind.ORDER_GIVEN: (mark("order by {by}: {ordered}"), "live"),
    EventKind.ORDER_TAKEN: (mark("order answered: {why}"), "muted"),
    EventKind.RUN_ENDED: (mark("run ended: {result} {reason}"), "strong"),
}
"""Words and tone of every kind; names in braces are keys of the event's data, or made below."""


class _Parts(dict[str, Any]):
    """Values for the words; what an event does not say is left empty."""

    def __missing__(self, key: str) -> str:
        return ""


def event_line(event: Event, kind: RunKind = RunKind.ROLLOUT) -> Line:
    """Return time, host and what happened."""
    template, tone = WORDS[event.kind]
    parts = _parts(event)
    words = _(template).format_map(parts).strip()
    if parts["is_bad"]:
        tone = "bad"
    where = event.host or (wave_name(event.wave, kind) if event.wave is not None else "")
    return (
        (f"{clock_time(event.at)} ", "muted"),
        (f"{where} " if where else "", "strong"),
        (words, tone),
    )


def _parts(event: Event) -> _Parts:
    data = event.data
    parts = _Parts(data)
    parts["counted"] = hosts_counted(len(data.get("hosts") or ()))
    parts["soak"] = duration(float(data.get("seconds") or 0))
    parts["joined"] = "; ".join(str(reason) for reason in data.get("reasons") or ())
    parts["ordered"] = _ordered(data.get("order"))
    parts["is_bad"] = event.kind is EventKind.GATE and data.get("verdict") != "ok"
    answer = data.get("answer") or {}
    outcome = str(answer.get("outcome", ""))
    failed = answer.get("failed_step")
    asked_for = data.get("verb") == Verb.UNDO.value and outcome == "reverted"
    parts["is_bad"] |= outcome in _BAD_OUTCOMES and not asked_for
    parts["verb"] = verb_words(data.get("verb"))
    parts["outcome"] = outcome_words(outcome)
    if failed:
        parts["outcome"] = _("{outcome} at {step}").format(outcome=parts["outcome"], step=failed)
    return parts


def _ordered(value: object) -> str:
    known = {order.value: order for order in Order}
    order = known.get(str(value))
    return _(ORDER_VERBS[order]) if order else str(value)
