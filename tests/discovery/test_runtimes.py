"""Runtimes on practice hosts: which there are, and how they run."""

from __future__ import annotations

import time

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from wizard.discovery.container_facts import Container, PodmanFacts, RegistryLogin
from wizard.discovery.facts import CRIState, ImageStore


@EVERY_SHELL
def test_docker_is_read_as_it_runs(host: PracticeHost) -> None:
    """What the daemon says of itself, its process and its containers."""
    docker = host.with_docker().facts().docker
    assert docker is not None
    assert (
        docker.version,
        docker.image_store,
        docker.pid,
    ) == ("26.1.5", ImageStore.GRAPH_DRIVER, 100)
    assert docker.mirrors == ("https://m.test/",)
    assert docker.insecure_registries == ("127.0.0.0/8", "old.test:5000")
    assert docker.proxies == (("HTTP_PROXY", "http://proxy.test:3128"),)
    assert (docker.live_restore, docker.swarm, docker.validates) == (True, True, True)
    assert (docker.debug, docker.labels) == (True, ("rack=7", "api_token=(hidden)"))
    assert (docker.default_runtime, docker.authorization_plugins) == ("runc", ())
    assert docker.runtimes == ("io.containerd.runc.v2", "runc")
    assert docker.flags == ("-H", "fd://")
    assert docker.unit == "docker.service"
    expected = Container(
        id="aa11", name="web", image="nginx:1.27", started_at="2026-01-02T03:04:05.6Z"
    )
    assert (expected,) == docker.containers
    assert docker.images == ("nginx:1.27",)


def test_proxies_of_daemon_json_count_before_those_of_the_environment(host: PracticeHost) -> None:
    """One alone of the environment hides none that the daemon tells of itself."""
    host.with_docker()
    variables = ["no_proxy=registry.example", "HTTP_PROXY=http://elsewhere.test:1"]
    host.process(100, "dockerd", ["/usr/sbin/dockerd"], environment=variables)
    docker = host.facts().docker
    assert docker is not None
    assert dict(docker.proxies) == {
        "NO_PROXY": "registry.example",
        "HTTP_PROXY": "http://proxy.test:3128",
    }


@pytest.mark.parametrize(("registry", "known"), [("index.docker.io/v1", True), ("r.corp", False)])
def test_a_login_of_kubelet_to_docker_hub_is_told(
    host: PracticeHost, registry: str, *, known: bool
) -> None:
    """It is nobody's of Docker, and nothing of it leaves the host."""
    host.with_docker()
    login = f'{{"auths": {{"https://{registry}/": {{"auth": "S3CRET"}}}}}}'
    host.file("/var/lib/kubelet/config.json", login)
    facts = host.facts()
    assert facts.kubelet_login is known
    assert facts.docker is not None
    assert not facts.docker.hub_login
    assert b"S3CRET" not in host.answer()


BOOT = 1_700_000_000


def with_start(host: PracticeHost, seconds: int) -> PracticeHost:
    """Let dockerd have started so long after the boot of the host."""
    host.with_docker().started(100, BOOT, seconds)
    return host


def test_a_file_that_is_older_than_the_daemon_is_loaded(host: PracticeHost) -> None:
    """Nobody need ask for reloads."""
    with_start(host, 1 << 40)
    host.file("/etc/docker/daemon.json", "{}")
    docker = host.facts().docker
    assert docker is not None
    assert docker.config_loaded_at == BOOT + (1 << 40) + 1
    assert abs(docker.config_changed_at - time.time()) < 60
    assert not (host.root / "asked").exists()


@EVERY_SHELL
@pytest.mark.parametrize(("reloads", "loaded_at"), [("", BOOT + 61), ("1\n1900000000\n", 1.9e9)])
def test_a_file_that_is_newer_than_the_daemon_may_have_been_reloaded(
    host: PracticeHost, reloads: str, loaded_at: float
) -> None:
    """The last reload that succeeded counts; where none is remembered, the start, rounded up."""
    with_start(host, 60)
    host.file("/etc/docker/daemon.json", "{}")
    host.file("/reloads", reloads)
    docker = host.facts().docker
    assert docker is not None
    assert docker.config_loaded_at == loaded_at
    asked = (host.root / "asked").read_text()
    assert asked.startswith(f"events --since {BOOT + 60} --until ")


def test_a_host_that_cannot_tell_times_tells_none(host: PracticeHost) -> None:
    """No boot time, or no daemon.json."""
    host.with_docker().file("/etc/docker/daemon.json", "{}")
    docker = host.facts().docker
    assert docker is not None
    assert (docker.config_changed_at, docker.config_loaded_at) == (0.0, 0.0)


