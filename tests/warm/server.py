"""The warm interpreter: load the product once, then fork for each process that `launch` asks for.

    python -m tests.warm.server LAUNCHER DESCRIPTOR ROOM

It listens on the descriptor and ends with its standard input. It has no threads. What the third
argument and its environment take up in memory is the room for those of its children.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import os
import pkgutil
import resource
import runpy
import selectors
import signal
import socket
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import wizard.cli
from wizard.discovery.facts import HostFacts
from wizard.errors import InputError
from wizard.journal.events import Event
from wizard.jsonform import from_data
from wizard.planning.plan import Plan
from wizard.run.spec import RunSpec
from wizard.run.summary import RunSummary
from wizard.run.view import RunView

_LOADED: Final = (
    "pydantic.dataclasses",
    "wizard.practice.demo.fleet_process",
    "wizard.practice.demo.headless",
    "wizard.registries.probing",
    "wizard.run.local_service",
    "wizard.run.process",
)
_WRITTEN: Final = (Event, HostFacts, Plan, RunSpec, RunSummary, RunView)
"""What most processes read or write as JSON, for which they have to look at every field once."""
_DESCRIPTORS: Final = 64
_HIGHEST: Final = 512
"""Beyond every descriptor that is asked for."""
_ARGUMENTS: Final = slice(45, 47)
_ENVIRONMENT: Final = slice(47, 49)
"""Where they begin and end, among the fields of /proc/self/stat behind the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A process that is wanted.

    Attributes:
        descriptors: by the number that it is to have.
        open_files: the soft limit and the hard one.
        words: of its command line, from `-m` on.
        environment: `NAME=text`, each ended by a NUL byte.
    """

    descriptors: dict[int, int]
    umask: int
    open_files: tuple[int, int]
    leads_session: bool
    folder: bytes
    words: list[str]
    environment: bytes


@dataclass(slots=True, kw_only=True)
class Server:
    """Fork for requests until standard input ends; `children` by their connection."""

    listener: socket.socket
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    children: dict[int, tuple[socket.socket, int, int]] = field(default_factory=dict)

    def serve(self) -> Request | None:
        """Return a request in the process that is to be it, nothing in this one at its end."""
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(0, selectors.EVENT_READ)
        while True:
            ready = [key for key, _events in self.selector.select()]
            for key in ready:
                if key.fd == 0:
                    return None
                if key.fd in self.children:
                    self._ended(key.fd, key.data)
            # Last: its descriptors may get the numbers of those that were just closed.
            if any(key.fd == self.listener.fileno() for key in ready):
                found = self._accept()
                if found:
                    return found

    def _accept(self) -> Request | None:
        connection, _address = self.listener.accept()
        try:
            request = _read(connection)
        except (OSError, EOFError):
            connection.close()
            return None
        pid = os.fork()
        if not pid:
            connection.close()
            self._let_go()
            return request
        for number in request.descriptors.values():
            os.close(number)
        pidfd = os.pidfd_open(pid)
        self.children[connection.fileno()] = self.children[pidfd] = connection, pid, pidfd
        self.selector.register(connection, selectors.EVENT_READ)
        self.selector.register(pidfd, selectors.EVENT_READ, pid)
        with contextlib.suppress(OSError):
            connection.sendall(pid.to_bytes(4, "little"))
        return None

    def _ended(self, number: int, is_process: int | None) -> None:
        """Tell that a process has ended; end one that nobody waits for any more."""
        connection, pid, pidfd = self.children.pop(number)
        if not is_process:
            os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):
            connection.sendall(code.to_bytes(4, "little", signed=True))
        for one in (connection.fileno(), pidfd):
            self.selector.unregister(one)
            self.children.pop(one, None)
        connection.close()
        os.close(pidfd)

    def _let_go(self) -> None:
        """Close everything that is the server's own."""
        self.selector.close()
        self.listener.close()
        for connection, _pid, pidfd in set(self.children.values()):
            connection.close()
            os.close(pidfd)


def _read(connection: socket.socket) -> Request:
    """Read a request; raises OSError and EOFError."""
    length, descriptors, _flags, _address = socket.recv_fds(connection, 8, _DESCRIPTORS)
    try:
        data = _whole(connection, int.from_bytes(length, "little"))
    except (OSError, EOFError):
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    numbers, umask, open_files, leads, folder, count, *rest = data.split(b"\0")
    soft, hard = map(int, open_files.split())
    words, environment = rest[: int(count)], rest[int(count) :]
    return Request(
        descriptors=dict(zip(map(int, numbers.split()), descriptors, strict=True)),
        umask=int(umask),
        open_files=(soft, hard),
        leads_session=leads == b"1",
        folder=folder,
        words=[os.fsdecode(word) for word in words],
        environment=b"".join(one + b"\0" for one in environment),
    )


def _whole(connection: socket.socket, length: int) -> bytes:
    """Return so many bytes; raises EOFError where whoever asks left before that."""
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            break
        data += more
    if not length or len(data) < length:
        raise EOFError
    return data


def _become(request: Request) -> None:
    """Be the process that was asked for, but for its code."""
    high = {
        number: fcntl.fcntl(given, fcntl.F_DUPFD_CLOEXEC, _HIGHEST)
        for number, given in request.descriptors.items()
    }
    os.closerange(0, _HIGHEST)
    for number, given in high.items():
        os.dup2(given, number)
        os.close(given)
    if request.leads_session:
        os.setsid()
    resource.setrlimit(resource.RLIMIT_NOFILE, request.open_files)
    os.umask(request.umask)
    os.chdir(request.folder)
    os.environb.clear()
    for one in request.environment.split(b"\0")[:-1]:
        name, _equals, text = one.partition(b"=")
        os.environb[name] = text
    command = [sys.executable, *request.words]
    _show(b"".join(os.fsencode(word) + b"\0" for word in command), _ARGUMENTS)
    _show(request.environment, _ENVIRONMENT)
    sys.argv = request.words[1:]


def _show(what: bytes, place: slice) -> None:
    """Let /proc tell arguments or environment: processes of a practice fleet are found by them."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = map(int, fields[place])
    assert len(what) <= end - begin
    ctypes.memmove(begin, what.ljust(end - begin, b"\0"), end - begin)


def _run(module: str) -> None:
    """Run a module to the end, as `python -m` does.

    What an interpreter puts away at its end goes with the process here: that took longer than most
    of what it had done.
    """
    status: Any = 1

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status if isinstance(status, int) else 1)

    atexit.register(end)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as error:
        status = error.code or 0
        raise


def main() -> None:
    """Serve; in a process that was forked, run its module to the end."""
    launcher, descriptor, _room = sys.argv[1:]
    gc.disable()
    commands = (f"wizard.cli.{one.name}" for one in pkgutil.iter_modules(wizard.cli.__path__))
    for name in (*_LOADED, *commands):
        import_module(name)
    for kind in _WRITTEN:
        with contextlib.suppress(InputError):
            from_data(kind, None, source="")
    gc.freeze()
    gc.enable()
    request = Server(listener=socket.socket(fileno=int(descriptor))).serve()
    if request:
        _become(request)
        # What it starts itself is as warm as it is.
        sys.executable = launcher
        _run(request.words[1])


if __name__ == "__main__":
    main()
