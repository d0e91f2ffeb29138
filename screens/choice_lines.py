"""Products beside each other as lines: needs that can be ticked, a verdict of each in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screens.glyphs import Glyph, draw
from screens.widgets.paint import Line, Piece, fitted, widest
from screens.words import grouped
from wizard.service import (
    NEED_WORDS,
    PRODUCT_WORDS,
    VERDICT_WORDS,
    Answer,
    Candidate,
    Comparison,
    Need,
    Product,
    Verdict,
    unmet,
)
from wizard.wording import _, mark

HOSTS: Final = "hosts"
LOAD: Final = "load"
_HEADS: Final[Mapping[Product, str]] = {
    Product.HARBOR: "Harbor",
    Product.NEXUS: "Nexus CE",
    Product.JCR: "JCR",
    Product.ARTIFACTORY: "Artifactory",
    Product.PLAIN: mark("plain"),
}
_TONES: Final[Mapping[Verdict, str]] = {
    Verdict.YES: "ok",
    Verdict.PARTLY: "warn",
    Verdict.PAID: "warn",
    Verdict.NO: "bad",
    Verdict.UNKNOWN: "muted",
}
_LEAST: Final = 7
"""Cells of a column: a mark and the longest verdict."""


def head_line(comparison: Comparison, chosen: Product) -> Line:
    """Return the products, the one whose column is chosen with a mark."""
    pieces: list[Piece] = [(" " * _name_width(), "")]
    for one in comparison.candidates:
        is_chosen = one.product is chosen
        name = _(_HEADS[one.product])
        text = f"{draw(Glyph.HERE) if is_chosen else ' '}{name}"
        pieces.append((fitted(text, _width(one.product)), "title" if is_chosen else "strong"))
    return tuple(pieces)


def choice_rows(comparison: Comparison, chosen: Product, here: str) -> list[tuple[str, Line]]:
    """Return a row for the hosts, for the load and for each need, keyed; `here` has the cursor."""
    served = [
        (one, grouped(one.ways[0].served), one.hosts.verdict) for one in comparison.candidates
    ]
    borne = [(one, _word(one.load), one.load.verdict) for one in comparison.candidates]
    of_hosts = _("hosts served of {count}").format(count=grouped(comparison.load.hosts))
    of_load = _("licence and load")
    rows = [
        (HOSTS, _row(f"    {of_hosts}", served, chosen, is_here=here == HOSTS)),
        (LOAD, _row(f"    {of_load}", borne, chosen, is_here=here == LOAD)),
    ]
    for need in Need:
        box = draw(Glyph.TICKED) if need in comparison.needs else " "
        answers = [
            (one, _word(one.answers[need]), one.answers[need].verdict)
            for one in comparison.candidates
        ]
        name = f"[{box}] {_(NEED_WORDS[need])}"
        rows.append((need.value, _row(name, answers, chosen, is_here=here == need.value)))
    return rows


def answer_of(candidate: Candidate, key: str) -> tuple[str, Answer]:
    """Return what the row of that key asks, and the product's answer."""
    if key == HOSTS:
        return _("hosts served"), candidate.hosts
    if key == LOAD:
        return _("licence and load"), candidate.load
    need = Need(key)
    return _(NEED_WORDS[need]), candidate.answers[need]


def best_words(comparison: Comparison) -> str:
    """Return which product fits best, and what it lacks of what is needed."""
    best = comparison.candidates[0]
    product = _(PRODUCT_WORDS[best.product])
    lacking = unmet(best, comparison.needs)
    if not lacking:
        return _("Fits best: {product}").format(product=product)
    needs = ", ".join(_(NEED_WORDS[need]) for need in lacking)
    words = _("Nothing meets every need. Closest: {product}, without {needs}.")
    return words.format(product=product, needs=needs)


def _row(
    name: str, cells: list[tuple[Candidate, str, Verdict]], chosen: Product, *, is_here: bool
) -> Line:
    pieces: list[Piece] = [(fitted(name, _name_width()), "")]
    for candidate, word, verdict in cells:
        is_chosen = candidate.product is chosen
        sign = draw(Glyph.HERE) if is_chosen and is_here else " "
        tone = _TONES[verdict]
        pieces.append((fitted(f"{sign}{word}", _width(candidate.product)), tone))
    return tuple(pieces)


def _word(answer: Answer) -> str:
    return _(VERDICT_WORDS[answer.verdict])


def _name_width() -> int:
    return widest([_(words) for words in NEED_WORDS.values()], at_most=23) + 4


def _width(product: Product) -> int:
    return max(_LEAST, widest([_(_HEADS[product])], at_most=12) + 1)
