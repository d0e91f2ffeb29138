"""An inventory that has grown for years: groups, ranges, aliases, a jump host, hashed keys; pure.

A fleet behind a jump host has one. What it says of a connection is mostly in ssh_config, which
includes other files; logins differ by group, and half of the known host keys are hashed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.practice.designs import Login

GROUPS: Final[Mapping[Login, tuple[str, str]]] = {
    Login.ROOT: ("by-root", "none"),
    Login.SUDO: ("by-password", "password"),
    Login.SUDO_WITHOUT_PASSWORD: ("automated", "passwordless"),
}
"""Name of the group of each login, and how its hosts take sudo."""
_NAME: Final = re.compile(r"([a-z]+)(\d+)")
_IN_A_RACK: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One host of an inventory; `user` is who logs in."""

    name: str
    address: str
    port: int
    user: str
    login: Login


def alias_of(name: str) -> str:
    """Return what ssh_config calls a host."""
    return f"dc1-{name}"


def migration_text(
    entries: Sequence[Entry], *, ssh_config: str, sections: Mapping[str, Any]
) -> str:
    """Return a migration file; `sections` are those beside the hosts, as JSON has them.

    Hosts stay in their order; neighbours that differ in their number only are one range.
    """
    lines = [
        "# Container hosts of the first data centre. Ask the platform team before you edit this.",
        "version: 1",
        f"ssh_config: {ssh_config}",
        "groups:",
    ]
    for group, sudo in GROUPS.values():
        lines += [f"  {group}:", f"    sudo: {sudo}", f"    labels: {{login: {group}}}"]
    lines.append("hosts:")
    for run in _runs(entries):
        name, first = _ranged(run), run[0]
        lines += [
            f"  {name}:",
            f'    alias: "{alias_of(name)}"',
            f"    group: {GROUPS[first.login][0]}",
            f"    labels: {{role: {_parts(first.name)[0]}, rack: r{_rack(first.name)}}}",
        ]
    lines += [f"{key}: {json.dumps(value)}" for key, value in sections.items()]
    return "".join(f"{line}\n" for line in lines)


def ssh_config_text(jump: Entry, *, key: str, known_hosts: str, included: str) -> str:
    """Return the file that the others are included into; paths are absolute."""
    return (
        f'Include "{included}"\n\n'
        f"{_block([jump.name], jump)}    User {jump.user}\n\n"
        "Host *\n"
        "    User root\n"
        f'    IdentityFile "{key}"\n'
        "    IdentitiesOnly yes\n"
        f'    UserKnownHostsFile "{known_hosts}"\n'
        "    ServerAliveInterval 30\n"
    )


def included_texts(entries: Iterable[Entry], jump: Entry) -> dict[str, str]:
    """Return the included files by name: the way through the jump host, and every host."""
    blocks = []
    for entry in entries:
        user = "" if entry.user == "root" else f"    User {entry.user}\n"
        blocks.append(_block([alias_of(entry.name), entry.name], entry) + user)
    return {
        "10-jump.conf": f"Host * !{jump.name}\n    ProxyJump {jump.name}\n",
        "20-hosts.conf": "".join(blocks),
    }


def known_hosts_text(keys: Iterable[tuple[Entry, str]]) -> str:
    """Return known host keys, every second one under a hashed name as OpenSSH writes it."""
    lines = ["# The older ones are hashed: HashKnownHosts was on until the great cleaning.\n"]
    for number, (entry, key) in enumerate(keys):
        place = f"[{entry.address}]:{entry.port}"
        lines.append(f"{_hashed(place) if number % 2 else place} {key}\n")
    return "".join(lines)


def _hashed(place: str) -> str:
    salt = hashlib.sha256(place.encode()).digest()[:20]
    digest = hmac.digest(salt, place.encode(), "sha1")
    return "|".join(("", "1", *(base64.b64encode(part).decode() for part in (salt, digest))))


def _block(names: Iterable[str], entry: Entry) -> str:
    return f"Host {' '.join(names)}\n    HostName {entry.address}\n    Port {entry.port}\n"


def _runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield hosts that one line can stand for, in their order."""
    run: list[Entry] = []
    for entry in entries:
        if run and not _follows(run[-1], entry):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _follows(before: Entry, entry: Entry) -> bool:
    (role, number), (next_role, next_number) = _parts(before.name), _parts(entry.name)
    return (
        role == next_role
        and len(number) == len(next_number)
        and int(number) + 1 == int(next_number)
        and before.login is entry.login
        and _rack(before.name) == _rack(entry.name)
    )


def _ranged(run: Sequence[Entry]) -> str:
    role, first = _parts(run[0].name)
    return f"{role}[{first}:{_parts(run[-1].name)[1]}]" if len(run) > 1 else run[0].name


def _rack(name: str) -> int:
    return int(_parts(name)[1]) // _IN_A_RACK + 1


def _parts(name: str) -> tuple[str, str]:
    """Return role and number; hosts of other names have neither."""
    found = _NAME.fullmatch(name)
    return (found[1], found[2]) if found else (name, "0")
