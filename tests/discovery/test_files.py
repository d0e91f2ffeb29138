"""Files on practice hosts: every byte, and whatever stands against changing them."""

from __future__ import annotations

import hashlib
import os

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from wizard.discovery.facts import (
    FileKind,
)
from wizard.target import Target

TARGET = Target(url="https://127.0.0.1:9")


HAND_EDITED = b'{\r\n\t"z": 1,\r\n\t"a" : [ "\xe4\xb8\xad" ]\r\n}'


@EVERY_SHELL
def test_files_come_with_every_byte(host: PracticeHost) -> None:
    """Line endings, tabs, missing newline at the end, odd names, modes."""
    host.file("/etc/docker/daemon.json", HAND_EDITED, 0o640)
    host.file("/etc/docker/certs.d/a b'c\"/ca.crt", "one\n\n\n")
    facts = host.facts()
    edited, odd = (
        facts.file("/etc/docker/daemon.json"),
        facts.file("/etc/docker/certs.d/a b'c\"/ca.crt"),
    )
    assert edited is not None
    assert odd is not None
    assert HAND_EDITED.decode() == edited.text
    assert hashlib.sha256(HAND_EDITED).hexdigest() == edited.sha256
    assert (0o640, os.getuid(), len(HAND_EDITED)) == (edited.mode, edited.uid, edited.size)
    assert odd.text == "one\n\n\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"\xef\xbb\xbf{}", "\ufeff{}"),
        (b"\xff\xfe\x00\x01", None),
        (b"\n@" + b"f" * 32 + b" end\n", "\n@" + "f" * 32 + " end\n"),
        (b"x" * (1 << 20), "x" * (1 << 20)),
        (b"x" * ((1 << 20) + 1), None),
    ],
    ids=["empty", "bom", "binary", "nonce", "1 MiB", "more"],
)
def test_any_content_is_told_by_its_hash(
    dash_host: PracticeHost, content: bytes, text: str | None
) -> None:
    """Text only where it is text and not too long; the hash always."""
    dash_host.file("/etc/docker/daemon.json", content)
    file = dash_host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert len(content) == file.size
    assert text == file.text


@EVERY_SHELL
def test_links_are_followed_to_what_they_mean(host: PracticeHost) -> None:
    """Of files and of directories, relative and absolute, and of absent files too."""
    host.file("/srv/real/daemon.json", "{}")
    docker = host.root / "etc" / "docker"
    docker.mkdir(parents=True)
    (docker / "daemon.json").symlink_to("/srv/real/daemon.json")
    (host.root / "srv" / "certs").mkdir()
    (docker / "certs.d").symlink_to("../../srv/certs")
    (host.root / "etc" / "containerd").mkdir()
    (host.root / "etc" / "containerd" / "config.toml").symlink_to("nowhere/at/all")
    facts = host.facts(Target(url="https://h.test"))
    expected = {
        "/etc/docker/daemon.json": ("/srv/real/daemon.json", FileKind.REGULAR),
        "/etc/docker/certs.d": ("/srv/certs", FileKind.DIRECTORY),
        "/etc/docker/certs.d/h.test/ca.crt": (
            "/srv/certs/h.test/ca.crt",
            FileKind.ABSENT,
        ),
        "/etc/containerd/config.toml": ("/etc/containerd/nowhere/at/all", FileKind.DANGLING_LINK),
        "/etc/containerd/certs.d": ("/etc/containerd/certs.d", FileKind.ABSENT),
    }
    found = {file.path: (file.real_path, file.kind) for file in facts.files}
    assert expected == {path: found[path] for path in expected}


@EVERY_SHELL
def test_a_link_to_itself_ends(host: PracticeHost) -> None:
    """A loop of links is a dangling link."""
    host.file("/etc/docker/x", "")
    (host.root / "etc" / "docker" / "daemon.json").symlink_to("daemon.json")
    file = host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert FileKind.DANGLING_LINK is file.kind


@EVERY_SHELL
def test_a_pipe_in_a_files_place_is_not_opened(host: PracticeHost) -> None:
    """Reading it would wait for ever."""
    (host.root / "etc" / "docker").mkdir(parents=True)
    os.mkfifo(host.root / "etc" / "docker" / "daemon.json")
    file = host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert FileKind.OTHER is file.kind


@EVERY_SHELL
def test_mounts_decide_what_can_be_written(host: PracticeHost) -> None:
    """A read-only mount, a file system that became read-only, a file bound over another."""
    host.file("/etc/docker/daemon.json", "{}")
    host.file(
        "/proc/self/mountinfo",
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 ro,errors=remount-ro\n"
        "22 21 8:2 / /etc rw - ext4 /dev/sda2 rw\n"
        "23 22 8:2 / /etc/containerd ro,nosuid master:7 - ext4 /dev/sda2 rw\n"
        "24 22 8:2 / /etc/docker/daemon.json rw - ext4 /dev/sda2 rw\n",
    )
    facts = host.facts()
    edited = facts.file("/etc/docker/daemon.json")
    other = facts.file("/etc/containerd/config.toml")
    assert edited is not None
    assert other is not None
    assert (edited.read_only, edited.bind_mounted) == (False, True)
    assert (other.read_only, other.bind_mounted) == (True, False)
    assert {disk.path: disk.read_only for disk in facts.disks if disk.path in {"/", "/etc"}} == {
        "/": True,
        "/etc": False,
    }


@EVERY_SHELL
def test_attributes_and_managers_are_told(host: PracticeHost) -> None:
    """An immutable directory, an ACL, and a file that Ansible writes again tomorrow."""
    host.file("/etc/docker/daemon.json", "{}")
    host.file("/etc/containerd/config.toml", "# Ansible managed: do not edit\nversion = 2\n")
    root = host.root
    host.program("lsattr", f"echo '----i---------e------- {root}/etc/docker'")
    host.program("ls", f"echo '-rw-r--r--+ 1 0 0 2 Nov 23 20:40 {root}/etc/containerd/config.toml'")
    if host.shell == "busybox":
        pytest.skip("busybox sh runs its own ls and lsattr whatever PATH says")
    facts = host.facts()
    edited = facts.file("/etc/docker/daemon.json")
    managed = facts.file("/etc/containerd/config.toml")
    assert edited is not None
    assert managed is not None
    assert (edited.immutable, edited.extra_attributes, edited.managed_by) == (True, False, "")
    assert (
        managed.immutable,
        managed.extra_attributes,
        managed.managed_by,
    ) == (False, True, "Ansible")
