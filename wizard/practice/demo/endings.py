"""How a scenario must end, said so that a program can check it; pure.

A host is judged by the group that it is in: the one that a fault strikes, the others of its wave,
those of earlier waves, those of later ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from wizard.journal.events import RunResult
from wizard.run.states import HostState


class Group(Enum):
    """Where a host stands to the fault of a scenario."""

    FAULTY = "faulty"
    SAME_WAVE = "same_wave"
    EARLIER = "earlier"
    LATER = "later"


class Files(Enum):
    """What must be true of every file of a host (`wizard.practice.demo.truth`)."""

    AS_BEFORE = "as_before"
    """Byte for byte, with modes, as before the demo."""
    AS_PLANNED = "as_planned"
    """The plan's files have the plan's bytes; everything else is as before."""
    EDITED_BEFORE = "edited_before"
    """As before, but for the one file that somebody edited: that has exactly their bytes."""
    EDITED_PLANNED = "edited_planned"
    """As planned, but for the one file that somebody edited: that has exactly their bytes."""


class Server(Enum):
    """Who answers a real pull on the host, by the logs of the registries."""

    TARGET = "target"
    UPSTREAM = "upstream"
    NOTHING = "nothing"
    """Nobody is asked, or nobody answers: the pull fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEnding:
    """What must be true of a host after a phase.

    Attributes:
        states: what the run may report of it; empty: the run is not about this host.
        files: what is on it.
        serves: who answers its pulls.
    """

    states: tuple[HostState, ...]
    files: Files
    serves: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEnding:
    """What must be true after a phase.

    Attributes:
        exit_code: of the command that follows the run (`wizard.cli.exit_codes`).
        result: of the run.
        others: of every host whose group says nothing else.
    """

    exit_code: int
    result: RunResult
    others: HostEnding
    faulty: HostEnding | None = None
    same_wave: HostEnding | None = None
    later: HostEnding | None = None

    def of(self, group: Group) -> HostEnding:
        """Return what must be true of the hosts of a group."""
        match group:
            case Group.FAULTY:
                return self.faulty or self.others
            case Group.SAME_WAVE:
                return self.same_wave or self.others
            case Group.EARLIER:
                return self.others
            case Group.LATER:
                return self.later or self.others
            case _:
                assert_never(group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a scenario ends.

    Attributes:
        rollout: once the rollout has ended and what the script says then is done.
        rollback: once the rollout was rolled back. There is no rollback, and `rollback` counts
            for nothing, where the rollout left no host changed (`RunView.changed`).
        words: both for people; marked for translation.
    """

    rollout: PhaseEnding
    rollback: PhaseEnding
    words: str


def groups(
    waves: Sequence[Sequence[str]], *, faulty: Collection[str], wave: int | None = None
) -> Mapping[str, Group]:
    """Return the group of every host that is in a wave.

    Args:
        waves: the hosts of the rollout, by wave.
        faulty: those that a fault strikes by name.
        wave: index of the wave that a fault strikes as a whole.

    Without any fault every host counts as one of an earlier wave.
    """
    struck = wave
    if struck is None:
        struck = next(
            (at for at, hosts in enumerate(waves) if set(faulty) & set(hosts)), len(waves)
        )
    return {
        host: Group.FAULTY if host in faulty else _by_wave(index, struck)
        for index, hosts in enumerate(waves)
        for host in hosts
    }


def _by_wave(index: int, struck: int) -> Group:
    if index == struck:
        return Group.SAME_WAVE
    return Group.EARLIER if index < struck else Group.LATER
