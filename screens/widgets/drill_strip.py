"""One line under the title in a drill: the goal, and the clock at the right end."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from screens.widgets.paint import content_of, fitted, plain
from wizard.clock import Clock
from wizard.drill import OpenDrill, elapsed_words
from wizard.wording import _

_GAP = 2
"""Cells between the goal and the clock."""
_LATE = 0.01
"""Seconds after a full one at which the clock is looked at: never just before it."""


class DrillStrip(Widget):
    """Show what the operator is to reach, and for how long they have been at it.

    The goal is cut where it does not fit, the clock never is. It is painted once a second at
    most, and not at all while its screen is not to be seen.
    """

    DEFAULT_CSS = "DrillStrip { height: 1; width: 1fr; padding: 0 1; }"

    def __init__(self, drill: OpenDrill, clock: Clock) -> None:
        super().__init__()
        self._drill = drill
        self._clock = clock
        self._shown = ""

    def on_mount(self) -> None:
        """Start the clock."""
        self._tick()

    def _tick(self) -> None:
        """Show the time, and come again at the next full second of the drill."""
        elapsed = self._drill.elapsed(self._clock.monotonic())
        if self._is_seen() and self._shown != elapsed_words(elapsed):
            self.refresh()
        self.set_timer(1.0 - elapsed % 1.0 + _LATE, self._tick)

    def _is_seen(self) -> bool:
        """Tell whether no other step lies over this one; a dialog lets it shine through."""
        steps = (screen for screen in reversed(self.app.screen_stack) if not screen.is_modal)
        return next(steps, None) is self.screen

    def render(self) -> Content:
        """Return the line, the clock kept at its end."""
        self._shown = elapsed_words(self._drill.elapsed(self._clock.monotonic()))
        word = _("Drill")
        taken = content_of([plain(f"{word}  {self._shown}")]).cell_length + _GAP
        room = max(0, self.content_size.width - taken)
        return content_of(
            [
                (
                    (f"{word}  ", "warn"),
                    (fitted(self._drill.goal, room), "strong"),
                    (" " * _GAP + self._shown, "live"),
                )
            ]
        )
