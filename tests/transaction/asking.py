"""The verbs with the arguments that most tests share."""

from __future__ import annotations

from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import HostPlan
from wizard.transaction import compose, frames, verbs
from wizard.transaction.answers import Answer, Verb
from wizard.transaction.compose import Library
from wizard.transaction.verbs import OnStep

HOLDER = "alice@jump from 203.0.113.5"


async def apply(
    host: PracticeHost,
    plan: HostPlan,
    *,
    run: str = "r1",
    lease: float = 120,
    on_step: OnStep | None = None,
) -> Answer:
    """Apply `plan`."""
    return await verbs.apply(
        host, plan, run=run, holder=HOLDER, lease=lease, timeout=60, on_step=on_step
    )


async def check(host: PracticeHost, *, run: str = "r1") -> Answer:
    """Ask whether the run still holds."""
    return await verbs.check(host, run=run, holder=HOLDER)


async def confirm(host: PracticeHost, *, run: str = "r1") -> Answer:
    """Confirm the run."""
    return await verbs.confirm(host, run=run, holder=HOLDER)


async def renew(host: PracticeHost, *, run: str = "r1", lease: float = 120) -> Answer:
    """Renew the lease of the run."""
    return await verbs.renew(host, run=run, holder=HOLDER, lease=lease)


async def revert(host: PracticeHost, *, run: str = "r1", force: tuple[str, ...] = ()) -> Answer:
    """Revert the run."""
    return await verbs.revert(host, run=run, holder=HOLDER, force=force)


async def undo(host: PracticeHost, *, run: str = "r1", force: tuple[str, ...] = ()) -> Answer:
    """Undo the run."""
    return await verbs.undo(host, run=run, holder=HOLDER, force=force)


async def status(host: PracticeHost, *, run: str = "r1") -> Answer:
    """Ask for the state of the run."""
    return await verbs.status(host, run=run, holder=HOLDER)


async def verb(host: PracticeHost, which: Verb, *, library: Library) -> Answer:
    """Ask the run anything but apply, by another library than the shipped one."""
    script = compose.verb_script(which, run="r1", holder="x", nonce="N", lease=120, library=library)
    return await answered(host, script, which)


async def answered(host: PracticeHost, script: bytes, which: Verb) -> Answer:
    """Return the answer to a script of that verb whose nonce is N."""
    _, output, _ = await host.execute(script)
    told = frames.read_frames(output.split(b"\n"), nonce="N", host="practice")
    return frames.answer(told, verb=which, host="practice")
