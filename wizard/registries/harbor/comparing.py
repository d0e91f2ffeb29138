"""What differs between what was found and what is wanted, as findings tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wizard.registries.provisioning import Action, Difference, Finding

NOT_THERE: Final = "-"
_LONGEST: Final = 120
"""Characters; a CA would fill the screen."""


def compare(found: Mapping[str, object], wanted: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return the fields of `wanted` that are otherwise in `found`, in the order of `wanted`."""
    return tuple(
        Difference(field=field, found=_told(found.get(field)), wanted=_told(value))
        for field, value in wanted.items()
        if found.get(field) != value
    )


def to_create(
    subject: str, wanted: Mapping[str, object], *, warnings: tuple[str, ...] = ()
) -> Finding:
    """Return the finding for what is not there yet."""
    return Finding(
        subject=subject,
        action=Action.CREATE,
        differences=compare({}, wanted),
        warnings=warnings,
    )


def to_change(
    subject: str, differences: tuple[Difference, ...], *, warnings: tuple[str, ...] = ()
) -> Finding:
    """Return the finding for what is there; without differences nothing is needed."""
    action = Action.CHANGE if differences else Action.NOTHING
    return Finding(subject=subject, action=action, differences=differences, warnings=warnings)


def _told(value: object) -> str:
    match value:
        case None:
            return NOT_THERE
        case bool():
            return "true" if value else "false"
        case tuple() | list() | frozenset():
            return ", ".join(sorted(map(str, value))) or NOT_THERE
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
