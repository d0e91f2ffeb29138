"""What the operator of a practice fleet has at hand: a migration file, a key, known hosts.

All of it lies in one directory that can serve as the operator's home. Paths in the files are
relative to it, as far as their formats know such paths.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncssh

from wizard.practice.designs import HostDesign, Login
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.root import LOGIN

MIGRATION: Final = "migration.yaml"
CA: Final = "ca.pem"
KEY: Final = "id_ed25519"
KNOWN_HOSTS: Final = "known_hosts"
SSH_CONFIG: Final = "ssh_config"
PASSWORD: Final = "sudo_password"  # noqa: S105  # the name of a file
_PRIVATE: Final = 0o600
_SUDO: Final[Mapping[Login, str]] = {
    Login.ROOT: "none",
    Login.SUDO: "password",
    Login.SUDO_WITHOUT_PASSWORD: "passwordless",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFiles:
    """Writes the operator's directory.

    Attributes:
        folder: the directory.
        key: the operator's private key.
        password: of `op`, for login and sudo.
        ca_pem: the authority of the target.
    """

    folder: Path
    key: asyncssh.SSHKey
    password: str
    ca_pem: str

    def write(
        self,
        hosts: Sequence[tuple[HostDesign, PracticeHost]],
        *,
        target: Mapping[str, Any],
        rollout: Mapping[str, Any],
        jump: PracticeHost | None = None,
    ) -> None:
        """Write everything; hosts are told in their order.

        Args:
            hosts: they listen.
            target: the section `target` of the migration file.
            rollout: the section `rollout`.
            jump: the host that leads to all others.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._private(KEY, self.key.export_private_key("openssh"))
        self._private(PASSWORD, f"{self.password}\n".encode())
        (self.folder / f"{KEY}.pub").write_bytes(self.key.export_public_key())
        (self.folder / CA).write_text(self.ca_pem)
        every = [*(host for _design, host in hosts), *([jump] if jump else [])]
        (self.folder / KNOWN_HOSTS).write_text("".join(map(known_line, every)))
        migration = _migration(hosts, target=target, rollout=rollout, jump=jump)
        (self.folder / MIGRATION).write_text(migration)
        (self.folder / SSH_CONFIG).write_text(self._ssh_config(hosts, jump))

    def _private(self, name: str, content: bytes) -> None:
        place = self.folder / name
        place.touch(mode=_PRIVATE)
        place.write_bytes(content)

    def _ssh_config(
        self, hosts: Sequence[tuple[HostDesign, PracticeHost]], jump: PracticeHost | None
    ) -> str:
        """Return a file for `ssh -F`, so that a person can look at a host too."""
        blocks = [_block(host, _user(design)) for design, host in hosts]
        if jump:
            blocks = [f"{block}    ProxyJump {jump.name}\n" for block in blocks]
            blocks.append(_block(jump, LOGIN))
        common = (
            f"Host *\n    IdentityFile {self.folder / KEY}\n    IdentitiesOnly yes\n"
            f"    UserKnownHostsFile {self.folder / KNOWN_HOSTS}\n"
        )
        return "".join((*blocks, common))


def known_line(host: PracticeHost) -> str:
    """Return the line of known_hosts of a host."""
    return f"[{host.address}]:{host.port} {host.ssh.public_key}\n"


def _user(design: HostDesign) -> str:
    return "root" if design.login is Login.ROOT else LOGIN


def _block(host: PracticeHost, user: str) -> str:
    return f"Host {host.name}\n    HostName {host.address}\n    Port {host.port}\n    User {user}\n"


def _migration(
    hosts: Sequence[tuple[HostDesign, PracticeHost]],
    *,
    target: Mapping[str, Any],
    rollout: Mapping[str, Any],
    jump: PracticeHost | None,
) -> str:
    """Return the migration file; JSON is YAML, and thousands of hosts are written at once."""
    defaults: dict[str, Any] = {"identity_file": KEY, "known_hosts": KNOWN_HOSTS}
    if jump:
        defaults["proxy_jump"] = f"{LOGIN}@{jump.address}:{jump.port}"
    lines = ["version: 1", f"defaults: {json.dumps(defaults)}", "hosts:"]
    for design, host in hosts:
        options = {
            "address": host.address,
            "port": host.port,
            "user": _user(design),
            "sudo": _SUDO[design.login],
            "labels": {"flavour": design.flavour},
        }
        lines.append(f"  {host.name}: {json.dumps(options)}")
    credentials = {"default": {"sudo_password": f"file:{PASSWORD}"}}
    lines += (
        f"credentials: {json.dumps(credentials)}",
        f"target: {json.dumps(dict(target))}",
        f"rollout: {json.dumps(dict(rollout))}",
    )
    return "\n".join(lines) + "\n"
