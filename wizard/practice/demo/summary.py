"""What a headless demo tells in the end: pure values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.practice.demo.judging import Check
from wizard.run.view import RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of a demo, and how many seconds it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes that processes had at most; 0 where the kernel does not tell.

    Attributes:
        fleet: of the process with all hosts and registries.
        runs: of the largest run process.
        operator: of the process that started it all.
    """

    fleet: int
    runs: int
    operator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole headless demo.

    Attributes:
        registry: which product the target is, `plain` for none.
        addressing: how the target is addressed, a value of `wizard.target.Addressing`.
        struck: fault and host (None: no host) of everything that was to go wrong.
        blocked: host and reason (`BlockReason`) of every host that the plan leaves out.
        rollout, rollback: number of hosts by the state that the run left them in.
        checks: everything that was looked at.
    """

    scenario: str
    hosts: int
    seed: int
    registry: str
    addressing: str
    phases: tuple[Phase, ...]
    memory: Memory
    struck: tuple[tuple[str, str | None], ...]
    blocked: tuple[tuple[str, str], ...]
    rollout: Mapping[str, int]
    rollback: Mapping[str, int]
    checks: tuple[Check, ...]

    @property
    def seconds(self) -> float:
        """Return how long all of it took."""
        return sum(phase.seconds for phase in self.phases)

    @property
    def unmet(self) -> tuple[Check, ...]:
        """Return what was not as it should be."""
        return tuple(check for check in self.checks if not check.is_met)

    @property
    def is_as_documented(self) -> bool:
        """Tell whether everything was as it should be."""
        return bool(self.checks) and not self.unmet

    def document(self) -> dict[str, Any]:
        """Return the content of a `demo` document."""
        return {
            "scenario": self.scenario,
            "hosts": self.hosts,
            "seed": self.seed,
            "registry": self.registry,
            "addressing": self.addressing,
            "as_documented": self.is_as_documented,
            "seconds": round(self.seconds, 2),
            "phases": [
                {"name": phase.name, "seconds": round(phase.seconds, 2)} for phase in self.phases
            ],
            "peak_memory": {
                "fleet": self.memory.fleet,
                "runs": self.memory.runs,
                "operator": self.memory.operator,
            },
            "struck": [{"fault": fault, "host": host} for fault, host in self.struck],
            "blocked": [{"host": host, "reason": reason} for host, reason in self.blocked],
            "rollout": dict(self.rollout),
            "rollback": dict(self.rollback),
            "checks": len(self.checks),
            "unmet": [
                {
                    "phase": check.phase,
                    "subject": check.subject,
                    "host": check.host,
                    "expected": check.expected,
                    "found": check.found,
                }
                for check in self.unmet
            ],
        }


def counted(views: Iterable[RunView]) -> dict[str, int]:
    """Return the number of hosts by state, of all runs together."""
    return dict(Counter(host.state.value for view in views for host in view.hosts))
