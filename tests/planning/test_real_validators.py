"""What plans write, read by the runtimes themselves: every file of every case of their version."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.fleet import Fleet, build_cache, built_runtimes
from tests.planning.cases import case_paths, load_case
from wizard.discovery.facts import HostFacts
from wizard.planning.host import plan_host
from wizard.planning.paths import CONTAINERD_DROP_IN, CONTAINERS_OWN, DOCKER_CONFIG
from wizard.runtimes import RUNTIMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file of a case; `case` says which, and whether a revert writes it."""

    case: str
    runtime: str
    release: str
    text: str


VALIDATORS = {
    "docker": "dockerd --validate --config-file {file}",
    "containerd": "containerd -c {file} config dump",
    "podman": "CONTAINERS_REGISTRIES_CONF={file} podman info --format ok",
}
HOSTS = (
    ("docker", "26.1", "trixie-docker"),
    ("docker", "28.5", "forky-docker"),
    ("containerd", "1.5", "book-cri"),
    ("containerd", "1.6", "book-cri"),
    ("containerd", "1.7", "trixie-cri"),
    ("containerd", "2.1", "forky-c8d"),
    ("podman", "4.3", "book-docker"),
    ("podman", "5.4", "trixie-docker"),
)
"""Of which release the cases are that a host reads; 1.6 has all that 1.5 has."""
BUILT = (
    ("1.5", "containerd-1.5"),
    ("2.2", "containerd-2.2"),
    ("2.3", "containerd-2.3"),
)
"""Releases of containerd that no suite of Debian has; to read a file they need no host."""
STARTED = ("docker", "20.10", "book-docker")
"""Docker before 23.0 has no validator (facts/runtimes.md §1.3), so it is started."""


@cache
def _written() -> tuple[Written, ...]:
    return tuple(_files())


def _files() -> Iterator[Written]:
    for path in case_paths():
        case = load_case(path)
        name = f"{path.parent.name}/{path.stem}"
        for change in plan_host(case.facts, case.target, case.policy, RUNTIMES).changes:
            runtime, version = _reader(case.facts, change.path)
            release = ".".join(version.split(".")[:2])
            for text, when in ((change.after, "after"), (change.parting, "parting")):
                if runtime and text is not None:
                    yield Written(
                        case=f"{name} {when}", runtime=runtime, release=release, text=text
                    )


def _reader(facts: HostFacts, path: str) -> tuple[str, str]:
    """Return the runtime whose own configuration file that is, and its version."""
    if facts.docker and path == facts.docker.config_file:
        return "docker", facts.docker.version
    if facts.containerd and (
        path == facts.containerd.config_file or path.endswith(f"/{CONTAINERD_DROP_IN}")
    ):
        return "containerd", facts.containerd.version
    if facts.podman and path == CONTAINERS_OWN:
        return "podman", facts.podman.version
    return "", ""


def _of(runtime: str, release: str) -> list[Written]:
    """Return the files of a release, each text once."""
    found = [one for one in _written() if (one.runtime, one.release) == (runtime, release)]
    return list({one.text: one for one in reversed(found)}.values())


@pytest.mark.fleet
@pytest.mark.parametrize(("runtime", "release", "host"), HOSTS)
def test_runtimes_take_every_file_of_their_cases(
    fleet: Fleet, runtime: str, release: str, host: str
) -> None:
    """The daemon's or client's own reader, of the very release that the case is about."""
    files = _of(runtime, release)
    assert files
    check = VALIDATORS[runtime].format(file='"$dir/file"')
    script = ["dir=$(mktemp -d)"]
    for number, file in enumerate(files):
        encoded = base64.b64encode(file.text.encode()).decode()
        script.append(f'echo {encoded} | base64 -d >"$dir/file"; {check} >"$dir/said" 2>&1 ||')
        script.append(f'{{ echo {number}; tail -n 2 "$dir/said"; }}')
    script.append('rm -r "$dir"')

    done = fleet.exec(host, "exec sh -s", "\n".join(script).encode())

    names = [f"{number}: {file.case}" for number, file in enumerate(files)]
    assert (done.returncode, done.stdout.decode()) == (0, ""), names


@pytest.mark.fleet
def test_a_docker_without_a_validator_starts_with_every_file_of_its_cases(fleet: Fleet) -> None:
    """What it could not read it would say by not starting."""
    runtime, release, host = STARTED
    keep = "/var/tmp/daemon-before"  # noqa: S108  # on a host of the fleet
    begun = "systemctl reset-failed docker; systemctl restart docker && docker info -f ok"
    fleet.exec(host, f"cp -a {DOCKER_CONFIG} {keep}")
    try:
        for file in _of(runtime, release):
            fleet.exec(host, f"cat >{DOCKER_CONFIG}", file.text.encode())
            done = fleet.exec(host, begun)
            assert (file.case, done.returncode, done.stdout) == (file.case, 0, b"ok\n"), done.stderr
    finally:
        fleet.exec(
            host, f"if [ -e {keep} ]; then mv {keep} {DOCKER_CONFIG}; else rm {DOCKER_CONFIG}; fi"
        )
        assert fleet.exec(host, begun).returncode == 0


@pytest.mark.parametrize(("release", "built"), BUILT)
def test_built_releases_take_every_file_of_their_cases(
    release: str, built: str, tmp_path: Path
) -> None:
    """And nothing that is no TOML, so that their word counts."""
    if not built_runtimes.is_built(built, build_cache.cache_root()):
        pytest.skip(f"{built} is not built: make runtimes")
    program = built_runtimes.runtime_path(built, build_cache.cache_root()) / "containerd"
    file = tmp_path / "config.toml"

    def takes(text: str) -> bool:
        file.write_bytes(text.encode())
        command = (program, "-c", file, "config", "dump")
        return not subprocess.run(command, capture_output=True, timeout=60, check=False).returncode

    assert not takes("version = = 2\n")
    assert [one.case for one in _of("containerd", release) if not takes(one.text)] == []


def test_no_validator_is_without_cases() -> None:
    """Each release that is asked, of a host or built, is one that cases are about."""
    asked = (*HOSTS, STARTED, *(("containerd", release, built) for release, built in BUILT))
    assert [one for one in asked if not _of(one[0], one[1])] == []
