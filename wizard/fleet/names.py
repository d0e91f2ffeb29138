"""Host names with ranges: `web[01:20].example.net` stands for twenty hosts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

from wizard.wording import _

MAX_HOSTS: Final = 50_000
MAX_NAME: Final = 253
_RANGE: Final = re.compile(r"\[([0-9]{1,40}|[a-zA-Z]):([0-9]{1,40}|[a-zA-Z])\]")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:%-]*")


def expand(pattern: str) -> tuple[str, ...]:
    """Return the names that `pattern` stands for, in counting order.

    A range is `[first:last]` of numbers, whose leading zeros set the width, or of letters;
    several ranges in one pattern are combined. Raises ValueError with the reason.
    """
    pieces: list[Sequence[str]] = []
    position, count = 0, 1
    for match in _RANGE.finditer(pattern):
        counted = _counted(match[1], match[2], match[0])
        count *= len(counted)
        pieces += [(pattern[position : match.start()],), counted]
        position = match.end()
    pieces.append((pattern[position:],))
    if count > MAX_HOSTS:
        raise _too_many(count)
    names = tuple("".join(parts) for parts in itertools.product(*pieces))
    for name in names[:1]:
        check_name(name)
    return names


def check_name(name: str) -> None:
    """Raise ValueError with the reason if `name` cannot be a host's name or address."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            _(
                "A host is named with letters, digits, dots, dashes and underscores; "
                "a range is written [01:20]."
            )
        )
    if len(name) > MAX_NAME:
        raise ValueError(_("A name has at most {limit} characters.").format(limit=MAX_NAME))


def _counted(first: str, last: str, range_text: str) -> Sequence[str]:
    if first.isdigit() != last.isdigit():
        raise ValueError(_("The range {range} mixes numbers and letters.").format(range=range_text))
    names: Sequence[str]
    if first.isdigit():
        width = len(first) if first.startswith("0") else 0
        count = int(last) - int(first) + 1
        if count > MAX_HOSTS:
            raise _too_many(count)
        names = [f"{number:0{width}d}" for number in range(int(first), int(last) + 1)]
    else:
        names = [chr(code) for code in range(ord(first), ord(last) + 1)]
    if not names or (not first.isdigit() and first.islower() != last.islower()):
        raise ValueError(_("The range {range} counts downwards.").format(range=range_text))
    return names


def _too_many(count: int) -> ValueError:
    return ValueError(
        _("It stands for {count} names; at most {limit} are possible.").format(
            count=count, limit=MAX_HOSTS
        )
    )
