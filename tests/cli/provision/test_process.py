"""The command as a process of its own, over real TLS: killed anywhere, it goes on."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from tests.cli.provision.served import served
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.secret import Secret

PASSWORD: Final = Secret("practice-planted")
MIGRATION: Final = """\
version: 1
hosts: [web1]
target:
  kind: nexus
  url: {url}
  ca_file: ca.pem
  username: admin
  password: file:password
  upstreams: {{quay.io: {{prefix: quay}}}}
  provision:
    nexus: {{eula: accepted, quota: 200GiB, hosted: {{own: {{port: 8083}}}}}}
"""
_SECONDS: Final = 60


class Killer:
    """Kills the process when it asks for its n-th change, which is answered all the same."""

    def __init__(self, at: int) -> None:
        self.changes = 0
        self.process: asyncio.subprocess.Process | None = None
        self.command_line = b""
        self._at = at

    def __call__(self, method: str) -> None:
        """Count a request."""
        if method == "GET" or self.process is None:
            return
        self.changes += 1
        if self.changes == 1:
            self.command_line = Path(f"/proc/{self.process.pid}/cmdline").read_bytes()
        if self.changes == self._at:
            self.process.send_signal(signal.SIGKILL)


async def run(folder: Path, killer: Killer) -> tuple[int, bytes, bytes]:
    """Run the command, and return its exit code and its two streams."""
    environ = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    migration = str(folder / "migration.yaml")
    arguments = ("-m", migration, "registry", "provision", "--yes", "--json")
    killer.process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
    )
    async with asyncio.timeout(_SECONDS):
        out, err = await killer.process.communicate()
    return killer.process.returncode or 0, out, err


def kept(server: PracticeNexus) -> dict[str, Any]:
    """Return what there is, without what is made up anew each time."""
    return copy.deepcopy(
        {
            "accepted": server.system.accepted,
            "realms": server.security.realms,
            "roles": server.security.roles,
            "blob stores": server.storage.blob_stores,
            "policies": server.storage.policies,
            "tasks": sorted(str(one["name"]) for one in server.storage.tasks.values()),
            "repositories": server.repositories.all,
        }
    )


def holding(folder: Path, secret: Secret) -> list[str]:
    """Return the names of all files that hold a secret."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return [one.name for one in files if secret.reveal() in one.read_text(errors="replace")]


async def test_killed_at_any_change_the_next_pass_ends_as_one_whole_pass(tmp_path: Path) -> None:
    """The same in the end, and not a byte of the password in argv, output or any other file.

    Cuts at every change are played without a process in `tests/registries/nexus`.
    """
    (tmp_path / "password").write_text(PASSWORD.reveal(), encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    whole: dict[str, Any] = {}
    for at in (0, 8):
        server = PracticeNexus(Setting(password=PASSWORD))
        killer = Killer(at)
        async with served(server, tmp_path, before=killer) as url:
            (tmp_path / "migration.yaml").write_text(MIGRATION.format(url=url), encoding="utf-8")
            code, *streams = await run(tmp_path, killer)
            assert code == (-signal.SIGKILL if at else 0), streams
            again, out, err = await run(tmp_path, Killer(0))
        document = json.loads(out)
        whole = whole or kept(server)
        assert (again, document["complete"], bool(document["done"])) == (0, True, bool(at))
        assert kept(server) == whole
        said = b"".join((*streams, out, err, killer.command_line))
        assert (b"provision" in said, PASSWORD.reveal().encode() in said) == (True, False)
    assert holding(tmp_path, PASSWORD) == ["password"]
