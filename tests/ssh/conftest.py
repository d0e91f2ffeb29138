"""Fixtures for the SSH tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.fixture import fleet, fleet_host_names
from tests.ssh.lab import Lab, make_lab

__all__ = ["fleet", "fleet_host_names"]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return fresh keys and files for SSH on loopback."""
    return make_lab(tmp_path)
