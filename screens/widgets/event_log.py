"""The live log of a run: the last events, following the end unless scrolled away from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from screens.event_words import event_line
from screens.widgets.line_view import LineView
from wizard.journal.events import Event, RunKind
from wizard.wording import mark

_KEPT: Final = 1000


class EventLog(LineView):
    """Append events that are newer than those it has."""

    HELP = mark("What the run does, newest last. Scroll up to read, End follows again.")

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._seq = 0

    def take(self, events: Sequence[Event], kind: RunKind) -> None:
        """Append the events that are new, of a run of that kind."""
        new = [event for event in events if event.seq > self._seq]
        if not new:
            return
        self._seq = new[-1].seq
        follows = self.is_vertical_scroll_end
        lines = [*self.lines, *(event_line(event, kind) for event in new)][-_KEPT:]
        self.grow(lines)
        if follows:
            self.scroll_to(y=len(lines), animate=False, force=True, immediate=True)

    def forget(self) -> None:
        """Start with another run's events."""
        self._seq = 0
        self.show([])
