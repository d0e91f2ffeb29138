"""The real fleet is what its catalogue says, and does what its controls say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fleet import Fleet, FleetRegistry, extra_hosts, network

pytestmark = pytest.mark.fleet

VERSIONS = {
    ("bookworm", "docker"): "20.10.",
    ("bookworm", "containerd"): "1.6.",
    ("bookworm", "podman"): "4.3.",
    ("trixie", "docker"): "26.1.",
    ("trixie", "containerd"): "1.7.",
    ("trixie", "podman"): "5.4.",
    ("forky", "docker"): "28.5.",
    ("forky", "containerd"): "2.1.",
    ("forky", "podman"): "5.8.",
}
ASK_VERSION = {
    "docker": "docker version --format '{{.Server.Version}}'",
    "containerd": "containerd --version | awk '{ print $3 }'",
    "podman": "podman version --format '{{.Client.Version}}'",
}


def ask(fleet: Fleet, host: str, command: str) -> str:
    """Return what a command prints on a host, which must succeed there."""
    done = fleet.exec(host, command)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def trusting(registry: FleetRegistry) -> str:
    """Return a command that asks a registry, trusting the CA that comes on its input."""
    return f"cat >/run/ca.pem && curl -sS -m 5 --cacert /run/ca.pem {registry.url}/v2/"


def test_versions_are_those_of_the_suites(fleet: Fleet) -> None:
    """Every host runs the versions for which its suite was chosen."""
    for host in fleet.hosts.values():
        for runtime in host.roles & ASK_VERSION.keys():
            actual = ask(fleet, host.name, ASK_VERSION[runtime])
            assert actual.startswith(VERSIONS[host.suite, runtime]), f"{host.name} {runtime}"


def test_nothing_on_a_host_has_failed(fleet: Fleet) -> None:
    """Every host is fully up: no failed unit."""
    for host in fleet.hosts:
        assert ask(fleet, host, "systemctl --failed --no-legend --plain") == "", host


def test_every_host_is_reached_by_ssh_through_the_bastion(fleet: Fleet) -> None:
    """The written ssh_config works as it is, strict about host keys."""
    for name, host in fleet.hosts.items():
        alias = name if name == "bastion" else f"{name}-via-bastion"
        done = subprocess.run(
            ["ssh", "-F", fleet.ssh_config, "-o", "BatchMode=yes", alias, "id -un; hostname"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stdout.split() == [host.user, name], done.stderr


def test_sudo_asks_for_the_password(fleet: Fleet) -> None:
    """On the sudo host the ordinary user becomes root with the password and not without."""
    host = fleet.hosts["trixie-sudo"]
    refused = fleet.exec(host.name, "su op -c 'sudo -n id -u'")
    assert refused.returncode != 0
    granted = fleet.exec(
        host.name, "su op -c 'sudo -S -p \"\" id -u'", f"{host.sudo_password}\n".encode()
    )
    assert granted.stdout.decode().strip() == "0"


@pytest.mark.parametrize("host", ["book-docker", "forky-c8d"])
def test_a_docker_pull_goes_to_the_upstream(fleet: Fleet, host: str) -> None:
    """Before any migration the upstream's log shows the pull of the host, and no other log does."""
    marks = fleet.upstream.mark(), fleet.target.mark()
    ask(fleet, host, "docker pull -q hello:latest")
    seen = {(request.client, request.path) for request in fleet.upstream.requests(marks[0])}
    assert (fleet.hosts[host].address, "/v2/library/hello/manifests/latest") in seen
    assert fleet.target.requests(marks[1]) == ()


@pytest.mark.parametrize("host", ["book-cri", "trixie-cri", "forky-c8d"])
def test_a_cri_pull_goes_to_the_upstream(fleet: Fleet, host: str) -> None:
    """Containerd's CRI answers on every version, and pulls from the upstream."""
    if not fleet.has_crictl:
        pytest.skip("this machine has no Go toolchain to build crictl with")
    mark = fleet.upstream.mark()
    ask(fleet, host, "crictl pull hello:common")
    clients = {request.client for request in fleet.upstream.requests(mark)}
    assert fleet.hosts[host].address in clients


def test_a_tag_exists_only_in_the_targets(fleet: Fleet) -> None:
    """The upstream does not have it, so a pull of it can only come from a target."""
    path = "library/hello/manifests/only-target"
    code = "curl -sk -o /dev/null -w '%{http_code}' "
    expected = {"registry-1.docker.io": "404", "registry.fleet.test": "200"}
    actual = {
        host: ask(fleet, "book-docker", f"{code} https://{host}/v2/{path}") for host in expected
    }
    assert expected == actual
    prefixed = f"https://harbor.fleet.test/v2/dockerhub/{path}"
    assert ask(fleet, "book-docker", f"{code} {prefixed}") == "200"


@pytest.mark.parametrize("path", ["/", "/dockerhub/v2/", "/v2/library/hello/manifests/latest"])
def test_the_prefix_target_has_a_portal(fleet: Fleet, path: str) -> None:
    """Outside its project it answers 200 with a web page, as Harbor's portal does."""
    what = "curl -sk -o /dev/null -w '%{http_code} %{content_type}'"
    actual = ask(fleet, "book-docker", f"{what} https://harbor.fleet.test{path}")
    assert actual == "200 text/html"


def test_the_target_is_trusted_by_nobody(fleet: Fleet) -> None:
    """The target's CA is new to the hosts, while the upstream's is in the system store."""
    actual = {
        url: fleet.exec("trixie-docker", f"curl -sS -m 5 {url}/v2/").returncode
        for url in (fleet.target.url, fleet.upstream.url)
    }
    assert actual == {fleet.target.url: 60, fleet.upstream.url: 0}


