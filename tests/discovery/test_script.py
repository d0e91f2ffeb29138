"""The script on practice hosts: what it reads, and what it never does."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import stat
import time

import pytest

from tests.discovery.practice import NONCE, PracticeHost, files_below
from wizard.discovery.facts import (
    Container,
    CRIState,
    FileKind,
    ImageStore,
    OtherRuntime,
    ReachState,
)
from wizard.discovery.probe import compose
from wizard.errors import InputError
from wizard.target import Target

TARGET = Target(url="https://127.0.0.1:9")


def test_a_host_without_runtimes_tells_what_it_is(host: PracticeHost) -> None:
    """System, clock and disks are there; nothing is made up."""
    facts = host.facts()
    assert (facts.os_id, facts.os_version, facts.init) == ("debian", "13", "systemd")
    assert facts.boot_id == "11111111-2222-3333-4444-555555555555"
    assert os.uname().machine == facts.architecture
    assert abs(facts.clock_skew) < 5
    assert (facts.docker, facts.containerd, facts.others) == (None, None, ())
    assert "/var/lib/pilotage" in {disk.path for disk in facts.disks}
    assert all(disk.free_bytes > 0 and disk.free_inodes > 0 for disk in facts.disks)


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
    assert docker.flags == ("-H", "fd://")
    assert docker.unit == "docker.service"
    expected = Container(
        id="aa11", name="web", image="nginx:1.27", started_at="2026-01-02T03:04:05.6Z"
    )
    assert (expected,) == docker.containers
    assert docker.images == ("nginx:1.27",)


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


def test_a_rootless_docker_is_told_as_such(host: PracticeHost) -> None:
    """It is asked by the socket of its user."""
    host.with_docker()
    host.process(100, "dockerd", ["dockerd"], apart="user")
    host.file("/run/user/1000/docker.sock", "")
    docker = host.facts().docker
    assert docker is not None
    assert (docker.rootless, docker.version) == (True, "26.1.5")


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
    facts = host.facts()
    assert facts.docker is not None
    assert (True, path) == (facts.docker.snap, facts.docker.config_file)
    file = facts.file(path)
    assert file is not None
    assert file.text == "{}"


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
    assert (OtherRuntime(name="Podman", version="5.4.2"),) == facts.others


def test_a_hung_docker_hangs_nothing_else(host: PracticeHost) -> None:
    """It is ended by its bound, once, and the rest is read."""
    host.with_docker().with_containerd("version = 2")
    host.program("docker", f"echo asked >>{host.root}/asked; sleep 30")
    begun = time.monotonic()
    facts = host.facts(bound=1)
    assert time.monotonic() - begun < 10
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
    host.program("docker", "sleep 30; echo late")
    begun = time.monotonic()
    docker = host.facts(bound=1).docker
    assert time.monotonic() - begun < 10
    assert docker is not None
    assert docker.error == "no answer in time"


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
    ):
        file = facts.file(path)
        assert file is not None, path
        assert f"# {path}\n" == file.text


def test_other_runtimes_are_found_and_their_containerd_is_not_ours(host: PracticeHost) -> None:
    """The containerd of k3s has a generated configuration that nobody may edit."""
    host.process(300, "k3s-server", ["/usr/local/bin/k3s", "server"], unit="k3s.service")
    k3s_file = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"
    host.process(301, "containerd", ["containerd", "-c", k3s_file], unit="k3s.service")
    host.process(302, "buildkitd", ["buildkitd"])
    facts = host.facts()
    assert facts.containerd is None
    expected = (
        OtherRuntime(name="BuildKit", version=""),
        OtherRuntime(name="k3s", version=""),
    )
    assert expected == facts.others


HAND_EDITED = b'{\r\n\t"z": 1,\r\n\t"a" : [ "\xe4\xb8\xad" ]\r\n}'


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
        (b"\n@0123456789abcdef0123456789abcdef end\n\x00", None),
        (b"x" * (1 << 20), "x" * (1 << 20)),
        (b"x" * ((1 << 20) + 1), None),
    ],
    ids=["empty", "bom", "binary", "nonce", "1 MiB", "more"],
)
def test_any_content_is_told_by_its_hash(
    dash_host: PracticeHost, content: bytes, text: str | None
) -> None:
    """Text only where it is text and not too long; the hash always."""
    if NONCE.encode() in content:
        # Nobody can know the nonce; even so it tears nothing but this one answer apart.
        content = content.replace(NONCE.encode(), b"f" * 32)
        text = content.decode()
    dash_host.file("/etc/docker/daemon.json", content)
    file = dash_host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert len(content) == file.size
    assert text == file.text


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


def test_a_link_to_itself_ends(host: PracticeHost) -> None:
    """A loop of links is a dangling link."""
    host.file("/etc/docker/x", "")
    (host.root / "etc" / "docker" / "daemon.json").symlink_to("daemon.json")
    file = host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert FileKind.DANGLING_LINK is file.kind


def test_a_pipe_in_a_files_place_is_not_opened(host: PracticeHost) -> None:
    """Reading it would wait for ever."""
    (host.root / "etc" / "docker").mkdir(parents=True)
    os.mkfifo(host.root / "etc" / "docker" / "daemon.json")
    file = host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert FileKind.OTHER is file.kind


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


HOSTILE = "x\x1b[2J\"'\\\n@evil \u202e$(touch pwned)`touch pwned`"


def test_hostile_words_change_nothing(host: PracticeHost) -> None:
    """Escapes, quotes, line ends and commands in names stay what they are: names."""
    host.with_docker()
    line = json.dumps(["aa11", f"/{HOSTILE}", "nginx", "now"])
    host.file("/line", line)
    docker = (host.programs / "docker").read_text()
    hostile = docker.replace("inspect)", f"inspect) cat {host.root}/line; exit ;;\nno)")
    host.program("docker", hostile.partition("\n")[2])
    host.file("/etc/docker/certs.d/$(touch pwned)/ca.crt", "x")
    facts = host.facts()
    assert facts.docker is not None
    assert facts.docker.containers[0].name == HOSTILE
    assert facts.file("/etc/docker/certs.d/$(touch pwned)/ca.crt") is not None
    assert not list(host.root.rglob("pwned"))


def test_no_secret_leaves_the_host(host: PracticeHost) -> None:
    """Environments, logins, builders and registry passwords stay where they are."""
    host.with_docker()
    host.process(
        100,
        "dockerd",
        ["/usr/sbin/dockerd", "--http-proxy=http://op:S3CRET@proxy.test"],
        environment=["TOKEN=S3CRET", "https_proxy=http://op:S3CRET@p.test:1", "NO_PROXY=a,b"],
    )
    host.with_containerd(
        "version = 2\n[a.auth]\n  username = 'op'\n  password = \"S3CRET\"\n  auth = 'S3CRET'\n"
        "  identitytoken = 'S3CRET'\n  Authorization = [\"Basic S3CRET\"]\n"
    )
    host.file("/etc/containerd/config.toml", "version = 2\n")
    login = {"auths": {"https://index.docker.io/v1/": {"auth": "S3CRET"}}}
    host.file("/home/op/.docker/config.json", json.dumps(login), 0o600)
    host.file(
        "/root/.docker/buildx/instances/fast",
        '{"Name":"fast","Driver":"docker-container","Nodes":[{"DriverOpts":{"env":"S3CRET"}}]}',
    )
    host.file("/root/.docker/buildx/instances/default", '{"Driver":"docker"}')
    answer = host.answer()
    facts = host.facts()
    assert b"S3CRET" not in answer
    assert "S3CRET" not in repr(facts)
    assert facts.docker is not None
    assert (facts.docker.hub_login, facts.docker.builders) == (True, ("fast",))
    assert facts.docker.proxies == (("HTTPS_PROXY", "http://p.test:1"), ("NO_PROXY", "a,b"))
    assert facts.containerd is not None
    assert facts.containerd.dump.count("(hidden)") == 4


def test_a_login_elsewhere_is_no_login_to_hub(host: PracticeHost) -> None:
    """Only Hub's own credentials are offered to a mirror."""
    host.with_docker()
    host.file("/root/.docker/config.json", '{"auths":{"ghcr.io":{"auth":"x"}}}')
    docker = host.facts().docker
    assert docker is not None
    assert not docker.hub_login


