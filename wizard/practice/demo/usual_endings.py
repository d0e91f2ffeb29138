"""Endings that several scenarios share; pure."""

from __future__ import annotations

from typing import Final

from wizard.journal.events import RunResult
from wizard.practice.demo.endings import Files, HostEnding, PhaseEnding, Server
from wizard.run.states import HostState

_S = HostState
MOVED: Final = HostEnding(states=(_S.CONFIRMED,), files=Files.AS_PLANNED, serves=Server.TARGET)
BACK: Final = HostEnding(states=(_S.ROLLED_BACK,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
REVERTED: Final = HostEnding(states=(_S.REVERTED,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
TAKEN_BACK: Final = HostEnding(
    states=(_S.REVERTED, _S.ROLLED_BACK, _S.WAITING),
    files=Files.AS_BEFORE,
    serves=Server.UPSTREAM,
)
"""Of a wave whose gate did not open; a host of it may never have been started."""
NOT_BEGUN: Final = HostEnding(states=(_S.WAITING,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
LEFT_OUT: Final = HostEnding(states=(), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
"""Of a rollback: there was nothing to take back."""
SKIPPED: Final = HostEnding(states=(_S.UNCHANGED,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
DONE: Final = 0
HOSTS: Final = 5
"""Exit codes of `wizard.cli.exit_codes`, which this package does not import."""
ALL_MOVED: Final = PhaseEnding(exit_code=DONE, result=RunResult.COMPLETED, others=MOVED)
ALL_BACK: Final = PhaseEnding(exit_code=DONE, result=RunResult.COMPLETED, others=BACK)
EARLIER_BACK: Final = PhaseEnding(
    exit_code=DONE,
    result=RunResult.COMPLETED,
    others=BACK,
    faulty=LEFT_OUT,
    same_wave=LEFT_OUT,
    later=LEFT_OUT,
)
BUT_FOR_ONE: Final = PhaseEnding(
    exit_code=HOSTS, result=RunResult.COMPLETED, others=MOVED, faulty=SKIPPED
)
BUT_FOR_ONE_BACK: Final = PhaseEnding(
    exit_code=DONE, result=RunResult.COMPLETED, others=BACK, faulty=LEFT_OUT
)


def given_up(faulty: HostEnding) -> PhaseEnding:
    """Return the ending of an unattended rollout whose gate did not open."""
    return PhaseEnding(
        exit_code=HOSTS,
        result=RunResult.FAILED,
        others=MOVED,
        faulty=faulty,
        same_wave=TAKEN_BACK,
        later=NOT_BEGUN,
    )
