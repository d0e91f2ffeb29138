"""What stands against an installation, what it would do, what it did and what is next, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from screens.glyphs import Glyph, draw
from screens.installing import Installed
from screens.widgets.paint import Line, plain
from screens.wrapping import wrapped
from wizard.service import ErrandStep, Preflight
from wizard.wording import _, mark

_RESULTS: Final[Mapping[str, tuple[Glyph, str, str]]] = {
    "changed": (Glyph.DONE, mark("done"), "ok"),
    "same": (Glyph.SAME, mark("as it was"), "muted"),
    "failed": (Glyph.BAD, mark("FAILED"), "bad"),
}
_UNTOLD: Final = frozenset({"licence"})
"""Its detail is shown in a dialog of its own."""


def preflight_lines(preflight: Preflight, width: int) -> list[Line]:
    """Return each finding with its way out and its source, what blocks first."""
    if not preflight.findings:
        words = _("Nothing stands against it there.")
        return [plain(f"{draw(Glyph.DONE)} {words}", "ok")]
    lines: list[Line] = []
    for one in preflight.findings:
        is_block = one.severity.value == "block"
        sign = Glyph.BAD if is_block else Glyph.CONFLICT
        word, tone = (_("BLOCKED"), "bad") if is_block else (_("note"), "warn")
        lines += _hanging(f"{draw(sign)} {word} {one.what}", width, tone, indent=2)
        way = _("  way out  {way}").format(way=f"{one.todo} [{one.source}]")
        lines += _hanging(f"  {way}", width, "", indent=6)
    return lines


def plan_lines(steps: Sequence[str], width: int) -> list[Line]:
    """Return what would be done, in its order."""
    return [
        line
        for number, step in enumerate(steps, start=1)
        for line in _hanging(f"{number}. {step}", width, "", indent=3)
    ]


def step_lines(steps: Sequence[ErrandStep], width: int) -> list[Line]:
    """Return what the host told of each step."""
    lines: list[Line] = []
    for step in steps:
        if step.subject in _UNTOLD:
            continue
        glyph, word, tone = _RESULTS.get(step.result, (Glyph.DOT, "", ""))
        words = f"{draw(glyph)} {_(word)}: {step.subject}" if word else step.subject
        lines += _hanging(words, width, tone, indent=2)
    return lines


def installed_lines(installed: Installed, width: int) -> list[Line]:
    """Return what is left to do, and below it what was done."""
    lines: list[Line] = [plain(_("What is next"), "strong")]
    if installed.choice is not None:
        words = _("The migration has {url} as its target now.").format(url=installed.choice.url)
        lines += _hanging(f"{draw(Glyph.DONE)} {words}", width, "ok", indent=2)
    for step in installed.next_steps:
        lines += _hanging(f"{draw(Glyph.HERE)} {step}", width, "", indent=2)
    return [*lines, plain(""), plain(_("What was done"), "strong")]


def _hanging(words: str, width: int, tone: str, *, indent: int) -> Iterator[Line]:
    lead = words[: len(words) - len(words.lstrip())]
    first, *rest = wrapped(words.strip(), width - max(indent, len(lead))) or [""]
    yield plain(f"{lead}{first}", tone)
    yield from (plain(f"{' ' * indent}{line}", tone) for line in rest)
