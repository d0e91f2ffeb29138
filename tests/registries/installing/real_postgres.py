"""A real PostgreSQL of Debian on a socket of its own, by a user who is not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PATIENCE: Final = 60


def programs() -> Path | None:
    """Return the directory of the newest PostgreSQL here, None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    return found[-1].parent if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A server that runs; `environ` leads clients to it."""

    folder: Path
    bin: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return what a client needs."""
        path = f"{self.bin}:/usr/bin:/bin:/usr/sbin:/sbin"
        return {"PATH": path, "PGHOST": str(self.folder), "PGUSER": "postgres", "HOME": "/root"}

    def ask(self, sql: str, *, database: str = "postgres") -> str:
        """Return what a statement says, columns parted by `|`."""
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )
        return done.stdout.strip()


@contextmanager
def running(bin_: Path) -> Iterator[Postgres]:
    """Yield a server that is gone afterwards, its directory too."""
    folder = Path(tempfile.mkdtemp(prefix="pilotage-pg-"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            timeout=_PATIENCE,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            **owner,
        )

    data = folder / "data"
    try:
        run(str(bin_ / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        log = str(folder / "log")
        run(str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start")
        try:
            yield Postgres(folder=folder, bin=bin_)
        finally:
            run(str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
