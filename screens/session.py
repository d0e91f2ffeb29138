"""The answers given so far and what came of them: shared by the steps, kept when going back.

A result remembers which answers it was made from. When an earlier answer changes, later
results are not wiped: they are stale until they are made again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wizard.wording import _, mark

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from screens.results import Found, Planned, Probed
    from wizard.discovery.facts import HostFacts
    from wizard.fleet.policy import Migration
    from wizard.run.view import RunView
    from wizard.secret import Secret
    from wizard.service import Need


class Step(Enum):
    """The five steps in their order."""

    DISCOVER = 1
    REGISTRY = 2
    PREVIEW = 3
    ROLL_OUT = 4
    ROLL_BACK = 5


STEP_NAMES: Final[dict[Step, str]] = {
    Step.DISCOVER: mark("Discover"),
    Step.REGISTRY: mark("Registry"),
    Step.PREVIEW: mark("Preview"),
    Step.ROLL_OUT: mark("Roll out"),
    Step.ROLL_BACK: mark("Roll back"),
}


class Progress(Enum):
    """How far a step has come."""

    OPEN = "open"
    DONE = "done"
    STALE = "stale"
    BUSY = "busy"


@dataclass(slots=True, kw_only=True)
class Session:
    """One operator's way through the wizard.

    Attributes:
        path: migration file that every accepted answer is saved to.
        answers: what `migration` returns, None before there are any.
        secrets: typed in by the operator; in memory only.
        rollout: last seen view of the rollout run, None before there is one.
        rollback: last seen view of the rollback run.
        needs: what the operator needs of a registry; asked while comparing products.
    """

    path: Path
    answers: Migration | None = None
    secrets: dict[str, Secret] = field(default_factory=dict, repr=False)
    found: Found | None = None
    probed: Probed | None = None
    planned: Planned | None = None
    rollout: RunView | None = None
    rollback: RunView | None = None
    needs: frozenset[Need] = frozenset()

    @property
    def migration(self) -> Migration:
        """Return the answers given so far; before the first, those of an empty fleet."""
        if self.answers is None:
            from wizard.fleet.host import Fleet  # noqa: PLC0415  # after the first paint
            from wizard.fleet.policy import Migration  # noqa: PLC0415  # same

            self.answers = Migration(fleet=Fleet(hosts=()))
        return self.answers

    @property
    def hosts_known(self) -> int:
        """Return how many hosts the answers name."""
        return len(self.answers.fleet.hosts) if self.answers else 0

    @property
    def facts(self) -> tuple[HostFacts, ...]:
        """Return the facts of all hosts that were read."""
        return self.found.discovery.facts if self.found else ()

    @property
    def changed(self) -> bool:
        """Tell whether a host is changed, so that there is something to roll back."""
        return bool(self.rollout and self.rollout.changed)

    def progress(self, step: Step) -> Progress:
        """Return how far `step` has come with the answers as they are now."""
        match step:
            case Step.DISCOVER:
                progress = _progress(self.found is not None, self._found_is_current())
            case Step.REGISTRY:
                progress = _progress(self.probed is not None, self._probed_is_current())
            case Step.PREVIEW:
                progress = _progress(self.planned is not None, self.plan_is_current())
            case Step.ROLL_OUT:
                progress = _of_run(self.rollout, is_current=self._rollout_is_current())
            case Step.ROLL_BACK:
                progress = _of_run(self.rollback, is_current=True)
        return progress

    def reason_closed(self, step: Step) -> str:
        """Return why `step` cannot be entered yet, or nothing if it can."""
        match step:
            case Step.DISCOVER:
                return ""
            case Step.REGISTRY:
                return self._reason_before_registry()
            case Step.PREVIEW:
                return self._reason_before_registry() or self._reason_before_preview()
            case Step.ROLL_OUT:
                return "" if self.rollout else _("no rollout has been started")
            case Step.ROLL_BACK:
                return "" if self.changed or self.rollback else _("nothing has been changed yet")

    def _reason_before_registry(self) -> str:
        if self.found is None:
            return _("no host has been read yet")
        if not self.facts:
            return _("no host could be read")
        if not self._found_is_current():
            return _("the fleet was changed since it was read: read it again")
        return ""

    def _reason_before_preview(self) -> str:
        if self.probed is None:
            return _("the target has not been probed yet")
        if not self._probed_is_current():
            return _("the target was changed since it was probed: probe it again")
        return ""

    def _found_is_current(self) -> bool:
        return self.found is not None and self.found.fleet == self.migration.fleet

    def _probed_is_current(self) -> bool:
        return self.probed is not None and self.probed.choice == self.migration.target

    def plan_is_current(self) -> bool:
        """Tell whether the plan is made from the answers and facts as they are now."""
        planned = self.planned
        return (
            planned is not None
            and self._found_is_current()
            and self._probed_is_current()
            and planned.facts == self.facts
            and planned.choice == self.migration.target
            and planned.policy == self.migration.policy
        )

    def _rollout_is_current(self) -> bool:
        if self.planned is None or self.rollout is None:
            return self.rollout is not None
        return self.plan_is_current() and self.rollout.plan_hash == self.planned.plan_hash


def _progress(exists: bool, is_current: bool) -> Progress:  # noqa: FBT001  # two plain facts
    if not exists:
        return Progress.OPEN
    return Progress.DONE if is_current else Progress.STALE


def _of_run(run: RunView | None, *, is_current: bool) -> Progress:
    if run is not None and run.ended_at is None:
        return Progress.BUSY
    return _progress(run is not None, is_current)
