"""A host that is a directory: the real script, a real shell, small programs around it.

It fits the seam `wizard.ssh.transport.HostConnection`, so tests go through the real verbs.
A test stops the clock by the file `proc/uptime`; a reboot is another `boot_id`; running state
lies in `practice/`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from tests.transaction.await_until import until
from tests.transaction.leash import Leashes, kill_below
from tests.transaction.starting import started
from wizard.fleet.host import Host
from wizard.planning.plan import FileVersion
from wizard.ssh.transport import OnLine, ScriptResult

PROGRAMS: Final = Path(__file__).parent / "programs"
SHELLS: Final[Mapping[str, tuple[str, ...]]] = {
    "dash": ("dash",),
    "busybox": ("busybox", "sh"),
    "bash": ("bash",),
}
TOOLS: Final = tuple(
    """base64 cat chmod cp date df flock grep kill ln ls lsattr mkdir mv od readlink rm rmdir sed
    setsid sha256sum sleep stat sync tail timeout touch tr true wc""".split()  # noqa: SIM905
)
"""What a small host has; a word list reads better than 29 quoted words."""
DAEMON_PID: Final = 4242
CONTAINERD_PID: Final = 4343
CONTAINERS: Final = "c1 2026-01-01T00:00:00Z 0 true 0\nc2 2026-02-02T00:00:00Z 3 true 0\n"
"""Identifier, start, restarts, whether it runs, exit code."""
LEDGERS: Final = "var/lib/pilotage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All of a file that a revert must bring back."""

    kind: str
    content: bytes
    mode: int
    uid: int
    gid: int


