"""What comes after a product was chosen: how one comes to be there, and what to know before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.registries.choice.answers import (
    NEED_WORDS,
    PRODUCT_WORDS,
    VERDICT_WORDS,
    Answer,
    Candidate,
    Need,
    Product,
    Verdict,
)
from wizard.wording import _, mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How a product comes to be there where there is none yet.

    Attributes:
        words: what installs it, marked.
        commands: of ours, in the order in which they are run.
    """

    words: str
    commands: tuple[str, ...] = ()


_LEADS: Final[Mapping[Product, Lead]] = {
    Product.HARBOR: Lead(
        words=mark("These commands install it on a host of the fleet by its own installer:"),
        commands=(
            "pilotage registry harbor-preflight HOST",
            "pilotage registry docker-install HOST",
            "pilotage registry harbor-yml",
            "pilotage registry harbor-install HOST",
            "pilotage registry harbor-backup --apply HOST",
            "pilotage registry restore-drill HOST",
        ),
    ),
    Product.NEXUS: Lead(
        words=mark("These commands install it on a host of the fleet as a container:"),
        commands=(
            "pilotage registry nexus-preflight HOST",
            "pilotage registry docker-install HOST --without-compose",
            "pilotage registry nexus-install HOST",
            "pilotage registry nexus-backup --apply HOST",
            "pilotage registry restore-drill HOST",
        ),
    ),
    Product.JCR: Lead(
        words=mark("Pilotage installs none: install it as JFrog says, and then name its URL here.")
    ),
    Product.ARTIFACTORY: Lead(
        words=mark("Pilotage installs none: install it as JFrog says, and then name its URL here.")
    ),
    Product.PLAIN: Lead(
        words=mark(
            "Pilotage installs none: run your distribution's docker-registry with TLS before it,"
            " and then name its URL here."
        )
    ),
}


def lead_to(product: Product) -> Lead:
    """Return how a product comes to be there."""
    return _LEADS[product]


def limits_of(candidate: Candidate, needs: tuple[Need, ...]) -> tuple[tuple[str, Answer], ...]:
    """Return what it does not do wholly, of hosts, load and what is needed, each with its name."""
    asked = (
        (_("hosts served"), candidate.hosts),
        (_("licence and load"), candidate.load),
        *((_(NEED_WORDS[need]), candidate.answers[need]) for need in needs),
    )
    return tuple((name, answer) for name, answer in asked if answer.verdict is not Verdict.YES)


def answer_words(candidate: Candidate, name: str, answer: Answer) -> str:
    """Return one answer in a sentence with its source."""
    return _("{product}, {question}: {verdict}. {reason} [{source}]").format(
        product=_(PRODUCT_WORDS[candidate.product]),
        question=name,
        verdict=_(VERDICT_WORDS[answer.verdict]),
        reason=answer.reason,
        source=answer.source,
    )
