"""Keys of a fleet's operator and hosts, and the files by which hosts are reached by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.fleet.catalogue import BASTION, HostDesign
from tests.fleet.command import run
from tests.fleet.instance import Fleet

_HEAD = """\
Host *
    UserKnownHostsFile {known_hosts}
    StrictHostKeyChecking yes
    IdentityFile {key}
    IdentitiesOnly yes
"""


def make_operator_key(fleet: Fleet) -> None:
    """Make the key that logs in everywhere."""
    _make_key("operator", fleet.operator_key)


def make_host_key(fleet: Fleet, design: HostDesign) -> None:
    """Make the key of a host, unless it has one."""
    path = fleet.places.keys / f"host-{design.name}"
    if not path.exists():
        _make_key(design.name, path)


def write_ssh_files(fleet: Fleet, designs: Iterable[HostDesign]) -> None:
    """Write `ssh_config` and `known_hosts` for hosts that have their keys."""
    config = _HEAD.format(known_hosts=fleet.known_hosts, key=fleet.operator_key)
    known = ""
    for design in designs:
        address = fleet.address(design.number)
        key = fleet.places.keys / f"host-{design.name}.pub"
        known += f"{design.name},{address} {' '.join(key.read_text().split()[:2])}\n"
        body = f"    HostName {address}\n    User {design.user}\n"
        config += f"\nHost {design.name}\n{body}"
        if design.name != BASTION:
            config += f"\nHost {design.name}-via-bastion\n{body}    ProxyJump {BASTION}\n"
    fleet.known_hosts.write_text(known)
    fleet.ssh_config.write_text(config)


def _make_key(comment: str, path: Path) -> None:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
