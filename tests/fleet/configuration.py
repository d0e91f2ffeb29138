"""The configuration files of a fleet's hosts, to see what a test has left on them."""

from __future__ import annotations

import os
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
        f"{host}:/{folder}{file}": content
        for host in fleet.hosts
        for folder in _FOLDERS
        for file, content in _files(fleet.places.host(host) / "root" / folder)
        if f"{folder}{file}" != _OF_EACH_BOOT
    }


def differences(before: Configuration, after: Configuration) -> list[str]:
    """Say which files are other than before, and how."""
    return [
        f"{path} was {before.get(path)!r} and is {after.get(path)!r}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _files(folder: Path, below: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the path below a folder, and the content; read before and after every test."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            path, name = Path(entry.path), f"{below}/{entry.name}"
            if entry.is_symlink():
                yield name, str(path.readlink()).encode()
            elif entry.is_dir():
                yield from _files(path, name)
            elif entry.is_file():
                yield name, path.read_bytes()
