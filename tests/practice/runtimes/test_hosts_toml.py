"""hosts.toml by containerd's release (facts/runtimes.md §2.1, §2.2, §2.4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.practice.runtimes.hosts_toml import (
    NoSuchAuthority,
    Undecodable,
    directory_names,
    docker_style_authorities,
    endpoints_in,
    find_directory,
    parse_hosts,
)
from wizard.practice.runtimes.releases import Release

HUB = "https://registry-1.docker.io/v2"
NEW: Release = (2, 2, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[host."https://h.test/v2/p"]\noverride_path = true', ["https://h.test/v2/p", HUB]),
        ('[host."https://h.test/v2/p"]', ["https://h.test/v2/p/v2", HUB]),
        ('[host."https://h.test/p"]', ["https://h.test/p/v2", HUB]),
        ('[host."https://h.test"]', ["https://h.test/v2", HUB]),
        ('[host."h.test"]', ["https://h.test/v2", HUB]),
        (
            'override_path = true\nserver = "https://h.test/v2/p"\n'  # noqa: ISC004  # one file
            '[host."https://h.test/v2/p"]\noverride_path = true',
            ["https://h.test/v2/p", "https://h.test/v2/p"],
        ),
        ('server = "https://docker.io"\n[host]', ["https://docker.io/v2"]),
        ('[host."https://b.test"]\n[host."https://a.test"]',
         ["https://b.test/v2", "https://a.test/v2", HUB]),
        ("", []),
    ],
)  # fmt: skip
def test_endpoints(text: str, expected: list[str]) -> None:
    """Tables in the order of the file; without `server` the fallback stays (§2.4)."""
    assert [host.base for host in parse_hosts(text.encode(), "docker.io", NEW)] == expected


@pytest.mark.parametrize(
    ("release", "taken"),
    [((1, 6, 20), False), ((1, 7, 31), False), ((1, 7, 32), True), ((2, 1, 9), True)],
)
def test_server_alone(release: Release, *, taken: bool) -> None:
    """A file without `[host]` is ignored before 1.7.32 (§2.1)."""
    content = b'server = "https://h.test"'
    if taken:
        assert [host.base for host in parse_hosts(content, "docker.io", release)] == [
            "https://h.test/v2"
        ]
    else:
        with pytest.raises(Undecodable):
            parse_hosts(content, "docker.io", release)


@pytest.mark.parametrize(
    "text",
    [
        '[host."https://h.test"',
        '[host."https://h.test"]\ncapabilities = ["pull", "fly"]',
        '[host."https://h.test"]\ncapabilities = "pull"',
        '[host."https://h.test"]\nca = 7',
        'host = "https://h.test"',
    ],
)
def test_what_cannot_be_decoded(text: str) -> None:
    """Syntax, unknown capabilities, wrong types: upstream is asked instead (§2.2)."""
    with pytest.raises(Undecodable):
        parse_hosts(text.encode(), "docker.io", NEW)


@pytest.mark.parametrize(("release", "taken"), [((2, 1, 9), False), (NEW, True)])
def test_referrers(release: Release, *, taken: bool) -> None:
    """A capability since 2.2 (§2.1)."""
    content = b'[host."https://h.test"]\ncapabilities = ["pull", "referrers"]'
    if taken:
        assert parse_hosts(content, "docker.io", release)[0].capabilities == {"pull", "referrers"}
    else:
        with pytest.raises(Undecodable):
            parse_hosts(content, "docker.io", release)


def test_capabilities_default_to_push_too() -> None:
    """§2.4."""
    (host, _hub) = parse_hosts(b'[host."https://h.test"]', "docker.io", NEW)

    assert host.capabilities == {"pull", "resolve", "push"}


def test_unknown_keys_are_ignored() -> None:
    """`overridepath` says nothing (§2.2)."""
    (host, _hub) = parse_hosts(
        b'[host."https://h.test/v2/p"]\noverridepath = true', "docker.io", NEW
    )

    assert host.base == "https://h.test/v2/p/v2"


def test_directories() -> None:
    """`host_port_` before `host:port` before `_default` (§2.4)."""
    assert directory_names("r.test:5000", NEW) == ("r.test_5000_", "r.test:5000", "_default")
    assert directory_names("docker.io", NEW) == ("docker.io", "_default")


def test_a_directory_that_is_there_shadows_default(tmp_path: Path) -> None:
    """Even an empty one (§2.4)."""
    (tmp_path / "_default").mkdir()
    assert find_directory((tmp_path,), "docker.io", NEW) == tmp_path / "_default"
    (tmp_path / "docker.io").mkdir()
    assert find_directory((tmp_path,), "docker.io", NEW) == tmp_path / "docker.io"


def test_missing_authority_is_fatal(tmp_path: Path) -> None:
    """Every pull of the registry fails, without fallback (§2.2)."""
    (tmp_path / "hosts.toml").write_text('[host."https://h.test"]\nca = "gone.pem"')
    with pytest.raises(NoSuchAuthority, match=r"open /gone\.pem: no such file or directory"):
        endpoints_in(tmp_path, "docker.io", NEW, system=b"", root=tmp_path)


def test_authorities_are_added_to_those_of_the_system(tmp_path: Path) -> None:
    """A relative path begins at the directory of the file (§2.4)."""
    (tmp_path / "own.pem").write_bytes(b"own")
    (tmp_path / "hosts.toml").write_text(
        '[host."https://h.test"]\nca = "own.pem"\n[host."https://i.test"]\nskip_verify = true'
    )
    mirror, insecure, hub = endpoints_in(tmp_path, "docker.io", NEW, system=b"sys", root=tmp_path)

    assert mirror.trust.authorities == (b"sys", b"own")
    assert (insecure.trust.verify, hub.trust.verify) == (False, True)
    assert (mirror.mirror, hub.mirror) == (True, False)


def test_lone_client_certificate(tmp_path: Path) -> None:
    """A `.cert` without its `.key` is an error (§1.6)."""
    (tmp_path / "client.cert").write_bytes(b"")
    with pytest.raises(NoSuchAuthority, match=r"missing key client\.key"):
        docker_style_authorities(tmp_path)
