"""The operator's keys: files are read and decrypted once, the agent is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.ssh.agent import SharedAgent
from wizard.ssh.failures import FailureKind, SSHFailure
from wizard.ssh.key_files import KeyFile, read_key_file
from wizard.ssh.library import asyncssh
from wizard.wording import _

_DEFAULT_NAMES: Final = ("id_ed25519", "id_ecdsa", "id_rsa")
_AGENT_SECONDS: Final = 5.0

Pairs = tuple[asyncssh.SSHKeyPair, ...]
_Wanted = tuple[tuple[str, ...], bool, str | None]


@dataclass(slots=True, kw_only=True)
class Keys:
    """What to offer to hosts with the same options, in order.

    Attributes:
        missing_passphrase: secret of a key file that was left out because it is encrypted,
            as `passphrase:<path>`; empty when none was.
        is_missing_wanted: that file was named for the host, not one of the default keys.
    """

    pairs: Pairs
    missing_passphrase: str = ""
    is_missing_wanted: bool = False

    def opened(self, pair: asyncssh.SSHKeyPair) -> None:
        """Offer this key first from now on: sshd counts each one it refuses (MaxAuthTries 6)."""
        if self.pairs and self.pairs[0] is not pair:
            self.pairs = (pair, *(other for other in self.pairs if other is not pair))


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
    _files: dict[str, KeyFile] = field(default_factory=dict)
    _loaded: dict[_Wanted, Keys] = field(default_factory=dict)
    _agents: dict[str, SharedAgent] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def for_host(self, host: Host) -> Keys:
        """Return the keys to offer to `host`, in order; raises SSHFailure."""
        wanted = (host.identity_files, host.identities_only, host.identity_agent)
        if wanted in self._loaded:
            return self._loaded[wanted]
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
        held = {pair.public_data for pair in agent}
        named: set[bytes] = set()
        pairs: list[asyncssh.SSHKeyPair] = []
        locked: list[str] = []
        for file in files:
            found = await self._read(file)
            named.add(found.public_data)
            if found.trouble and (explicit or f"passphrase:{file}" in self.secrets):
                raise SSHFailure(FailureKind.KEY_FILE, host=host.name, detail=found.trouble)
            if found.is_locked and found.public_data not in held:
                locked.append(f"passphrase:{file}")
            pairs += found.pairs
        if locked and not agent and not pairs and explicit:
            raise SSHFailure(
                FailureKind.SECRET_MISSING,
                host=host.name,
                detail=locked[0].removeprefix("passphrase:"),
                secret=locked[0],
            )
        others = () if host.identities_only and explicit else agent
        return Keys(
            # Servers end the login after six keys: those that were asked for come first.
            pairs=_once((*(key for key in agent if key.public_data in named), *pairs, *others)),
            missing_passphrase=locked[0] if locked else "",
            is_missing_wanted=bool(locked) and explicit,
        )

    async def _read(self, file: str) -> KeyFile:
        if file not in self._files:
            passphrase = self.secrets.get(f"passphrase:{file}")
            self._files[file] = await asyncio.to_thread(read_key_file, file, passphrase)
        return self._files[file]

    async def _agent_keys(self, path: str | None, host: str) -> Pairs:
        if not path or path == "none":
            return ()
        try:
            async with asyncio.timeout(_AGENT_SECONDS):
                if path not in self._agents:
                    agent = SharedAgent(path)
                    await agent.connect()
                    self._agents[path] = agent
                return tuple(await self._agents[path].get_keys())
        except TimeoutError as error:
            raise SSHFailure(
                FailureKind.KEY_FILE,
                host=host,
                detail=_("{path}: the agent does not answer").format(path=path),
            ) from error
        except (OSError, ValueError):
            # A socket left behind by an agent that is gone is no reason not to use key files.
            return ()

    async def aclose(self) -> None:
        """Close the connections to agents."""
        for agent in self._agents.values():
            await agent.aclose()
        self._agents.clear()


def _once(pairs: Iterable[asyncssh.SSHKeyPair]) -> Pairs:
    """Return the pairs without those whose public half came before."""
    return tuple({pair.public_data: pair for pair in reversed(tuple(pairs))}.values())[::-1]
