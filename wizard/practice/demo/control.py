"""Orders to a fleet's own process: one JSON object a line each way.

An order has `id`, `order` (of `Asked`) and what it needs; its answer has the same `id` and either
`answer` or `error`. Orders are worked on at the same time and answered as they are done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Final

from wizard.errors import HostError, InputError, PilotageError
from wizard.wording import _

LONGEST_LINE: Final = 1 << 22
"""Bytes; five thousand names fit in easily."""
Answering = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Does what an order wants and returns the answer, anything of JSON; raises PilotageError."""
_KINDS: Final = {kind.exit_code: kind for kind in (InputError, HostError)}


class Asked(Enum):
    """What a fleet process does when it is told so."""

    SERVES = "serves"
    """hosts: who answers a real pull on each of them, a value of `Server` by name."""
    PLANT = "plant"
    """fault, host (or null): let something go wrong now."""
    MEND = "mend"
    """fault, host (or null): do what a person would do about it; no fault: about everything."""
    DESCRIBE = "describe"
    """The process: pid, seconds of CPU, peak_memory in bytes. The scenario: planted, the number of
    faults so far; edits: SHA-256 of what people left, by host and path."""


def line_of(data: Mapping[str, Any]) -> bytes:
    """Return an object as one line."""
    return json.dumps(data).encode() + b"\n"


def error_data(error: PilotageError) -> dict[str, Any]:
    """Return an error as it goes over the line."""
    return {
        "what": error.what,
        "host": error.host,
        "file": error.file,
        "state": error.state,
        "todo": error.todo,
        "exit_code": error.exit_code,
    }


def error_of(data: Mapping[str, Any]) -> PilotageError:
    """Return the error that came over the line."""
    kind = _KINDS.get(data["exit_code"], PilotageError)
    return kind(
        data["what"],
        host=data["host"],
        file=data["file"],
        state=data["state"],
        todo=data["todo"],
    )


async def answer_orders(
    lines: asyncio.StreamReader,
    tell: Callable[[Mapping[str, Any]], None],
    answering: Mapping[Asked, Answering],
) -> None:
    """Answer orders until there are no more; what is under way then is given up."""
    async with asyncio.TaskGroup() as group:
        under_way = set()
        while line := await lines.readline():
            task = group.create_task(_answer(json.loads(line), tell, answering))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        for task in tuple(under_way):
            task.cancel()


async def _answer(
    order: Mapping[str, Any],
    tell: Callable[[Mapping[str, Any]], None],
    answering: Mapping[Asked, Answering],
) -> None:
    try:
        answer = await _work(order, answering)
    except PilotageError as error:
        tell({"id": order["id"], "error": error_data(error)})
    else:
        tell({"id": order["id"], "answer": answer})


async def _work(order: Mapping[str, Any], answering: Mapping[Asked, Answering]) -> Any:
    try:
        asked = answering[Asked(order["order"])]
    except (KeyError, ValueError) as error:
        raise InputError(
            _("A fleet process knows no order “{order}”.").format(order=order.get("order")),
            state=_("Nothing was done."),
        ) from error
    return await asked(order)
