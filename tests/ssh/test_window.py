"""The bound on handshakes: halved by refusals, regrown by successes, safe to cancel."""

from __future__ import annotations

import asyncio

import pytest

from wizard.ssh.window import Window


class Crowd:
    """Tasks that each hold a place until they are let go."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.inside = 0
        self.most = 0
        self._go = asyncio.Event()

    async def visit(self) -> None:
        """Hold a place."""
        async with self.window.place():
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self._go.wait()
            self.inside -= 1

    def let_go(self) -> None:
        """End all visits."""
        self._go.set()


async def settle() -> None:
    """Let every task run until it waits."""
    for _round in range(20):
        await asyncio.sleep(0)


async def test_no_more_than_the_bound_are_inside() -> None:
    """Twenty visitors of a window of four are let in four at a time, and all of them."""
    crowd = Crowd(Window(4))
    async with asyncio.TaskGroup() as tasks:
        visits = [tasks.create_task(crowd.visit()) for _visitor in range(20)]
        await settle()
        assert crowd.inside == 4
        crowd.let_go()

    assert all(visit.done() for visit in visits)
    assert (crowd.most, crowd.inside) == (4, 0)


def test_a_refusal_halves_and_successes_regrow() -> None:
    """Refusals halve the bound down to one; a round of successes adds one, up to the ceiling."""
    window = Window(8)
    bounds = [window.bound]
    for _refusal in range(4):
        window.refused()
        bounds.append(window.bound)
    assert bounds == [8, 4, 2, 1, 1]

    for _success in range(8 * 9):
        window.served()
    assert window.bound == 8


async def test_a_halved_window_lets_nobody_in_until_enough_have_left() -> None:
    """Those inside stay; newcomers wait for the smaller bound."""
    window = Window(4)
    old, new = Crowd(window), Crowd(window)
    async with asyncio.TaskGroup() as tasks:
        for _visitor in range(4):
            tasks.create_task(old.visit())
        await settle()
        window.refused()
        for _visitor in range(4):
            tasks.create_task(new.visit())
        await settle()
        assert (old.inside, new.inside) == (4, 0)

        old.let_go()
        await settle()
        assert new.inside == 2
        new.let_go()

    assert new.most == 2


@pytest.mark.parametrize("is_let_in_first", [False, True])
async def test_cancelling_one_who_waits_loses_no_place(*, is_let_in_first: bool) -> None:
    """A visitor cancelled while waiting, or just as the place is given, leaves it to the next."""
    window = Window(1)
    first, other = Crowd(window), Crowd(window)
    holder = asyncio.create_task(first.visit())
    await settle()
    waiting = asyncio.create_task(other.visit())
    await settle()
    if is_let_in_first:
        first.let_go()
        await asyncio.sleep(0)
    waiting.cancel()
    first.let_go()
    await asyncio.gather(holder, waiting, return_exceptions=True)

    other.let_go()
    async with asyncio.timeout(30):
        await other.visit()
    assert other.most == 1
