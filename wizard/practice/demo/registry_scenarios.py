"""Scenarios of a registry product: what goes wrong in it, and how that ends; pure."""

from __future__ import annotations

from typing import Final

from wizard.practice.demo.endings import Ending
from wizard.practice.demo.incidents import Fault, Moment, Planted
from wizard.practice.demo.scenario import Move, Scenario, Script
from wizard.practice.demo.usual_endings import (
    ALL_BACK,
    ALL_MOVED,
    EARLIER_BACK,
    REVERTED,
    given_up,
)
from wizard.practice.product_kind import ProductKind
from wizard.wording import mark

REGISTRY_SCENARIOS: Final = (
    Scenario(
        name="registry-read-only",
        summary=mark("The registry that is to be provisioned was left read-only."),
        faults=(Planted(fault=Fault.REGISTRY_READ_ONLY, when=Moment.AT_START),),
        script=Script(when_refused=(Move.MEND,)),
        # Whoever practises can end that by its API; of Nexus only by pages that are not there.
        products=(ProductKind.HARBOR,),
        ending=Ending(
            rollout=ALL_MOVED,
            rollback=ALL_BACK,
            words=mark(
                "Examining it says so, and provisioning refuses before it changes anything; the "
                "operator ends it, provisions, and every host is moved, then rolled back."
            ),
        ),
    ),
    Scenario(
        name="registry-closed-in-wave-2",
        summary=mark("In the middle of the second wave the registry is closed to strangers."),
        faults=(Planted(fault=Fault.REGISTRY_CLOSED, when=Moment.IN_WAVE, wave=1),),
        script=Script(before_proof=(Move.MEND,)),
        products=(ProductKind.HARBOR, ProductKind.NEXUS),
        ending=Ending(
            rollout=given_up(REVERTED),
            rollback=EARLIER_BACK,
            words=mark(
                "Pulls would go on to Docker Hub in silence; the hosts of the second wave fail "
                "their proof instead and revert themselves, later waves never begin; the canary "
                "stays with the target until it is rolled back."
            ),
        ),
    ),
)
