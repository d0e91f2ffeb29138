"""What differs between what was found and what is wanted, as findings tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from wizard.registries.comparing import differences
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectName

_LONGEST: Final = 120
"""Characters; a CA would fill the screen."""


def compare(found: Mapping[str, object], wanted: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return the fields of `wanted` that are otherwise in `found`, sets in order, texts short."""
    return tuple(
        replace(one, found=_short(one.found), wanted=_short(one.wanted))
        for one in differences(_ordered(found), _ordered(wanted))
    )


def to_create(
    subject: SubjectName | str, wanted: Mapping[str, object], *, warnings: tuple[str, ...] = ()
) -> Finding:
    """Return the finding for what is not there yet."""
    return Finding(
        subject=str(subject),
        named=_named(subject),
        action=Action.CREATE,
        differences=compare({}, wanted),
        warnings=warnings,
    )


def to_change(
    subject: SubjectName | str, differing: tuple[Difference, ...], *, warnings: tuple[str, ...] = ()
) -> Finding:
    """Return the finding for what is there; without differences nothing is needed."""
    action = Action.CHANGE if differing else Action.NOTHING
    return Finding(
        subject=str(subject),
        named=_named(subject),
        action=action,
        differences=differing,
        warnings=warnings,
    )


def _named(subject: SubjectName | str) -> SubjectName | None:
    return subject if isinstance(subject, SubjectName) else None


def _ordered(values: Mapping[str, object]) -> dict[str, object]:
    return {
        key: tuple(sorted(value)) if isinstance(value, frozenset) else value
        for key, value in values.items()
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
