"""What provisioning would do and has done, as lines with signs, words and both values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, plain
from screens.wrapping import wrapped
from wizard.service import Action, Difference, Finding
from wizard.wording import _, mark, ngettext

CHANGING: Final = (Action.CREATE, Action.CHANGE)
_SIGNS: Final[Mapping[Action, tuple[str, str, str]]] = {
    Action.CREATE: ("+", mark("create"), "added"),
    Action.CHANGE: ("~", mark("change"), "live"),
    Action.BY_HAND: ("!", mark("BY HAND"), "warn"),
}
_DONE: Final[Mapping[Action, str]] = {
    Action.CREATE: mark("created"),
    Action.CHANGE: mark("changed"),
}
_LONGEST: Final = 200


def finding_lines(
    findings: Sequence[Finding],
    width: int,
    *,
    done: Collection[str] = (),
    doing: str = "",
) -> tuple[list[Line], int]:
    """Return the lines of a plan, and which of them is what is done now.

    Args:
        findings: of the plan, in its order; what is as wanted is told in one line at the end.
        width: in cells.
        done: subjects that were carried out and read back.
        doing: the subject under way.
    """
    lines: list[Line] = []
    here = 0
    for one in findings:
        if one.action is Action.NOTHING:
            continue
        if one.subject == doing:
            here = len(lines)
        lines += _subject_lines(
            one, width, is_done=one.subject in done, is_doing=one.subject == doing
        )
    as_wanted = [one.subject for one in findings if one.action is Action.NOTHING]
    if as_wanted:
        word = _("as wanted")
        told = f"{draw(Glyph.SAME)} {word}: {', '.join(as_wanted)}"
        lines += [plain(words, "muted") for words in wrapped(told, width)]
    return lines, here


def _subject_lines(one: Finding, width: int, *, is_done: bool, is_doing: bool) -> Iterator[Line]:
    sign, word, tone = _SIGNS[one.action]
    if is_done:
        sign, word, tone = draw(Glyph.DONE), _DONE.get(one.action, word), "ok"
    elif is_doing:
        sign, tone = draw(Glyph.BUSY), "live"
    yield ((f"{sign} {_(word)} ", tone), (one.subject, "strong"))
    for difference in () if is_done else one.differences:
        yield from _difference_lines(difference, one.action, width)
    for warning in one.warnings:
        first, *rest = wrapped(warning, width - 6) or [""]
        yield ((f"    {draw(Glyph.CONFLICT)} ", "warn"), (first, "warn"))
        yield from (plain(f"      {words}", "warn") for words in rest)


def _difference_lines(one: Difference, action: Action, width: int) -> Iterator[Line]:
    if action is not Action.BY_HAND and one.found and one.found != one.wanted:
        yield from _value_lines("-", one.field, one.found, "removed", width)
    sign = "!" if action is Action.BY_HAND else "+"
    wanted = one.wanted
    if action is Action.BY_HAND and one.found:
        wanted = f"{one.found} → {one.wanted}"
    yield from _value_lines(sign, one.field, wanted, "" if sign == "!" else "added", width)


def _value_lines(sign: str, field: str, value: str, tone: str, width: int) -> Iterator[Line]:
    short = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    first, *rest = wrapped(f"{field}: {short}", width - 6) or [""]
    yield plain(f"    {sign} {first}", tone)
    yield from (plain(f"      {words}", tone) for words in rest)


def counts_words(findings: Sequence[Finding]) -> str:
    """Return how much is to be done, `2 create, 1 change`."""
    counts = Counter(one.action for one in findings)
    if not counts[Action.CREATE] and not counts[Action.CHANGE]:
        by_hand = counts[Action.BY_HAND]
        return (
            _("Nothing is to be done but what is left to you: {count}.").format(count=by_hand)
            if by_hand
            else _("Nothing is to be done: all of it is as wanted.")
        )
    words = {action: _(word) for action, (_sign, word, _tone) in _SIGNS.items()}
    return ", ".join(f"{counts[action]} {words[action]}" for action in words if counts[action])


def next_subject(findings: Sequence[Finding], done: Collection[str]) -> str:
    """Return the first subject that is not carried out yet, empty where all are."""
    left = (one.subject for one in findings if one.action in CHANGING and one.subject not in done)
    return next(left, "")


def progress_words(findings: Sequence[Finding], done: Collection[str]) -> str:
    """Return how far it is, and what comes now."""
    todo = sum(one.action in CHANGING for one in findings)
    words = _("{done} of {all} done and read back; now {subject}")
    return words.format(done=len(done), all=todo, subject=next_subject(findings, done) or "…")


def done_words(done: int) -> str:
    """Return how many subjects were carried out and read back."""
    told = ngettext(
        "{count} subject is as wanted now.", "{count} subjects are as wanted now.", done
    )
    return told.format(count=done)
