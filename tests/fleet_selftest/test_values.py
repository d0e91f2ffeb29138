"""What the real fleet computes, without starting anything."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fleet import (
    access_log,
    built_runtimes,
    catalogue,
    images,
    packages,
    process_group,
    rootfs,
)
from tests.fleet.access_log import Request
from tests.fleet.errors import FleetError

ROOT = Path(__file__).parents[2]


def test_an_access_log_line_becomes_a_request() -> None:
    """The combined log format is read field by field, and other lines are left out."""
    other = 'time="2026-01-02T03:04:05Z" level=warning msg="No HTTP secret provided"'
    line = (
        '10.99.0.12 - - [02/Jan/2026:03:04:05 +0000] "GET /v2/a/tags?ns=docker.io HTTP/1.1" '
        '404 96 "" "containerd/1.7 \\"odd\\" (linux)"'
    )
    expected = Request(
        client="10.99.0.12",
        method="GET",
        path="/v2/a/tags?ns=docker.io",
        status=404,
        time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        agent='containerd/1.7 \\"odd\\" (linux)',
    )
    actual = access_log.parse([other, line])
    assert (expected,) == actual


def test_a_built_runtime_is_another_entry_of_the_cache_for_another_module(tmp_path: Path) -> None:
    """Its name has what pins it, so that a new release is not taken for the one that is there."""
    entries = {built_runtimes.runtime_path(name, tmp_path) for name in built_runtimes.BUILT}
    assert len(entries) == len(built_runtimes.BUILT)
    assert not any(built_runtimes.is_built(name, tmp_path) for name in built_runtimes.BUILT)


def test_extra_hosts_run_what_is_built() -> None:
    """All of it has a host, and each host has an address that no other one has."""
    extra = {design.runtime for design in catalogue.EXTRA_HOSTS.values() if design.runtime}
    assert extra == set(built_runtimes.BUILT)
    numbers = [design.number for design in catalogue.DESIGNS.values()]
    assert sorted(set(numbers)) == sorted(numbers)


def test_the_mirror_is_the_one_of_the_machine() -> None:
    """Apt's own archive wins over debootstrap's default; other archives are not taken for it."""
    targets = (
        "https://packages.example/debian nodistro\n"
        "http://mirror.example/debian-security bookworm-security\n"
        "http://mirror.example/debian/ bookworm-updates\n"
    )
    actual = rootfs.debian_mirror(targets, 'DEF_MIRROR="http://default.example/debian"\n')
    assert actual == "http://mirror.example/debian"


def test_a_machine_without_debian_archive_uses_the_default_of_debootstrap() -> None:
    """On another distribution debootstrap's own default is the mirror."""
    source = 'A=1\nDEF_MIRROR="http://default.example/debian"\n'
    actual = rootfs.debian_mirror("http://archive.example/ubuntu noble\n", source)
    assert actual == "http://default.example/debian"


def test_no_mirror_at_all_is_an_error() -> None:
    """Without any mirror the build says so instead of guessing."""
    with pytest.raises(FleetError, match="no Debian mirror"):
        rootfs.debian_mirror("", "")


def test_missing_packages_are_named() -> None:
    """A machine that lacks two tools is told the two Debian packages."""
    absent = {"nginx", "openssl"}
    with pytest.raises(FleetError, match=r"apt install nginx-light openssl$"):
        packages.require_machine(user=0, is_there=lambda tool: tool not in absent)


def test_an_ordinary_user_is_refused() -> None:
    """The fleet says that it needs root before it tries anything."""
    with pytest.raises(FleetError, match="must be run as root"):
        packages.require_machine(user=1000, is_there=lambda _: True)


def test_the_package_list_needs_the_standard_library_only() -> None:
    """The Makefile can ask a bare Python, isolated from every installed package."""
    code = "import sys; sys.path.insert(0, '.'); from tests.fleet.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, "packages"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == list(packages.missing())


def test_a_package_is_not_wanted_for_a_command_that_is_there() -> None:
    """Another package may have brought it, and two that have the same file cannot be installed."""
    assert packages.missing(lambda tool: tool != "nginx") == ("nginx-light",)
    assert packages.missing(lambda _tool: True) == ()


@pytest.mark.parametrize(
    ("mountinfo", "expected"),
    [
        ("30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup"),
        (
            "29 1 0:25 / /cg/cpu rw - cgroup c rw,cpu\n30 1 0:26 / /cg/unified rw - cgroup2 c rw\n",
            "/cg/unified",
        ),
    ],
    ids=["unified", "hybrid"],
)
def test_the_control_groups_are_found(mountinfo: str, expected: str) -> None:
    """Unified and hybrid machines have cgroup 2 in different places."""
    actual = process_group.mount_point(mountinfo)
    assert Path(expected) == actual


def test_host_names_and_addresses_are_unique() -> None:
    """No two hosts share an address, and none has one of the registries'."""
    numbers = [host.number for host in catalogue.HOSTS.values()]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > catalogue.IMPOSTOR_NUMBER


def test_the_same_label_gives_the_same_image() -> None:
    """A tag has one digest in every registry; another tag has another."""
    again = images.make_image.__wrapped__("hello latest")
    assert images.make_image("hello latest").digest == again.digest
    assert images.make_image("hello common").digest != again.digest


def test_an_archive_names_what_it_holds() -> None:
    """`docker load` finds the name, the configuration and every layer."""
    with tarfile.open(fileobj=io.BytesIO(images.archive("x", "local/x:1"))) as tar:
        listing = tar.extractfile("manifest.json")
        assert listing is not None
        (entry,) = json.load(listing)
        assert entry["RepoTags"] == ["local/x:1"]
        assert {entry["Config"], *entry["Layers"], "manifest.json"} == set(tar.getnames())
