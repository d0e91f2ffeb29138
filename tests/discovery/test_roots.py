"""Whom daemons trust: certificates, what stands beside them, and networks by address."""

from __future__ import annotations

import pytest

from tests.discovery.practice import PracticeHost
from wizard.discovery.container_facts import OwnRoots
from wizard.target import Target


@pytest.mark.parametrize(
    ("variables", "file", "directories"),
    [
        (["SSL_CERT_FILE=/opt/a b.pem", "TOKEN=S3CRET"], "/opt/a b.pem", ""),
        (["SSL_CERT_DIR=/opt/a:/opt/b"], "", "/opt/a:/opt/b"),
    ],
)
def test_roots_of_a_daemon_that_runs(
    host: PracticeHost, variables: list[str], file: str, directories: str
) -> None:
    """By its environment, of which nothing else leaves the host."""
    host.with_crio(environment=variables)

    assert host.facts().roots == (OwnRoots(daemon="crio", file=file, directories=directories),)
    assert b"S3CRET" not in host.answer()


def test_roots_of_the_next_start(host: PracticeHost) -> None:
    """A unit and its environment files may say what the daemon does not run with yet."""
    host.with_docker()
    host.file(
        "/etc/default/docker", '# SSL_CERT_FILE=/no\nSSL_CERT_DIR="/opt/roots"\nTOKEN=S3CRET\n'
    )
    host.program(
        "systemctl",
        "[ \"$1\" = show ] || exit\ncat <<'SHOWN'\n"
        "Environment=SSL_CERT_FILE=/opt/none.pem\nId=containerd.service\nLoadState=not-found\n\n"
        "Environment=TOKEN=S3CRET SSL_CERT_FILE=/opt/roots.pem\n"
        "EnvironmentFiles=/etc/default/docker (ignore_errors=yes)\n"
        "EnvironmentFiles=/etc/default/none (ignore_errors=yes)\n"
        "Id=docker.service\nLoadState=loaded\nBindsTo=containerd.service\n"
        "SHOWN",
    )

    facts = host.facts()

    own = OwnRoots(daemon="docker", file="/opt/roots.pem", directories="/opt/roots", at_start=True)
    assert facts.roots == (own,)
    assert facts.docker is not None
    assert facts.docker.bound_to_containerd
    assert b"S3CRET" not in host.answer()


def test_roots_of_a_containerd_that_is_not_the_hosts_are_not_told(host: PracticeHost) -> None:
    """That of k3s is a process of its own, and k3s gives it what it has itself."""
    host.with_containerd("version = 2")
    variables = ["SSL_CERT_FILE=/opt/k3s.pem"]
    host.process(201, "containerd", ["/var/lib/rancher/k3s/bin/containerd"], environment=variables)
    host.process(
        *(202, "k3s-server", ["/usr/local/bin/k3s"]), environment=variables, unit="k3s.service"
    )

    assert host.facts().roots == (OwnRoots(daemon="k3s", file="/opt/k3s.pem"),)


def test_a_misnamed_hosts_toml_is_known(host: PracticeHost) -> None:
    """Below the directory of every runtime that has some, a user's and containerd's own too."""
    host.with_docker().with_containerd('[x]\n  config_path = "/srv/certs"\n')
    host.process(101, "dockerd", ["dockerd"], apart="user")
    host.file("/proc/101/status", "Name:\tdockerd\nUid:\t1000\t1000\t1000\t1000\n")
    host.process(100, "sleep", ["sleep"])
    paths = [
        f"{directory}/docker.io/host.toml"
        for directory in (
            *("/etc/docker/certs.d", "/etc/containerd/certs.d", "/srv/certs"),
            "/home/op/.config/docker/certs.d",
        )
    ]
    for path in paths:
        host.file(path, "server = 'https://r'\n")

    facts = host.facts()

    assert [path for path in paths if facts.file(path) is None] == []


def test_of_client_certificates_only_the_names_leave_the_host(host: PracticeHost) -> None:
    """Of Docker, of a rootless one, of what reads registries.conf, and of its users."""
    host.with_docker().program("podman", "echo podman version 5.4.2")
    host.process(101, "dockerd", ["dockerd"], apart="user")
    host.file("/proc/101/status", "Name:\tdockerd\nUid:\t1000\t1000\t1000\t1000\n")
    host.process(100, "sleep", ["sleep"])
    paths = (
        "/etc/docker/certs.d/registry.example/a b.cert",
        "/etc/docker/certs.d/registry.example/a b.key",
        "/etc/containers/certs.d/registry.example:5000/c.key",
        "/home/op/.config/docker/certs.d/registry.example/d.key",
        "/home/op/.config/containers/certs.d/registry.example/e.cert",
    )
    for path in paths:
        host.file(path, "S3CRET")
    host.file("/etc/docker/certs.d/registry.example/ca.crt", "theirs")

    assert host.facts().client_files == paths
    assert b"S3CRET" not in host.answer()


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://registry.example:5000", ("10.1.2.3", "fd00::7")),
        ("https://192.0.2.7:5000", ()),
        ("https://[fd00::7]:5000", ()),
    ],
)
def test_the_addresses_of_the_target_are_those_that_the_host_finds(
    host: PracticeHost, url: str, addresses: tuple[str, ...]
) -> None:
    """An address is its own; nobody is asked for it."""
    host.program(
        "getent",
        '[ "$*" = "ahosts registry.example" ] || exit 2\n'
        "echo '10.1.2.3        STREAM registry.example'\n"
        "echo '10.1.2.3        DGRAM'\necho 'fd00::7         STREAM'",
    )

    assert host.facts(Target(url=url)).target_addresses == addresses
