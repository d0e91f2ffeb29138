"""Credentials stay on the host: they are found wherever daemons take them, and left out."""

from __future__ import annotations

import json

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost
from tests.planning.cases import DUMPS
from wizard.discovery.credentials import (
    covered_dump,
    covered_flags,
    find_secrets,
    without_password,
)
from wizard.jsonform import to_json

KEY = "-----BEGIN EC PRIVATE KEY-----\nS3CRET\n-----END EC PRIVATE KEY-----\n"


def places(text: str) -> list[tuple[str, int]]:
    """Return key and line of each credential found."""
    return [(place.key, place.line) for place in find_secrets(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[a.auth]\nusername = "op"\npassword = "S3CRET"\n', [("a.auth.password", 3)]),
        ("[a.auth]\n\"auth\" = 'S3CRET'", [("a.auth.auth", 2)]),
        ('[a.auth]\nidentitytoken = "S3CRET"', [("a.auth.identitytoken", 2)]),
        ('r.corp:\n  login:\n    "\\x70assword": S3CRET\n', [("password", 3)]),
        ('r.corp:\n  login:\n    "pass\\u0077or\\U00000064": "S3CRET"\n', [("password", 3)]),
        (
            '[a."x.corp".auth]\npassword = "S"\n[a."y.corp".auth]\npassword = "S"',
            [('a."x.corp".auth.password', 2), ('a."y.corp".auth.password', 4)],
        ),
        (
            '[host."https://h".header]\n  Authorization = ["Basic S3CRET"]',
            [('host."https://h".header.Authorization', 2)],
        ),
        (
            '[host."https://h"]\nheader = {X-Api-Key = "S"}',
            [('host."https://h".header.X-Api-Key', 2)],
        ),
        ('[host."https://op:S3CRET@h"]', [('host."https://h"', 1)]),
        ('[x]\ninline = """\n' + KEY + '"""', [("x.inline", 2), ("PRIVATE KEY", 3)]),
        (KEY, [("PRIVATE KEY", 1)]),
        ('# password = "S3CRET"\nversion = 2', [("password", 1)]),
        ('version = \npassword = "S3CRET"', [("password", 2)]),
        ("version = 2\npassword = S3CRET", [("password", 2)]),
        ('{"proxies": {\n"http-proxy": "op:S3CRET@p:3128"}}', [("proxies.http-proxy", 2)]),
        ('{"proxies": {"https-proxy":"http://S3CRET@p"}}', [("proxies.https-proxy", 1)]),
        ('{"log-opts":\n {"splunk-token":\n"S3CRET"}}', [("log-opts.splunk-token", 2)]),
        ('{"labels": ["a=b", "api_key=S3CRET"]}', [("labels", 1)]),
        (
            '{"runtimes": {"r": {"runtimeArgs": ["--token=S3CRET"]}}}',
            [("runtimes.r.runtimeArgs", 1)],
        ),
        ('{"a": {"passw\\u006frd": "S3CRET"}}', [("a.password", 1)]),
        ('\ufeff{"a": {"secret": 12345}}', [("a.secret", 1)]),
        ('{"auth": "one", "auth": ""}', [("auth", 1)]),
        ('{"auth": "S3CRET"', [("auth", 1)]),
        ("auth:\n  username: op\n  password:\n    S3CRET\n", [("password", 3)]),
        ("auth:\n  password: # ours\n\n    S3CRET", [("password", 2)]),
        ("auth:\n  password: &it\n    S3CRET\n", [("password", 2)]),
        ("? password\n: S3CRET\n", [("password", 1)]),
    ],
)
def test_credentials_are_named_by_key_and_line(text: str, expected: list[tuple[str, int]]) -> None:
    """In TOML, JSON, comments and files with mistakes; the value is never in the name."""
    assert expected == places(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"authorization-plugins": ["opa"], "labels": ["owner=ops"], "debug": true}',
        '{"log-opts": {"splunk-token": "", "env": "TOKEN"}}',
        '{"registry-mirrors": ["https://m.test:5000"], "hosts": ["unix://", "ssh://op@h"]}',
        "# Kept at ssh://git@git.corp/hosts, see the auth docs\nversion = 2",
        '[a.auth]\nusername = "op"\npassword = ""',
        "r.corp:\n  auth:\n    username: op\n  tls:\n    ca_file: /etc/ca.pem\n",
        "configs:\n  r.corp:\n    auth:\n    # none\n    tls:\n      ca_file: /etc/ca.pem\n",
        '[a]\nsandbox_image = "pause:3.8@sha256:00"\ntoken-file = "/etc/token"\nkey_model = "node"',
        '[host."https://h".header]\nX-Dragonfly-Registry = ["https://registry.corp"]',
        "-----BEGIN CERTIFICATE-----\nMIIauth/token+secret==\n-----END CERTIFICATE-----\n",
        *(path.read_text() for path in sorted(DUMPS.glob("*.toml"))),
    ],
)
def test_what_is_no_credential_is_left_alone(text: str) -> None:
    """Names of plugins, paths of files, users without passwords, whole usual configurations."""
    assert places(text) == []
    assert text == covered_dump(text) or text.startswith(("{", "#"))


