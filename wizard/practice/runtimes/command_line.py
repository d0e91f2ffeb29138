"""Arguments of clients: options by name, with their values, and the other words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wizard.practice.machine.calls import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """A command line that has been read."""

    options: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Tell whether one of these options was given."""
        return any(name in self.options for name in names)

    def last(self, *names: str) -> str:
        """Return the last value of an option under any of its names, or nothing."""
        values = [value for name in names for value in self.options.get(name, ())]
        return values[-1] if values else ""


class UnknownOption(ValueError):
    """The program has no such option; the message names it."""


def read_arguments(
    words: Iterable[str],
    *,
    valued: Iterable[str],
    switches: Iterable[str] = (),
    stops: bool = False,
) -> Arguments:
    """Return what a command line says.

    Args:
        words: behind the program and its command.
        valued: options with a value, as `--filter` or `-f`.
        switches: options without one; letters may be joined, as `-it`.
        stops: whether options end at the first other word, as for `docker run IMAGE …`.

    Raises UnknownOption.
    """
    with_value, without = frozenset(valued), frozenset(switches)
    options: dict[str, tuple[str, ...]] = {}
    rest: list[str] = []
    waiting = ""
    for word in words:
        if waiting:
            options[waiting] = (*options.get(waiting, ()), word)
            waiting = ""
        elif not word.startswith("-") or word == "-" or (stops and rest):
            rest.append(word)
        else:
            name, equals, value = word.partition("=")
            letters = [f"-{letter}" for letter in word[1:]] if not word.startswith("--") else []
            if name in with_value and equals:
                options[name] = (*options.get(name, ()), value)
            elif name in with_value:
                waiting = name
            elif name in without:
                options.setdefault(name, ())
            elif letters and all(letter in without for letter in letters):
                options.update(dict.fromkeys(letters, ()))
            else:
                raise UnknownOption(name)
    return Arguments(options=options, words=tuple(rest))


def failure(words: str, status: int = 1, output: str = "") -> Reply:
    """Return the reply of a program that says why it did not do what was asked."""
    return Reply(status=status, output=output, errors=f"{words}\n")


def lines(texts: Iterable[str]) -> str:
    """Return texts as lines."""
    return "".join(f"{text}\n" for text in texts)
