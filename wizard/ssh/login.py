"""One login as asyncssh sees it: which host key came, and whether a password was wanted."""

from __future__ import annotations

from contextlib import AsyncExitStack

import asyncssh

from wizard.fleet.host import Host
from wizard.ssh.failures import SSHFailure
from wizard.ssh.known_hosts import KnownKeys
from wizard.ssh.passwords import Attempt, Passwords, PasswordUse


class Login(asyncssh.SSHClient):
    """Refuses every host key that is not known, and sends the group's password at most once.

    Attributes:
        known: what is known of the host.
        offered: the host key that was refused.
        refusal: why no password was given, where the host wanted one.
    """

    def __init__(self, host: Host, known: KnownKeys, passwords: Passwords) -> None:
        self.known = known
        self.offered: asyncssh.SSHKey | None = None
        self.refusal: SSHFailure | None = None
        self._host = host
        self._passwords = passwords
        self._turn = AsyncExitStack()
        self._attempt: Attempt | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Remember a key that is not among the known ones, and refuse it."""
        del host, addr, port
        self.offered = key
        return False

    async def password(self) -> str | None:
        """Return the password that the host asks for, None where there is none to give."""
        try:
            self._attempt = await self._turn.enter_async_context(
                self._passwords.of(self._host, PasswordUse.LOGIN)
            )
        except SSHFailure as failure:
            self.refusal = failure
            return None
        return self._attempt.password.reveal()

    async def settle(self, *, let_in: bool | None) -> None:
        """Say how it ended, None when it is not known, and let the other hosts go on."""
        if self._attempt is not None and let_in is True:
            self._attempt.was_right()
        if self._attempt is not None and let_in is False:
            self._attempt.was_wrong()
        await self._turn.aclose()
