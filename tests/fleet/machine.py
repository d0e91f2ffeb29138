"""One host as a machine: mount its root, boot it, look into it, end it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.fleet import docker_socket
from tests.fleet.command import COLLECT_SELDOM, run
from tests.fleet.errors import FleetError
from tests.fleet.process_group import ENTER, ProcessGroup, control_groups

BOOT_SECONDS = 90.0
POLL_SECONDS = 0.1
CONSOLE_LINES = 25
# overlayfs cannot be the upper layer of an overlayfs: these are real directories.
REAL_DIRECTORIES = ("var/lib/docker", "var/lib/containerd", "var/lib/containers")
DOCKER_SOCKET = "/run/docker.sock"
NSPAWN_RUN = Path("/run/systemd/nspawn")
# With --keep-unit, systemd-nspawn ends with 133 when the machine wants to be booted again. The
# kernel removes the link of the machine that was some time after its end: a new one of that name
# could not be made.
_BOOT_LOOP = """
group=$1 link=$2; shift 2
while
  ip link delete "$link" 2>/dev/null
  (echo 0 > "$group/cgroup.procs" && exec "$@")
  [ $? -eq 133 ]
do :; done
"""
_CLEAN_ENVIRONMENT = (
    *("env", "-i", "HOME=/root", "LANG=C.UTF-8", "USER=root", COLLECT_SELDOM),
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)


class Machine:
    """A systemd-nspawn machine whose root is an overlay on a cached root file system."""

    def __init__(self, *, name: str, alias: str, bridge: str, folder: Path, group: str) -> None:
        """Describe it; nothing happens before `mount`.

        Args:
            name: its host name.
            alias: short name, unique on this machine; the link is named after it.
            bridge: bridge to plug it into.
            folder: where its overlay, its real directories and its console log are.
            group: name of its process group.
        """
        self.name = name
        self.alias = alias
        self.link = f"vb-{alias}"
        self.root = folder / "root"
        self.console = folder / "console.log"
        self._folder = folder
        self._bridge = bridge
        self._group_name = group
        self._group = ProcessGroup(group)

    def mount(self, lower: Path) -> None:
        """Make a fresh overlay on the root file system `lower` and mount it."""
        upper, work = self._folder / "upper", self._folder / "work"
        for folder in (upper, work, self.root, *map(self._real, REAL_DIRECTORIES)):
            folder.mkdir(parents=True)
        layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
        tools = ProcessGroup(f"{self._group_name}/tools")
        run(*tools.inside("mount", "-t", "overlay", "overlay", "-o", layers, self.root))

    def boot(self) -> None:
        """Start it; returns at once."""
        binds = [f"--bind={self._real(place)}:/{place}" for place in REAL_DIRECTORIES]
        # A group with groups inside must have no processes of its own: two leaves.
        inner = ProcessGroup(f"{self._group_name}/machine")
        inner.make()
        ProcessGroup(f"{self._group_name}/loop").start(
            [
                *("sh", "-c", _BOOT_LOOP, "sh", inner.path, self.link),
                *("env", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1", "systemd-nspawn", "--quiet"),
                *("--directory", self.root, "--machine", self.alias, "--hostname", self.name),
                *("--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off"),
                *("--timezone=off", f"--network-bridge={self._bridge}", *binds),
                *("--capability=all", "--system-call-filter=@keyring bpf add_key keyctl"),
                "--boot",
            ],
            self.console,
        )

    def end(self) -> None:
        """Cut its power and unmount its root; its files stay."""
        self._group.end()
        locks = nspawn_locks(self._folder)
        unmount_below(self._folder)
        for lock in locks:
            lock.unlink(missing_ok=True)

    def restart(self) -> None:
        """Cut its power and boot it on the same files; returns at once."""
        self._group.end()
        self.boot()

    def erase(self) -> None:
        """End it and delete its files."""
        self.end()
        shutil.rmtree(self._folder)

    def locks(self) -> tuple[Path, ...]:
        """Return systemd-nspawn's lock files of its mounted root."""
        return nspawn_locks(self._folder)

    def pids(self) -> tuple[int, ...]:
        """Return its processes, as the machine numbers them."""
        return self._group.pids()

    def leader(self) -> int | None:
        """Return the process that is pid 1 inside, or None when it is not running."""
        # There it is as soon as it has sorted its own processes.
        usual = ProcessGroup(f"{self._group_name}/machine/payload/init.scope")
        for pid in (pid for group in (usual, self._group) for pid in group.pids()):
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                    # Its pid here, and its pid in the one namespace further in.
                    if line.startswith("NSpid:") and line.split()[2:] == ["1"]:
                        return pid
        return None

    def execute(
        self, command: str, stdin: bytes | None, timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a shell command inside as root, also while its link is cut.

        Raises:
            FleetError: it is not running, or the command took too long.
        """
        leader = self._existing_leader()
        own = Path(f"/proc/{leader}/cgroup").read_text().splitlines()
        path = next(line.partition("::")[2] for line in own if line.startswith("0::"))
        argv = [
            *("sh", "-c", ENTER, "sh", f"{control_groups()}{path}"),
            *("nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"),
            *(*_CLEAN_ENVIRONMENT, "/bin/sh", "-c", command),
        ]
        try:
            return subprocess.run(
                argv, input=stdin or b"", capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise FleetError(f"{self.name}: more than {timeout:g} s: {command}") from error

    def ask_docker(self, question: str) -> Any:
        """Return what its Docker daemon answers to `GET question`.

        Raises:
            FleetError: it is not running, or the daemon does not answer.
        """
        socket_path = Path(f"/proc/{self._existing_leader()}/root{DOCKER_SOCKET}")
        return docker_socket.answer(socket_path, question)

    def wait_until_ready(
        self, address: str, sockets: Iterable[str], *, unlike: int, seconds: float
    ) -> None:
        """Wait until sshd greets and the runtimes' sockets answer.

        Args:
            address: where sshd listens.
            sockets: unix sockets inside; `docker.sock` is asked for `/_ping`.
            unlike: a former leader: wait until another one leads (a reboot).
            seconds: the deadline.

        Raises:
            FleetError: not within the deadline; the text has the end of the console log.
        """
        deadline = time.monotonic() + seconds
        checks: list[tuple[str, Callable[[], bool]]] = [
            ("boot", lambda: self.leader() not in {None, unlike}),
            *((path, lambda path=path: self._socket_answers(path)) for path in sockets),
            ("sshd", lambda: _greets(address)),
        ]
        for what, is_ready in checks:
            while not is_ready():
                if time.monotonic() > deadline:
                    raise FleetError(
                        f"{self.name}: no {what} after {seconds:g} s; its console says:\n"
                        f"{self._console_end()}"
                    )
                time.sleep(POLL_SECONDS)

    def _existing_leader(self) -> int:
        leader = self.leader()
        if leader is None:
            raise FleetError(
                f"{self.name} is not running; its console says:\n{self._console_end()}"
            )
        return leader

    def _socket_answers(self, path: str) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            leader = self.leader()
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(5.0)
                channel.connect(f"/proc/{leader}/root{path}")
                if not path.endswith("docker.sock"):
                    return True
                channel.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in channel.recv(64)
        return False

    def _console_end(self) -> str:
        lines = self.console.read_text(errors="replace").splitlines()
        return "\n".join("".join(filter(str.isprintable, line)) for line in lines[-CONSOLE_LINES:])

    def _real(self, place: str) -> Path:
        return self._folder / "real" / place


def remove_leftovers(folder: Path, alias_prefix: str) -> None:
    """Unmount the roots below `folder` and remove what systemd-nspawn left in `/run`."""
    locks = nspawn_locks(folder)
    unmount_below(folder)
    propagated = [place for place in NSPAWN_RUN.glob(f"*/{alias_prefix}*") if place.is_dir()]
    for place in propagated:
        unmount_below(place)
        place.rmdir()
    for lock in locks:
        lock.unlink(missing_ok=True)


def nspawn_locks(folder: Path) -> tuple[Path, ...]:
    """Return the lock files of the roots below `folder`, named after the inode; still mounted."""
    roots = (point.stat() for point in _mount_points() if point.is_relative_to(folder))
    return tuple(NSPAWN_RUN / "locks" / f"inode-{root.st_dev}:{root.st_ino}" for root in roots)


def unmount_below(folder: Path) -> None:
    """Unmount everything that is mounted at or below `folder`."""
    points = [point for point in _mount_points() if point.is_relative_to(folder)]
    for point in sorted(points, reverse=True):
        run("umount", point)


def _mount_points() -> tuple[Path, ...]:
    mountinfo = Path("/proc/self/mountinfo").read_text().splitlines()
    return tuple(Path(os.fsdecode(_unescape(line.split()[4]))) for line in mountinfo)


def _unescape(field: str) -> bytes:
    return field.encode().decode("unicode_escape").encode("latin-1")


def _greets(address: str) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection((address, 22), timeout=1.0) as channel,
    ):
        channel.settimeout(2.0)
        return channel.recv(4) == b"SSH-"
    return False
