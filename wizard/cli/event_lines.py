"""One line of plain words for each event of a journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, assert_never

from wizard.cli.state_words import order_name, word
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.transaction.words import outcome_words, verb_words
from wizard.wording import _, ngettext

_ORDERS: Final = {order.value: order_name(order) for order in Order}
_RESULTS: Final = {result.value: result for result in RunResult}


def event_line(event: Event, kind: RunKind) -> str:
    """Return `12:03:11  web1  what happened`, the time in this machine's zone.

    `kind` is that of the run: the first wave of a rollback is no canary.
    """
    moment = datetime.fromtimestamp(event.at).astimezone()
    words = event_words(event, kind)
    return f"{moment:%H:%M:%S}  {f'{event.host}  ' if event.host else ''}{words}"


def event_words(event: Event, kind: RunKind) -> str:  # noqa: C901, PLR0911, PLR0912  # a table of words, one line for each kind
    """Return what happened, in plain words."""
    data = event.data
    match event.kind:
        case EventKind.RUN_CREATED:
            return _("created by {operator}").format(operator=data.get("operator", ""))
        case EventKind.PROCESS_STARTED:
            return _("process {pid} took the run").format(pid=data.get("pid", ""))
        case EventKind.PROCESS_ENDED:
            return _("the process ended: {reason}").format(reason=data.get("reason", ""))
        case EventKind.HOST_READ:
            return _("read")
        case EventKind.WAVE_STARTED:
            return _wave_words(event, kind)
        case EventKind.INTENT:
            return _("{verb}…").format(verb=verb_words(data.get("verb")))
        case EventKind.OUTCOME:
            return _outcome_words(data)
        case EventKind.FAILED_TO_REACH:
            return _("not reached: {what}").format(what=data.get("what", ""))
        case EventKind.ERRAND_SENT:
            return _("errand {errand}…").format(errand=data.get("errand", ""))
        case EventKind.ERRAND_TOLD:
            return str(data.get("subject") or "…")
        case EventKind.ERRAND_ENDED:
            return _errand_words(data)
        case EventKind.HOST_SKIPPED:
            return _("skipped: {reason}").format(reason=data.get("reason", ""))
        case EventKind.SOAK_STARTED:
            return _("soaking for {seconds:g} s").format(seconds=float(data.get("seconds", 0)))
        case EventKind.GATE:
            return _("gate: {verdict}").format(
                verdict=_joined(data.get("verdict", ""), data.get("reasons", ()))
            )
        case EventKind.WAVE_ENDED:
            return _("the wave ended")
        case EventKind.WAITING:
            return _("waiting for a decision: {choices}").format(
                choices=", ".join(_order(choice) for choice in data.get("choices", ()))
            )
        case EventKind.WENT_ON:
            return _("went on, told by {by}").format(by=data.get("by", ""))
        case EventKind.ORDER_GIVEN:
            return _("{by} orders: {order}").format(
                by=data.get("by", ""), order=_order(data.get("order", ""))
            )
        case EventKind.ORDER_TAKEN:
            return _order_taken_words(data)
        case EventKind.RUN_ENDED:
            words = _("ended: {result}").format(result=_result(data.get("result", "")))
            return f"{words}: {data['reason']}" if data.get("reason") else words
        case _:
            assert_never(event.kind)


def _wave_words(event: Event, kind: RunKind) -> str:
    count = len(event.data.get("hosts", ()))
    hosts = ngettext("{count} host", "{count} hosts", count).format(count=count)
    number = event.wave or 0
    if kind is RunKind.ROLLBACK:
        number += 1
    if not number:
        return _("canary wave started: {hosts}").format(hosts=hosts)
    return _("wave {number} started: {hosts}").format(number=number, hosts=hosts)


def _outcome_words(data: Mapping[str, Any]) -> str:
    answer: Mapping[str, Any] = data.get("answer") or {}
    outcome = str(answer.get("outcome", ""))
    step = answer.get("failed_step")
    parts = [_("failed at {step}").format(step=step)] if step else []
    words = _joined(f"{verb_words(data.get('verb'))}: {outcome_words(outcome)}", parts)
    detail = " ".join(str(answer.get("detail") or "").split())
    return f"{words}: {detail}" if detail else words


def _errand_words(data: Mapping[str, Any]) -> str:
    answer: Mapping[str, Any] = data.get("answer") or {}
    words = f"{data.get('errand', '')}: {answer.get('outcome', '')}"
    detail = " ".join(str(answer.get("detail") or "").split())
    return f"{words}: {detail}" if detail else words


def _order_taken_words(data: Mapping[str, Any]) -> str:
    reason = data.get("why") or data.get("reason") or ""
    if data.get("accepted", not reason):
        return _("the order was taken")
    return _("the order was refused: {reason}").format(reason=reason)


def _order(name: str) -> str:
    """Return an order as it is written on the command line; of a later version as it is."""
    return _ORDERS.get(name, name)


def _result(name: str) -> str:
    known = _RESULTS.get(name)
    return word(known) if known else name


def _joined(head: str, reasons: Any) -> str:
    return ", ".join([str(head), *(str(reason) for reason in reasons)])
