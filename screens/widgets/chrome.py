"""What surrounds the body of every step: title bar, rail of steps, reason line, key line."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.events import Click
from textual.widget import Widget

from screens.glyphs import Glyph, draw
from screens.session import STEP_NAMES, Progress, Session, Step
from screens.widgets.paint import Line, Piece, content_of, plain
from screens.widgets.words_box import WordsBox
from wizard.wording import _

_SIGNS: Final = {
    Progress.OPEN: (Glyph.OPEN, "muted"),
    Progress.DONE: (Glyph.DONE, "ok"),
    Progress.STALE: (Glyph.STALE, "warn"),
    Progress.BUSY: (Glyph.BUSY, "live"),
}


class TitleBar(Widget):
    """One line: where we are, and on the right what is open."""

    DEFAULT_CSS = "TitleBar { height: 1; width: 1fr; background: $panel; padding: 0 1; }"

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step
        self._right = ""

    def show_right(self, text: str) -> None:
        """Show `text` at the right end."""
        if text != self._right:
            self._right = text
            self.refresh()

    def render(self) -> Content:
        """Return the line, its right part kept at the edge."""
        width = self.content_size.width
        step = _("step {number}/5").format(number=self._step.value)
        left = content_of(
            [(("Pilotage", "title"), (f"  {step} {_(STEP_NAMES[self._step])}", "strong"))]
        )
        right = content_of([plain(self._right, "muted")])
        gap = width - left.cell_length - right.cell_length
        return left if gap < 1 else Content.assemble(left, " " * gap, right)


class StepRail(Widget):
    """The five steps with how far each has come; hidden in narrow terminals."""

    DEFAULT_CSS = "StepRail { width: 18; height: 1fr; padding: 1 0 0 1; }"

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step
        self._progress = dict.fromkeys(Step, Progress.OPEN)

    def show(self, session: Session) -> None:
        """Show how far each step has come."""
        progress = {step: session.progress(step) for step in Step}
        if progress != self._progress:
            self._progress = progress
            self.refresh()

    def render(self) -> Content:
        """Return one line per step."""
        return content_of([self._line(step) for step in Step])

    def _line(self, step: Step) -> Line:
        glyph, tone = _SIGNS[self._progress[step]]
        mark: Piece = (f"{draw(Glyph.HERE)} ", "live") if step is self._step else ("  ", "")
        word_tone = "strong" if step is self._step else "muted"
        return (
            mark,
            (f"{draw(glyph)} ", tone),
            (f"{step.value} {_(STEP_NAMES[step])}", word_tone),
        )


class StatusLine(WordsBox):
    """One line: why Next is off, or what it would do."""

    DEFAULT_CSS = "StatusLine { height: 1; padding: 0 1; }"

    def say_closed(self, reason: str) -> None:
        """Say why Next is off."""
        self.show(((f"{draw(Glyph.OPEN)} ", "warn"), (_("Next is off: "), "warn"), (reason, "")))

    def say_open(self, what: str) -> None:
        """Say what Next does."""
        self.show(((f"{draw(Glyph.DONE)} ", "ok"), (what, "")))


class KeyLine(Widget):
    """The keys that do something now, for what is focused."""

    DEFAULT_CSS = "KeyLine { height: 1; width: 1fr; background: $panel; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[int, int, str]] = []
        self._keys: list[tuple[str, str, str]] = []

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.follow())
        self.follow()

    def follow(self) -> None:
        """Read the keys that are bound now; those of the focused part come first."""
        bound: dict[tuple[str, str], str] = {}
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            if binding.show and binding.description and active.enabled:
                bound.setdefault((binding.key_display or key, _(binding.description)), key)
        keys = [(shown, word, key) for (shown, word), key in bound.items()]
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """Return the keys that fit, each with its word."""
        width = self.content_size.width
        line: list[Piece] = []
        self._spans = []
        at = 0
        for shown, word, key in self._keys:
            size = content_of([plain(f"{shown} {word}")]).cell_length
            if at + size > width:
                break
            line += [(shown, "live"), (f" {word}  ", "muted")]
            self._spans.append((at, at + size, key))
            at += size + 2
        return content_of([tuple(line)])

    def on_click(self, event: Click) -> None:
        """Press the key that was clicked on."""
        x = event.x - self.styles.padding.left
        for start, end, key in self._spans:
            if start <= x < end:
                self.app.simulate_key(key)