@dataclass(slots=True, kw_only=True)
class PracticeHost:
    """A practice host below `root`, whose `/bin/sh` is `shell`.

    Its tools lie below `shared` with those of others, unless it is `without` some. Scripts come
    from a file, unless it `is_piped`: from a pipe bash reads each byte by a call of its own.
    """

    root: Path
    shell: str
    shared: Path
    without: frozenset[str] = frozenset()
    noise: bytes = b""
    systemd: bool = True
    is_piped: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    leashes: Leashes = field(default_factory=Leashes)

    @property
    def host(self) -> Host:
        """Return what the seam wants to know."""
        return Host(name="practice", address="127.0.0.1")

    def build(self) -> PracticeHost:
        """Create the directory, its programs and its running state."""
        for folder in ("etc/docker", "var/lib", "proc/sys/kernel/random", "run", "practice/fails"):
            (self.root / folder).mkdir(parents=True)
        if self.systemd:
            (self.root / "run/systemd/system").mkdir(parents=True)
            (self.root / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
        self._install_programs()
        self.practice("mirrors", "null\n")
        self.practice("containers", CONTAINERS)
        self.practice("images", "busybox\n")
        self.practice("digest", "sha256:" + "ab" * 32 + "\n")
        self.practice("pid", f"{DAEMON_PID}\n")
        self.practice("containerd_pid", f"{CONTAINERD_PID}\n")
        self.practice("active", "active\n")
        (self.root / "run/docker.pid").write_text(str(DAEMON_PID))
        self.start_process(DAEMON_PID, "dockerd", started=777)
        self.start_process(CONTAINERD_PID, "containerd", started=555)
        self.boot("first-boot")
        return self

    def become(self, hosts: Iterable[PracticeHost]) -> None:
        """Become a copy of the one that has this shell: what was done to it need not be redone."""
        [other] = [host for host in hosts if host.shell == self.shell]
        shutil.rmtree(self.root)
        subprocess.run(["cp", "-a", other.root, self.root], check=True)

    def _install_programs(self) -> None:
        folder = self.root / "bin"
        folder.mkdir()
        self.tools.mkdir(parents=True, exist_ok=True)
        for tool, path in _tools(self.shell).items():
            if tool not in self.without and not (self.tools / tool).exists():
                (self.tools / tool).symlink_to(path)
        shell = SHELLS[self.shell]
        (folder / "sh").symlink_to(shutil.which(shell[0]) or shell[0])
        for program in PROGRAMS.iterdir():
            if program.name not in self.without:
                (folder / program.name).symlink_to(program)

    @property
    def tools(self) -> Path:
        """Return the directory of the tools that this host has."""
        return self.root / "tools" if self.without else self.shared / self.shell

    def program(self, name: str, text: str) -> None:
        """Put a shell script in place of a program."""
        path = self.root / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def practice(self, name: str, text: str) -> None:
        """Set a part of the running state, or what fails and with which words."""
        (self.root / "practice" / name).write_text(text)

    def calls(self) -> list[str]:
        """Return the calls of programs so far."""
        path = self.root / "practice/calls"
        return path.read_text().splitlines() if path.exists() else []

    def mirrors(self) -> list[str]:
        """Return the mirrors that the daemon uses now."""
        return list(json.loads((self.root / "practice/mirrors").read_text()) or [])

    def start_process(self, number: int, name: str, *, started: int) -> None:
        """Be running a process that started at that tick."""
        folder = self.root / f"proc/{number}"
        folder.mkdir(exist_ok=True)
        fields = " ".join(str(number) for number in range(4, 22))
        (folder / "stat").write_text(f"{number} ({name}) S {fields} {started} 0 0\n")

    def boot(self, name: str) -> None:
        """Be in the boot of that name."""
        (self.root / "proc/sys/kernel/random/boot_id").write_text(f"{name}\n")

    def pass_time(self, seconds: float) -> None:
        """Stop the clock at that many seconds from now."""
        self.uptime(float(Path("/proc/uptime").read_text().split()[0]) + seconds)

    def uptime(self, seconds: float) -> None:
        """Stop the uptime clock at `seconds`; until then it is the machine's."""
        path = self.root / "proc/uptime"
        staged = path.with_suffix(".new")
        staged.write_text(f"{seconds:.2f} 0.00\n")
        staged.replace(path)

    def write(
        self, path: str, content: bytes, *, mode: int = 0o644, owner: tuple[int, int] = (0, 0)
    ) -> FileVersion:
        """Write a file and return the version that a plan would have seen."""
        where = self.root / path.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content)
        if os.geteuid() == 0:
            os.chown(where, *owner)
        where.chmod(mode)
        return FileVersion(
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            mode=mode,
            uid=owner[0],
            gid=owner[1],
            text=content.decode(),
        )

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return (self.root / path.lstrip("/")).read_bytes()

    def tree(self) -> dict[str, Entry]:
        """Return everything below /etc as a revert must leave it."""
        return {
            str(path.relative_to(self.root)): _entry(path)
            for path in sorted((self.root / "etc").rglob("*"))
        }

    def state(self, run: str = "r1") -> str:
        """Return the state of a ledger; exactly one state file is allowed."""
        states = ("prepared", "armed", "reverting", "confirmed", "reverted", "conflict")
        found = [name for name in states if (self.ledger(run) / name).exists()]
        assert len(found) <= 1, found
        return found[0] if found else "none"

    def ledger(self, run: str = "r1") -> Path:
        """Return the directory of a ledger."""
        return self.root / LEDGERS / run

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of this host's shell."""
        return [shutil.which(SHELLS[self.shell][0]) or "sh", *SHELLS[self.shell][1:], *arguments]

    def variables(self) -> dict[str, str]:
        """Return the environment of every exec; the real programs of the machine are not in it."""
        return {
            "PATH": f"{self.root / 'bin'}:{self.tools}",
            "PILOTAGE_ROOT": str(self.root),
            **self.environment,
        }

    async def execute(self, script: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
        """Run `script` on the shell's standard input, or a script file given as arguments."""
        with self.leashes.given() as leash, self._input(script) as given:
            process = await started(
                asyncio.create_subprocess_exec(
                    *self.command(*(arguments or ("-s",))),
                    stdin=given,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env=self.variables(),
                    start_new_session=True,
                    pass_fds=(leash,),
                )
            )
        try:
            async with asyncio.timeout(60):
                output, errors = await process.communicate(script if self.is_piped else None)
        finally:
            # Of a test that failed meanwhile.
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return process.returncode or 0, output, errors

    @contextmanager
    def _input(self, script: bytes) -> Iterator[int]:
        if self.is_piped:
            yield asyncio.subprocess.PIPE
            return
        with tempfile.TemporaryFile(buffering=0) as file:
            file.write(script)
            file.seek(0)
            yield file.fileno()

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the seam's signature
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Run `script` as a transport would."""
        status, output, errors = await self.execute(script)
        lines = tuple((self.noise + output).split(b"\n"))
        for line in lines if on_line else ():
            assert on_line is not None
            on_line(line)
        return ScriptResult(exit_status=status, lines=lines, stderr_tail=errors[-2000:])

    async def close(self) -> None:
        """There is nothing to close."""

    async def settle(self) -> None:
        """Wait until no process of this host is left."""
        await until(self.leashes.all_gone, "a process of the host is left", pause=0.05)

    async def kill_watchdogs(self) -> None:
        """End the processes that watch over this host by signal 9, and see them gone."""
        if not self.leashes.all_gone():
            await kill_below(self.root)


@cache
def _tools(shell: str) -> Mapping[str, str]:
    """Return where the tools of a host with that shell are; those of busybox are its own."""
    if shell != "busybox":
        found = {tool: shutil.which(tool) for tool in TOOLS}
        return {tool: path for tool, path in found.items() if path}
    busybox = shutil.which("busybox") or "busybox"
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    return dict.fromkeys(set(TOOLS) & set(listed.stdout.split()), busybox)


def _entry(path: Path) -> Entry:
    status = path.lstat()
    if path.is_symlink():
        kind, content = "link", str(path.readlink()).encode()
    elif path.is_dir():
        kind, content = "directory", b""
    else:
        kind, content = "file", path.read_bytes()
    return Entry(
        kind=kind,
        content=content,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
    )
