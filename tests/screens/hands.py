"""Hands and eyes at the wizard: press keys, read the screen as text, wait for words to appear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from screens.app import PilotageApp

PATIENCE = 30.0
PAUSE = 0.03


class Hands:
    """Whoever sits before the wizard.

    Attributes:
        patience: seconds that something may take to appear.
        pause: seconds between two looks at the screen.
    """

    def __init__(
        self,
        app: PilotageApp,
        pilot: Pilot[None],
        *,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        self.app = app
        self.pilot = pilot
        self.patience = patience
        self.pause = pause

    @property
    def text(self) -> str:
        """Return what the screen shows, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def press(self, *keys: str) -> None:
        """Press keys and let the screen settle."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type text."""
        await self.press(*("space" if letter == " " else letter for letter in text))

    async def settle(self) -> None:
        """Let messages and refreshes that are under way happen."""
        await self.pilot.pause()

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is so; fail with the screen's text."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience
        while not is_so():
            if loop.time() > end:
                raise AssertionError(f"never came: {what}\n{self.text}")
            await self.pilot.pause(self.pause)

    async def see(self, *words: str) -> None:
        """Wait until all words are on the screen."""
        for word in words:
            await self.until(lambda word=word: word in self.text, word)  # type: ignore[misc]

    async def gone(self, words: str) -> None:
        """Wait until the words are no longer on the screen."""
        await self.until(lambda: words not in self.text, f"{words} gone")

    async def focus(self, selector: str) -> None:
        """Focus a part of the current screen."""
        self.app.screen.query_one(selector).focus()
        await self.settle()

    def part(self, selector: str) -> Any:
        """Return a part of the current screen."""
        return self.app.screen.query_one(selector)
