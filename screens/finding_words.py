"""What was seen of a registry, in words: how bad, what it means, and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from screens.glyphs import Glyph, draw
from screens.sparkline import sparkline
from screens.widgets.paint import Line, fitted, plain, widest
from screens.words import grouped
from screens.wrapping import wrapped
from wizard.service import Measure, Observation, Reading, Severity
from wizard.wording import _, mark

_SPARKS: Final = 16
_NAME_WIDTH: Final = 18
_VALUE_WIDTH: Final = 10
_GIB: Final = 1 << 30
_SIGNS: Final[Mapping[Severity, tuple[Glyph, str, str]]] = {
    Severity.BROKEN: (Glyph.BAD, mark("BROKEN"), "bad"),
    Severity.TROUBLE: (Glyph.CONFLICT, mark("trouble"), "warn"),
    Severity.UNKNOWN: (Glyph.LOST, mark("unknown"), "muted"),
    Severity.NOTE: (Glyph.DOT, mark("note"), "muted"),
    Severity.WELL: (Glyph.DONE, mark("well"), "ok"),
}
"""Worst first, which is how they are shown."""
_NAMES: Final[Mapping[Measure, str]] = {
    Measure.ANSWER: mark("time to answer"),
    Measure.FREE: mark("free on its disk"),
    Measure.QUEUE: mark("jobs waiting"),
    Measure.USED: mark("bytes of images"),
    Measure.REQUESTS: mark("requests in 24 h"),
    Measure.COMPONENTS: mark("components"),
}


def keyed(observations: Sequence[Observation]) -> dict[str, Observation]:
    """Return observations worst first, each by a key that the next look gives it too."""
    order = list(_SIGNS)
    counted: Counter[str] = Counter()
    named: dict[str, Observation] = {}
    for one in sorted(observations, key=lambda one: order.index(one.severity)):
        counted[one.topic.value] += 1
        named[f"{one.topic.value}/{counted[one.topic.value]}"] = one
    return named


def finding_line(one: Observation) -> Line:
    """Return one observation as a row: sign, word, what was seen, and whether we can mend it."""
    glyph, word, tone = _SIGNS[one.severity]
    width = widest([_(other) for _glyph, other, _tone in _SIGNS.values()], at_most=12) + 1
    mends = f"{draw(Glyph.HERE)} " if one.fixed_by else "  "
    return (
        (f"{draw(glyph)} {fitted(_(word), width)}", tone),
        (mends, "live"),
        (one.found, tone if tone in {"bad", "warn"} else ""),
    )


def finding_detail(one: Observation, width: int) -> Iterator[Line]:
    """Yield what it is, what to do, and where that is known from."""
    _glyph, word, tone = _SIGNS[one.severity]
    yield from (plain(words, tone) for words in wrapped(f"{_(word)}: {one.found}", width))
    if one.todo:
        yield from (plain(f"  {words}", "strong") for words in wrapped(one.todo, width - 2))
    if one.fixed_by:
        mends = _("Enter shows the change that mends it, and asks.")
        yield ((f"{draw(Glyph.HERE)} ", "live"), (mends, ""))
    if one.source:
        known = _("known from {source}").format(source=one.source)
        yield from (plain(words, "muted") for words in wrapped(known, width))


def counts_line(observations: Sequence[Observation]) -> Line:
    """Return how many things are not well, by how bad they are; or that all is."""
    counted = Counter(one.severity for one in observations)
    pieces = [
        (f"{draw(glyph)} {counted[severity]} {_(word)}  ", tone)
        for severity, (glyph, word, tone) in _SIGNS.items()
        if counted[severity] and severity not in {Severity.WELL, Severity.NOTE}
    ]
    if pieces:
        return (*pieces, (_("F4 lists them and mends what it can"), "muted"))
    words = _("nothing is wrong with it; F4 looks closer")
    return ((f"{draw(Glyph.DONE)} ", "ok"), (words, ""))


def reading_line(reading: Reading, past: Sequence[float]) -> Line:
    """Return a measured value with its limit and how it went."""
    value = _value_words(reading.measure, reading.value)
    is_over = reading.limit is not None and _is_over(reading)
    tone = "warn" if is_over else "strong"
    limit = ""
    if reading.limit is not None:
        words = _("  at least {bound}") if _is_floor(reading) else _("  at most {bound}")
        limit = words.format(bound=_value_words(reading.measure, reading.limit))
    return (
        (fitted(_(_NAMES[reading.measure]), _NAME_WIDTH), "muted"),
        (fitted(value, _VALUE_WIDTH), tone),
        (fitted(sparkline(past, _SPARKS), _SPARKS), "live"),
        (f"  {draw(Glyph.CONFLICT)}" if is_over else "", "warn"),
        (limit, "muted"),
    )


def _is_floor(reading: Reading) -> bool:
    return reading.measure is Measure.FREE


def _is_over(reading: Reading) -> bool:
    limit = reading.limit or 0.0
    return reading.value < limit if _is_floor(reading) else reading.value > limit


def _value_words(measure: Measure, value: float) -> str:
    match measure:
        case Measure.ANSWER:
            return _("{milliseconds} ms").format(milliseconds=grouped(round(value * 1000)))
        case Measure.FREE | Measure.USED:
            return _("{gibibytes} GiB").format(gibibytes=grouped(round(value / _GIB)))
        case _:
            return grouped(round(value))
