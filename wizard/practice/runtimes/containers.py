"""Containers of Docker on a practice host: they run, end and are started again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

KILLED: Final = 137
LOST_POWER: Final = 255
_NEVER: Final = "0001-01-01T00:00:00Z"
_FAILS: Final = "on-failure"


@dataclass(slots=True, kw_only=True)
class Container:
    """A container of Docker.

    Attributes:
        id: 64 hexadecimal digits.
        image: as the user named it.
        restart: its restart policy: `no`, `always`, `unless-stopped`, `on-failure`.
        ends_with: exit code when it is asked to end.
        stopped_by_user: whether somebody stopped it on purpose.
    """

    id: str
    name: str
    image: str
    image_id: str = ""
    command: tuple[str, ...] = ("sleep", "infinity")
    restart: str = "no"
    ends_with: int = 0
    auto_remove: bool = False
    restarts: int = 0
    pid: int = 0
    exit_code: int = 0
    created_at: str = _NEVER
    started_at: str = _NEVER
    finished_at: str = _NEVER
    stopped_by_user: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Tell whether it runs."""
        return self.pid > 0

    def run(self, machine: Machine) -> None:
        """Let it run from now on."""
        process = machine.processes.start(
            self.command[0], self.command, now=machine.clock.now(), apart="pid"
        )
        self.pid = process.pid
        self.started_at = go_time(machine.clock.now())
        self.exit_code = 0
        self.stopped_by_user = False

    def end(self, machine: Machine, exit_code: int) -> None:
        """Let it have ended now."""
        if self.pid:
            machine.processes.end(self.pid)
            self.pid = 0
            self.exit_code = exit_code
            self.finished_at = go_time(machine.clock.now())

    def comes_back(self) -> bool:
        """Tell whether the daemon starts it again when it starts itself."""
        if self.restart == "always":
            return True
        if self.restart == "unless-stopped":
            return not self.stopped_by_user
        return self.restart.startswith(_FAILS) and self.exit_code != 0 and not self.stopped_by_user

    def status(self) -> str:
        """Return what `docker ps` says of it."""
        if self.running:
            return "Up Less than a second"
        if self.started_at == _NEVER:
            return "Created"
        return f"Exited ({self.exit_code}) Less than a second ago"

    def told(self) -> dict[str, Any]:
        """Return what `docker inspect` says of it."""
        state = "running" if self.running else "created" if self.started_at == _NEVER else "exited"
        return {
            "Id": self.id,
            "Created": self.created_at,
            "Path": self.command[0],
            "Args": list(self.command[1:]),
            "State": {
                "Status": state,
                "Running": self.running,
                "Paused": False,
                "Restarting": False,
                "OOMKilled": False,
                "Dead": False,
                "Pid": self.pid,
                "ExitCode": self.exit_code,
                "Error": "",
                "StartedAt": self.started_at,
                "FinishedAt": self.finished_at,
            },
            "Image": self.image_id,
            "Name": f"/{self.name}",
            "RestartCount": self.restarts,
            "HostConfig": {
                "AutoRemove": self.auto_remove,
                "RestartPolicy": {"Name": self.restart, "MaximumRetryCount": 0},
            },
            "Config": {
                "Image": self.image,
                "Cmd": list(self.command),
                "Labels": dict(self.labels),
            },
        }


def go_time(seconds: float) -> str:
    """Return a time as Go writes it: RFC 3339 with nanoseconds, in UTC."""
    whole = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{int((seconds % 1) * 1_000_000_000):09d}".rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
