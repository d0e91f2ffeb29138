"""What the suite needs of a host, of either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.conformance.case import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a command ended."""

    status: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        """Return output and errors together."""
        return f"{self.output}{self.errors}"


class ConformanceHost(Protocol):
    """A host on which cases are played, by one thread at a time."""

    @property
    def words(self) -> Mapping[str, str]:
        """Return what the placeholders of registries stand for."""
        ...

    def prepare(self) -> None:
        """Leave out of starts what costs much and is in no fact."""
        ...

    def give_back(self) -> None:
        """Undo that; counts from the next start on."""
        ...

    def run(self, command: str) -> Answer:
        """Run a shell command as root."""
        ...

    def undo(self, *commands: str) -> str:
        """Run programs behind a case, which may fail, and return what the last one prints.

        A command is plain words: no case is about these, and a practice host needs no shell.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None for no file."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a file, with the directories to it; one that is there keeps its mode."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file if it is there, and the empty directories that were made for it."""
        ...

    def mark(self) -> None:
        """Begin to count requests and the journal anew."""
        ...

    def requests(self, registry: Registry) -> Sequence[str]:
        """Return this host's requests since the mark, each `METHOD /path STATUS`."""
        ...

    def journal(self, unit: str) -> str:
        """Return what a unit and systemd about it logged since the mark."""
        ...

    def renew(self) -> None:
        """Make the host as new, whatever state it is in."""
        ...

    def close(self) -> None:
        """Let go of the host; it goes on."""
        ...
