"""The parsers on what real hosts answered (`tests.discovery.record` makes the recordings)."""

from __future__ import annotations

import base64
import json
import time

import pytest

from tests.discovery.record import FOLDER, NONCE
from wizard.discovery.facts import CRIState, FileKind, HostFacts, ImageStore, ReachState
from wizard.discovery.parse import parse_answer
from wizard.jsonform import from_json, to_json
from wizard.planning.paths import CONTAINERD_CONFIG, wanted_paths
from wizard.target import Target

TARGET = Target(url="https://registry.fleet.test", ca_pem="as recorded")
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
END = b'{"end":true}'


def frames(name: str) -> tuple[list[bytes], float]:
    """Return the frames of a recording and when it was made."""
    recording = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    encoded = base64.b64encode(recording["stream"].encode()).decode()
    pieces = [encoded[start : start + 9999] for start in range(0, len(encoded), 9999)]
    return [json.dumps({"base64": piece}).encode() for piece in pieces] + [END], recording["now"]


def recorded(name: str) -> HostFacts:
    """Return the facts of a recorded host."""
    answer, now = frames(name)
    return parse_answer(name, NONCE, answer, now=now, target=TARGET)


@pytest.mark.parametrize(
    ("name", "version", "store", "validates", "live_restore"),
    [
        ("book-docker", "20.10.24+dfsg1", ImageStore.GRAPH_DRIVER, False, True),
        ("trixie-docker", "26.1.5+dfsg1", ImageStore.GRAPH_DRIVER, True, False),
        ("forky-docker", "28.5.2+dfsg4", ImageStore.GRAPH_DRIVER, True, False),
        ("forky-c8d", "28.5.2+dfsg4", ImageStore.CONTAINERD, True, False),
    ],
)
def test_each_docker_is_told_by_version_and_store(
    name: str, version: str, store: ImageStore, *, validates: bool, live_restore: bool
) -> None:
    """The two things that decide how a mirror works (facts/runtimes.md §1.4)."""
    docker = recorded(name).docker
    assert docker is not None
    assert (version, store) == (docker.version, docker.image_store)
    assert (validates, live_restore) == (docker.validates, docker.live_restore)
    assert docker.flags[:2] == ("-H", "fd://")
    assert (docker.unit, docker.error) == ("docker.service", "")
    labels = ["owner=ops", "rack=7"] if name == "book-docker" else []
    assert (labels, "runc") == (sorted(docker.labels), docker.default_runtime)
    assert {"runc", "io.containerd.runc.v2"} <= set(docker.runtimes)
    # forky-docker has no daemon.json.
    assert (name != "forky-docker") == (0 < docker.config_changed_at < docker.config_loaded_at)


@pytest.mark.parametrize(
    ("name", "version", "state", "for_docker_only"),
    [
        ("book-cri", "1.6.20~ds1", CRIState.OK, False),
        ("trixie-cri", "1.7.24~ds1", CRIState.OK, False),
        ("forky-c8d", "2.1.9+unknown", CRIState.OK, False),
        ("book-docker", "1.6.20~ds1", CRIState.DISABLED, True),
        ("forky-docker", "2.1.9+unknown", CRIState.DISABLED, True),
        ("trixie-sudo", "1.7.24~ds1", CRIState.OK, False),
    ],
)
def test_each_containerd_is_told_by_version_and_use(
    name: str, version: str, state: CRIState, *, for_docker_only: bool
) -> None:
    """Behind Docker, with its CRI off, it is left alone."""
    facts = recorded(name)
    containerd = facts.containerd
    assert containerd is not None
    assert (version, state) == (containerd.version, containerd.cri)
    assert for_docker_only == containerd.for_docker_only
    assert containerd.config_file == CONTAINERD_CONFIG
    assert containerd.dump.count("[grpc]") == 1
    assert for_docker_only != any("containerd " in flavour[:11] for flavour in facts.flavours)


@pytest.mark.parametrize(
    ("name", "version"),
    [("book-docker", "4.3.1"), ("trixie-docker", "5.4.2"), ("forky-docker", "5.8.6")],
)
def test_each_podman_is_told_by_version(name: str, version: str) -> None:
    """No user of these hosts has settings of their own, and no service of it runs."""
    facts = recorded(name)
    podman = facts.podman
    assert podman is not None
    assert (podman.version, podman.error, podman.serves) == (version, "", False)
    assert podman.homes == ()
    shortnames = facts.file("/etc/containers/registries.conf.d/shortnames.conf")
    assert shortnames is not None
    assert "[aliases]" in (shortnames.text or "")


@pytest.mark.parametrize(("name", "image"), [("book-docker", "local/keeper:1"), ("book-cri", "")])
def test_what_runs_is_named(name: str, image: str) -> None:
    """Docker's containers with image and start; containerd's tasks with their process."""
    facts = recorded(name)
    runtime = facts.docker if image else facts.containerd
    assert runtime is not None
    [container] = runtime.containers
    assert container.name == "keeper"
    assert container.image.endswith(image)
    assert container.started_at.startswith("20" if image else "pid ")


@pytest.mark.parametrize("name", NAMES)
def test_every_host_is_whole(name: str) -> None:
    """System, target, disks and each wanted path; and facts survive their JSON form."""
    facts = recorded(name)
    assert (facts.os_id, facts.init, facts.ca_store) == ("debian", "systemd", "debian")
    assert abs(facts.clock_skew) < 5
    assert facts.target is not None
    assert (
        facts.target.state,
        facts.target.state_with_ca,
    ) == (ReachState.UNTRUSTED, ReachState.OK)
    assert set(wanted_paths(TARGET.authority)) <= {file.path for file in facts.files}
    config = facts.file(CONTAINERD_CONFIG)
    assert config is not None
    assert (config.kind, config.mode, config.uid) == (FileKind.REGULAR, 0o644, 0)
    assert facts == from_json(HostFacts, to_json(facts), source=name)


def test_a_host_is_parsed_in_a_moment() -> None:
    """Two hundred hosts cost our side less than their SSH handshakes do."""
    answers = [frames(name) for name in NAMES]
    begun = time.process_time()
    for _ in range(10):
        for (answer, now), name in zip(answers, NAMES, strict=True):
            parse_answer(name, NONCE, answer, now=now, target=TARGET)
    assert (time.process_time() - begun) / (10 * len(NAMES)) < 0.0015 * 2
