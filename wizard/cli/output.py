"""The two streams: data on standard output, narration on standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import click

from wizard.clock import Clock, SystemClock
from wizard.wording import safe_text

DOCUMENT_VERSION: Final = 1
_SOURCE_LIMIT: Final = 100_000
_SELDOM: Final = 10.0
_CLEAR_LINE: Final = "\r\x1b[2K"


@dataclass(slots=True, kw_only=True)
class Output:
    """Write to the two streams; whatever is written is safe for a terminal.

    Attributes:
        can_redraw: narration may rewrite its last line.
    """

    has_colour: bool
    can_redraw: bool
    clock: Clock = field(default_factory=SystemClock)
    _progress: str = ""
    _next_progress: float = 0.0

    def line(self, text: str = "", *, style: str = "") -> None:
        """Write one line of data; `style` is `bold` or the name of a colour."""
        click.echo(self._styled(safe_text(text), style), color=self.has_colour)

    def source_line(self, text: str, *, style: str = "") -> None:
        """Write one line of a file as data: tabs stay, and nothing short of a flood is cut."""
        safe = "\t".join(safe_text(part, limit=_SOURCE_LIMIT) for part in text.split("\t"))
        click.echo(self._styled(safe, style), color=self.has_colour)

    def lines(self, texts: Iterable[str]) -> None:
        """Write lines of data."""
        for text in texts:
            self.line(text)

    def document(self, kind: str, content: dict[str, Any], *, compact: bool = False) -> None:
        """Write one JSON document of the given kind."""
        data = {"version": DOCUMENT_VERSION, "document": kind, **content}
        indent = None if compact else 2
        click.echo(json.dumps(data, ensure_ascii=True, indent=indent))

    def say(self, text: str) -> None:
        """Narrate one line."""
        self._end_progress()
        click.echo(safe_text(text), err=True)

    def progress(self, text: str) -> None:
        """Narrate where things are: in place on a terminal, else now and then."""
        if text == self._progress:
            return
        if self.can_redraw:
            self._progress = text
            click.echo(_CLEAR_LINE + safe_text(text), err=True, nl=False)
        elif self.clock.monotonic() >= self._next_progress:
            self._progress = text
            self._next_progress = self.clock.monotonic() + _SELDOM
            click.echo(safe_text(text), err=True)

    def finish(self) -> None:
        """Leave the line that progress was shown on."""
        self._end_progress()

    def _end_progress(self) -> None:
        if self._progress and self.can_redraw:
            click.echo(err=True)
        self._progress = ""

    def _styled(self, text: str, style: str) -> str:
        if not self.has_colour or not style:
            return text
        return click.style(text, bold=True) if style == "bold" else click.style(text, fg=style)
