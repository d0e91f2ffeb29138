"""What a photograph of hosts shows, and what it does not let pass."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.practice.demo.truth import differences, photograph

DAEMON = "etc/docker/daemon.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of a host with a file, a link and a folder below /etc."""
    folder = tmp_path / DAEMON
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"{}\r\n")
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/UTC")
    for place in ("run/systemd/system", "root", "tmp", "var/lib/docker", "var/lib/pilotage/r1"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "var/lib/pilotage/r1/confirmed").touch()
    return tmp_path


def lead(path: Path, target: str) -> None:
    """Put a link where something else was."""
    path.unlink()
    path.symlink_to(target)


CHANGES: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "a byte": (lambda root: (root / DAEMON).write_bytes(b"{}\n"), (f"/{DAEMON}",)),
    "a mode": (lambda root: (root / DAEMON).chmod(0o600), (f"/{DAEMON}",)),
    "a file more": (lambda root: (root / "etc/new").touch(), ("/etc/new",)),
    "a file less": (lambda root: (root / DAEMON).unlink(), (f"/{DAEMON}",)),
    "a folder more": (lambda root: (root / "etc/docker/certs.d").mkdir(), ("/etc/docker/certs.d",)),
    "another link": (
        lambda root: lead(root / "etc/localtime", "/usr/share/zoneinfo/CET"),
        ("/etc/localtime",),
    ),
    "a file that became a link": (lambda root: lead(root / DAEMON, "/etc/other"), (f"/{DAEMON}",)),
    "a unit that is gone with the next boot": (
        lambda root: (root / "run/systemd/system/pilotage-r1.service").touch(),
        ("/run/systemd/system/pilotage-r1.service",),
    ),
    "a file in a home": (lambda root: (root / "root/.ash").touch(), ("/root/.ash",)),
    "a temporary file": (lambda root: (root / "tmp/x").touch(), ("/tmp/x",)),  # noqa: S108  # a host's
    "something beside the ledgers": (
        lambda root: (root / "var/lib/pilotage/.new").touch(),
        ("/var/lib/pilotage/.new",),
    ),
    "a ledger without a state": (
        lambda root: (root / "var/lib/pilotage/r2").mkdir(),
        ("/var/lib/pilotage/r2/none",),
    ),
    "a ledger at work": (
        lambda root: (root / "var/lib/pilotage/r1/confirmed").rename(
            root / "var/lib/pilotage/r1/reverting"
        ),
        ("/var/lib/pilotage/r1/reverting",),
    ),
    "an empty host": (
        lambda root: shutil.rmtree(root / "etc"),
        ("/etc", "/etc/docker", f"/{DAEMON}", "/etc/localtime"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_seen(root: Path, name: str) -> None:
    """Content, mode, kind, where a link leads, what is new and what is gone."""
    change, paths = CHANGES[name]
    before = photograph({"web1": root})

    change(root)

    assert differences(before, photograph({"web1": root})) == {"web1": paths}


def test_a_ledger_at_rest_is_no_difference(root: Path) -> None:
    """A change that was taken back leaves a ledger that says so."""
    before = photograph({"web1": root})

    ledger = root / "var/lib/pilotage/r2"
    ledger.mkdir()
    (ledger / "reverted").touch()
    for name in ("lock", "holder"):
        (ledger.parent / name).touch()

    assert differences(before, photograph({"web1": root})) == {}


def test_what_runtimes_keep_for_themselves_is_no_difference(root: Path) -> None:
    """Images come and go, and a daemon that was restarted is another process."""
    before = photograph({"web1": root})

    (root / "var/lib/docker/image").touch()
    (root / "run/docker.pid").write_text("7")

    assert differences(before, photograph({"web1": root})) == {}


def test_a_host_that_is_gone_is_different(root: Path) -> None:
    """Only hosts that are in both photographs can be the same."""
    before = photograph({"web1": root, "web2": root})

    assert differences(before, photograph({"web1": root})) == {"web2": ("/",)}
