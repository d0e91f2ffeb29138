"""Read one mapping of the migration file key by key; every refusal names its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final, TypeVar

from wizard.errors import MigrationFileError
from wizard.fleet.yaml_text import Mapping, Node, Scalar, Sequence, YAMLText, is_empty
from wizard.wording import _

_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smh]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
Choice = TypeVar("Choice", bound=Enum)
Value = TypeVar("Value")


class Section:
    """A mapping of the file with the keys it may have.

    Args:
        title: what the section is, for error texts: `the target`, `host web1`.
        allowed: every key that may be there; others are refused, with the nearest match.

    Readers return None (or the given default) for a key that is not there, and raise
    MigrationFileError with line and column for a value of the wrong kind.
    """

    def __init__(
        self, source: YAMLText, node: Node, title: str, allowed: Iterable[str] | None
    ) -> None:
        if not isinstance(node, Mapping):
            raise source.refuse(
                node, _("{title}: expected “key: value” lines.").format(title=_upper(title))
            )
        self.source = source
        self.node = node
        self.title = title
        self._values = {key.text: value for key, value in node.entries}
        if allowed is not None:
            self._refuse_unknown(tuple(allowed))

    def refuse(self, key: str, what: str, *, todo: str = "") -> MigrationFileError:
        """Return the error that the value of `key` is wrong, at its place."""
        return self.source.refuse(self._values.get(key, self.node), what, todo=todo)

    def has(self, key: str) -> bool:
        """Tell whether `key` is there."""
        return key in self._values

    def place(self, key: str) -> Node:
        """Return the node of `key`'s value, or of the section where there is none."""
        return self._values.get(key, self.node)

    def section(self, key: str, title: str, allowed: Iterable[str] | None) -> Section | None:
        """Return the section under `key`; one without content counts as absent."""
        node = self._values.get(key)
        if node is None or is_empty(node):
            return None
        return Section(self.source, node, title, allowed)

    def text(self, key: str) -> str | None:
        """Return one line of text as it was written, `no` and `1.10` included."""
        node = self._values.get(key)
        return None if node is None else self._text(node, key)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts; a single text is a list of one."""
        node = self._values.get(key)
        if node is None:
            return None
        if isinstance(node, Sequence):
            return tuple(self._text(item, key) for item in node.items)
        return (self._text(node, key),)

    def nodes(self, key: str) -> tuple[Scalar, ...]:
        """Return the scalars of a list (or the single one) with their places."""
        node = self._values.get(key)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        for item in items:
            self._text(item, key)
        return tuple(item for item in items if isinstance(item, Scalar))

    def integer(self, key: str, *, minimum: int, maximum: int) -> int | None:
        """Return a whole number within the bounds."""
        text = self.text(key)
        if text is None:
            return None
        if not _INTEGER.fullmatch(text) or not minimum <= int(text) <= maximum:
            raise self.refuse(
                key,
                _("“{key}” is “{text}”; expected a whole number from {low} to {high}.").format(
                    key=key, text=text, low=minimum, high=maximum
                ),
            )
        return int(text)

    def seconds(self, key: str, *, minimum: float, maximum: float) -> float | None:
        """Return a duration, written as `90`, `90s`, `1.5m` or `1h`, in seconds."""
        text = self.text(key)
        if text is None:
            return None
        match = _DURATION.fullmatch(text)
        value = float(match[1]) * _SECONDS[match[2]] if match else -1.0
        if not minimum <= value <= maximum:
            raise self.refuse(
                key,
                _(
                    "“{key}” is “{text}”; expected {low:g} to {high:g} seconds, as 90s or 2m."
                ).format(key=key, text=text, low=minimum, high=maximum),
            )
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false."""
        node = self._values.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or not node.plain or node.text not in {"true", "false"}:
            raise self.refuse(key, _("“{key}”: expected true or false.").format(key=key))
        return node.text == "true"

    def choice(self, key: str, kind: type[Choice]) -> Choice | None:
        """Return the member of `kind` whose value was written."""
        text = self.text(key)
        if text is None:
            return None
        names = [str(member.value) for member in kind]
        if text not in names:
            raise self.refuse(
                key,
                _("“{key}” is “{text}”; expected {names}.").format(
                    key=key, text=text, names=alternatives(names)
                ),
                todo=_nearest(text, names),
            )
        return kind(text)

    def checked(self, key: str, check: Callable[[str], Value]) -> Value | None:
        """Return what `check` makes of the text; its ValueError becomes an error with place."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return check(text)
        except ValueError as error:
            raise self.refuse(key, _("“{key}”: {reason}").format(key=key, reason=error)) from error

    def _text(self, node: Node, key: str) -> str:
        if not isinstance(node, Scalar) or is_empty(node):
            raise self.source.refuse(node, _("“{key}”: expected a text.").format(key=key))
        if not node.text.isprintable():
            raise self.source.refuse(
                node, _("“{key}”: expected one line of printable text.").format(key=key)
            )
        return node.text

    def _refuse_unknown(self, allowed: tuple[str, ...]) -> None:
        for key, _value in self.node.entries:
            if key.text not in allowed:
                raise self.source.refuse(
                    key,
                    _("{title} has no key “{key}”.").format(title=_upper(self.title), key=key.text),
                    todo=_nearest(key.text, allowed)
                    or _("Possible here: {names}.").format(names=", ".join(allowed)),
                )


def alternatives(names: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *most, last = names
    return _("{most} or {last}").format(most=", ".join(most), last=last) if most else last


def _nearest(text: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(text, list(names), n=1)
    return _("Did you mean “{name}”?").format(name=near[0]) if near else ""


def _upper(title: str) -> str:
    return title[:1].upper() + title[1:]
