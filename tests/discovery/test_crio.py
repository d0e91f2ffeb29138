"""CRI-O on practice hosts, and what else reads registries.conf."""

from __future__ import annotations

import os
import time

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from wizard.discovery.container_facts import Container, CRIOFacts, RegistryLogin
from wizard.errors import ProtocolError


def _crio(host: PracticeHost) -> CRIOFacts:
    crio = host.facts().crio
    assert crio is not None
    return crio


@EVERY_SHELL
def test_crio_is_read_as_it_runs(host: PracticeHost) -> None:
    """What it says of itself counts, for flags and drop-ins are in it."""
    facts = host.with_crio("--log-level", "info").facts()

    crio = facts.crio
    assert crio is not None
    assert (crio.version, crio.error, crio.pid) == ("1.30.4", "", 300)
    assert (crio.unit, crio.flags) == ("crio.service", ("--log-level", "info"))
    assert (crio.log_level, crio.log_filter, crio.settings_error) == ("info", "", "")
    assert (crio.short_name_mode, crio.auto_reload_registries) == ("enforcing", True)
    assert crio.global_auth_file == "/var/lib/kubelet/config.json"
    assert crio.signature_policy == "/etc/crio/policy.json"
    assert crio.endpoint == "unix:///var/run/crio/crio.sock"
    assert crio.crictl.endswith("/crictl")
    web = Container(
        id="cc33", name="web", image="docker.io/library/nginx:1", started_at="1770000000000000000"
    )
    assert crio.containers == (web,)
    assert crio.images == ("registry.k8s.io/pause:3.9",)
    assert facts.flavours == ("cri-o 1.30",)
    assert facts.file("/etc/crio/policy.json") is not None
    assert "status --socket /var/run/crio/crio.sock config" in (host.root / "asked").read_text()
    assert b"S3CRET" not in host.answer()


def test_crio_at_another_socket_is_asked_there(host: PracticeHost) -> None:
    """By the flag that it was started with."""
    crio = _crio(host.with_crio("--listen=/run/own/crio.sock"))

    assert crio.endpoint == "unix:///run/own/crio.sock"
    assert "status --socket /run/own/crio.sock config" in (host.root / "asked").read_text()


def test_an_older_crio_has_another_program_for_its_settings(host: PracticeHost) -> None:
    """`crio-status`, before 1.24."""
    host.with_crio()
    host.program("crio-status", "printf '  log_level = \"warn\"\\n'")

    assert _crio(host).log_level == "warn"


def test_a_crio_that_does_not_tell_its_settings_says_so(host: PracticeHost) -> None:
    """The rest is known all the same."""
    host.with_crio()
    (host.root / "settings").unlink()

    crio = _crio(host)

    assert (crio.version, crio.log_level) == ("1.30.4", "")
    assert crio.settings_error


@pytest.mark.parametrize(
    ("flags", "environment", "where"),
    [
        (["--registries-conf", "/etc/own.conf"], [], "/etc/own.conf"),
        (["--registries-conf-dir=/etc/own.d"], [], "/etc/own.d"),
        ([], ["CONTAINER_REGISTRIES_CONF=/etc/own.conf"], "/etc/own.conf"),
        ([], ["CONTAINER_REGISTRIES_CONF_DIR=/etc/own.d", "TOKEN=S3CRET"], "/etc/own.d"),
        ([], ["TOKEN=S3CRET"], ""),
    ],
)
def test_registries_that_are_elsewhere(
    host: PracticeHost, flags: list[str], environment: list[str], where: str
) -> None:
    """By a flag or a variable; nothing else of its environment leaves the host."""
    host.with_crio(*flags, environment=environment)

    assert _crio(host).registries_elsewhere == where
    assert b"S3CRET" not in host.answer()


@EVERY_SHELL
def test_settings_of_roots_home_are_told(host: PracticeHost) -> None:
    """As a service CRI-O has no HOME, and takes that of root."""
    host.with_crio()
    assert _crio(host).home == ""
    host.file("/root/.config/containers/registries.conf", "short-name-mode = 'enforcing'\n")

    facts = host.facts()

    assert facts.crio is not None
    assert facts.crio.home == "/root"
    assert facts.file("/root/.config/containers/registries.conf") is not None