def test_discovery_writes_nothing(host: PracticeHost) -> None:
    """Every file is what it was, and there are no new ones."""
    host.with_docker().with_containerd("version = 2")
    host.file("/etc/docker/daemon.json", "{}")
    before = files_below(host.root)
    host.facts(TARGET)
    assert before == files_below(host.root)


def test_a_script_that_is_cut_off_runs_nothing(host: PracticeHost) -> None:
    """Wherever the connection breaks: not one program is started, not one line is said."""
    for name in ("uname", "timeout", "base64", "date"):
        (host.programs / name).unlink()
        host.program(name, f"echo ran >>{host.root}/ran")
    whole = len(compose(TARGET, nonce=NONCE, root=str(host.root), bound=10))
    last_line = len(compose(TARGET, nonce=NONCE).split(b"\n")[-2])
    cuts = [*range(100, whole - 400, whole // 12), *range(whole - last_line, whole - 2, 7)]
    for cut in cuts:
        assert NONCE.encode() + b" {" not in host.answer(TARGET, cut=cut), cut
    assert not (host.root / "ran").exists()


def test_what_is_left_armed_is_told(host: PracticeHost) -> None:
    """Who holds it and since when; confirmed ones are history."""
    for run, state in (("run-1", "confirmed"), ("run-2", "armed")):
        folder = f"/var/lib/pilotage/{run}"
        host.file(f"{folder}/manifest", f"format 1\nrun {run}\nholder op@desk\nsince 1700000000\n")
        host.file(f"{folder}/{state}", "")
    armed = host.facts().armed
    assert armed is not None
    assert (
        armed.run,
        armed.holder,
        armed.since,
        armed.state,
    ) == ("run-2", "op@desk", 1700000000.0, "armed")


@pytest.mark.parametrize("encoder", ["base64", "openssl", "od"])
def test_the_answer_comes_with_whatever_encoder_there_is(
    dash_host: PracticeHost, encoder: str
) -> None:
    """base64, else openssl, else od."""
    (dash_host.programs / "base64").unlink()
    source = shutil.which(encoder)
    if source is None:
        pytest.skip(f"{encoder} is not installed")
    (dash_host.programs / encoder).symlink_to(source)
    dash_host.file("/etc/docker/daemon.json", HAND_EDITED)
    file = dash_host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert HAND_EDITED.decode() == file.text


def test_a_host_without_any_tool_cannot_judge_the_target(dash_host: PracticeHost) -> None:
    """No data is not good news."""
    reach = dash_host.facts(TARGET).target
    assert reach is not None
    assert ReachState.UNKNOWN is reach.state


@pytest.mark.parametrize("tool", ["curl", "openssl", "wget"])
def test_a_closed_port_is_told_by_every_tool(dash_host: PracticeHost, tool: str) -> None:
    """The same state whatever the host has."""
    source = shutil.which(tool)
    if source is None:
        pytest.skip(f"{tool} is not installed")
    (dash_host.programs / tool).symlink_to(source)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reach = dash_host.facts(Target(url=f"https://127.0.0.1:{port}")).target
    assert reach is not None
    assert ReachState.REFUSED is reach.state


def test_a_ca_without_certificates_is_sent_to_no_host() -> None:
    """What would stand in the script is a certificate or nothing."""
    with pytest.raises(InputError):
        compose(Target(url="https://h.test", ca_pem="'; rm -rf /; '"), nonce=NONCE)


def test_the_root_of_a_practice_host_keeps_its_mode(dash_host: PracticeHost) -> None:
    """The practice itself is right: modes are the files' own."""
    place = dash_host.file("/etc/docker/daemon.json", "{}", 0o600)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
