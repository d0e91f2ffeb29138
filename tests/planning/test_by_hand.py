"""The commands that people are told: a shell makes of them what they promise."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.planning.cases import a_target
from wizard.discovery.container_facts import Builder
from wizard.planning.paths import HOSTS_CA
from wizard.runtimes.by_hand.builders import builder_steps
from wizard.runtimes.by_hand.commands import (
    buildkit_lines,
    hosts_text,
    write_file,
    write_hosts_files,
)
from wizard.target import Target


@pytest.mark.parametrize("addressing", ["root", "prefix", "path"])
def test_a_shell_writes_the_file_that_was_meant(tmp_path: Path, addressing: str) -> None:
    """Quotes, spaces and empty lines included."""
    text = hosts_text(a_target(addressing=addressing))
    path = tmp_path / "hosts.toml"
    subprocess.run(["sh", "-c", write_file(str(path), text)], check=True)
    assert path.read_text() == text
    said = tomllib.loads(text)
    assert said["server"] == "https://registry-1.docker.io"
    assert [entry["ca"] for entry in said["host"].values()] == [HOSTS_CA]


def _two_upstreams() -> Target:
    return a_target(addressing="prefix", places=[{"upstream": "quay.io", "prefix": "quay"}])


def test_buildkit_is_told_each_upstream_and_the_ca_once() -> None:
    """The project follows the host, without /v2 (facts/runtimes.md §5)."""
    said = tomllib.loads("\n".join(buildkit_lines(_two_upstreams())))
    expected = {
        "docker.io": {"mirrors": ["registry.example/dockerhub-proxy"]},
        "quay.io": {"mirrors": ["registry.example/quay"]},
        "registry.example": {"ca": ["/etc/pilotage-ca.pem"]},
    }
    assert expected == said["registry"]


def test_names_of_the_host_are_words_for_a_shell(tmp_path: Path) -> None:
    """A user names builders, and a file the directory: neither may become a command of its own."""
    trap = tmp_path / "trap"
    name = f"a; touch {trap};"
    commands = (
        *write_hosts_files(a_target(), f"{tmp_path}/{name}".replace(str(trap), "trap")),
        *builder_steps([Builder(name=name), Builder(name="b", user=name)], a_target()),
    )
    for command in commands:
        if command.startswith(("mkdir", "docker", "sudo")):
            script = f"docker() {{ :; }}; sudo() {{ :; }}; cd {tmp_path}; {command}"
            subprocess.run(["sh", "-c", script], check=True)
    assert not trap.exists()
