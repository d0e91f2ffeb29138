"""The scenarios of `pilotage demo`: what goes wrong, what the operator does, how it ends; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wizard.errors import InputError
from wizard.journal.events import RunResult
from wizard.practice.demo.endings import Ending, Files, HostEnding, PhaseEnding, Server
from wizard.practice.demo.incidents import Fault, Moment, Pick, Planted
from wizard.practice.demo.registry_scenarios import REGISTRY_SCENARIOS
from wizard.practice.demo.scenario import Move, Scenario, Script
from wizard.practice.demo.usual_endings import (
    ALL_BACK,
    ALL_MOVED,
    BACK,
    BUT_FOR_ONE,
    BUT_FOR_ONE_BACK,
    DONE,
    EARLIER_BACK,
    HOSTS,
    LEFT_OUT,
    MOVED,
    REVERTED,
    given_up,
)
from wizard.run.states import HostState
from wizard.wording import _, mark

__all__ = ["DEFAULT", "SCENARIOS", "Move", "Scenario", "Script", "scenario"]

DEFAULT: Final = "calm"
"""The scenario of a demo that names none."""


def scenario(name: str) -> Scenario:
    """Return the scenario of that name; raises InputError, which lists all, for others."""
    try:
        return SCENARIOS[name]
    except KeyError as error:
        raise InputError(
            _("There is no scenario “{name}”.").format(name=name),
            state=_("Nothing was started."),
            todo=_("Choose one of: {names}.").format(names=", ".join(SCENARIOS)),
        ) from error


_S = HostState
_EVERY: Final = (
    Scenario(
        name="calm",
        summary=mark("Nothing goes wrong."),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark("Every host is served by the target and is then rolled back byte for byte."),
        ),
    ),
    Scenario(
        name="bad-ca",
        summary=mark("One host meets a certificate of another authority at the target."),
        faults=(Planted(fault=Fault.BAD_CA, when=Moment.ROLLOUT_STARTED, pick=Pick.ANY),),
        ending=Ending(
            rollout=given_up(REVERTED),
            rollback=EARLIER_BACK,
            words=mark(
                "The host fails its proof and reverts itself; its wave is taken back, earlier "
                "waves stay with the target until they are rolled back, later ones never begin."
            ),
        ),
    ),
    Scenario(
        name="daemon-stays-down",
        summary=mark("On one host the runtime does not come back after its restart."),
        faults=(
            Planted(
                fault=Fault.DAEMON_STAYS_DOWN, when=Moment.ROLLOUT_STARTED, pick=Pick.RESTARTED
            ),
        ),
        script=Script(before_rollback=(Move.MEND,)),
        ending=Ending(
            rollout=given_up(
                HostEnding(states=(_S.REVERT_FAILED,), files=Files.AS_BEFORE, serves=Server.NOTHING)
            ),
            rollback=PhaseEnding(
                exit_code=DONE,
                result=RunResult.COMPLETED,
                others=BACK,
                same_wave=LEFT_OUT,
                later=LEFT_OUT,
            ),
            words=mark(
                "The host has its files back but its runtime is down, and says so: it needs a "
                "person. Its wave is taken back. Once the runtime starts, the rollback ends well."
            ),
        ),
    ),
    Scenario(
        name="drifted-file",
        summary=mark("Somebody edits a file on one host between the plan and the change."),
        faults=(
            Planted(fault=Fault.DRIFTED_FILE, when=Moment.ROLLOUT_STARTED, pick=Pick.RELOADED),
        ),
        script=Script(unattended=False, at_gate=(Move.SKIP,)),
        ending=Ending(
            rollout=PhaseEnding(
                exit_code=HOSTS,
                result=RunResult.COMPLETED,
                others=MOVED,
                faulty=HostEnding(
                    states=(_S.REFUSED,), files=Files.EDITED_BEFORE, serves=Server.UPSTREAM
                ),
            ),
            rollback=PhaseEnding(
                exit_code=DONE,
                result=RunResult.COMPLETED,
                others=BACK,
                faulty=HostEnding(states=(), files=Files.EDITED_BEFORE, serves=Server.UPSTREAM),
            ),
            words=mark(
                "Nothing is touched on that host and the edit stays; the operator skips it and "
                "all others are moved, then rolled back."
            ),
        ),
    ),
    Scenario(
        name="full-disk",
        summary=mark("One host has no room left on its disk."),
        faults=(Planted(fault=Fault.FULL_DISK, when=Moment.ROLLOUT_STARTED, pick=Pick.ANY),),
        script=Script(unattended=False, at_gate=(Move.MEND, Move.RETRY)),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark(
                "The host refuses before anything is written; the operator makes room, retries, "
                "and every host is moved, then rolled back."
            ),
        ),
    ),
    Scenario(
        name="slow-host",
        summary=mark("One host takes much longer for everything."),
        faults=(Planted(fault=Fault.SLOW_HOST, when=Moment.AT_START, pick=Pick.ANY),),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark("It only takes longer: every host is moved, then rolled back."),
        ),
    ),
    Scenario(
        name="lost-after-activation",
        summary=mark("One host drops the connection right after it took the change up."),
        faults=(
            Planted(
                fault=Fault.LOST_AFTER_ACTIVATION, when=Moment.ROLLOUT_STARTED, pick=Pick.RELOADED
            ),
        ),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark(
                "The run connects again and asks instead of guessing; every host is moved, then "
                "rolled back."
            ),
        ),
    ),
    Scenario(
        name="host-key-changed",
        summary=mark("One host shows another host key than before."),
        faults=(Planted(fault=Fault.HOST_KEY_CHANGED, when=Moment.ROLLOUT_STARTED, pick=Pick.ANY),),
        script=Script(unattended=False, at_gate=(Move.SKIP,)),
        ending=Ending(
            rollout=BUT_FOR_ONE,
            rollback=BUT_FOR_ONE_BACK,
            words=mark(
                "Nothing is sent to that host and nothing changes on it; the operator skips it "
                "and all others are moved, then rolled back."
            ),
        ),
    ),
    Scenario(
        name="sudo-refused",
        summary=mark("One host no longer lets the operator become root."),
        faults=(Planted(fault=Fault.SUDO_REFUSED, when=Moment.ROLLOUT_STARTED, pick=Pick.SUDO),),
        script=Script(unattended=False, at_gate=(Move.SKIP,)),
        ending=Ending(
            rollout=BUT_FOR_ONE,
            rollback=BUT_FOR_ONE_BACK,
            words=mark(
                "Nothing changes on that host; the operator skips it and all others are moved, "
                "then rolled back."
            ),
        ),
    ),
    Scenario(
        name="target-down-in-wave-2",
        summary=mark("The target goes down in the middle of the second wave."),
        faults=(Planted(fault=Fault.TARGET_DOWN, when=Moment.IN_WAVE, wave=1),),
        script=Script(before_proof=(Move.MEND,)),
        ending=Ending(
            rollout=given_up(REVERTED),
            rollback=EARLIER_BACK,
            words=mark(
                "The hosts of the second wave fail their proof and revert themselves, later "
                "waves never begin; the canary stays with the target until it is rolled back."
            ),
        ),
    ),
    Scenario(
        name="run-killed",
        summary=mark("The run process is killed in the middle of the second wave."),
        faults=(Planted(fault=Fault.RUN_KILLED, when=Moment.IN_WAVE, wave=1),),
        script=Script(when_orphaned=(Move.RESUME,)),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark(
                "The run is resumed, asks every host for its own truth and goes on: every host "
                "is moved, then rolled back."
            ),
        ),
    ),
    Scenario(
        name="reboot-before-confirm",
        summary=mark("One host reboots after its change, before it is confirmed."),
        faults=(Planted(fault=Fault.REBOOT, when=Moment.HOST_CHANGED, pick=Pick.ANY),),
        rollout={"soak": 3},
        ending=Ending(
            rollout=given_up(REVERTED),
            rollback=EARLIER_BACK,
            words=mark(
                "The host takes itself back while it boots; its wave is taken back, earlier "
                "waves stay with the target until they are rolled back, later ones never begin."
            ),
        ),
    ),
    Scenario(
        name="gone-after-activation",
        summary=mark("One host can no longer be reached after it took the change up."),
        faults=(
            Planted(
                fault=Fault.GONE_AFTER_ACTIVATION, when=Moment.ROLLOUT_STARTED, pick=Pick.RELOADED
            ),
        ),
        script=Script(before_rollback=(Move.MEND,)),
        rollout={"lease": 10},
        ending=Ending(
            rollout=given_up(
                HostEnding(states=(_S.LOST,), files=Files.AS_BEFORE, serves=Server.UPSTREAM)
            ),
            rollback=PhaseEnding(
                exit_code=DONE,
                result=RunResult.COMPLETED,
                others=BACK,
                same_wave=LEFT_OUT,
                later=LEFT_OUT,
            ),
            words=mark(
                "Nobody confirms the host in time, so it reverts by itself, unseen. Its wave is "
                "taken back; the rollback finds it as it was before."
            ),
        ),
    ),
    Scenario(
        name="old-mirrors-kept",
        summary=mark("On one host a reload ends well and changes nothing."),
        faults=(
            Planted(fault=Fault.RELOAD_IGNORED, when=Moment.ROLLOUT_STARTED, pick=Pick.RELOADED),
        ),
        rollout={"lease": 20},
        ending=Ending(
            rollout=given_up(REVERTED),
            rollback=EARLIER_BACK,
            words=mark(
                "The host looks at what its daemon uses, finds the old mirrors and reverts "
                "itself; its wave is taken back, earlier waves stay with the target until they "
                "are rolled back, later ones never begin."
            ),
        ),
    ),
    Scenario(
        name="edited-after-migration",
        summary=mark("Somebody edits a changed file on one host after the rollout."),
        faults=(Planted(fault=Fault.DRIFTED_FILE, when=Moment.ROLLOUT_ENDED, pick=Pick.RELOADED),),
        ending=Ending(
            rollout=PhaseEnding(
                exit_code=DONE,
                result=RunResult.COMPLETED,
                others=MOVED,
                faulty=HostEnding(
                    states=(_S.CONFIRMED,), files=Files.EDITED_PLANNED, serves=Server.TARGET
                ),
            ),
            rollback=PhaseEnding(
                exit_code=HOSTS,
                result=RunResult.FAILED,
                others=BACK,
                faulty=HostEnding(
                    states=(_S.CONFLICT,), files=Files.EDITED_PLANNED, serves=Server.TARGET
                ),
            ),
            words=mark(
                "The rollback touches nothing on that host and reports the conflict: it needs a "
                "person. All others are rolled back."
            ),
        ),
    ),
)
SCENARIOS: Final[Mapping[str, Scenario]] = {one.name: one for one in (*_EVERY, *REGISTRY_SCENARIOS)}
"""Every scenario by its name, in the order of `--list`."""
