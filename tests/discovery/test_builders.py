"""BuildKit and nerdctl on practice hosts: whose they are, and what they read."""

from __future__ import annotations

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from wizard.discovery.container_facts import NerdctlFacts, OtherRuntime
from wizard.discovery.facts import FileKind

BOOT = 1_700_000_000


@EVERY_SHELL
def test_a_buildkitd_of_its_own_is_read_as_it_runs(host: PracticeHost) -> None:
    """Its file, its client, the proxies that it would ask, and whether its file is what runs."""
    host.process(
        302,
        "buildkitd",
        ["buildkitd", "--config", "/srv/bk.toml", "--addr=unix:///srv/bk.sock"],
        environment=["HTTPS_PROXY=http://me:S3CRET@proxy.test:3128"],
        unit="buildkit.service",
    )
    host.started(302, BOOT, 60)
    host.program("buildkitd", "echo buildkitd github.com/moby/buildkit v0.17.0 abc")
    host.program("buildctl", "exit 1")
    host.file("/srv/bk.toml", "debug = true\n")
    facts = host.facts()
    buildkit = facts.buildkit
    assert buildkit is not None
    assert (buildkit.version, buildkit.pid, buildkit.unit) == ("0.17.0", 302, "buildkit.service")
    assert (buildkit.config_file, buildkit.address) == ("/srv/bk.toml", "unix:///srv/bk.sock")
    assert buildkit.buildctl == str(host.programs / "buildctl")
    assert buildkit.proxies == (("HTTPS_PROXY", "http://proxy.test:3128"),)
    assert buildkit.config_loaded_at == BOOT + 61
    assert buildkit.config_changed_at > buildkit.config_loaded_at
    texts = {file.path: file.text for file in facts.files}
    assert texts["/srv/bk.toml"] == "debug = true\n"
    assert {"/srv", "/srv/pilotage-ca.pem"} <= set(texts)
    assert (facts.others, facts.flavours) == ((), ("BuildKit 0.17",))


def test_a_buildkitd_in_a_container_is_none_of_the_host(host: PracticeHost) -> None:
    """Builders of buildx run it there, with a file that was given when they were made."""
    host.process(302, "buildkitd", ["buildkitd", "--config", "/b.toml"], apart="pid")
    facts = host.facts()
    assert (facts.buildkit, facts.others) == (None, ())
    assert facts.file("/b.toml") is None


def test_a_buildkitd_that_does_not_run_is_told(host: PracticeHost) -> None:
    """By its program; what it would read is known all the same."""
    host.program("buildkitd", "echo buildkitd github.com/moby/buildkit v0.17.0 abc")
    facts = host.facts()
    assert facts.buildkit is None
    assert (OtherRuntime(name="BuildKit", version="0.17.0"),) == facts.others
    assert facts.file("/etc/buildkit/buildkitd.toml") is not None


def test_nerdctl_is_read_with_its_directories(host: PracticeHost) -> None:
    """A list over several lines too; what lies below the directories may be written."""
    host.program(
        "nerdctl",
        'case "$1" in --version) echo nerdctl version 2.0.3 ;; '
        "images) echo docker.io/library/nginx:1; echo docker.io/library/nginx:1; "
        'echo "<none>" ;; esac',
    )
    host.file(
        "/etc/nerdctl/nerdctl.toml",
        "# ours\nhosts_dir = [\n  '/srv/certs.d', \"/etc/containerd/certs.d\",\n]\n",
    )
    host.file("/srv/certs.d/docker.io/hosts.toml", "# theirs\n")
    facts = host.facts()
    expected = NerdctlFacts(version="2.0.3", images=("docker.io/library/nginx:1",))
    assert expected == facts.nerdctl
    assert (facts.others, facts.flavours) == ((), ("nerdctl 2.0",))
    known = {file.path: (file.kind, file.text) for file in facts.files}
    assert known["/srv/certs.d"] == (FileKind.DIRECTORY, None)
    assert known["/srv/certs.d/docker.io/hosts.toml"] == (FileKind.REGULAR, "# theirs\n")
    assert known["/etc/nerdctl/nerdctl.toml"][0] is FileKind.REGULAR


def test_nerdctl_without_a_containerd_says_why(host: PracticeHost) -> None:
    """Its own words come along."""
    host.program(
        "nerdctl",
        'case "$1" in --version) echo nerdctl version 2.0.3 ;; '
        "*) echo cannot access containerd socket >&2; exit 1 ;; esac",
    )
    expected = NerdctlFacts(version="2.0.3", error="cannot access containerd socket")
    assert expected == host.facts().nerdctl


@EVERY_SHELL
def test_a_containerd_of_a_user_is_told_with_the_user(host: PracticeHost) -> None:
    """That is what nerdctl is without root; the one within a rootless Docker is that of Docker."""
    for pid, arguments in ((400, ["containerd"]), (401, ["containerd", "--config", _OF_DOCKER])):
        host.process(pid, "containerd", arguments, apart="user")
        host.file(f"/proc/{pid}/status", "Name:\tcontainerd\nUid:\t1000\t1000\t1000\t1000\n")
    facts = host.facts()
    of_user = OtherRuntime(name="rootless nerdctl", version="", user="op", home="/home/op")
    assert (of_user,) == facts.others
    assert facts.containerd is None


_OF_DOCKER = "/run/user/1000/docker/containerd/containerd.toml"