def test_docker_is_asked_by_its_own_socket(host: PracticeHost) -> None:
    """A context or DOCKER_HOST of the login user would tell of another machine."""
    host.with_docker()
    host.program("docker", 'echo "$DOCKER_HOST $DOCKER_CONTEXT" >&2; exit 1')
    host.process(100, "dockerd", ["/usr/sbin/dockerd", "-H=unix:///run/own.sock"])
    docker = host.facts().docker
    assert docker is not None
    assert docker.error == "unix:///run/own.sock"


def test_a_docker_within_a_container_is_not_the_hosts(host: PracticeHost) -> None:
    """Its files are not the host's either."""
    host.process(100, "dockerd", ["dockerd"], apart="pid")
    host.process(101, "containerd", ["containerd"], apart="pid")
    facts = host.facts()
    assert (facts.docker, facts.containerd) == (None, None)


def test_a_snap_docker_reads_its_own_file(host: PracticeHost) -> None:
    """Its daemon.json is where its flag says."""
    path = "/var/snap/docker/2893/config/daemon.json"
    host.with_docker().process(
        100,
        "dockerd",
        ["/snap/docker/2893/bin/dockerd", f"--config-file={path}"],
        unit="snap.docker.dockerd.service",
    )
    host.file(path, "{}")
    host.file("/var/snap/docker/common/etc/certs.d/registry.corp/ca.crt", "theirs")
    facts = host.facts()
    assert facts.docker is not None
    assert (True, path) == (facts.docker.snap, facts.docker.config_file)
    file = facts.file(path)
    assert file is not None
    assert file.text == "{}"
    ca = facts.file("/var/snap/docker/common/etc/certs.d/registry.corp/ca.crt")
    assert ca is not None
    assert ca.text == "theirs"


def test_a_snap_docker_without_a_flag_reads_the_file_of_its_revision(host: PracticeHost) -> None:
    """By the link that each refresh moves."""
    host.with_docker().process(100, "dockerd", ["/snap/docker/2893/bin/dockerd"])
    path = "/var/snap/docker/current/config/daemon.json"
    host.file(path, "{}")
    facts = host.facts()
    assert facts.docker is not None
    assert facts.docker.config_file == path
    file = facts.file(path)
    assert file is not None
    assert file.text == "{}"


@EVERY_SHELL
def test_containerd_behind_docker_is_nobodys_node(host: PracticeHost) -> None:
    """CRI is on, as packages leave it, but there is no kubelet, no crictl and no image."""
    containerd = host.with_docker().with_containerd("version = 2").facts().containerd
    assert containerd is not None
    assert (containerd.cri, containerd.for_docker_only) == (CRIState.OK, True)
    host.process(400, "kubelet", ["kubelet"])
    containerd = host.facts().containerd
    assert containerd is not None
    assert not containerd.for_docker_only


def test_a_stopped_docker_is_not_started_by_a_question(host: PracticeHost) -> None:
    """Asking through a socket unit would start the daemon."""
    host.program("docker", f"echo asked >{host.root}/asked")
    host.program(
        "systemctl",
        "printf 'Id=docker.service\\nLoadState=loaded\\nBindsTo=containerd.service\\n'",
    )
    docker = host.facts().docker
    assert docker is not None
    assert docker.error == "dockerd is not running"
    assert not (host.root / "asked").exists()


def test_a_docker_command_without_an_engine_is_none(host: PracticeHost) -> None:
    """Podman under Docker's name, or only a client."""
    host.program("docker", "echo podman")
    host.program("podman", "echo podman version 5.4.2")
    facts = host.facts()
    assert facts.docker is None
    assert facts.podman == PodmanFacts(version="5.4.2")


def test_podman_is_read_with_the_files_of_all_its_users(host: PracticeHost) -> None:
    """A user's own registries.conf takes the place of the system's, so each is looked for."""
    host.program("podman", "echo podman version 4.3.1")
    host.program(
        "systemctl",
        "printf '%s\\n' Id=docker.service ActiveState=inactive '' "
        "Id=podman.service ActiveState=active",
    )
    host.file("/etc/containers/registries.conf.d/10-a.conf", "[aliases]\n")
    host.file("/root/.config/containers/registries.conf", "short-name-mode = 'enforcing'\n")
    host.file("/home/op/.config/containers/registries.conf.d/b*.conf", "")
    host.file("/home/op/.config/containers/registries.conf.d/c.conf", "# ours\n")

    facts = host.facts()

    assert facts.podman == PodmanFacts(version="4.3.1", homes=("/root", "/home/op"), serves=True)
    found = {file.path: file.text for file in facts.files if "/containers/" in file.path}
    assert found["/etc/containers/registries.conf.d/10-a.conf"] == "[aliases]\n"
    assert found["/root/.config/containers/registries.conf"] == "short-name-mode = 'enforcing'\n"
    assert found["/home/op/.config/containers/registries.conf"] is None
    assert found["/home/op/.config/containers/registries.conf.d/b*.conf"] == ""
    assert found["/home/op/.config/containers/registries.conf.d/c.conf"] == "# ours\n"


