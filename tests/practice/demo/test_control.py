"""Orders to a fleet's process, one line each way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from wizard.errors import HostError, InputError, PilotageError
from wizard.practice.demo.control import (
    Asked,
    answer_orders,
    error_data,
    error_of,
    line_of,
)


async def answers(*orders: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return what is answered to orders, by their number."""
    told: dict[int, Mapping[str, Any]] = {}
    second_came = asyncio.Event()

    async def describe(order: Mapping[str, Any]) -> Any:
        second_came.set()
        return order.get("word")

    async def serves(_order: Mapping[str, Any]) -> Any:
        await second_came.wait()
        return "late"

    async def plant(_order: Mapping[str, Any]) -> Any:
        raise HostError("it is down", host="web1", state="As it was.", todo="Start it.")

    async def mend(_order: Mapping[str, Any]) -> Any:
        await asyncio.Event().wait()

    lines = asyncio.StreamReader()
    answering = {
        Asked.DESCRIBE: describe,
        Asked.SERVES: serves,
        Asked.PLANT: plant,
        Asked.MEND: mend,
    }
    awaited = sum(order["order"] != Asked.MEND.value for order in orders)
    all_told = asyncio.Event()

    def tell(answer: Mapping[str, Any]) -> None:
        told[answer["id"]] = answer
        if len(told) == awaited:
            all_told.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(answer_orders(lines, tell, answering))
        for order in orders:
            lines.feed_data(line_of(order))
        await all_told.wait()
        lines.feed_eof()
    return told


async def test_orders_are_worked_on_at_the_same_time() -> None:
    """One that takes long does not hold up the next; each answer names its order."""
    told = await answers(
        {"id": 1, "order": "serves", "hosts": []}, {"id": 2, "order": "describe", "word": "now"}
    )

    assert told == {1: {"id": 1, "answer": "late"}, 2: {"id": 2, "answer": "now"}}
    assert list(told) == [2, 1]


async def test_an_order_that_fails_is_answered_with_its_error() -> None:
    """All four parts come over the line, and others go on."""
    told = await answers({"id": 1, "order": "plant"}, {"id": 2, "order": "describe"})

    error = error_of(told[1]["error"])
    assert isinstance(error, HostError)
    assert (error.what, error.host, error.state, error.todo) == (
        *("it is down", "web1", "As it was.", "Start it."),
    )
    assert told[2] == {"id": 2, "answer": None}


async def test_an_unknown_order_is_refused() -> None:
    """By name; nothing is done."""
    told = await answers({"id": 7, "order": "dance"})

    assert told[7]["error"]["what"] == "A fleet process knows no order “dance”."


async def test_what_is_under_way_at_the_end_is_given_up() -> None:
    """The lifeline has ended: nobody waits for an answer any more."""
    assert await answers({"id": 1, "order": "mend"}, {"id": 2, "order": "describe"}) == {
        2: {"id": 2, "answer": None}
    }


@pytest.mark.parametrize("kind", [InputError, HostError, PilotageError])
def test_errors_keep_their_exit_code(kind: type[PilotageError]) -> None:
    """Whoever started the fleet ends with the same one."""
    error = error_of(error_data(kind("what", file="/f")))

    assert (type(error), error.exit_code, error.file) == (kind, kind.exit_code, "/f")