def test_a_crio_with_a_home_of_its_own(host: PracticeHost) -> None:
    """The variable counts before the list of users."""
    host.with_crio(environment=["HOME=/home/op"])
    host.file("/home/op/.config/containers/registries.conf", "")

    assert _crio(host).home == "/home/op"


def test_a_stopped_crio_is_not_asked(host: PracticeHost) -> None:
    """Its unit says that it is meant to run; without one there is nothing to move."""
    host.with_crio()
    host.process(300, "sleep", ["sleep"])
    assert host.facts().crio is None
    host.program("systemctl", "printf 'Id=crio.service\\nLoadState=loaded\\n'")

    crio = _crio(host)

    assert (crio.version, crio.error) == ("1.30.4", "CRI-O is not running")
    assert "status" not in (host.root / "asked").read_text()


@pytest.mark.parametrize(("ago", "edited"), [(3600, True), (-3600, False)])
def test_edits_since_its_start_are_told(host: PracticeHost, ago: int, *, edited: bool) -> None:
    """A reload would apply them."""
    host.with_crio()
    paths = ("/etc/crio/crio.conf.d/10-a.conf", "/etc/containers/registries.conf.d/a b.conf")
    for path in paths:
        host.file(path, "")
    boot = int(time.time()) - 7200
    ticks = (7200 - ago) * os.sysconf("SC_CLK_TCK")
    host.file("/proc/stat", f"cpu 1 2\nbtime {boot}\n")
    fields = " ".join(str(field) for field in range(4, 22))
    host.file("/proc/300/stat", f"300 (crio) S {fields} {ticks} 23 24\n")

    assert _crio(host).edited == (paths if edited else ())


@EVERY_SHELL
def test_keys_that_crio_reads_no_more_are_told(host: PracticeHost) -> None:
    """By name and file; comments, and what they say, are not."""
    host.with_crio()
    host.file("/etc/crio/crio.conf", '[crio.image]\n# registries = []\nregistries = ["S3CRET"]\n')
    drop_in = '[crio.image]\n\tinsecure_registries=["S3CRET"]\npause_image = "p"\n'
    host.file("/etc/crio/crio.conf.d/10-own.conf", drop_in)

    assert _crio(host).dead_keys == (
        ("/etc/crio/crio.conf", "registries"),
        ("/etc/crio/crio.conf.d/10-own.conf", "insecure_registries"),
    )
    assert b"S3CRET" not in host.answer()


@EVERY_SHELL
def test_only_the_names_of_logins_leave_the_host(host: PracticeHost) -> None:
    """That of CRI-O, those of users, and those that are gone at the next boot."""
    host.with_crio()
    login = '{"auths": {"registry.example/team": {"auth": "S3CRET"}}}'
    host.file("/var/lib/kubelet/config.json", login)
    host.file("/run/containers/0/auth.json", login.replace("/team", ""))
    host.file("/home/op/.config/containers/auth.json", '{"credHelpers": {"r.corp": "pass"}}')

    assert host.facts().logins == (
        RegistryLogin(file="/run/containers/0/auth.json", registry="registry.example"),
        RegistryLogin(file="/var/lib/kubelet/config.json", registry="registry.example/team"),
    )
    assert b"S3CRET" not in host.answer()


@pytest.mark.parametrize(
    ("path", "text", "openshift"),
    [
        ("/etc/machine-config-daemon/currentconfig", "{}", "/etc/machine-config-daemon"),
        ("/etc/mco/proxy.env", "", "/etc/mco"),
        ("/etc/os-release", "ID=rhcos\nVERSION_ID=4.14\n", "rhcos"),
        ("/etc/os-release", "ID=rhel\nOPENSHIFT_VERSION='4.19'\n", "OpenShift 4.19"),
        ("/etc/os-release", "ID=rhel\nVERSION_ID=9.4\n", ""),
    ],
)
def test_openshift_is_told(host: PracticeHost, path: str, text: str, openshift: str) -> None:
    """By its system, or by what its machine config daemon keeps there."""
    host.file(path, text)

    assert host.facts().openshift == openshift


@pytest.mark.parametrize("answer", ["[]", "{", '{"images": [7]}', '{"images": 7}'])
def test_images_that_make_no_sense_are_refused(host: PracticeHost, answer: str) -> None:
    """Never guessed about."""
    host.with_crio()
    host.program("crictl", f"[ \"$3\" != images ] || printf '%s' '{answer}'")

    with pytest.raises(ProtocolError, match="crictl images"):
        host.facts()
