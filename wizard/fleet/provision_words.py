"""The short words of `target.provision`: what is kept, how much, and when; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from wizard.wording import _

NO_LIMIT: Final = -1
_DAYS: Final = re.compile(r"([1-9][0-9]{0,4})d since (pull|push)")
_LAST: Final = re.compile(r"last ([1-9][0-9]{0,5}) (pulled|pushed)")
_SIZE: Final = re.compile(r"([1-9][0-9]{0,8})\s?([KMGT]i?)?B")
_UNITS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_CRON: Final = re.compile(r"[0-9*/,?A-Za-z-]+")
_CRON_FIELDS: Final = 6

Measure = Literal["always", "days since pull", "days since push", "last pulled", "last pushed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a project keeps, in days or images; `count` is 0 of `always`."""

    measure: Measure
    count: int = 0

    def __str__(self) -> str:
        """Return it as it is written in the file."""
        match self.measure:
            case "always":
                return self.measure
            case "days since pull" | "days since push":
                return f"{self.count}d {self.measure.removeprefix('days ')}"
            case "last pulled" | "last pushed":
                return f"last {self.count} {self.measure.removeprefix('last ')}"


def keep_of(text: str) -> Kept:
    """Return what is kept; raises ValueError that says what was expected."""
    if text == "always":
        return Kept(measure="always")
    if days := _DAYS.fullmatch(text):
        measure: Measure = "days since pull" if days[2] == "pull" else "days since push"
        return Kept(measure=measure, count=int(days[1]))
    if last := _LAST.fullmatch(text):
        measure = "last pulled" if last[2] == "pulled" else "last pushed"
        return Kept(measure=measure, count=int(last[1]))
    raise ValueError(
        _(
            "expected “30d since pull”, “30d since push”, “last 10 pulled”, “last 10 pushed” or"
            " “always”."
        )
    )


def size_of(text: str) -> int:
    """Return bytes, NO_LIMIT for `none`; raises ValueError that says what was expected."""
    if text == "none":
        return NO_LIMIT
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(_("expected a size such as 200GiB, or none."))
    unit = match[2] or ""
    base = 1024 if unit.endswith("i") else 1000
    return int(match[1]) * int(base ** _UNITS[unit.removesuffix("i")])


def cron_of(text: str) -> str:
    """Return a time of Harbor with single spaces; raises ValueError that says what was expected."""
    fields = text.split()
    if len(fields) != _CRON_FIELDS or not all(_CRON.fullmatch(one) for one in fields):
        raise ValueError(_("expected six fields, seconds first, such as “0 0 3 * * *”."))
    return " ".join(fields)
