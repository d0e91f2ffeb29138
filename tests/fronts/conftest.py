"""The servers of `tests.fronts.harbor` on loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.command import tool_environment
from tests.fleet.images import make_image, push
from tests.fronts.harbor import Harbor, Ports, missing_programs, new_authority
from tests.practice.registry.real_registry import real_registry

PROJECT = "dockerhub"
READY_SECONDS = 15.0


@pytest.fixture(scope="module")
def harbor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbor]:
    """Run them with one image in the project."""
    if missing := missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("front")
    with real_registry(folder) as plain:
        push(
            plain,
            f"{PROJECT}/library/hello",
            "only-target",
            make_image("hello only-target"),
            ssl.create_default_context(),
        )
    made = Harbor(
        folder=folder,
        address="127.0.0.1",
        ports=_free_ports(),
        project=PROJECT,
        data=folder / "data",
        authority=new_authority(folder),
    )
    made.write()
    with contextlib.ExitStack() as stack:
        for command, log in made.commands(sys.executable):
            stack.enter_context(_running(command, folder / log))
        for port in (made.ports.registry, made.ports.tokens, made.ports.harbor, made.ports.front):
            _wait_for(port, folder)
        yield made


def _free_ports() -> Ports:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(4)]
        registry, tokens, harbor, front = (one.getsockname()[1] for one in held)
    return Ports(registry=registry, tokens=tokens, harbor=harbor, front=front)


@contextlib.contextmanager
def _running(command: object, log: Path) -> Iterator[None]:
    assert isinstance(command, tuple)
    words = [str(word) for word in command]
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output, env=tool_environment())
        try:
            yield
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def _wait_for(port: int, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    said = "\n".join(log.read_text(errors="replace") for log in folder.glob("*.log"))
    raise RuntimeError(f"nothing listens on {port}: {said[-2000:]}")
