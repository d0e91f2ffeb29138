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

from wizard.practice import old_inventory
from wizard.practice.designs import HostDesign, Login
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.root import LOGIN
from wizard.ssh.library import asyncssh

MIGRATION: Final = "migration.yaml"
CA: Final = "ca.pem"
KEY: Final = "id_ed25519"
KNOWN_HOSTS: Final = "known_hosts"
SSH_CONFIG: Final = "ssh_config"
PASSWORD: Final = "sudo_password"  # noqa: S105  # the name of a file
_PRIVATE: Final = 0o600


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
            jump: the host that leads to all others; with it the inventory is an old one.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._private(KEY, self.key.export_private_key("openssh"))
        self._private(PASSWORD, f"{self.password}\n".encode())
        (self.folder / f"{KEY}.pub").write_bytes(self.key.export_public_key())
        (self.folder / CA).write_text(self.ca_pem)
        sections = {
            "credentials": {"default": {"sudo_password": f"file:{PASSWORD}"}},
            "target": dict(target),
            "rollout": dict(rollout),
        }
        if jump:
            self._write_old_inventory(hosts, jump, sections)
        else:
            (self.folder / KNOWN_HOSTS).write_text("".join(known_line(one) for _, one in hosts))
            (self.folder / MIGRATION).write_text(_migration(hosts, sections))
            (self.folder / SSH_CONFIG).write_text(self._ssh_config(hosts))

    def write_passwords(self, passwords: Mapping[str, str]) -> None:
        """Write further passwords, each into the file of its name."""
        for name, password in passwords.items():
            self._private(name, f"{password}\n".encode())

    def _write_old_inventory(
        self,
        hosts: Sequence[tuple[HostDesign, PracticeHost]],
        jump: PracticeHost,
        sections: Mapping[str, Any],
    ) -> None:
        entries = [_entry(host, _user(design), design.login) for design, host in hosts]
        bastion = _entry(jump, LOGIN, Login.SUDO_WITHOUT_PASSWORD)
        keys = [host.ssh.public_key for _design, host in hosts]
        known = old_inventory.known_hosts_text(
            [(bastion, jump.ssh.public_key), *zip(entries, keys, strict=True)]
        )
        (self.folder / KNOWN_HOSTS).write_text(known)
        migration = old_inventory.migration_text(entries, ssh_config=SSH_CONFIG, sections=sections)
        (self.folder / MIGRATION).write_text(migration)
        included = self.folder / f"{SSH_CONFIG}.d"
        included.mkdir(exist_ok=True)
        for name, text in old_inventory.included_texts(entries, bastion).items():
            (included / name).write_text(text)
        config = old_inventory.ssh_config_text(
            bastion,
            key=str(self.folder / KEY),
            known_hosts=str(self.folder / KNOWN_HOSTS),
            included=f"{included}/*.conf",
        )
        (self.folder / SSH_CONFIG).write_text(config)

    def _private(self, name: str, content: bytes) -> None:
        place = self.folder / name
        place.touch(mode=_PRIVATE)
        place.write_bytes(content)

    def _ssh_config(self, hosts: Sequence[tuple[HostDesign, PracticeHost]]) -> str:
        """Return a file for `ssh -F`, so that a person can look at a host too."""
        blocks = [_block(host, _user(design)) for design, host in hosts]
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


def _entry(host: PracticeHost, user: str, login: Login) -> old_inventory.Entry:
    return old_inventory.Entry(
        name=host.name, address=host.address, port=host.port, user=user, login=login
    )


def _migration(
    hosts: Sequence[tuple[HostDesign, PracticeHost]], sections: Mapping[str, Any]
) -> str:
    """Return the migration file; JSON is YAML, and thousands of hosts are written at once."""
    defaults = {"identity_file": KEY, "known_hosts": KNOWN_HOSTS}
    lines = ["version: 1", f"defaults: {json.dumps(defaults)}", "hosts:"]
    for design, host in hosts:
        options = {
            "address": host.address,
            "port": host.port,
            "user": _user(design),
            "sudo": old_inventory.GROUPS[design.login][1],
            "labels": {"flavour": design.flavour},
        }
        lines.append(f"  {host.name}: {json.dumps(options)}")
    lines += [f"{key}: {json.dumps(value)}" for key, value in sections.items()]
    return "".join(f"{line}\n" for line in lines)
