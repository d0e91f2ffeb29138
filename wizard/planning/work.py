"""What one runtime contributes to its host's plan, and what everything known of it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import Blocked
from wizard.planning.plan import Block, FileChange, Runtime, RuntimePlan, Step, Verdict
from wizard.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """How a runtime is started anew for something that it reads at its start only.

    Attributes:
        steps: what restarts it; empty for a runtime without a daemon.
        validate: what shows before that it would start again.
        check: that it runs again.
        probe: the proof, for a runtime of which nothing else changes.
        stops_containers: its containers end with it.
        blocks: why it would start with what somebody else has changed, or not at all.
        warnings: what the restart means for others.
    """

    runtime: Runtime
    steps: tuple[Step, ...] = ()
    validate: tuple[Step, ...] = ()
    check: tuple[Step, ...] = ()
    probe: tuple[Step, ...] = ()
    stops_containers: bool = False
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeWork:
    """The plan of one runtime with its file changes and steps; fields as in `HostPlan`.

    Attributes:
        asks: the URLs of the target that it will ask for the canaries, exactly.
        restart: how it would be restarted; None where that cannot be done.
        docker_uid: as in `HostPlan`.
    """

    plan: RuntimePlan
    asks: tuple[str, ...] = ()
    changes: tuple[FileChange, ...] = ()
    validate: tuple[Step, ...] = ()
    activate: tuple[Step, ...] = ()
    check: tuple[Step, ...] = ()
    probe: tuple[Step, ...] = ()
    deactivate: tuple[Step, ...] = ()
    check_reverted: tuple[Step, ...] = ()
    one_at_a_time: str = ""
    restart: Restart | None = None
    docker_uid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is to be known of a runtime that is found, not changed, and stands against nothing.

    Attributes:
        name: as in `HostFacts.others`.
    """

    name: str
    notes: tuple[str, ...]


RuntimePlanner = Callable[[HostFacts, Target], RuntimeWork | Report | None]
"""How one runtime gets its images from a target; pure. Those that there are: `wizard.runtimes`.

None where the runtime is not on that host, or pulls nothing by itself. Else the work says what is
written, what activates that, by what it is verified and which pull proves it; or why it cannot be.
A report only tells.
"""


class OneHost(Protocol):
    """What one host's runtime is and gets."""

    def changes(self) -> tuple[FileChange, ...]:
        """Return the file changes; raises Blocked."""
        ...

    def blocks(self, changes: tuple[FileChange, ...]) -> tuple[Block, ...]:
        """Return every reason against them; raises Blocked."""
        ...

    def work(self, changes: tuple[FileChange, ...]) -> RuntimeWork:
        """Return the work for changes that nothing stands against."""
        ...


def work_of(runtime: Runtime, flavour: str, look: Callable[[], OneHost]) -> RuntimeWork:
    """Return the work of a runtime: blocked where `look` or what it finds says so."""
    try:
        here = look()
        changes = here.changes()
        blocks = here.blocks(changes)
    except Blocked as obstacle:
        return blocked_work(runtime, flavour, obstacle.block)
    return blocked_work(runtime, flavour, *blocks) if blocks else here.work(changes)


def blocked_work(runtime: Runtime, flavour: str, *blocks: Block) -> RuntimeWork:
    """Return the work of a runtime that cannot be served."""
    return RuntimeWork(
        plan=RuntimePlan(
            runtime=runtime, flavour=flavour, verdict=Verdict.BLOCKED, blocks=tuple(blocks)
        )
    )
