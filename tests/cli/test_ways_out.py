"""`pilotage images-to-change` and `pilotage front`: what to do where no setting helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.discovery.facts import DockerFacts
from wizard.run.view import Trouble

_FRONT = ("--server-name", "hub.corp", "--certificate", "/etc/ssl/hub.pem", "--key", "/etc/ssl/k")


@pytest.fixture(autouse=True)
def migration(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> Path:  # it writes a file of its own
    """Name a Harbor project as the target, and let two hosts have Docker with overlay2."""
    web1, web2, _db1 = service.facts
    docker = DockerFacts(version="26.1.5", images=("nginx:1.27", "own.corp/app:1"))
    service.facts = tuple(
        replace(one, docker=docker, containerd=None, podman=None) for one in (web1, web2)
    )
    file = tmp_path / "migration.yaml"
    file.write_text(
        "version: 1\nhosts: [web1, web2]\ntarget:\n  kind: harbor\n"
        "  url: https://registry.example\n  addressing: prefix\n  prefix: hub\n",
        encoding="utf-8",
    )
    return file


def test_images_are_listed_once_with_their_hosts(pilotage: Pilotage) -> None:
    """The name now, the name then; images of other registries are left out."""
    outcome = pilotage("images-to-change")
    assert outcome.code == 0
    head, *rows = outcome.out.splitlines()
    assert head.split() == ["IMAGE", "BECOMES", "CONTAINERS", "HOSTS"]
    assert [row.split() for row in rows] == [
        ["nginx:1.27", "registry.example/hub/library/nginx:1.27", "0", "web1,", "web2"]
    ]


def test_images_as_a_document(pilotage: Pilotage) -> None:
    """One entry for each host."""
    document = pilotage("images-to-change", "--json").document
    assert document["document"] == "images"
    assert document["images"][0] == {
        "host": "web1",
        "runtime": "docker",
        "image": "nginx:1.27",
        "becomes": "registry.example/hub/library/nginx:1.27",
        "containers": [],
    }
    assert [image["host"] for image in document["images"]] == ["web1", "web2"]


def test_a_front_is_written_for_the_target_of_the_file(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nobody is asked; standard output is the site and nothing else."""
    outcome = pilotage("front", "nginx", *_FRONT)
    assert (outcome.code, service.calls) == (0, [])
    assert outcome.out.startswith("# Written by Pilotage: hub.corp answers")
    assert "rewrite ^/v2/(.+)$ /v2/hub/$1 break;" in outcome.out


def test_a_front_never_replaces_a_file(pilotage: Pilotage, tmp_path: Path) -> None:
    """A new file gets it; the same command again is refused."""
    file = tmp_path / "hub.conf"
    assert pilotage("front", "nginx", *_FRONT, "-o", str(file)).code == 0
    assert "server_name hub.corp;" in file.read_text()
    again = pilotage("front", "nginx", *_FRONT, "-o", str(file))
    assert again.code == 2
    assert "is there already" in again.err


def test_a_front_does_not_guess_what_a_prefix_is(pilotage: Pilotage, migration: Path) -> None:
    """A project and a path are rewritten differently, and the registry is not asked."""
    text = migration.read_text(encoding="utf-8")
    migration.write_text(text.replace("addressing: prefix", "addressing: auto"), encoding="utf-8")
    for command in (("front", "nginx", *_FRONT), ("images-to-change",)):
        outcome = pilotage(*command)
        assert outcome.code == 2
        assert "“addressing”" in outcome.err


def test_a_front_needs_a_project(pilotage: Pilotage, migration: Path) -> None:
    """A target at its root is a mirror as it is."""
    migration.write_text(
        "version: 1\nhosts: [web1]\ntarget: {url: https://registry.example}\n", encoding="utf-8"
    )
    outcome = pilotage("front", "nginx", *_FRONT)
    assert outcome.code == 2
    assert "needs no front" in outcome.err


def test_a_front_as_a_document(pilotage: Pilotage, tmp_path: Path) -> None:
    """Programs get the site as a string, and beside a file that is written as well."""
    file = tmp_path / "hub.conf"
    document = pilotage("front", "nginx", *_FRONT, "--json", "-o", str(file)).document
    assert (document["document"], document["server"], document["name"]) == (
        "front",
        "nginx",
        "hub.corp",
    )
    assert document["site"] == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--listen", "https"),
        ("--listen", "65536"),
        ("--listen", "127.0.0.1"),
        ("--token-url", "token"),
        ("--token-url", "https://registry.example"),
    ],
)
def test_a_front_that_nginx_would_misread_is_refused(
    pilotage: Pilotage, option: str, value: str
) -> None:
    """The value is named, and that nothing was written."""
    outcome = pilotage("front", "nginx", *_FRONT, option, value)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"“{value}”" in outcome.err
    assert "Nothing was written." in outcome.err


@pytest.mark.parametrize("listen", ["8443", "192.0.2.7:443", "[::]:443", "*:443"])
def test_a_front_listens_where_nginx_can(pilotage: Pilotage, listen: str) -> None:
    """A port alone, or behind an address."""
    assert f"listen {listen} ssl;" in pilotage("front", "nginx", *_FRONT, "--listen", listen).out


def test_a_front_in_no_folder_says_what_to_do(pilotage: Pilotage, tmp_path: Path) -> None:
    """What happened, where, what is there now, what to do."""
    outcome = pilotage("front", "nginx", *_FRONT, "-o", str(tmp_path / "none" / "hub.conf"))
    assert outcome.code == 2
    assert [line.split()[0] for line in outcome.err.splitlines()] == [
        "Error",
        "Where",
        "State",
        "To",
    ]


@pytest.mark.parametrize("command", ["images-to-change", "matrix"])
def test_nothing_is_said_of_hosts_that_were_not_read(
    pilotage: Pilotage, service: PracticeService, command: str
) -> None:
    """Standard output stays empty, and the exit code tells of the hosts."""
    service.facts = ()
    service.troubles = (
        Trouble(host="web1", what="Connection refused", state="Unchanged.", todo="Start sshd."),
    )
    outcome = pilotage(command)
    assert (outcome.code, outcome.out) == (5, "")
    assert "web1" in outcome.err
