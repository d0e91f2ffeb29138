"""Passwords, one per credential group: a wrong one is tried on one host only.

Accounts are often shared over a fleet, and so are their lock-out counters (facts/fleet.md §5.2).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.wording import _


class PasswordUse(Enum):
    """What a password opens; the value is the kind in the secret's name."""

    LOGIN = "login"
    SUDO = "sudo"


_REFUSED: Final = {
    PasswordUse.LOGIN: FailureKind.AUTHENTICATION,
    PasswordUse.SUDO: FailureKind.SUDO_WRONG_PASSWORD,
}


def secret_name(host: Host, use: PasswordUse) -> str:
    """Return the name of the host's secret, as `sudo:default`."""
    return f"{use.value}:{host.credential}"


class Standing(Enum):
    """What is known of a password."""

    UNTRIED = "untried"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(slots=True)
class _Group:
    standing: Standing = Standing.UNTRIED
    refused_by: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Attempt:
    """One use of a password; without a verdict the next host of the group tries it."""

    password: Secret
    _host: str
    _group: _Group

    def was_right(self) -> None:
        """Let the other hosts of the group use it at once."""
        self._group.standing = Standing.RIGHT

    def was_wrong(self) -> None:
        """Keep the other hosts of the group from trying it, unless it was right on one before."""
        if self._group.standing is Standing.UNTRIED:
            self._group.standing = Standing.WRONG
            self._group.refused_by = self._host


class Passwords:
    """Hands out passwords; secrets are indexed by `<use>:<credential>`."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = secrets
        self._groups: dict[str, _Group] = defaultdict(_Group)

    def proven(self, host: Host, use: PasswordUse) -> Secret | None:
        """Return the host's password if it was right on another host of its group."""
        name = secret_name(host, use)
        return self._secrets[name] if self._groups[name].standing is Standing.RIGHT else None

    @asynccontextmanager
    async def of(self, host: Host, use: PasswordUse) -> AsyncIterator[Attempt]:
        """Yield an attempt; until one was right, hosts of a group wait for each other.

        Raises SSHFailure when there is no password, or it was wrong on another host.
        """
        name = secret_name(host, use)
        password = self._secrets.get(name)
        if password is None:
            raise SSHFailure(FailureKind.SECRET_MISSING, host=host.name, secret=name)
        group = self._groups[name]
        async with AsyncExitStack() as turn:
            if group.standing is Standing.UNTRIED:
                await turn.enter_async_context(group.turn)
            match group.standing:
                case Standing.RIGHT:
                    await turn.aclose()
                case Standing.WRONG:
                    raise SSHFailure(
                        _REFUSED[use],
                        host=host.name,
                        secret=name,
                        detail=_("refused by {host}; not tried here").format(host=group.refused_by),
                    )
                case Standing.UNTRIED:
                    pass
            yield Attempt(password, host.name, group)
