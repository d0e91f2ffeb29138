"""This machine as the operator's jump host: it knows the registries by name, and a migration."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.fleet.instance import Fleet

# A mount namespace of its own: the machine's /etc/hosts stays as it is.
_WITH_HOSTS_FILE = 'mount --bind "$0" /etc/hosts && exec "$@"'


def knowing_names(fleet: Fleet, folder: Path, command: Sequence[str]) -> list[str]:
    """Return the command line that runs `command` where the registries' names resolve."""
    names = folder / "hosts"
    lines = [
        f"{registry.address}\t{registry.host}\n" for registry in (fleet.target, fleet.prefix_target)
    ]
    names.write_text("127.0.0.1\tlocalhost\n" + "".join(lines))
    return ["unshare", "--mount", "sh", "-c", _WITH_HOSTS_FILE, str(names), *command]


def migration_text(fleet: Fleet, hosts: Iterable[str]) -> str:
    """Return a migration file that knows the hosts and leaves the target to the wizard."""
    lines = [
        "version: 1",
        "defaults:",
        "  user: root",
        f"  identity_file: {fleet.operator_key}",
        f"  known_hosts: {fleet.known_hosts}",
        "hosts:",
    ]
    for name in hosts:
        host = fleet.hosts[name]
        login = "" if host.user == "root" else f", user: {host.user}, sudo: password"
        lines.append(f"  {name}: {{address: {host.address}{login}}}")
    return "\n".join(
        [
            *lines,
            "credentials:",
            "  default: {sudo_password: env:FLEET_SUDO}",
            "rollout:",
            "  waves: [2, 100%]",
            "  soak: 5",
            "",
        ]
    )


def open_wizard(fleet: Fleet) -> int:
    """Open the wizard in a folder of its own with the fleet's migration file; return its code."""
    folder = fleet.places.folder / "operator"
    folder.mkdir(exist_ok=True)
    hosts = [name for name, host in fleet.hosts.items() if "bastion" not in host.roles]
    canary = f"{fleet.target.repository}:only-target"
    target = f"target: {{url: {fleet.target.url}, ca_file: ca.pem, canary: {canary}}}\n"
    (folder / "migration.yaml").write_text(migration_text(fleet, hosts) + target)
    (folder / "ca.pem").write_bytes(fleet.target.ca_pem.read_bytes())
    passwords = [host.sudo_password for host in fleet.hosts.values() if host.sudo_password]
    environ = os.environ | {
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "PYTHONPATH": str(Path.cwd()),
        "FLEET_SUDO": passwords[-1] if passwords else "",
    }
    command = knowing_names(fleet, folder, [sys.executable, "-m", "wizard"])
    return subprocess.run(command, cwd=folder, env=environ, check=False).returncode
