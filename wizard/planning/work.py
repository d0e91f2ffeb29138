"""What one runtime contributes to its host's plan."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.planning.plan import Block, FileChange, Runtime, RuntimePlan, Step, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeWork:
    """The plan of one runtime with its file changes and steps; fields as in `HostPlan`."""

    plan: RuntimePlan
    changes: tuple[FileChange, ...] = ()
    validate: tuple[Step, ...] = ()
    activate: tuple[Step, ...] = ()
    check: tuple[Step, ...] = ()
    probe: tuple[Step, ...] = ()
    deactivate: tuple[Step, ...] = ()
    check_reverted: tuple[Step, ...] = ()


def blocked_work(runtime: Runtime, flavour: str, *blocks: Block) -> RuntimeWork:
    """Return the work of a runtime that cannot be served."""
    return RuntimeWork(
        plan=RuntimePlan(
            runtime=runtime, flavour=flavour, verdict=Verdict.BLOCKED, blocks=tuple(blocks)
        )
    )
