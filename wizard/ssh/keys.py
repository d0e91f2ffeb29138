"""The operator's keys: files are read and decrypted once, the agent is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncssh

from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.failures import FailureKind, SSHFailure

_DEFAULT_NAMES: Final = ("id_ed25519", "id_ecdsa", "id_rsa")
_AGENT_SECONDS: Final = 5.0

Keys = tuple[asyncssh.SSHKeyPair, ...]
_Wanted = tuple[tuple[str, ...], bool, str | None]


@dataclass(slots=True, kw_only=True)
class KeyRing:
    """Keys for logging in, loaded at first use and shared by all connections.

    Attributes:
        secrets: passphrases by `passphrase:<path>`.
        agent_path: socket of the operator's agent, or None.
        home: the operator's home directory, for the default keys.
    """

    secrets: Mapping[str, Secret]
    agent_path: str | None
    home: Path
    _loaded: dict[_Wanted, Keys] = field(default_factory=dict)
    _agents: dict[str, asyncssh.SSHAgentClient] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def for_host(self, host: Host) -> Keys:
        """Return the keys to offer to `host`, in order; raises SSHFailure."""
        wanted = (host.identity_files, host.identities_only, host.identity_agent)
        async with self._turn:
            if wanted not in self._loaded:
                self._loaded[wanted] = await self._load(host)
            return self._loaded[wanted]

    async def _load(self, host: Host) -> Keys:
        agent = await self._agent_keys(host.identity_agent or self.agent_path, host.name)
        explicit = bool(host.identity_files)
        files: Sequence[str] = host.identity_files or [
            str(path) for name in _DEFAULT_NAMES if (path := self.home / ".ssh" / name).is_file()
        ]
        pairs: list[asyncssh.SSHKeyPair] = []
        for file in files:
            key = self._read(file, host.name, may_skip=bool(agent) or not explicit)
            if key is not None:
                pairs += asyncssh.load_keypairs([key])
        if host.identities_only and explicit:
            named = {pair.public_data for pair in pairs} | _public_halves(files)
            agent = tuple(key for key in agent if key.public_data in named)
        return (*agent, *pairs)

    def _read(self, file: str, host: str, *, may_skip: bool) -> asyncssh.SSHKey | None:
        key_name = f"passphrase:{file}"
        passphrase = self.secrets.get(key_name)
        try:
            return asyncssh.read_private_key(file, passphrase.reveal() if passphrase else None)
        except asyncssh.KeyEncryptionError as error:
            raise SSHFailure(FailureKind.KEY_FILE, host=host, detail=f"{file}: {error}") from error
        except asyncssh.KeyImportError as error:
            if passphrase is None and "passphrase" in str(error).lower():
                if may_skip:
                    return None
                raise SSHFailure(
                    FailureKind.SECRET_MISSING, host=host, detail=file, secret=key_name
                ) from error
            raise SSHFailure(FailureKind.KEY_FILE, host=host, detail=f"{file}: {error}") from error
        except OSError as error:
            raise SSHFailure(
                FailureKind.KEY_FILE, host=host, detail=f"{file}: {error.strerror}"
            ) from error

    async def _agent_keys(self, path: str | None, host: str) -> Keys:
        if not path or path == "none":
            return ()
        try:
            async with asyncio.timeout(_AGENT_SECONDS):
                if path not in self._agents:
                    self._agents[path] = await asyncssh.connect_agent(path)
                return tuple(await self._agents[path].get_keys())
        except TimeoutError as error:
            raise SSHFailure(
                FailureKind.KEY_FILE, host=host, detail=f"{path}: the agent does not answer"
            ) from error
        except (OSError, ValueError):
            # A socket left behind by an agent that is gone is no reason not to use key files.
            return ()

    async def aclose(self) -> None:
        """Close the connections to agents."""
        for agent in self._agents.values():
            agent.close()
        for agent in self._agents.values():
            await agent.wait_closed()
        self._agents.clear()


def _public_halves(files: Sequence[str]) -> set[bytes]:
    """Return the public keys beside private ones, to find those in an agent."""
    found = set()
    for file in files:
        public = Path(f"{file}.pub")
        if public.is_file():
            try:
                found.add(asyncssh.read_public_key(public).public_data)
            except asyncssh.KeyImportError:
                continue
    return found
