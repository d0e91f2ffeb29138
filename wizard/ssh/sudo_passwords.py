"""Sudo passwords, one per credential group: a wrong one is tried on one host only."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.failures import FailureKind, SSHFailure


class _Standing(Enum):
    UNTRIED = "untried"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(slots=True)
class _Group:
    standing: _Standing = _Standing.UNTRIED
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Attempt:
    """One use of a password; the user says how it went."""

    password: Secret
    _group: _Group

    def was_right(self) -> None:
        """Let the other hosts of the group use it at once."""
        self._group.standing = _Standing.RIGHT

    def was_wrong(self) -> None:
        """Keep the other hosts of the group from trying it."""
        self._group.standing = _Standing.WRONG


class SudoPasswords:
    """Hands out sudo passwords; secrets are indexed by `sudo:<credential>`."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = secrets
        self._groups: dict[str, _Group] = defaultdict(_Group)

    @asynccontextmanager
    async def of(self, host: Host) -> AsyncIterator[Attempt]:
        """Yield an attempt; until one was right, hosts of a group wait for each other.

        Raises SSHFailure when there is no password, or it was wrong on another host.
        """
        key = f"sudo:{host.credential}"
        password = self._secrets.get(key)
        if password is None:
            raise SSHFailure(FailureKind.SECRET_MISSING, host=host.name, secret=key)
        group = self._groups[key]
        if group.standing is _Standing.RIGHT:
            yield Attempt(password, group)
            return
        async with group.turn:
            if group.standing is _Standing.WRONG:
                raise SSHFailure(FailureKind.SUDO_WRONG_PASSWORD, host=host.name, secret=key)
            yield Attempt(password, group)
