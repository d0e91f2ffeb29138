"""What people do on hosts by hand: edits that keep a file valid; pure."""

from __future__ import annotations

from typing import Final

from wizard.practice.designs import HostDesign

DAEMON_JSON: Final = "/etc/docker/daemon.json"
CONTAINERD_TOML: Final = "/etc/containerd/config.toml"
_ANNOTATION: Final = b"# Seen by the night shift: node drained and back.\n"


def file_people_edit(design: HostDesign) -> str:
    """Return the path of the file that people edit on such a host."""
    return DAEMON_JSON if design.docker else CONTAINERD_TOML


def edited(path: str, before: bytes) -> bytes:
    """Return what a person makes of such a file; empty for one that was not there."""
    if path == CONTAINERD_TOML:
        return before + _ANNOTATION
    if not before.strip():
        return b'{\n  "max-concurrent-uploads": 3\n}\n'
    head, brace, tail = before.rpartition(b"}")
    comma = b"" if head.rstrip().endswith(b"{") else b","
    return head.rstrip() + comma + b'\n  "max-concurrent-uploads": 3\n' + brace + tail
