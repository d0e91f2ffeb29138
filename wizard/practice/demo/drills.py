"""The drills of `pilotage demo --drill`: what has happened, what is to be reached; pure.

A drill takes the faults of a scenario into a rollout that nobody answers for, until that needs a
person. The operator then takes over, at the wizard's usual screens.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, assert_never

from wizard.errors import InputError
from wizard.practice.demo.endings import Files, Server
from wizard.practice.demo.incidents import Fault
from wizard.practice.demo.judging import Found, HostTruth, wrong_files
from wizard.practice.demo.scenarios import SCENARIOS
from wizard.practice.designs import HostDesign
from wizard.run.states import RunState
from wizard.run.summary import RunSummary
from wizard.wording import _, mark


class Standing(Enum):
    """What a host really is, by its files and by who answers its pulls."""

    ON_TARGET = "on_target"
    """It has the plan's files, and the target answers."""
    AS_BEFORE = "as_before"
    """It has its own files, and the public registry answers."""
    NEITHER = "neither"
    """Something is left over or missing, a change is undecided, or nobody answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill.

    Attributes:
        scenario: whose faults strike; the drill has its name.
        story: what the operator is told before they take over; marked for translation.
        goal: one sentence that the strip on the screens has room for; marked for translation.
        healthy: what the hosts are to be in the end.
        struck: what those are to be that a fault strikes.
        beside: a fault that strikes a healthy host too, once it is changed, in the wave of the
            struck one.
        mended_after: seconds after which somebody else has mended `mended`; None: nobody does.
        mended: the fault that is.
    """

    scenario: str
    story: str
    goal: str
    healthy: Standing
    struck: Standing
    beside: Fault | None = None
    mended_after: float | None = None
    mended: Fault | None = None

    def wanted(self, host: str, struck: Collection[str]) -> Standing:
        """Return what a host is to be in the end; `struck` names those that a fault strikes."""
        return self.struck if host in struck else self.healthy


_EVERY: Final = (
    Drill(
        scenario="run-killed",
        story=mark(
            "The process of a rollout was killed in the middle of a wave. Some hosts are changed"
            " and not confirmed: each of them reverts by itself when its lease is over. Nothing"
            " else is wrong."
        ),
        goal=mark("Every host is on the target, confirmed, and no run is open."),
        healthy=Standing.ON_TARGET,
        struck=Standing.ON_TARGET,
    ),
    Drill(
        scenario="target-down-in-wave-2",
        story=mark(
            "The target went down in the middle of the second wave and will not be back today."
            " The hosts of that wave have reverted by themselves, those before it are still"
            " pointed at the target, and the rollout waits."
        ),
        goal=mark("Every host is back on the public registry, with its own files."),
        healthy=Standing.AS_BEFORE,
        struck=Standing.AS_BEFORE,
    ),
    Drill(
        scenario="bad-ca",
        story=mark(
            "One host meets a strange certificate at the target and has reverted by itself: that"
            " cannot be mended today. Another one lost its power after its change; a colleague"
            " switches it on again, which takes half a minute. The rollout waits."
        ),
        goal=mark("Healthy hosts are on the target, the broken one is as it was."),
        healthy=Standing.ON_TARGET,
        struck=Standing.AS_BEFORE,
        beside=Fault.POWER_LOSS,
        mended_after=30.0,
        mended=Fault.POWER_LOSS,
    ),
    Drill(
        scenario="full-disk",
        story=mark(
            "One host had no room left and refused its change; nothing was written there. A"
            " colleague makes room on it, which takes half a minute. The rollout waits."
        ),
        goal=mark("Every host is on the target, the one that was full too."),
        healthy=Standing.ON_TARGET,
        struck=Standing.ON_TARGET,
        mended_after=30.0,
        mended=Fault.FULL_DISK,
    ),
)
DRILLS: Final[Mapping[str, Drill]] = {drill.scenario: drill for drill in _EVERY}
"""Every drill by the name of its scenario, in the order of `--drill --list`."""
DEFAULT: Final = _EVERY[0].scenario
"""The drill of somebody who names none."""
LEDGERS: Final = "/var/lib/pilotage"
SERVES: Final = "serves:"
"""What begins the words on a host that say who answers its pulls."""
LEAST: Final = 4
"""Hosts of a fleet that a drill can be held on: a canary, and others to be in trouble together."""
_MANY: Final = 8
"""Hosts from which on there are two canaries."""


def drill(name: str) -> Drill:
    """Return the drill of that name; raises InputError, which lists all, for others."""
    try:
        return DRILLS[name]
    except KeyError as error:
        raise InputError(
            _("There is no drill “{name}”.").format(name=name),
            state=_("Nothing was started."),
            todo=_("Choose one of: {names}.").format(names=", ".join(DRILLS)),
        ) from error


def drill_rollout(drilled: Drill, designs: Sequence[HostDesign], seed: int) -> dict[str, Any]:
    """Return the options of the rollout that goes wrong: few canaries, none of them struck.

    Raises InputError for a fleet that is too small for a wave behind the canary's.
    """
    if len(designs) < LEAST:
        raise InputError(
            _("A drill needs at least {least} hosts.").format(least=LEAST),
            state=_("Nothing was started."),
            todo=_("Name another number with --hosts."),
        )
    struck = SCENARIOS[drilled.scenario].struck(designs, seed).values()
    spared = [design.name for design in designs if design.name not in struck]
    return {"canary": {"hosts": spared[: 1 if len(designs) < _MANY else 2]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLeft:
    """One host at the end of a drill.

    Attributes:
        wrong: what keeps it from being what is wanted: paths, and `serves:` with who answers.
    """

    name: str
    wanted: Standing
    found: Standing
    wrong: tuple[str, ...] = ()

    @property
    def is_as_wanted(self) -> bool:
        """Tell whether the host is what it is to be."""
        return self.wanted is self.found


def judge(
    judged: Drill,
    *,
    struck: Collection[str],
    truths: Mapping[str, HostTruth],
    found: Mapping[str, Found],
) -> tuple[HostLeft, ...]:
    """Return what each host was left as; no run is asked."""
    return tuple(
        _left(name, judged.wanted(name, struck), truth, found[name])
        for name, truth in truths.items()
    )


def open_runs(runs: Sequence[RunSummary]) -> tuple[str, ...]:
    """Return the runs that somebody has still to see to: a goal is not reached while one is."""
    return tuple(run.run for run in runs if run.state is not RunState.ENDED)


def _left(name: str, wanted: Standing, truth: HostTruth, found: Found) -> HostLeft:
    wrong = {
        standing: _wrong(standing, truth, found)
        for standing in (Standing.ON_TARGET, Standing.AS_BEFORE)
    }
    standing = next((one for one, paths in wrong.items() if not paths), Standing.NEITHER)
    return HostLeft(name=name, wanted=wanted, found=standing, wrong=wrong[wanted])


def _wrong(standing: Standing, truth: HostTruth, found: Found) -> tuple[str, ...]:
    match standing:
        case Standing.ON_TARGET:
            files, server = Files.AS_PLANNED, Server.TARGET
        case Standing.AS_BEFORE:
            files, server = Files.AS_BEFORE, Server.UPSTREAM
        case Standing.NEITHER:
            return ()
        case _:
            assert_never(standing)
    undecided = (f"{LEDGERS}/{ledger}" for ledger in found.photograph.undecided)
    served = () if found.serves == server.value else (f"{SERVES}{found.serves}",)
    return (*wrong_files(files, truth, found.photograph), *undecided, *served)
