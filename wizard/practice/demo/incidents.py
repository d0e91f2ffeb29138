"""Which faults there are, when one strikes and which host it strikes; pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from wizard.errors import InputError
from wizard.journal.events import Event, EventKind
from wizard.practice.designs import CATALOGUE, HostDesign, Login
from wizard.transaction.answers import Outcome, Verb
from wizard.wording import _

_CHANGED: Final = frozenset({Outcome.APPLIED.value, Outcome.ALREADY_APPLIED.value})


class Fault(Enum):
    """What can go wrong in a practice fleet; `wizard.practice.demo.faults` lets it happen."""

    BAD_CA = "bad_ca"
    """The host gets to the target through something that shows another authority's certificate."""
    DAEMON_STAYS_DOWN = "daemon_stays_down"
    """The host's runtime does not come up again once it has ended, whatever its files say."""
    DRIFTED_FILE = "drifted_file"
    """Somebody edits the file of the runtime that the plan is about to change."""
    FULL_DISK = "full_disk"
    """No room is left on the host: copies are cut short."""
    SLOW_HOST = "slow_host"
    """Every login and every program of the host takes much longer."""
    LOST_AFTER_ACTIVATION = "lost_after_activation"
    """The SSH connection drops, once, right after the runtime took the change up."""
    GONE_AFTER_ACTIVATION = "gone_after_activation"
    """The same, and from then on nobody gets a connection to the host."""
    RELOAD_IGNORED = "reload_ignored"
    """The host's runtime takes a reload without a complaint and goes on as it was."""
    HOST_KEY_CHANGED = "host_key_changed"
    """The host shows another host key than it did."""
    SUDO_REFUSED = "sudo_refused"
    """The host no longer lets the operator become root."""
    TARGET_DOWN = "target_down"
    """The target refuses every connection, from all hosts."""
    REGISTRY_READ_ONLY = "registry_read_only"
    """The registry product takes no change; what it serves it goes on serving."""
    REGISTRY_CLOSED = "registry_closed"
    """The registry product lets nobody pull any longer who does not log in."""
    RUN_KILLED = "run_killed"
    """The run process is ended by SIGKILL."""
    REBOOT = "reboot"
    """The host is reset and boots again."""
    POWER_LOSS = "power_loss"
    """The host goes off, and stays so until somebody switches it on again."""


class Moment(Enum):
    """When a fault is planted."""

    AT_START = "at_start"
    """Before the demo begins."""
    ROLLOUT_STARTED = "rollout_started"
    """A rollout was started: what discovery read no longer holds. Its canary wave goes first."""
    IN_WAVE = "in_wave"
    """The first host of the wave, already changed, asks the target for its proof."""
    HOST_CHANGED = "host_changed"
    """The journal says that the host is changed and proven; nothing confirms it yet."""
    ROLLOUT_ENDED = "rollout_ended"
    """A rollout has come to its end."""


class Pick(Enum):
    """Which hosts a fault can strike; never one of the canary where there is another."""

    ANY = "any"
    RELOADED = "reloaded"
    """Docker Engines that take the change up from daemon.json, at a reload."""
    RESTARTED = "restarted"
    """Hosts whose runtime has to be restarted for the change."""
    SUDO = "sudo"
    """Hosts where the operator becomes root by sudo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One fault of a scenario.

    Attributes:
        pick: which host it strikes; None for a fault of the target or of the run.
        wave: index of the wave for `Moment.IN_WAVE`; the canary wave is 0.
    """

    fault: Fault
    when: Moment
    pick: Pick | None = None
    wave: int | None = None


_RESTARTED: Final = frozenset({"containerd-1.6", "containerd-1.7", "containerd-2.2"})
"""Flavours without a usable `config_path` (facts/runtimes.md §2.2)."""
READ_PER_PULL: Final = frozenset({"docker-28-c8d", "docker-29-c8d"})
"""Docker Engines with containerd's image store, which read hosts.toml (facts/runtimes.md §1.4)."""


def pick_host(pick: Pick, designs: Sequence[HostDesign], seed: int) -> str:
    """Return the name of the host that a fault strikes, the same for the same seed.

    A fleet's first host of each flavour is its canary: it is taken only where no other suits.
    Raises InputError when no host of the fleet suits at all.
    """
    fitting = [design for design in designs if _suits(pick, design)]
    if not fitting:
        raise InputError(
            _("no host of this practice fleet suits the scenario"),
            state=_("Nothing was started."),
            todo=_("Take at least {count} hosts: then there is one of every kind.").format(
                count=len(CATALOGUE)
            ),
        )
    canary: dict[str, str] = {}
    for design in designs:
        canary.setdefault(design.flavour, design.name)
    others = [design for design in fitting if canary[design.flavour] != design.name]
    chance = random.Random(f"{seed}/{pick.value}")  # noqa: S311  # a choice, no secret
    return chance.choice(others or fitting).name


def _suits(pick: Pick, design: HostDesign) -> bool:
    match pick:
        case Pick.ANY:
            return True
        case Pick.RELOADED:
            return design.docker is not None and design.flavour not in READ_PER_PULL
        case Pick.RESTARTED:
            return design.flavour in _RESTARTED
        case Pick.SUDO:
            return design.login is not Login.ROOT
        case _:
            assert_never(pick)


def tells_of_a_change(event: Event) -> bool:
    """Tell whether a host answered in this event that it is changed and proven."""
    if event.kind is not EventKind.OUTCOME or event.data["verb"] != Verb.APPLY.value:
        return False
    return event.data["answer"]["outcome"] in _CHANGED
