"""One practice host: its directory, its shells, its machine and its SSH server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from wizard.clock import Clock
from wizard.practice.host.kernel_files import Uptime, forget, noted
from wizard.practice.host.marked_processes import MARK, end_processes
from wizard.practice.host.programs import ProgramCalls
from wizard.practice.host.root import SHELL
from wizard.practice.host.shell_processes import NOTHING, ShellProcess
from wizard.practice.host.ssh_server import Access, MayForward, SSHServer
from wizard.practice.machine.machine import Machine
from wizard.practice.machine.network import Network
from wizard.practice.turns import Turns

ROOT: Final = "root"
_OVERRIDES: Final = "bin"
_SUDO: Final = "sudo"
_FULL_DISK: Final[Mapping[str, str]] = {
    "df": (
        "echo Filesystem 1024-blocks Used Available Capacity Mounted on\n"
        "for word; do case $word in -*) ;; *) echo /dev/sda1 99 99 0 100% / ;; esac; done"
    ),
    "cp": (
        "for word; do last=$word; done\n"
        '[ -d "$last" ] || : 2>/dev/null >"$last"\n'
        """echo "cp: error writing '$last': No space left on device" >&2\n"""
        "exit 1"
    ),
}
"""What says on a host that its disk is full: as the real `cp`, it empties the file first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a command on a host ended: exit status (negative for a signal), output and errors."""

    status: int
    output: bytes
    errors: bytes


class PracticeHost:
    """A practice host.

    Args:
        name: of the host.
        folder: its own directory; `root` is below it and exists.
        network: the way to registries.
        access: who may log in over SSH.
        clock: time.
        seed: of what is chance in its machine.
        may_forward: given for a jump host.
        uptime: given where this machine has no /proc; host scripts find the fleet's instead.
        turns: that all hosts of its fleet share.

    Attributes:
        machine: what is simulated of it.
        ssh: its SSH server, with its faults.
        programs: the calls of simulated programs.
    """

    def __init__(
        self,
        *,
        name: str,
        folder: Path,
        network: Network,
        access: Access,
        clock: Clock,
        seed: int = 0,
        may_forward: MayForward | None = None,
        uptime: Uptime | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self.root = folder / ROOT
        self.machine = Machine(
            name=name, root=self.root, network=network, spawn=self.spawn, clock=clock, seed=seed
        )
        self.ssh = SSHServer(self, access, may_forward=may_forward)
        self.programs = ProgramCalls(folder, self.machine.call)
        self.machine.on_power_off.append(self.end_commands)
        self._clock = clock
        self._uptime = uptime
        self._turns = turns or Turns()
        self._path = ""
        self._busybox = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Return the address that its SSH server listens on."""
        return self.ssh.address[0]

    @property
    def port(self) -> int:
        """Return the port that its SSH server listens on."""
        return self.ssh.address[1]

    @property
    def is_up(self) -> bool:
        """Tell whether it has booted."""
        return self.machine.up

    def install(self, programs: Path, *, busybox: bool = False) -> None:
        """Let its shells find programs in a directory, and be shells of busybox if wanted."""
        self._path = f"{self.folder / _OVERRIDES}{os.pathsep}{programs}"
        self._busybox = busybox

    # ---- commands

    def start(
        self,
        command: str,
        *,
        user: str = "root",
        stdin: int = NOTHING,
        stdout: int = NOTHING,
        stderr: int = NOTHING,
    ) -> ShellProcess:
        """Start a shell command as a login of `user` does; streams are descriptors.

        Raises OSError.
        """
        return self._start(
            ("sh", "-c", self._own_shell(command)),
            user=user,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    async def run(self, command: str, given: bytes = b"") -> Outcome:
        """Run a shell command as root, past SSH, and return how it ended."""
        # Files, because a pipe would stay open for whatever the command leaves running.
        with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
            stdin.write(given)
            stdin.seek(0)
            process = self.start(
                command,
                stdin=stdin.fileno(),
                stdout=stdout.fileno(),
                stderr=stderr.fileno(),
            )
            status = await process.wait()
            stdout.seek(0)
            stderr.seek(0)
            return Outcome(status=status, output=stdout.read(), errors=stderr.read())

    async def spawn(self, command: Sequence[str]) -> ShellProcess:
        """Start a command line for the host's service manager."""
        program, *arguments = command
        return self._start((self._own_shell(program), *arguments), user="root")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Begin when the host gets to a command."""
        if self.ssh.faults.slow:
            await self._clock.sleep(self.ssh.faults.slow)
        async with self._turns.command():
            yield

    def login_turn(self) -> AbstractAsyncContextManager[None]:
        """Begin when the host gets to somebody who wants to log in."""
        return self._turns.login()

    def heard(self, data: bytes) -> bool:
        """Tell whether a connection goes on after a command has printed `data`."""
        wanted = self.ssh.faults.drop_after
        if not wanted or wanted not in data:
            return True
        self.ssh.faults.drop_after = b""
        self.ssh.faults.refuse = self.ssh.faults.refuse or self.ssh.faults.gone_after_drop
        return False

    def look_after(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done, and end it with the host."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _start(
        self, command: Sequence[str], *, user: str, stdin: int = NOTHING, **streams: int
    ) -> ShellProcess:
        self.programs.open()
        home = self.root / ("root" if user == "root" else f"home/{user}")
        environment = self._environment(user, home)
        if self._uptime:
            command = noted(command, ticks=self._uptime.ticks)
        process = ShellProcess.start(
            command, environment=environment, folder=home, stdin=stdin, **streams
        )
        if self._uptime:
            process.when_ended(partial(forget, self.root, process.pid))
        return process

    def _environment(self, user: str, home: Path) -> Mapping[str, str]:
        """Return all variables of a login; nothing of this process's own gets there."""
        return {
            "PATH": self._path,
            MARK: str(self.root),
            "HOME": str(home),
            "USER": user,
            "LOGNAME": user,
            "SHELL": SHELL,
        }

    def _own_shell(self, command: str) -> str:
        """Name the host's own shell: a host of busybox has it where this machine has another."""
        return command.replace(SHELL, "sh") if self._busybox else command

    # ---- faults

    def allow_sudo(self, mode: str) -> None:
        """Set what sudo says to `op`: `password WORD`, `nopasswd`, `requiretty` or `refused`."""
        place = self.folder / _SUDO
        place.touch(mode=0o600)
        place.write_text(f"{mode}\n")

    @property
    def sudo(self) -> str:
        """Return what sudo says to `op`, as `allow_sudo` takes it."""
        return (self.folder / _SUDO).read_text().strip()

    def override(self, program: str, script: str) -> None:
        """Put a shell script of that name before every other program."""
        place = self.folder / _OVERRIDES / program
        place.parent.mkdir(exist_ok=True)
        staged = place.with_suffix(".new")
        staged.write_text(f"#!{SHELL}\n{script}\n")
        staged.chmod(0o700)
        staged.rename(place)

    def restore(self, program: str) -> None:
        """Take an override away."""
        (self.folder / _OVERRIDES / program).unlink(missing_ok=True)

    def fill_disk(self) -> None:
        """Let no room be left: `df` says so, and `cp` fails."""
        for program, script in _FULL_DISK.items():
            self.override(program, script)

    def empty_disk(self) -> None:
        """Let there be room again."""
        for program in _FULL_DISK:
            self.restore(program)

    # ---- its life

    async def end_commands(self) -> None:
        """End every process of the host, as a reset does, and its connections."""
        self.ssh.drop()
        await asyncio.to_thread(end_processes, self.root)

    @property
    def failures(self) -> tuple[BaseException, ...]:
        """Return what simulated programs ended with that should not have failed at all."""
        return (*self.programs.failures, *self.machine.failures)

    async def close(self) -> None:
        """End everything of it but processes, which the fleet ends for all hosts at once."""
        self.machine.on_power_off.remove(self.end_commands)
        await self.ssh.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.machine.power_off()
        await self.programs.close()
