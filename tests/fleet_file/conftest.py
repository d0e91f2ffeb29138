"""A migration file in a folder of its own, and an ssh_config of two lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.fleet.hosts_section import Lookup
from wizard.fleet.migration import load
from wizard.fleet.policy import Migration
from wizard.fleet.ssh_lookup import ssh_lookup

SSH_CONFIG = """\
Host legacy
    HostName legacy.example.net
    Port 2222
    User admin
    IdentityFile ~/.ssh/legacy_key
    ProxyJump bastion
    StrictHostKeyChecking no
Host *
    User everybody
    UserKnownHostsFile ~/.ssh/fleet_hosts
"""

Read = Callable[[str], Migration]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with an ssh_config."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    (folder / ".ssh" / "config").write_text(SSH_CONFIG, encoding="utf-8")
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def lookup(home: Path) -> Lookup:
    """Return the lookup in that ssh_config."""
    return ssh_lookup(home)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the migration file is."""
    return tmp_path / "migration.yaml"


@pytest.fixture
def read(path: Path, lookup: Lookup) -> Read:
    """Return a function that writes a text as the migration file and reads it."""

    def write_and_read(text: str) -> Migration:
        path.write_bytes(text.encode())
        return load(path, lookup=lookup)

    return write_and_read
