"""A comparison of registries in words: a table within 80 cells, then reasons with sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wizard.cli.table import table
from wizard.cli.wrapping import wrapped
from wizard.jsonform import to_data
from wizard.service import (
    NEED_WORDS,
    PRODUCT_WORDS,
    VERDICT_WORDS,
    Answer,
    Candidate,
    Comparison,
    Need,
    unmet,
)
from wizard.wording import _

_ASKED: Final = "*"


def choice_document(comparison: Comparison, discovery: str) -> dict[str, Any]:
    """Return the content of a `choice` document; `discovery` is the run that it rests on."""
    return {"discovery": discovery, **to_data(comparison)}


def choice_lines(comparison: Comparison, *, with_all_reasons: bool) -> list[str]:
    """Return the table, and the reasons of what decides or of everything."""
    shown = tuple(Need) if with_all_reasons else comparison.needs
    lines = [*_table_lines(comparison), "", *_best_lines(comparison)]
    lines += _reasons(_("hosts served"), ((one, one.hosts) for one in comparison.candidates))
    lines += _reasons(_("licence and load"), ((one, one.load) for one in comparison.candidates))
    for need in shown:
        answers = ((one, one.answers[need]) for one in comparison.candidates)
        lines += _reasons(_(NEED_WORDS[need]), answers)
    if not with_all_reasons:
        lines += ["", _("--why tells the reason and source of every answer.")]
    return lines


def _table_lines(comparison: Comparison) -> list[str]:
    columns = comparison.candidates
    heads = ["", *(one.product.value for one in columns)]
    hosts = [f"{one.ways[0].served}/{comparison.load.hosts}" for one in columns]
    rows = [
        [_("hosts served"), *hosts],
        [_("licence and load"), *(_word(one.load) for one in columns)],
        *(
            [
                _(NEED_WORDS[need]) + (f" {_ASKED}" if need in comparison.needs else ""),
                *(_word(one.answers[need]) for one in columns),
            ]
            for need in Need
        ),
    ]
    return table(heads, rows)


def _best_lines(comparison: Comparison) -> list[str]:
    best = comparison.candidates[0]
    product = _(PRODUCT_WORDS[best.product])
    lacking = unmet(best, comparison.needs)
    if not lacking:
        return [_("Fits best: {product}").format(product=product)]
    needs = ", ".join(_(NEED_WORDS[need]) for need in lacking)
    words = _("Nothing meets every need. Closest: {product}, without {needs}.")
    return wrapped("", words.format(product=product, needs=needs))


def _word(answer: Answer) -> str:
    return _(VERDICT_WORDS[answer.verdict])


def _reasons(title: str, answers: Iterable[tuple[Candidate, Answer]]) -> list[str]:
    lines = ["", title]
    for candidate, answer in answers:
        lead = f"  {candidate.product.value}: {_word(answer)}. "
        lines += wrapped(lead, f"{answer.reason} [{answer.source}]")
    return lines
