"""What hosts with small programs tell of their machine: nothing stands against a registry."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_KERNEL: Final = {
    "proc/net/tcp": "  sl  local_address rem_address   st\n",
    "proc/sys/fs/nr_open": "1000000\n",
    "proc/meminfo": "MemTotal: 33554432 kB\nMemAvailable: 16777216 kB\n",
}
_PROGRAMS: Final = {
    "getconf": "echo 4",
    "uname": "echo x86_64",
    "pidof": "exit 1",
    "df": "printf 'H\\nfs 1 1 999999999 1% /\\n'",
}


def fit_for_registries(root: Path) -> None:
    """Give the host a large machine, whatever the tests run on."""
    for name, text in _KERNEL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="ascii")
    for name, text in _PROGRAMS.items():
        (root / "bin" / name).write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
        (root / "bin" / name).chmod(0o755)
