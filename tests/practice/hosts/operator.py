"""The operator of a practice fleet: runs the command `pilotage` with the fleet's own files."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.practice.fleet import PracticeFleet

SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who has nothing but what the fleet has written for them."""

    fleet: PracticeFleet

    async def json(self, *arguments: str) -> dict[str, Any]:
        """Run `pilotage … --json` and return its document; a failure fails the test."""
        status, output, errors = await self.run(*arguments, "--json")
        assert status == 0, f"pilotage {' '.join(arguments)}\n{output.decode()}\n{errors.decode()}"
        document: dict[str, Any] = json.loads(output)
        return document

    async def run(self, *arguments: str) -> tuple[int | None, bytes, bytes]:
        """Run `pilotage` and return its exit code, output and errors."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wizard", *arguments),
            cwd=self.fleet.operator,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path.cwd()),
                "HOME": str(self.fleet.operator),
                "XDG_STATE_HOME": str(self.fleet.home / "state"),
                "LANG": "C.UTF-8",
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(SECONDS):
            output, errors = await process.communicate()
        return process.returncode, output, errors


def host_states(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of each host in a `run` document."""
    return {host["name"]: host["state"] for host in document["hosts"]}


def photograph(fleet: PracticeFleet) -> dict[str, tuple[int, bytes]]:
    """Return kind, mode and content of everything below /etc of every host."""
    return {
        f"{name}:{path.relative_to(host.root)}": _entry(path)
        for name, host in fleet.hosts.items()
        for path in sorted((host.root / "etc").rglob("*"))
    }


def _entry(path: Path) -> tuple[int, bytes]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return mode, os.readlink(path).encode()  # noqa: PTH115  # bytes of the link
    return mode, path.read_bytes() if stat.S_ISREG(mode) else b""