@EVERY_SHELL
def test_certificates_of_users_are_told_with_their_registries(host: PracticeHost) -> None:
    """A directory of the target there hides the system's, and its keys stay on the host."""
    host.program("podman", "echo podman version 5.4.2")
    folder = "/home/op/.config/containers/certs.d/registry.example"
    host.file(f"{folder}/corp.crt", "PUBLIC")
    host.file(f"{folder}/client.key", "S3CRET")

    found = {file.path: file.text for file in host.facts().files if file.path.startswith(folder)}

    assert found == {folder: None, f"{folder}/corp.crt": "PUBLIC"}
    assert b"S3CRET" not in host.answer()


def test_logins_of_dockers_client_are_told_once_for_podman(host: PracticeHost) -> None:
    """Only the names of registries; a home that two users share is looked at once."""
    users = ("root:x:0:0::/root:/bin/sh", "op:x:1:1::/home/op:", "ci:x:2:2::/home/op:", "")
    host.file("/etc/passwd", "\n".join(users))
    host.program("podman", "echo podman version 5.4.2")
    login = '{"auths": {"registry.example": {"auth": "S3CRET"}}, "proxies": {"default": {}}}'
    host.file("/home/op/.docker/config.json", login)

    assert host.facts().logins == (
        RegistryLogin(file="/home/op/.docker/config.json", registry="registry.example"),
    )
    assert b"S3CRET" not in host.answer()


@EVERY_SHELL
def test_podman_is_asked_for_its_images_where_it_keeps_any(host: PracticeHost) -> None:
    """One that was never used would make its storage only to answer."""
    images = "printf 'quay.io/a/b:1\\n<none>:<none>\\n'"
    host.program("podman", f'[ "$1" = images ] && {images} || echo podman version 4.3.1')
    unused = host.facts().podman
    host.file("/var/lib/containers/storage/storage.lock", "")
    used = host.facts().podman

    assert unused == PodmanFacts(version="4.3.1")
    assert used == PodmanFacts(version="4.3.1", images=("quay.io/a/b:1",))


def test_a_podman_that_does_not_answer_says_why(host: PracticeHost) -> None:
    """Its words are kept; nobody has settings of their own."""
    host.program("podman", "echo 'cannot clone: Operation not permitted' >&2; exit 125")

    assert host.facts().podman == PodmanFacts(
        version="", error="cannot clone: Operation not permitted"
    )


@EVERY_SHELL
def test_a_hung_docker_hangs_nothing_else(host: PracticeHost) -> None:
    """It is ended by its bound, once, and the rest is read."""
    host.with_docker().with_containerd("version = 2")
    host.program("docker", f"echo asked >>{host.root}/asked; sleep 300")
    begun = time.monotonic()
    facts = host.facts(bound=2)
    assert time.monotonic() - begun < 100
    assert facts.docker is not None
    assert facts.containerd is not None
    assert facts.docker.error == "no answer in time"
    assert facts.containerd.version == "1.7.24"
    assert (host.root / "asked").read_text() == "asked\n"


def test_a_hung_docker_is_ended_without_a_timeout_program(host: PracticeHost) -> None:
    """Where there is none, the shell watches by itself."""
    (host.programs / "timeout").unlink()
    if host.shell == "busybox":
        pytest.skip("busybox sh has its timeout built in, and it is never used")
    host.with_docker()
    host.program("docker", "sleep 300; echo late")
    begun = time.monotonic()
    docker = host.facts(bound=2).docker
    assert time.monotonic() - begun < 100
    assert docker is not None
    assert docker.error == "no answer in time"


