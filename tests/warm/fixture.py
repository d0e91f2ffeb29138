"""The warm interpreter as a fixture of the module; it is started when the first one asks for it."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.warm import launch

_ROOM = "x" * 32_768
"""Takes up what the arguments of a process may take, or its environment."""
_LAUNCHER = """\
#!/bin/sh
[ "$1" = -m ] || exec {python} "$@"
exec {python} -I -S {launch} {place} "$@"
"""


@contextmanager
def warmed(
    folder: Path, where: Callable[[Sequence[str]], Sequence[str]] = lambda command: command
) -> Iterator[str]:
    """Yield a command that stands for this interpreter, and has the product loaded.

    Where the kernel has no descriptors of processes it is this interpreter.

    Args:
        folder: an empty one, for the command and its socket.
        where: makes of a command one that runs it in other surroundings; processes have them.
    """
    if not hasattr(os, "pidfd_open"):
        yield sys.executable
        return
    launcher, place = folder / "python", folder / "socket"
    script = _LAUNCHER.format(
        python=shlex.quote(sys.executable),
        launch=shlex.quote(launch.__file__),
        place=shlex.quote(str(place)),
    )
    launcher.write_text(script)
    launcher.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        number = listener.fileno()
        server = [sys.executable, "-m", "tests.warm.server", str(launcher), str(number), _ROOM]
        with subprocess.Popen(
            where(server),
            cwd=Path(__file__).parents[2],
            env={"ROOM": _ROOM},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=(number,),
        ):
            yield str(launcher)


@pytest.fixture(scope="session")
def warm_interpreter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield what stands for this interpreter in modules that ask for `warm`."""
    with warmed(tmp_path_factory.mktemp("warm")) as command:
        yield command


@pytest.fixture(scope="module")
def warm(warm_interpreter: str) -> Iterator[None]:
    """Let this module's processes of the product be started warm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", warm_interpreter)
        yield
