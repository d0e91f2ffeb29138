"""The text of ssh_config files: lines to blocks, includes followed, nothing executed.

What stands under a `Host` or `Match` line is one block. An included file stands under the
conditions of the block that includes it as well as under its own, as ssh has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

_MAX_DEPTH: Final = 16
_WILDCARDS: Final = frozenset("*?!")


class Subject(Enum):
    """What a condition looks at."""

    ALL = "all"
    ALIAS = "originalhost"
    ADDRESS = "host"
    USER = "user"
    LOCAL_USER = "localuser"
    UNSUPPORTED = ""
    """`exec` would run a command; `final` and `canonical` want a second pass."""


_ARGUMENTLESS: Final = frozenset({"all", "canonical", "final"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A `Host` line, or one criterion of a `Match` line.

    Attributes:
        patterns: `*` and `?` match, a leading `!` excludes.
        written: the word that names the criterion; empty for a `Host` line.
    """

    subject: Subject
    patterns: tuple[str, ...] = ()
    is_negated: bool = False
    written: str = ""

    @property
    def literals(self) -> tuple[str, ...]:
        """Return the only aliases that can meet it; empty if it is more than a list of them."""
        if self.subject is not Subject.ALIAS or self.is_criterion:
            return ()
        if any(_WILDCARDS & set(pattern) for pattern in self.patterns):
            return ()
        return self.patterns

    @property
    def is_criterion(self) -> bool:
        """Tell whether it comes from a `Match` line."""
        return bool(self.written)

    def holds_for(self, name: str) -> bool:
        """Tell whether the patterns match `name`.

        As with ssh, `Match host` takes letters of either case alike and `Host` does not.
        """
        patterns = self.patterns
        if self.is_criterion and self.subject in {Subject.ALIAS, Subject.ADDRESS}:
            name, patterns = name.lower(), tuple(pattern.lower() for pattern in patterns)
        return matches(patterns, name) is not self.is_negated


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One line that sets something; `keyword` is lower case, `written` is not."""

    keyword: str
    written: str
    values: tuple[str, ...]
    file: str
    line: int

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Directives that apply where all conditions hold."""

    conditions: tuple[Condition, ...]
    directives: list[Directive] = field(default_factory=list)


def matches(patterns: Sequence[str], name: str) -> bool:
    """Tell whether any pattern matches and none excludes."""
    matched = False
    for pattern in patterns:
        # Brackets are no wildcards in ssh_config.
        glob = pattern.removeprefix("!").replace("[", "[[]")
        if fnmatchcase(name, glob):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def read_blocks(file: Path, home: Path) -> list[Block]:
    """Return the blocks of a file and its includes; one that does not exist has none.

    Raises InputError with file and line.
    """
    reader = _Reader(home)
    reader.read(file, (), depth=0)
    return reader.blocks


class _Reader:
    def __init__(self, home: Path) -> None:
        self.blocks: list[Block] = []
        self._home = home

    def read(self, file: Path, outer: tuple[Condition, ...], *, depth: int) -> None:
        try:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(
                _("The ssh_config cannot be read: {error}").format(error=error.strerror),
                file=str(file),
                todo=_("Make it readable, or name another one."),
            ) from error
        self.blocks.append(Block(conditions=outer))
        for number, line in enumerate(text.split("\n"), 1):
            directive = _directive(line, file, number)
            if directive is None:
                continue
            match directive.keyword:
                case "host":
                    own = Condition(subject=Subject.ALIAS, patterns=directive.values)
                    self.blocks.append(Block(conditions=(*outer, own)))
                case "match":
                    self.blocks.append(Block(conditions=(*outer, *_criteria(directive))))
                case "include":
                    self._include(directive, depth)
                case _:
                    self.blocks[-1].directives.append(directive)

    def _include(self, directive: Directive, depth: int) -> None:
        if depth >= _MAX_DEPTH:
            raise InputError(
                _("Includes go more than {depth} files deep.").format(depth=_MAX_DEPTH),
                file=directive.place,
                todo=_("Look for a file that includes itself."),
            )
        around = self.blocks[-1].conditions
        for pattern in directive.values:
            path = self._include_path(pattern)
            root = Path(path.anchor)
            for file in sorted(root.glob(str(path.relative_to(root)))):
                if file.is_file():
                    self.read(file, around, depth=depth + 1)
        self.blocks.append(Block(conditions=around))

    def _include_path(self, pattern: str) -> Path:
        if pattern.startswith("~/"):
            return self._home / pattern[2:]
        return self._home / ".ssh" / pattern


def _directive(line: str, file: Path, number: int) -> Directive | None:
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    place = f"{file}:{number}"
    end = next((at for at, character in enumerate(text) if character in ' \t="'), len(text))
    written, rest = text[:end], text[end:].lstrip()
    values = _words(rest.removeprefix("="), place)
    if not written or not values:
        raise InputError(
            _("{keyword} has no value.").format(keyword=written or text),
            file=place,
            todo=_("Give it one, or remove the line."),
        )
    return Directive(
        keyword=written.lower(), written=written, values=values, file=str(file), line=number
    )


def _words(text: str, place: str) -> tuple[str, ...]:
    """Split as ssh does: quotes hold words together, `#` at a word's start ends the line.

    Unlike a shell: a backslash escapes only quotes, spaces and itself, and `#` inside a word is
    part of it.
    """
    words: list[str] = []
    word: str | None = None
    quote = ""
    at = 0
    while at < len(text):
        character = text[at]
        following = text[at + 1 : at + 2]
        if character == "\\" and following and following in "\\\"' ":
            word = (word or "") + following
            at += 1
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = (word or "") + character
        elif character in "\"'":
            quote, word = character, word or ""
        elif character in " \t":
            words += [] if word is None else [word]
            word = None
        elif character == "#" and word is None:
            break
        else:
            word = (word or "") + character
        at += 1
    if quote:
        raise InputError(_("A quotation mark is not closed."), file=place, todo=_("Close it."))
    return tuple(words if word is None else [*words, word])


def _criteria(directive: Directive) -> tuple[Condition, ...]:
    subjects = {subject.value: subject for subject in Subject if subject.value}
    found: list[Condition] = []
    words = list(directive.values)
    while words:
        written, equals, argument = words.pop(0).partition("=")
        name = written.removeprefix("!").lower()
        if name not in _ARGUMENTLESS and not equals:
            if not words:
                raise InputError(
                    _("Match {criterion} has no value.").format(criterion=written),
                    file=directive.place,
                    todo=_("Give it one, or remove the line."),
                )
            argument = words.pop(0)
        found.append(
            Condition(
                subject=subjects.get(name, Subject.UNSUPPORTED),
                patterns=tuple(argument.split(",")) if argument else ("*",),
                is_negated=written.startswith("!"),
                written=name,
            )
        )
    return tuple(found)
