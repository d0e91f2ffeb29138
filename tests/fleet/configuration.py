"""The configuration files of a fleet's hosts, to see what a test has left on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.fleet.instance import Fleet

_FOLDERS: Final = ("etc/docker", "etc/containerd", "etc/containers", "etc/systemd/system")
_OF_EACH_BOOT: Final = "etc/docker/key.json"
"""Docker makes it where it is missing."""
Configuration = Mapping[str, bytes]
"""Contents of files, and targets of links, by `host:/path`."""


def configuration(fleet: Fleet) -> Configuration:
    """Read what configures the runtimes of every host, past the hosts themselves."""
    return {
        f"{host}:/{file.relative_to(root)}": content
        for host in fleet.hosts
        for root in (fleet.machine(host).root,)
        for file, content in _files(root)
    }


def differences(before: Configuration, after: Configuration) -> list[str]:
    """Say which files are other than before, and how."""
    return [
        f"{path} was {before.get(path)!r} and is {after.get(path)!r}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _files(root: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in _FOLDERS:
        for file in (root / folder).rglob("*"):
            if file.is_symlink():
                yield file, str(file.readlink()).encode()
            elif file.is_file() and file != root / _OF_EACH_BOOT:
                yield file, file.read_bytes()
