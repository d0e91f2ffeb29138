"""Practice hosts under every shell that hosts have, and the real fleet."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest

from tests.discovery.practice import SHELLS, PracticeHost
from tests.registries.conftest import authority, certificates, identity, registry

__all__ = ["authority", "certificates", "identity", "registry"]


EVERY_SHELL = pytest.mark.parametrize("shell", sorted(SHELLS))
"""For tests that go through a part of the script as the first: its lines run in every shell.

The others are about what the script finds out, and take one shell each, by their names.
"""


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> str:
    """Return the name of a shell that hosts have, the same one each time."""
    return sorted(SHELLS)[crc32(request.node.name.encode()) % len(SHELLS)]


@pytest.fixture
def host(shell: str, tmp_path: Path) -> PracticeHost:
    """Return a practice host with the shell of this test."""
    return PracticeHost.make(tmp_path, shell)


@pytest.fixture
def dash_host(tmp_path: Path) -> PracticeHost:
    """Return a practice host for what does not depend on the shell."""
    return PracticeHost.make(tmp_path, "dash")