def test_a_dump_is_covered_line_by_line() -> None:
    """By key, among headers, within URLs and words; everything else stays."""
    dump = [
        '      [plugins."cri".registry.auths]',
        "",
        '        [plugins."cri".registry.configs."h".auth]',
        '          auth = "S3CRET"',
        '          username = "op"',
        "          password = 'S3CRET'",
        '          identitytoken = ""',
        '        [plugins."cri".registry.headers]',
        '          X-Registry-Key = ["S3CRET"]',
        '          X-Note = ["kept"]',
        '        [plugins."cri".registry.mirrors."docker.io"]',
        '          endpoint = ["https://op:S3CRET@m.test"]',
        "          args = ['--x', '--token=S3CRET']",
        '          note = "Bearer S3CRET"',
    ]
    covered = covered_dump("\n".join(dump)).split("\n")
    changed = {3, 5, 8, 11, 12, 13}
    assert changed == {place for place, line in enumerate(dump) if line != covered[place]}
    assert "S3CRET" not in "".join(covered)
    assert covered[11] == '          endpoint = ["https://m.test"]'


def test_arguments_are_covered() -> None:
    """Joined, apart, within an option, within a URL; the names stay."""
    flags = (
        *("-H", "fd://", "--http-proxy=http://op:S3@CRET@p", "--log-opt", "splunk-token=S3CRET"),
        *("--log-opt=splunk-token=S3CRET", "--token", "S3CRET", "--authorization-plugin=opa"),
    )
    expected = (
        *("-H", "fd://", "--http-proxy=http://p", "--log-opt", "splunk-token=(hidden)"),
        *("--log-opt=splunk-token=(hidden)", "--token", "(hidden)", "--authorization-plugin=opa"),
    )
    assert expected == covered_flags(flags)


@pytest.mark.parametrize(
    "value", ["http://op:S3CRET@p:1", "op:S3CRET@p:1", "http://op:S3@CRET@p:1"]
)
def test_a_proxy_is_told_without_its_login(value: str) -> None:
    """With and without a scheme, and with an @ in the password."""
    assert without_password(value).removeprefix("http://") == "p:1"


@EVERY_SHELL
def test_a_file_with_credentials_is_told_without_its_text(host: PracticeHost) -> None:
    """Hash, size, mode and manager are there; no secret is in the facts or their JSON."""
    host.with_docker().with_containerd("version = 2\n")
    daemon = json.dumps({"proxies": {"http-proxy": "http://op:S3CRET@p"}, "debug": True})
    config = '# Ansible managed\n[a."r.corp".auth]\n  password = "S3CRET"\n'
    planted = {
        "/etc/docker/daemon.json": (daemon, "proxies.http-proxy"),
        "/etc/containerd/config.toml": (config, 'a."r.corp".auth.password'),
        "/etc/containerd/certs.d/docker.io/hosts.toml": (
            '[host."https://h".header]\nAuthorization = "Basic S3CRET"\n',
            'host."https://h".header.Authorization',
        ),
        "/etc/docker/certs.d/h/ca.crt": (KEY, "PRIVATE KEY"),
    }
    for path, (text, _key) in planted.items():
        host.file(path, text, 0o600)
    facts = host.facts()
    for path, (text, key) in planted.items():
        file = facts.file(path)
        assert file is not None, path
        assert (None, True, len(text), 0o600) == (
            file.text,
            file.has_secrets,
            file.size,
            file.mode,
        )
        assert [key] == [place.key for place in file.secrets]
        assert len(file.sha256) == 64
    managed = facts.file("/etc/containerd/config.toml")
    assert managed is not None
    assert managed.managed_by == "Ansible"
    assert "S3CRET" not in repr(facts) + to_json(facts)
