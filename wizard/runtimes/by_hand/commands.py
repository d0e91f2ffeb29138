"""Commands that a person can paste, one in a line; file contents are in them byte for byte."""

from __future__ import annotations

import shlex
from typing import Final

from wizard.planning.paths import HOSTS_CA
from wizard.runtimes.hosts_toml import HostsFile, target_entry
from wizard.target import Target, upstream_server
from wizard.wording import _

CA: Final = "/etc/pilotage-ca.pem"


def hosts_text(target: Target, *, ca: str = HOSTS_CA) -> str:
    """Return the hosts.toml of one upstream; a `ca` without a directory is beside it (§2.4)."""
    entry = target_entry(target, ca=ca if target.ca_pem else "", dial_timeout=False)
    file = HostsFile(server=upstream_server(target.upstream), hosts=(entry,))
    mark, _end, text = file.text().partition("\n")
    return text if mark.startswith("#") else file.text()


def write_hosts_files(target: Target, directory: str) -> tuple[str, ...]:
    """Return the commands that lead each upstream below a `certs.d` to the target.

    The CA comes first: one that is missing fails every pull (facts/runtimes.md §2.2).
    """
    commands = []
    for one in target.by_upstream:
        folder = f"{directory}/{one.upstream}"
        commands.append(f"mkdir -p {shlex.quote(folder)}")
        if target.ca_pem:
            commands.append(put_ca(f"{folder}/{HOSTS_CA}"))
        commands.append(write_file(f"{folder}/hosts.toml", hosts_text(one)))
    return tuple(commands)


def write_file(path: str, text: str) -> str:
    """Return the command that writes a file."""
    lines = " ".join(shlex.quote(line) for line in text.removesuffix("\n").split("\n"))
    return f"printf '%s\\n' {lines} >{shlex.quote(path)}"


def put_ca(path: str) -> str:
    """Return the words for bringing the target's CA to a host."""
    return _("Copy the target's CA to {path}.").format(path=path)


def buildkit_lines(target: Target) -> tuple[str, ...]:
    """Return the lines of a buildkitd.toml, where a project follows /v2 (facts/runtimes.md §5)."""
    lines = []
    for one in target.by_upstream:
        place = f"{target.authority}/{one.prefix}".rstrip("/")
        lines += [f'[registry."{one.upstream}"]', f'  mirrors = ["{place}"]']
    if target.ca_pem:
        lines += [f'[registry."{target.authority}"]', f'  ca = ["{CA}"]']
    return tuple(lines)
