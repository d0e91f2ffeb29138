"""Fixtures for the SSH tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ssh.lab import Lab, make_lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return fresh keys and files for SSH on loopback."""
    return make_lab(tmp_path)
