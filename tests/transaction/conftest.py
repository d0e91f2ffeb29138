"""Practice hosts for every shell, and none of their processes left behind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zlib import crc32

import pytest
import pytest_asyncio

from tests.transaction.leash import kill_below
from tests.transaction.practice_host import SHELLS, PracticeHost
from tests.transaction.remote import reach

__all__ = ["reach"]

NewHost = Callable[..., PracticeHost]
EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))
"""For tests that go through a part of the script as the first: its lines run in every shell.

The others are about what the script decides, and take one shell each, by their names.
"""


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> str:
    """Return the name of a shell that hosts have as /bin/sh, the same one each time."""
    return sorted(SHELLS)[crc32(request.node.name.encode()) % len(SHELLS)]


@pytest_asyncio.fixture
async def new_host(made_hosts: NewHost, shell: str) -> NewHost:
    """Return a maker of practice hosts with the shell of this test."""
    _needs(shell)

    def make(**options: object) -> PracticeHost:
        return made_hosts(shell=shell, **options)

    return make


@pytest.fixture
def any_host(made_hosts: NewHost) -> NewHost:
    """Return a maker of practice hosts of any shell."""
    _needs(*SHELLS)
    return made_hosts


def _needs(*shells: str) -> None:
    for shell in shells:
        program = SHELLS[shell][0]
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")


@pytest_asyncio.fixture
async def made_hosts(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[NewHost]:
    """Return a maker of practice hosts; their watchdogs end with the test.

    That watchdogs end by themselves is a test of its own.
    """
    made: list[PracticeHost] = []

    def make(**options: object) -> PracticeHost:
        shared = tmp_path_factory.getbasetemp() / "tools"
        root = tmp_path / f"host{len(made)}"
        host = PracticeHost(root=root, shared=shared, **options)  # type: ignore[arg-type]
        made.append(host.build())
        return host

    yield make
    if not all(host.leashes.all_gone() for host in made):
        await kill_below(tmp_path)
    for host in made:
        host.leashes.drop()


@pytest.fixture
def host(new_host: NewHost) -> PracticeHost:
    """Return a practice host."""
    return new_host()
