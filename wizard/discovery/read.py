"""Read one host: one exec, then parsing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from wizard.clock import Clock
from wizard.discovery.facts import HostFacts
from wizard.discovery.parse import parse_answer
from wizard.discovery.probe import DEFAULT_BOUND, compose
from wizard.discovery.sections import garbage
from wizard.fleet.host import Host
from wizard.ssh.transport import HostConnection
from wizard.target import Target

DEFAULT_TIMEOUT: Final = 90.0
"""Seconds for a whole host; every program on it has a bound of its own."""


def new_nonce() -> str:
    """Return a nonce that nobody can guess."""
    return secrets.token_hex(16)


async def read_host(
    connection: HostConnection,
    host: Host,
    *,
    target: Target | None,
    clock: Clock,
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109  # passed on: the transport bounds the exec
    nonces: Callable[[], str] = new_nonce,
    root: str = "",
    bound: int = DEFAULT_BOUND,
) -> HostFacts:
    """Return the facts of a host, read in one exec that changes nothing.

    Args:
        connection: open to the host.
        host: as the fleet names it.
        target: also looked at from the host; None while none is chosen.
        clock: ours; the skew of the host's clock is measured against it.
        timeout: seconds for the whole exec.
        nonces: where nonces come from.
        root: prefix of every file on the host, for practice hosts.
        bound: seconds that one program on the host may take.

    Raises SSHFailure, and ProtocolError when the answer makes no sense.
    """
    nonce = nonces()
    script = compose(target, nonce=nonce, root=root, bound=bound)
    result = await connection.run_script(script, nonce=nonce, timeout=timeout)
    now = clock.now()
    mark = nonce.encode() + b" "
    frames = [line[len(mark) :] for line in result.lines if line.startswith(mark)]
    if not frames:
        said = result.stderr_tail.decode(errors="replace").strip()[-300:]
        raise garbage(host.name, f"its shell ended with {result.exit_status}: {said or 'nothing'}")
    return parse_answer(host.name, nonce, frames, now=now, target=target)
