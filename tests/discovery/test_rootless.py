"""Docker of a user on practice hosts: whose it is, what it reads, and who is asked."""

from __future__ import annotations

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from wizard.discovery.container_facts import OtherRuntime
from wizard.discovery.facts import FileKind


def test_a_rootless_docker_is_told_as_such(host: PracticeHost) -> None:
    """What it says of itself is asked by the socket of its user."""
    host.with_docker()
    _rootless(host, 100)
    docker = host.facts().docker
    assert docker is not None
    assert (docker.rootless, docker.version) == (True, "26.1.5")


def _rootless(host: PracticeHost, pid: int, *environment: str, uid: int = 1000) -> None:
    host.process(pid, "dockerd", ["dockerd"], apart="user", environment=environment)
    host.file(f"/proc/{pid}/status", f"Name:\tdockerd\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")


def test_of_several_rootless_dockers_the_one_that_is_told_is_asked(host: PracticeHost) -> None:
    """Settings of one and files of another would make a plan for neither."""
    host.program("docker", 'echo "asked $DOCKER_HOST" >&2; exit 1')
    _rootless(host, 100, uid=1001)
    _rootless(host, 101, uid=1000)
    docker = host.facts().docker
    assert docker is not None
    assert (docker.pid, docker.uid) == (100, 1001)
    assert docker.error.endswith("/run/user/1001/docker.sock")


@EVERY_SHELL
def test_the_files_of_a_rootless_docker_are_read(host: PracticeHost) -> None:
    """A plan may want its daemon.json, and what lies below its certs.d."""
    host.with_docker()
    _rootless(host, 100)
    folder = "/home/op/.config/docker"
    ca = f"{folder}/certs.d/registry.corp/ca.crt"
    host.file(f"{folder}/daemon.json", '{"debug": true}')
    host.file(ca, "theirs")
    facts = host.facts()
    assert facts.docker is not None
    assert (facts.docker.gid, facts.docker.settings) == (1000, folder)
    known = {file.path: (file.kind, file.text) for file in facts.files}
    assert known[f"{folder}/daemon.json"] == (FileKind.REGULAR, '{"debug": true}')
    assert known[ca] == (FileKind.REGULAR, "theirs")
    assert known[f"{folder}/certs.d"] == (FileKind.DIRECTORY, None)


@EVERY_SHELL
def test_a_rootless_docker_says_whose_it_is(host: PracticeHost) -> None:
    """Its settings are below the home of that user, or where XDG says."""
    host.with_docker()
    _rootless(host, 100)
    docker = host.facts().docker
    assert docker is not None
    assert (docker.user, docker.uid) == ("op", 1000)
    assert docker.config_file == "/home/op/.config/docker/daemon.json"
    _rootless(host, 100, "XDG_CONFIG_HOME=/srv/op", "TOKEN=S3CRET")
    docker = host.facts().docker
    assert docker is not None
    assert docker.config_file == "/srv/op/docker/daemon.json"


def test_a_rootless_docker_beside_another_is_named(host: PracticeHost) -> None:
    """Only one is planned; nobody must think that the other was moved too."""
    host.with_docker()
    _rootless(host, 101)
    facts = host.facts()
    assert facts.docker is not None
    assert (facts.docker.pid, facts.docker.rootless) == (100, False)
    assert OtherRuntime(name="rootless Docker", version="op") in facts.others
