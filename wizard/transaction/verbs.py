"""Ask a host: one exec per verb over an open connection.

A lost connection is never guessed about: the transport's error passes through as it is, the
verb may have been carried out or not, and the caller connects again and asks `status`.
`holder` tells other operators who is at work, from where; `timeout` bounds the whole exec on
this side, in seconds, while the host keeps its own deadlines.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterable
from typing import Final

from wizard.errors import ProtocolError
from wizard.planning.plan import HostPlan
from wizard.ssh.transport import HostConnection, OnLine
from wizard.transaction import compose, frames
from wizard.transaction.answers import Answer, FileConflict, Ledger, Outcome, StepResult, Verb

OnStep = Callable[[StepResult], None]
_NONCE_BYTES: Final = 12
_LAST_WORDS: Final = frozenset({"answer", "end"})
"""A script that was killed on its way told some frames, and none of these."""
_ASK_TIMEOUT: Final = 60.0
_REVERT_TIMEOUT: Final = 600.0


async def apply(
    connection: HostConnection,
    plan: HostPlan,
    *,
    run: str,
    holder: str,
    lease: float,
    timeout: float,  # noqa: ASYNC109  # handed to the transport, which bounds the exec
    on_step: OnStep | None = None,
) -> Answer:
    """Change the host as planned, armed to revert after `lease` seconds unless confirmed.

    Raises PlanError, SSHFailure and ProtocolError.
    """
    nonce = new_nonce()
    script = compose.apply_script(plan, run=run, holder=holder, lease=lease, nonce=nonce)
    answer = frames.answer(
        await _frames(connection, script, nonce, timeout, _step_teller(connection, nonce, on_step)),
        verb=Verb.APPLY,
        host=connection.host.name,
    )
    if answer.outcome is not Outcome.DRIFT:
        return answer
    return dataclasses.replace(
        answer, conflicts=tuple(_with_plan(conflict, plan) for conflict in answer.conflicts)
    )


async def check(
    connection: HostConnection,
    *,
    run: str,
    holder: str,
    timeout: float = _REVERT_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Ask whether the change of `run` still holds: its files, and what its runtimes work with.

    What does not hold any more is taken back at once, but a foreign edit is left alone. Nothing
    is pulled again. Raises as `apply`.
    """
    return await _ask(connection, Verb.CHECK, timeout, run=run, holder=holder)


async def confirm(
    connection: HostConnection,
    *,
    run: str,
    holder: str,
    timeout: float = _REVERT_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Make the change of `run` permanent, if it is proven, in time and still holds.

    Otherwise as `check`; raises as `apply`.
    """
    return await _ask(connection, Verb.CONFIRM, timeout, run=run, holder=holder)


async def renew(
    connection: HostConnection,
    *,
    run: str,
    holder: str,
    lease: float,
    timeout: float = _ASK_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Move the deadline of `run` to `lease` seconds from now; raises as `apply`."""
    return await _ask(connection, Verb.RENEW, timeout, run=run, holder=holder, lease=lease)


async def revert(
    connection: HostConnection,
    *,
    run: str,
    holder: str,
    force: Iterable[str] = (),
    timeout: float = _REVERT_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Take an armed run back; paths in `force` even if somebody else changed them since.

    What a forced path held is kept in the ledger as `N.foreign`. Raises as `apply`.
    """
    return await _ask(connection, Verb.REVERT, timeout, run=run, holder=holder, force=force)


async def undo(
    connection: HostConnection,
    *,
    run: str,
    holder: str,
    force: Iterable[str] = (),
    timeout: float = _REVERT_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Take a run back whether it was confirmed or not; otherwise as `revert`."""
    return await _ask(connection, Verb.UNDO, timeout, run=run, holder=holder, force=force)


async def status(
    connection: HostConnection,
    *,
    run: str,
    holder: str = "",
    timeout: float = _ASK_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> Answer:
    """Return in which state `run` is on the host; raises as `apply`.

    An armed run whose deadline or boot is over takes itself back first.
    """
    return await _ask(connection, Verb.STATUS, timeout, run=run, holder=holder)


async def ledgers(
    connection: HostConnection,
    *,
    timeout: float = _ASK_TIMEOUT,  # noqa: ASYNC109  # as in apply
) -> tuple[Ledger, ...]:
    """Return every ledger on the host, whoever left it there; raises as `apply`."""
    nonce = new_nonce()
    script = compose.verb_script(Verb.LEDGERS, run="", holder="", nonce=nonce)
    told = await _frames(connection, script, nonce, timeout)
    return frames.ledgers(told, host=connection.host.name)


def new_nonce() -> str:
    """Return a nonce for one exec; it keeps answers apart from noise, and is no secret."""
    return secrets.token_hex(_NONCE_BYTES)


async def _ask(
    connection: HostConnection,
    verb: Verb,
    timeout: float,  # noqa: ASYNC109  # as in apply
    *,
    run: str,
    holder: str,
    lease: float = 0,
    force: Iterable[str] = (),
) -> Answer:
    nonce = new_nonce()
    script = compose.verb_script(
        verb, run=run, holder=holder, nonce=nonce, lease=lease, force=force
    )
    told = await _frames(connection, script, nonce, timeout)
    return frames.answer(told, verb=verb, host=connection.host.name)


async def _frames(
    connection: HostConnection,
    script: bytes,
    nonce: str,
    timeout: float,  # noqa: ASYNC109  # as in apply
    on_line: OnLine | None = None,
) -> list[frames.Frame]:
    host = connection.host.name
    result = await connection.run_script(script, nonce=nonce, timeout=timeout, on_line=on_line)
    told = frames.read_frames(result.lines, nonce=nonce, host=host)
    if told and told[-1].get("kind") in _LAST_WORDS:
        return told
    words = result.stderr_tail.decode(errors="replace").strip()
    raise ProtocolError(
        f"its shell ended with {result.exit_status} and no answer: {words or 'not a word'}",
        host=host,
        state="Its state is unknown until it is asked again.",
        todo="Ask its status; look at /var/lib/pilotage on the host if that fails too.",
    )


def _step_teller(connection: HostConnection, nonce: str, on_step: OnStep | None) -> OnLine | None:
    if on_step is None:
        return None
    host = connection.host.name

    def tell(line: bytes) -> None:
        frame = frames.read_frame(line, nonce=nonce, host=host)
        if frame is not None and frame.get("kind") == "step":
            on_step(frames.step_result(frame, host))

    return tell


def _with_plan(conflict: FileConflict, plan: HostPlan) -> FileConflict:
    """Add what the plan knows, which the host need not send."""
    change = next((change for change in plan.changes if change.path == conflict.path), None)
    if change is None:
        return conflict
    return dataclasses.replace(
        conflict, before=change.before.text if change.before else None, ours=change.after
    )
