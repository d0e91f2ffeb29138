"""What a Debian or Ubuntu machine needs before the real fleet and its tests can run on it.

Imports nothing but the standard library: the Makefile asks before anything else is there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.fleet.command import SEARCH
from tests.fleet.errors import FleetError

# Debian package -> the file or command that tells that it is installed.
NEEDED: Mapping[str, str] = {
    "busybox-static": "busybox",
    "ca-certificates": "/usr/sbin/update-ca-certificates",
    "curl": "curl",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "debootstrap": "debootstrap",
    "docker-registry": "docker-registry",
    "e2fsprogs": "chattr",
    "iproute2": "ip",
    "nginx-light": "nginx",
    "openssh-client": "ssh-keygen",
    "openssh-server": "/usr/sbin/sshd",
    "openssl": "openssl",
    "postgresql": "pg_ctlcluster",
    "skopeo": "skopeo",
    "systemd-container": "systemd-nspawn",
    "tmux": "tmux",
    "util-linux": "nsenter",
    "wget": "wget",
}


def is_there(tool: str) -> bool:
    """Tell whether a file (absolute path) or a command (plain name) exists here."""
    return Path(tool).exists() if tool.startswith("/") else bool(shutil.which(tool, path=SEARCH))


def missing(is_there: Callable[[str], bool] = is_there) -> tuple[str, ...]:
    """Return the Debian packages that are needed and not installed, in alphabetical order."""
    return tuple(name for name, tool in sorted(NEEDED.items()) if not is_there(tool))


def require_machine(*, user: int | None = None, is_there: Callable[[str], bool] = is_there) -> None:
    """Refuse a machine on which no fleet can run.

    Raises:
        FleetError: not root, or packages are missing; the text names them.
    """
    if (os.geteuid() if user is None else user) != 0:
        raise FleetError("the real fleet boots hosts and bridges: it must be run as root")
    if absent := missing(is_there):
        raise FleetError(f"the real fleet needs Debian packages: apt install {' '.join(absent)}")