@EVERY_SHELL
def test_containerd_is_read_with_what_its_configuration_names(host: PracticeHost) -> None:
    """The file of its flag, imported files, and directories of hosts.toml files."""
    dump = (
        'imports = ["/etc/containerd/extra/*.toml", "near.toml"]\nversion = 2\n\n[grpc]\n'
        '  address = "/run/own.sock"\n\n[plugins]\n'
        '  [plugins."io.containerd.grpc.v1.cri".registry]\n'
        '    config_path = "/srv/one:/srv/two"\n'
    )
    host.with_containerd(dump, "--config=/etc/own/config.toml")
    for path in (
        "/etc/own/config.toml",
        "/etc/own/near.toml",
        "/etc/containerd/extra/a b.toml",
        "/srv/one/docker.io/hosts.toml",
        "/srv/two/_default/pilotage-ca.pem",
        "/srv/two/docker.io/inspection.crt",
    ):
        host.file(path, f"# {path}\n")
    facts = host.facts()
    assert facts.containerd is not None
    assert (facts.containerd.version, facts.containerd.cri) == ("1.7.24", CRIState.OK)
    assert facts.containerd.config_file == "/etc/own/config.toml"
    assert facts.containerd.endpoint == "unix:///run/own.sock"
    assert dump.strip() == facts.containerd.dump.strip()
    for path in (
        "/etc/own/config.toml",
        "/etc/own/near.toml",
        "/etc/containerd/extra/a b.toml",
        "/srv/one/docker.io/hosts.toml",
        "/srv/two/_default/pilotage-ca.pem",
        "/srv/two/docker.io/inspection.crt",
    ):
        file = facts.file(path)
        assert file is not None, path
        assert f"# {path}\n" == file.text


def test_the_socket_of_containerd_2_3_is_found_in_its_own_table(host: PracticeHost) -> None:
    """A dump of version 4 has a plugin for each socket, and no table grpc (run with 2.3.7)."""
    host.with_containerd(
        "version = 4\n\n[plugins]\n  [plugins.'io.containerd.server.v1.debug']\n"
        "    address = '/run/debug.sock'\n\n  [plugins.'io.containerd.server.v1.grpc']\n"
        "    address = '/run/own.sock'\n    uid = 0\n\n"
        "  [plugins.'io.containerd.server.v1.grpc-tcp']\n    address = '10.0.0.1:1'\n\n"
        "  [plugins.'io.containerd.server.v1.ttrpc']\n    address = '/run/own.sock.ttrpc'\n"
    )
    containerd = host.facts().containerd
    assert containerd is not None
    assert containerd.endpoint == "unix:///run/own.sock"


def test_a_drop_in_is_looked_for_where_one_would_be_imported(host: PracticeHost) -> None:
    """Links and mounts of its directory count for a file that is not there yet."""
    dump = 'imports = ["/etc/containerd/conf.d/*.toml", "/etc/one.toml", "/srv/*/a.toml"]\n'
    host.with_containerd(dump)
    host.file("/opt/drop-ins/10.toml", "# theirs\n")
    (host.root / "etc/containerd").mkdir(parents=True, exist_ok=True)
    (host.root / "etc/containerd/conf.d").symlink_to("../../opt/drop-ins")

    facts = host.facts()

    found = {file.path: file.real_path for file in facts.files if "zz-pilotage.toml" in file.path}
    assert found == {"/etc/containerd/conf.d/zz-pilotage.toml": "/opt/drop-ins/zz-pilotage.toml"}
    assert facts.file("/etc/containerd/conf.d/10.toml") is not None


def test_a_containerd_without_a_file_is_asked_for_its_defaults(host: PracticeHost) -> None:
    """1.x dumps nothing where there is no file, and runs all the same."""
    host.with_containerd()
    (host.root / "etc/containerd/config.toml").unlink()
    host.program(
        "containerd",
        'case "$*" in --version) echo containerd x 1.7.24 y ;;\n'
        '"-c /dev/null config dump") echo version = 2 ;; *) exit 1 ;; esac',
    )
    containerd = host.facts().containerd
    assert containerd is not None
    assert (containerd.dump.strip(), containerd.dump_error) == ("version = 2", "")


def test_other_runtimes_are_found_and_their_containerd_is_not_ours(host: PracticeHost) -> None:
    """The containerd of k3s has a generated configuration that nobody may edit."""
    host.process(300, "k3s-server", ["/usr/local/bin/k3s", "server"], unit="k3s.service")
    k3s_file = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    host.process(301, "containerd", ["containerd", "-c", k3s_file], unit="k3s.service")
    host.process(302, "buildkitd", ["buildkitd"])
    facts = host.facts()
    assert facts.containerd is None
    assert facts.others == ()
    assert facts.buildkit is not None
    assert facts.k3s is not None