def test_no_outside_address_is_reachable(fleet: Fleet) -> None:
    """Hosts have no way out: no default route, and nothing behind the machine's address."""
    for host in fleet.hosts:
        assert ask(fleet, host, "ip -4 route show default; ip -6 route show default") == ""
        reached = fleet.exec(host, "curl -sS -m 5 http://192.0.2.1/")
        assert b"ould" in reached.stderr, host
        assert reached.returncode == 7, host


def test_a_running_container_survives_a_reload(fleet: Fleet) -> None:
    """The container is the one on record, and `systemctl reload docker` leaves it alone."""
    look = f"docker inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {'keeper'}"
    before = ask(fleet, "trixie-docker", look)
    ask(fleet, "trixie-docker", "systemctl reload docker")
    assert ask(fleet, "trixie-docker", look) == before
    assert before.split()[0] == fleet.hosts["trixie-docker"].keeper


def test_files_edited_by_people_arrive_byte_for_byte(fleet: Fleet) -> None:
    """Tabs and CRLF of the daemon.json are on the host, and Docker lives with them."""
    content = fleet.exec("book-docker", "cat /etc/docker/daemon.json").stdout
    assert b"\r\n\t" in content
    assert ask(fleet, "book-docker", "docker info -f '{{.LiveRestoreEnabled}}'") == "true"


def test_a_cut_host_is_reached_by_exec_only(fleet: Fleet) -> None:
    """With its link down a host reaches nothing, and is itself again when mended."""
    ask_target = f"curl -sk -m 2 -o /dev/null {fleet.target.url}/v2/"
    fleet.cut("forky-docker")
    try:
        assert fleet.exec("forky-docker", ask_target).returncode != 0
    finally:
        fleet.mend("forky-docker")
    assert fleet.exec("forky-docker", ask_target).returncode == 0


def test_the_target_stops_and_comes_back_with_its_data(fleet: Fleet) -> None:
    """A stopped target refuses; a started one has the same tags."""
    ask_tags = f"curl -sk -m 5 {fleet.target.url}/v2/library/hello/tags/list"
    before = ask(fleet, "forky-docker", ask_tags)
    fleet.stop_target()
    try:
        assert fleet.exec("forky-docker", ask_tags).returncode == 7
    finally:
        fleet.start_target()
    assert ask(fleet, "forky-docker", ask_tags) == before


def test_a_broken_certificate_is_broken_for_one_host(fleet: Fleet) -> None:
    """One host meets a target of an unknown CA; another still meets the true one."""
    authority = fleet.target.ca_pem.read_bytes()
    fleet.break_target_certificate("forky-docker")
    try:
        codes = [
            fleet.exec(host, trusting(fleet.target), authority).returncode
            for host in ("forky-docker", "trixie-docker")
        ]
        assert codes == [60, 0]
    finally:
        fleet.mend_target_certificate("forky-docker")
    assert fleet.exec("forky-docker", trusting(fleet.target), authority).returncode == 0


def test_a_reboot_keeps_the_files(fleet: Fleet) -> None:
    """After a reboot the host is ready, with its files and another boot ID."""
    host = "book-docker"
    look = "cat /proc/sys/kernel/random/boot_id"
    before = ask(fleet, host, f"touch /root/kept; {look}")
    fleet.reboot(host)
    assert ask(fleet, host, f"rm /root/kept && {look}") != before
    assert ask(fleet, host, "systemctl --failed --no-legend --plain") == ""


def test_a_power_cycle_keeps_the_files(fleet: Fleet) -> None:
    """A host whose power was cut boots again on the same files."""
    ask(fleet, "forky-docker", "touch /root/kept; sync")
    fleet.power_cycle("forky-docker")
    ask(fleet, "forky-docker", "rm /root/kept")


def test_reset_makes_a_host_as_new(fleet: Fleet) -> None:
    """Files and images are gone, the keeper runs again, and the host key is the same."""
    host = "trixie-docker"
    ask(fleet, host, "docker pull -q hello:common; touch /etc/changed")
    fleet.reset(host)
    ask(fleet, host, "test ! -e /etc/changed")
    assert ask(fleet, host, "docker images -q hello") == ""
    assert ask(fleet, host, "docker ps -q --no-trunc") == fleet.hosts[host].keeper
    done = subprocess.run(
        ["ssh", "-F", fleet.ssh_config, "-o", "BatchMode=yes", host, "true"],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_extra_host_comes_and_goes(fleet: Fleet) -> None:
    """It runs its own runtime, is reached by SSH, and nothing of it stays in the fleet.

    The others find the bridge where it was.
    """
    name, config = "forky-c22", fleet.ssh_config.read_text()
    bridge = Path("/sys/class/net", network.bridge_name(fleet.places.subnet), "address")
    link = network.link_address(fleet.places.subnet)
    if not extra_hosts.is_available(name):
        pytest.skip("containerd-2.2 is not built: make runtimes")
    folder = fleet.places.host(name)
    with extra_hosts.lent(fleet, name):
        assert link == bridge.read_text().strip()
        assert " v2.2." in ask(fleet, name, "containerd --version")
        alias = f"{name}-via-bastion"
        done = subprocess.run(
            ["ssh", "-F", fleet.ssh_config, "-o", "BatchMode=yes", alias, "hostname"],
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.stdout.decode().strip() == name, done.stderr
    assert link == bridge.read_text().strip()
    assert (config, False) == (fleet.ssh_config.read_text(), folder.exists())
    assert name not in fleet.hosts
