"""What a scenario is: faults, what the operator does about them, and how it must end; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from wizard.errors import InputError
from wizard.practice.demo.endings import Ending
from wizard.practice.demo.incidents import Planted, pick_host
from wizard.practice.designs import CATALOGUE, HostDesign
from wizard.practice.product_kind import ProductKind
from wizard.wording import _


class Move(Enum):
    """What the operator of a headless demo does."""

    MEND = "mend"
    """Put the world right by hand: everything that was planted is mended."""
    RETRY = "retry"
    """Answer a gate: the failed hosts once more."""
    SKIP = "skip"
    """Answer a gate: leave the failed hosts as they are and go on."""
    RESUME = "resume"
    """Start a process that goes on with the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How the operator of a headless demo acts.

    Attributes:
        unattended: nobody answers gates (`pilotage apply --yes`): one that is not ok ends the
            rollout, with its wave taken back and earlier waves kept.
        when_refused: what is done when the registry product cannot be provisioned; where that is
            nothing, it can be.
        at_gate: what is done when a gate waits for an answer, in this order.
        when_orphaned: what is done when the run has lost its process.
        before_proof: what is done once the rollout has ended, before it is judged.
        before_rollback: what is done before the rollback is started.
    """

    unattended: bool = True
    when_refused: tuple[Move, ...] = ()
    at_gate: tuple[Move, ...] = ()
    when_orphaned: tuple[Move, ...] = ()
    before_proof: tuple[Move, ...] = ()
    before_rollback: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario.

    Attributes:
        name: as `--scenario` takes it.
        summary: one sentence; marked for translation.
        faults: what is planted.
        script: how a headless demo acts; an operator at the wizard does what they like.
        ending: what must be true in the end of a headless demo.
        rollout: options of the rollout that replace those of the migration file.
        products: registry products that it can be practised with, the usual one first; empty:
            with any, and with none.
    """

    name: str
    summary: str
    ending: Ending
    faults: tuple[Planted, ...] = ()
    script: Script = field(default_factory=Script)
    rollout: Mapping[str, Any] = field(default_factory=dict)
    products: tuple[ProductKind, ...] = ()

    def struck(self, designs: Sequence[HostDesign], seed: int) -> dict[Planted, str | None]:
        """Return the host that each fault strikes; raises InputError where none suits."""
        return {
            planted: pick_host(planted.pick, designs, seed) if planted.pick else None
            for planted in self.faults
        }

    def check_product(self, product: ProductKind | None) -> None:
        """Raise InputError for a target that the scenario cannot be practised with."""
        if self.products and product not in self.products:
            raise InputError(
                _("The scenario {name} needs another registry.").format(name=self.name),
                state=_("Nothing was started."),
                todo=_("Take --registry with one of: {names}.").format(
                    names=", ".join(one.value for one in self.products)
                ),
            )

    def check_size(self, designs: Sequence[HostDesign], rollout: Mapping[str, Any]) -> None:
        """Raise InputError if a fleet is too small for the wave that a fault strikes.

        Args:
            designs: of the fleet.
            rollout: options of it; without a canary of its own one host of each flavour goes
                first, and a fleet of nothing but canaries has no other wave.
        """
        flavours = {design.flavour for design in designs}
        if self.wave and "canary" not in rollout and len(designs) == len(flavours):
            raise InputError(
                _("a practice fleet of {count} hosts has no second wave").format(
                    count=len(designs)
                ),
                state=_("Nothing was started."),
                todo=_("Take at least {count} hosts for the scenario {name}.").format(
                    count=len(CATALOGUE) + 1, name=self.name
                ),
            )

    @property
    def wave(self) -> int | None:
        """Return the index of the wave that a fault strikes as a whole."""
        return next((planted.wave for planted in self.faults if planted.wave is not None), None)
