"""What a case is: a fact about runtimes, and how it shows on a host; pure.

Texts have placeholders, because names differ between the sides: `{target}` and `{prefix_target}`
are URLs, `{target_host}` and `{prefix_host}` the `host[:port]` in them, `{project}` is the prefix
target's project, `{target_ca}` the certificate of who signed both. Braces around anything else
stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tests.conformance.flavour import Flavour


class Status(Enum):
    """How a command ends."""

    DONE = "0"
    REFUSED = "not 0"
    ANY = "any"


class Registry(Enum):
    """A registry whose log is looked at."""

    TARGET = "target"
    PREFIX_TARGET = "prefix target"
    UPSTREAM = "upstream"


class Begins(Enum):
    """What a case needs of the runtime at its beginning."""

    CLEAN = "clean"
    """It runs, with the host's own files."""
    ANYHOW = "anyhow"
    """It may be down: the case begins with a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Write a file."""

    path: str
    content: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Write behind what a file has."""

    path: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove a file, if it is there."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run a shell command; patterns are looked for in its output and errors together.

    Attributes:
        command: the command.
        status: how it has to end.
        says: patterns that have to be there.
        never: patterns that must not be there.
        patient: try again for some seconds until all is as stated.
    """

    command: str
    status: Status = Status.DONE
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    patient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """Wait for a line in the runtime's journal, behind the line that was waited for before."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The registry's log has a request of this host, `METHOD /path STATUS`, since the beginning."""

    registry: Registry
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """The registry's log has no such request of this host since the beginning."""

    registry: Registry
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Remember what a command prints."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A command prints what was noted, or (`same=False`) something else."""

    command: str
    same: bool = True


Step = Write | Append | Remove | Run | Logged | Asked | NotAsked | Note | Same


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fact and how it shows.

    Attributes:
        name: unique, with dashes.
        fact: one sentence.
        source: where it is from, `facts/runtimes.md §1.3`.
        flavours: what it holds for.
        steps: what to do and to see.
        begins: what is needed at the beginning.
        given: what the host is brought to before the steps. It stays for the next case that is
            given the same, so a start is shared; what is asked and logged counts behind it.
        same_in_all: every release does the same, so that the oldest and the newest show it for
            those between; the others are spared (`tests.conformance.trial`).
    """

    name: str
    fact: str
    source: str
    flavours: frozenset[Flavour]
    steps: tuple[Step, ...]
    begins: Begins = Begins.CLEAN
    given: tuple[Step, ...] = ()
    same_in_all: bool = False
