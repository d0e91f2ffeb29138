"""What a run asks of hosts: one seam, so that the engine knows neither SSH nor shell.

`wizard.run.fleet_hosts` is what talks to real hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from wizard.discovery.facts import HostFacts
from wizard.errand.errand import Errand, ErrandAnswer, ErrandStep
from wizard.errors import HostError
from wizard.planning.plan import HostPlan
from wizard.secret import Secret
from wizard.transaction.answers import Answer, Ledger, Verb


class Unreached(HostError):
    """No answer came from a host.

    Args:
        failure: kind of the failure, stable within journals: `timed_out`, `key_unknown`, …
        sent: the host may have executed what was asked; only asking again can tell.
        offered_key: public key that the host offered, where nobody approved it yet.
        missing_secret: key of the secret that was needed, as in `wizard.service.Secrets`.
    """

    def __init__(
        self,
        what: str,
        *,
        host: str,
        failure: str,
        sent: bool,
        todo: str = "",
        offered_key: dict[str, str | int] | None = None,
        missing_secret: str = "",
    ) -> None:
        super().__init__(what, host=host, todo=todo)
        self.failure = failure
        self.sent = sent
        self.offered_key = offered_key
        self.missing_secret = missing_secret


class HostActions(Protocol):
    """The hosts of one run, by their names in the fleet; every method raises Unreached."""

    async def read(self, host: str) -> HostFacts:
        """Return what discovery finds on the host."""
        ...

    async def apply(self, plan: HostPlan, *, run: str, lease: float) -> Answer:
        """Change the host; it reverts by itself after `lease` seconds unless confirmed."""
        ...

    async def ask(
        self, host: str, verb: Verb, *, run: str, lease: float = 0.0, force: Sequence[str] = ()
    ) -> Answer:
        """Send any verb that needs no plan: check, confirm, renew, revert, undo, status."""
        ...

    async def ledgers(self, host: str) -> tuple[Ledger, ...]:
        """Return all ledgers on the host."""
        ...

    async def let_go(self, host: str) -> None:
        """Close the connection to a host that is finished with."""
        ...

    async def aclose(self) -> None:
        """Close everything."""
        ...


class ErrandActions(Protocol):
    """What an errand asks of its host; raises Unreached."""

    async def carry_out(
        self, errand: Errand, *, payload: Secret | None, told: Callable[[ErrandStep], None]
    ) -> ErrandAnswer:
        """Send the errand and return what the host answers; `told` is given each step at once."""
        ...
