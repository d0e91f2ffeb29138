"""Practice hosts under every shell that hosts have, and the real fleet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.discovery.practice import SHELLS, PracticeHost
from tests.registries.conftest import authority, certificates, identity, registry

__all__ = ["authority", "certificates", "identity", "registry"]


@pytest.fixture(params=list(SHELLS))
def host(request: pytest.FixtureRequest, tmp_path: Path) -> PracticeHost:
    """Return a practice host whose shell is dash, busybox sh and bash in turn."""
    return PracticeHost.make(tmp_path, str(request.param))


@pytest.fixture
def dash_host(tmp_path: Path) -> PracticeHost:
    """Return a practice host for what does not depend on the shell."""
    return PracticeHost.make(tmp_path, "dash")
