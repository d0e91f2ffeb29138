"""The real hosts of a run: one connection per host, opened at first use, again after a loss."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from wizard.clock import Clock
from wizard.discovery.facts import HostFacts
from wizard.discovery.read import read_host
from wizard.errand.errand import Errand, ErrandAnswer, ErrandStep
from wizard.errand.script import errand_answer, errand_script, told_step
from wizard.errors import HostError, InputError, PlanError
from wizard.fleet.host import Fleet
from wizard.planning.plan import HostPlan
from wizard.run.hosts import Unreached
from wizard.secret import Secret
from wizard.ssh.failures import FailureKind, OfferedKey, SSHFailure
from wizard.ssh.transport import HostConnection, Transport
from wizard.target import Target
from wizard.transaction import verbs
from wizard.transaction.answers import Answer, Ledger, Verb

_Result = TypeVar("_Result")
_APPLY_MARGIN: Final = 60.0
"""Seconds after the lease by which a stuck apply has been ended by its own watchdog."""
_ASK: Final = 60.0
_LEAST: Final = 10.0
_SECRETS: Final = frozenset({FailureKind.SECRET_MISSING, FailureKind.SUDO_WRONG_PASSWORD})


class FleetHosts:
    """Fits `wizard.run.hosts.HostActions` over a transport.

    Args:
        holder: who and from where, as other operators read it on a host.
        target: whose reach a discovery checks from each host.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        fleet: Fleet,
        holder: str,
        target: Target | None,
        clock: Clock,
    ) -> None:
        self._transport = transport
        self._hosts = {host.name: host for host in fleet.hosts}
        self._holder = holder
        self._target = target
        self._clock = clock
        self._connections: dict[str, HostConnection] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read(self, host: str) -> HostFacts:
        """Return what discovery finds on the host; raises Unreached."""
        return await self._with(
            host,
            lambda connection: read_host(
                connection, self._hosts[host], target=self._target, clock=self._clock
            ),
        )

    async def apply(self, plan: HostPlan, *, run: str, lease: float) -> Answer:
        """Change the host; raises Unreached."""
        return await self._with(
            plan.host,
            lambda connection: verbs.apply(
                connection,
                plan,
                run=run,
                holder=self._holder,
                lease=lease,
                timeout=lease + _APPLY_MARGIN,
            ),
        )

    async def ask(
        self, host: str, verb: Verb, *, run: str, lease: float = 0.0, force: Sequence[str] = ()
    ) -> Answer:
        """Send a verb that needs no plan; raises Unreached."""
        soon = min(_ASK, max(_LEAST, lease / 3)) if lease else _ASK

        def call(connection: HostConnection) -> Awaitable[Answer]:
            holder = self._holder
            match verb:
                case Verb.CHECK:
                    return verbs.check(connection, run=run, holder=holder)
                case Verb.CONFIRM:
                    return verbs.confirm(connection, run=run, holder=holder)
                case Verb.RENEW:
                    return verbs.renew(
                        connection, run=run, holder=holder, lease=lease, timeout=soon
                    )
                case Verb.REVERT:
                    return verbs.revert(connection, run=run, holder=holder, force=force)
                case Verb.UNDO:
                    return verbs.undo(connection, run=run, holder=holder, force=force)
                case Verb.STATUS:
                    return verbs.status(connection, run=run, holder=holder)
                case Verb.APPLY | Verb.LEDGERS:
                    raise ValueError(verb)

        return await self._with(host, call)

    async def ledgers(self, host: str) -> tuple[Ledger, ...]:
        """Return all ledgers on the host; raises Unreached."""
        return await self._with(host, verbs.ledgers)

    async def carry_out(
        self, errand: Errand, *, payload: Secret | None, told: Callable[[ErrandStep], None]
    ) -> ErrandAnswer:
        """Send an errand; raises Unreached."""

        async def call(connection: HostConnection) -> ErrandAnswer:
            nonce = verbs.new_nonce()
            script = errand_script(errand, nonce=nonce, payload=payload)

            def on_line(line: bytes) -> None:
                step = told_step(line, nonce=nonce, host=errand.host)
                if step is not None:
                    told(step)

            result = await connection.run_script(
                script, nonce=nonce, timeout=errand.seconds, on_line=on_line
            )
            said = result.stderr_tail.decode(errors="replace").strip()
            return errand_answer(result.lines, nonce=nonce, host=errand.host, said=said)

        return await self._with(errand.host, call)

    async def let_go(self, host: str) -> None:
        """Close the connection to a host that is finished with."""
        connection = self._connections.pop(host, None)
        if connection is not None:
            await connection.close()

    async def aclose(self) -> None:
        """Close all connections and the transport."""
        async with asyncio.TaskGroup() as group:
            for host in tuple(self._connections):
                group.create_task(self.let_go(host))
        await self._transport.aclose()

    async def _with(
        self, host: str, call: Callable[[HostConnection], Awaitable[_Result]]
    ) -> _Result:
        is_open = host in self._connections
        try:
            try:
                return await call(await self._connection(host))
            except SSHFailure as failure:
                await self.let_go(host)
                if failure.script_sent or not is_open:
                    raise
                # It had died unnoticed; nothing was sent, so another one may try.
                return await call(await self._connection(host))
        except SSHFailure as failure:
            await self.let_go(host)
            raise _unreached(failure, host) from failure
        except (InputError, PlanError) as error:
            raise Unreached(
                error.what, host=host, failure="not_sent", sent=False, todo=error.todo
            ) from error
        except HostError as error:
            await self.let_go(host)
            raise Unreached(
                error.what,
                host=host,
                failure=FailureKind.GARBAGE.value,
                sent=True,
                todo=error.todo,
            ) from error

    async def _connection(self, host: str) -> HostConnection:
        async with self._opening[host]:
            if host not in self._connections:
                self._connections[host] = await self._transport.connect(self._hosts[host])
            return self._connections[host]


def _unreached(failure: SSHFailure, host: str) -> Unreached:
    return Unreached(
        failure.what,
        host=host,
        failure=failure.kind.value,
        sent=failure.script_sent,
        todo=failure.todo,
        offered_key=_key(failure.offered, failure.host or host) if failure.offered else None,
        missing_secret=failure.secret if failure.kind in _SECRETS else "",
    )


def _key(offered: OfferedKey, host: str) -> dict[str, str | int]:
    return {
        "host": host,
        "address": offered.name,
        "port": offered.port,
        "fingerprint": offered.fingerprint,
        "public_key": offered.public_key,
        "changed_from": offered.known_fingerprint,
    }
