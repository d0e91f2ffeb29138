"""What a practice host is on disk, and the programs on its PATH."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from wizard.errors import InputError
from wizard.practice.host.root import TOOLS, ProgramFolders, build_root, search_path


def test_the_root_of_a_host_is_what_its_design_says(tmp_path: Path) -> None:
    """Files of the design, a system around them, modes that no umask changes."""
    build_root(tmp_path / "root", {"/etc/docker/daemon.json": b"{}\r\n"})

    daemon = tmp_path / "root/etc/docker/daemon.json"
    assert daemon.read_bytes() == b"{}\r\n"
    assert daemon.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "root/etc/passwd").read_text().splitlines()[1].startswith("op:x:1000:")


def test_hosts_of_one_kind_share_their_programs(tmp_path: Path) -> None:
    """Another set of simulated programs is another kind."""
    folders = ProgramFolders(tmp_path, search_path(os.environ))

    docker = folders.of(["docker", "systemctl"])

    assert folders.of(["systemctl", "docker"]) == docker
    assert folders.of(["crictl", "systemctl"]) != docker
    assert (docker / "docker").resolve() == tmp_path / "program.sh"
    assert (docker / "sudo").resolve() == tmp_path / "sudo.sh"
    assert os.access(docker / "docker", os.X_OK)


def test_a_simulated_program_is_never_this_machine_s_own(tmp_path: Path) -> None:
    """Not even where it has the name of a tool."""
    folders = ProgramFolders(tmp_path, search_path(os.environ))

    place = folders.of(["stat"])

    assert (place / "stat").resolve() == tmp_path / "program.sh"


def test_a_machine_without_the_tools(tmp_path: Path) -> None:
    """The message names what is missing, and what to install."""
    few = tmp_path / "few"
    few.mkdir()
    for name in set(TOOLS) - {"sha256sum", "stat"}:
        (few / name).symlink_to(shutil.which(name) or "/nowhere")

    with pytest.raises(InputError, match="this machine lacks: sha256sum stat") as refused:
        ProgramFolders(tmp_path / "bin", str(few)).of([])

    assert "coreutils" in refused.value.todo


def test_a_machine_without_busybox(tmp_path: Path) -> None:
    """A host that wants its tools cannot be made."""
    few = tmp_path / "few"
    few.mkdir()
    for name in TOOLS:
        (few / name).symlink_to(shutil.which(name) or "/nowhere")

    with pytest.raises(InputError, match="busybox, which this machine lacks"):
        ProgramFolders(tmp_path / "bin", str(few)).of([], busybox=True)
