"""Machines that a demo cannot be had on: a message of what, where, what to do; code 2."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.practice.demo.test_bad_input import refused, run
from wizard.errors import HostError, InputError
from wizard.practice.demo.running import FleetRequest, running_fleet
from wizard.practice.home import bases
from wizard.practice.limits import check_memory

ALIAS = "127.0.0.2"
ONE_ADDRESS = (
    *("ip link set lo up", "ip address del 127.0.0.1/8 dev lo"),
    *("ip address add 127.0.0.1/32 dev lo",),
)
"""Loopback as it is on macOS."""
_AS_ROOT = () if os.geteuid() == 0 else ("--map-root-user",)
_UNSHARE = ("unshare", *_AS_ROOT, "--mount", "--net")
apart = pytest.mark.skipif(
    not (shutil.which("unshare") and shutil.which("ip"))
    or subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode != 0,
    reason="this machine has no namespaces for us",
)


def within(kind: str, *lines: str) -> str:
    """Return what comes before a command line to run it in a namespace after those lines."""
    inside = " && ".join((*lines, 'exec "$@"'))
    return f"{shlex.join(['exec', 'unshare', *_AS_ROOT, kind, 'sh', '-c', inside, 'sh'])} "


def test_a_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    """The message names it, and what to name instead."""
    missing = tmp_path / "missing"

    with pytest.raises(InputError) as caught, running_fleet(FleetRequest(hosts=1, base=missing)):
        raise AssertionError("it was started")

    assert caught.value.file == str(missing)
    assert "cannot make its directory" in caught.value.what
    assert "TMPDIR" in caught.value.todo


@apart
def test_a_machine_where_nothing_can_be_written(tmp_path: Path) -> None:
    """Whoever it is, root too: every file system is read-only; the message says where it tried."""
    places = ("/tmp", "/var/tmp", "/dev/shm", str(Path.cwd()))  # noqa: S108  # made read-only
    lines = [f"mount --bind {place} {place}" for place in places if Path(place).is_dir()]
    lines += [f"mount -o remount,ro,bind {place}" for place in places if Path(place).is_dir()]

    said = refused(tmp_path, "--hosts", "1", before=within("--mount", *lines))

    assert "The practice fleet cannot make its directory: No usable temporary directory" in said
    assert "'/var/tmp'" in said  # one of those that were tried
    assert "Nothing was started." in said
    assert "Name a directory that you may write to in TMPDIR." in said


@apart
def test_an_alias_of_loopback_that_is_missing(tmp_path: Path) -> None:
    """As on macOS, which has 127.0.0.1 alone; the message says how to get the other one."""
    said = refused(
        tmp_path, "--hosts", "1", "--address", ALIAS, before=within("--net", *ONE_ADDRESS)
    )

    assert f"This machine does not have the address {ALIAS}." in said
    assert f"sudo ifconfig lo0 alias {ALIAS}" in said


@apart
def test_an_alias_of_loopback_that_is_there(tmp_path: Path) -> None:
    """All of a demo, on a machine that has just these two addresses."""
    added = f"ip address add {ALIAS}/32 dev lo"
    done = run(
        tmp_path, "--hosts", "1", "--address", ALIAS, before=within("--net", *ONE_ADDRESS, added)
    )

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_any_directory_to_write_to() -> None:
    """As a container whose file system is read-only; what was tried is named."""

    def none_usable() -> str:
        raise FileNotFoundError("no usable temporary directory found in ['/tmp', '/']")

    with pytest.raises(InputError) as caught:
        bases({}, temporary=none_usable, in_memory=())

    assert "['/tmp', '/']" in caught.value.what
    assert "TMPDIR" in caught.value.todo


def test_an_interpreter_that_does_not_start(tmp_path: Path) -> None:
    """A fleet that ends before it says anything: how it ended, and its last words."""
    broken = {"PATH": os.environ["PATH"], "PYTHONHOME": str(tmp_path / "missing")}
    request = FleetRequest(hosts=1, base=tmp_path, environ=broken)

    with pytest.raises(HostError) as caught, running_fleet(request):
        raise AssertionError("it was started")

    assert "The practice fleet has ended before its time (1)." in caught.value.what
    assert "encodings" in caught.value.what


def test_a_machine_that_lets_too_few_files_be_open(tmp_path: Path) -> None:
    """Before a single host is built."""
    said = refused(tmp_path, "--hosts", "500", before="ulimit -n 300; exec ")

    assert "So many hosts need 2524 open files, and this machine allows 300." in said
    assert "ulimit" in said


def test_a_machine_with_too_little_memory() -> None:
    """The message says how much is needed; what is unknown is no reason to refuse."""
    with pytest.raises(InputError) as caught:
        check_memory(100 << 20, hosts=500)
    check_memory(None, hosts=5000)
    check_memory(2 << 30, hosts=5000)

    assert "and 100 MB are free." in caught.value.what
