"""One login as asyncssh sees it: which host key came, and whether a password was wanted."""

from __future__ import annotations

import copy
from contextlib import AsyncExitStack

from wizard.fleet.host import Host
from wizard.ssh.failures import SSHFailure
from wizard.ssh.keys import Keys
from wizard.ssh.known_hosts import KnownKeys, fingerprint_of
from wizard.ssh.library import asyncssh
from wizard.ssh.passwords import Attempt, Passwords, PasswordUse


class Login(asyncssh.SSHClient):
    """Refuses every host key that is not known, and sends the group's password at most once.

    Attributes:
        known: what is known of the host.
        keys: what may be offered to it.
        offered: the host key that was refused.
        refusal: why no password was given, where the host wanted one.
    """

    def __init__(self, host: Host, known: KnownKeys, keys: Keys, passwords: Passwords) -> None:
        self.known = known
        self.keys = keys
        self.offered: asyncssh.SSHKey | None = None
        self.refusal: SSHFailure | None = None
        self._host = host
        self._passwords = passwords
        self._turn = AsyncExitStack()
        self._attempt: Attempt | None = None
        self._to_offer = list(keys.pairs)
        self._offered: list[asyncssh.SSHKeyPair] = []

    @property
    def offered_keys(self) -> tuple[str, ...]:
        """Return types and fingerprints of the keys that the host was offered."""
        return tuple(
            f"{pair.key_algorithm.decode()} {fingerprint_of(pair.key_public_data)}"
            for pair in self._offered
        )

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Remember a key that is not among the known ones, and refuse it."""
        del host, addr, port
        self.offered = key
        return False

    def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """Return the next key to offer.

        A copy: asyncssh notes the host's choice of signature in the pair, and the same key is
        in use on other connections.
        """
        if not self._to_offer:
            return None
        self._offered.append(self._to_offer.pop(0))
        return copy.copy(self._offered[-1])

    def succeeded(self) -> None:
        """Let the key that opened this door be the first at the next one."""
        if self._offered and self._attempt is None:
            self.keys.opened(self._offered[-1])

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
