"""The script on practice hosts: what it tells, and what it never does."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import NONCE, PracticeHost, files_below
from wizard.discovery.facts import (
    ReachState,
)
from wizard.discovery.probe import compose
from wizard.errors import InputError
from wizard.target import Target

TARGET = Target(url="https://127.0.0.1:9")


@EVERY_SHELL
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


TEXT = b'{\r\n\t"a" : [ "\xe4\xb8\xad" ]\r\n}'
HOSTILE = "x\x1b[2J\"'\\\n@evil \u202e$(touch pwned)`touch pwned`"


@EVERY_SHELL
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


@EVERY_SHELL
def test_no_secret_leaves_the_host(host: PracticeHost) -> None:
    """Environments, logins, builders and registry passwords stay where they are."""
    host.with_docker()
    host.process(
        100,
        "dockerd",
        [
            *("/usr/sbin/dockerd", "--http-proxy=http://op:S3CRET@proxy.test"),
            *("--https-proxy=op:S3CRET@p.test:1", "--log-opt", "splunk-token=S3CRET"),
            *("--token", "S3CRET", "--password"),
        ],
        environment=["TOKEN=S3CRET", "https_proxy=http://op:S3CRET@p.test:1", "NO_PROXY=a,b"],
    )
    host.with_containerd(
        "version = 2\n[a.auth]\n  username = 'op'\n  password = \"S3CRET\"\n  auth = 'S3CRET'\n"
        "  identitytoken = 'S3CRET'\n  Authorization = [\"Basic S3CRET\"]\n"
        "  'X-Api-Key' = ['S3CRET']\n  endpoint = ['https://op:S3CRET@m.test']\n"
    )
    host.process(300, "k3s-server", ["/usr/local/bin/k3s", "server", "-t", "S3CRET"])
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
    [builder] = facts.docker.builders
    assert (facts.docker.hub_login, builder.name, builder.driver) == (
        True,
        "fast",
        "docker-container",
    )
    assert builder.user == getpass.getuser()
    assert dict(facts.docker.proxies) == {
        "HTTPS_PROXY": "http://p.test:1",
        "NO_PROXY": "a,b",
        "HTTP_PROXY": "http://proxy.test:3128",
    }
    assert facts.containerd is not None
    assert facts.containerd.dump.count("(hidden)") == 5
    assert facts.docker.flags[-4:] == (
        *("splunk-token=(hidden)", "--token", "(hidden)", "--password"),
    )


@EVERY_SHELL
def test_a_login_elsewhere_is_no_login_to_hub(host: PracticeHost) -> None:
    """Only Hub's own credentials are offered to a mirror."""
    host.with_docker()
    host.file("/root/.docker/config.json", '{"auths":{"ghcr.io":{"auth":"x"}}}')
    docker = host.facts().docker
    assert docker is not None
    assert not docker.hub_login


@EVERY_SHELL
def test_discovery_writes_nothing(host: PracticeHost) -> None:
    """Every file is what it was, and there are no new ones."""
    host.with_docker().with_containerd("version = 2")
    host.file("/etc/docker/daemon.json", "{}")
    before = files_below(host.root)
    host.facts(TARGET)
    assert before == files_below(host.root)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_off_is_told(dash_host: PracticeHost, hours: int) -> None:
    """In seconds against ours; nothing else depends on it."""
    (dash_host.programs / "date").unlink()
    dash_host.program("date", f'exec {shutil.which("date")} -d "{hours:+d} hours" "$@"')
    assert dash_host.facts().clock_skew == pytest.approx(3600 * hours, abs=30)


@EVERY_SHELL
def test_a_script_that_is_cut_off_runs_nothing(host: PracticeHost) -> None:
    """Wherever the connection breaks: not one program is started, not one line is said."""
    for name in ("uname", "timeout", "base64", "date"):
        (host.programs / name).unlink()
        host.program(name, f"echo ran >>{host.root}/ran")
    whole = len(compose(TARGET, nonce=NONCE, root=str(host.root), bound=10))
    call = len(compose(TARGET, nonce=NONCE).split(b"\n")[-3])
    cuts = [*range(100, whole - 400, whole // 12), *range(whole - call, whole - 2, 7), whole - 2]
    for cut in cuts:
        assert NONCE.encode() + b" {" not in host.answer(TARGET, cut=cut), cut
    assert not (host.root / "ran").exists()


@EVERY_SHELL
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
    dash_host.file("/etc/docker/daemon.json", TEXT)
    file = dash_host.facts().file("/etc/docker/daemon.json")
    assert file is not None
    assert TEXT.decode() == file.text


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
