"""How an answer of a product is written down: verdict, words, source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wizard.registries.choice.answers import Answer, Need, Product, Verdict
from wizard.wording import _

DISTRIBUTION: Final = "https://distribution.github.io/distribution/"

Known = tuple[Verdict, str, str]
"""Verdict, marked words, source."""

Answers = Mapping[Need, Mapping[Product, Known]]


def answer(known: Known) -> Answer:
    """Return it with its words in the chosen language."""
    verdict, words, source = known
    return Answer(verdict=verdict, reason=_(words), source=source)
