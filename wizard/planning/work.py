"""What one runtime contributes to its host's plan, and what everything known of it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wizard.discovery.facts import HostFacts
from wizard.planning.plan import Block, FileChange, Runtime, RuntimePlan, Step, Verdict
from wizard.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeWork:
    """The plan of one runtime with its file changes and steps; fields as in `HostPlan`.

    Attributes:
        asks: the URLs of the target that it will ask for the canaries, exactly.
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


RuntimePlanner = Callable[[HostFacts, Target], RuntimeWork | None]
"""How one runtime gets its images from a target; pure. Those that there are: `wizard.runtimes`.

None where the runtime is not on that host, or pulls nothing by itself. Else the work says what is
written, what activates that, by what it is verified and which pull proves it; or why it cannot be.
"""


def blocked_work(runtime: Runtime, flavour: str, *blocks: Block) -> RuntimeWork:
    """Return the work of a runtime that cannot be served."""
    return RuntimeWork(
        plan=RuntimePlan(
            runtime=runtime, flavour=flavour, verdict=Verdict.BLOCKED, blocks=tuple(blocks)
        )
    )
