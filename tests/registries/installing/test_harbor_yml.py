"""harbor.yml says what was chosen, and for the rest what its version ships, byte for byte."""

from __future__ import annotations

import copy
import difflib
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from tests.registries.installing.template_versions import NEWEST, VERSIONS, template_of
from wizard.errors import InputError
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.settings import (
    Database,
    HarborSettings,
    HTTPProxy,
    S3Storage,
    TLSFiles,
    Trivy,
    new_password,
)
from wizard.secret import Secret

_TLS = TLSFiles(certificate="/etc/harbor/tls/harbor.crt", private_key="/etc/harbor/tls/harbor.key")
_PLAIN = HarborSettings(
    hostname="harbor.example.net",
    admin_password=Secret("Admin0Admin0Admin0Admin0"),
    database_password=Secret("Datab0Datab0Datab0Datab0"),
    tls=_TLS,
)
_S3 = S3Storage(
    bucket="harbor",
    region="eu-1",
    access_key="AKIAEXAMPLE",
    secret_key=Secret("wJalrXUtnFEMI/K7MDENG"),
    endpoint="https://minio.example.net:9000",
    ca_bundle="/etc/ssl/minio.pem",
)
_DATABASE = Database(host="db.example.net", username="harbor", password=Secret("Extern0Extern0"))

_Expected = Callable[[dict[str, Any]], None]


def _https(data: dict[str, Any]) -> None:
    data["https"].update(certificate=_TLS.certificate, private_key=_TLS.private_key)


def _no_https(data: dict[str, Any]) -> None:
    del data["https"]
    data["external_url"] = "https://registry.example.net"


def _metrics(data: dict[str, Any]) -> None:
    _https(data)
    data["metric"] = {"enabled": True, "port": 9099, "path": "/metrics"}


def _internal(data: dict[str, Any]) -> None:
    _https(data)
    data["internal_tls"] = {"enabled": True, "dir": "/etc/harbor/internal"}


def _proxy(data: dict[str, Any]) -> None:
    _https(data)
    url = "http://proxy.example.net:3128"
    data["proxy"].update(http_proxy=url, https_proxy=url, no_proxy="10.0.0.0/8,.example.net")


def _database(data: dict[str, Any]) -> None:
    _https(data)
    data["external_database"] = {
        "harbor": {
            "host": "db.example.net",
            "port": 5432,
            "db_name": "registry",
            "username": "harbor",
            "password": "Extern0Extern0",
            "ssl_mode": "require",
            "max_idle_conns": 2,
            "max_open_conns": 0,
        }
    }


def _minio(data: dict[str, Any]) -> None:
    _https(data)
    data["storage_service"] = {
        "ca_bundle": "/etc/ssl/minio.pem",
        "s3": {
            "accesskey": "AKIAEXAMPLE",
            "secretkey": "wJalrXUtnFEMI/K7MDENG",
            "region": "eu-1",
            "bucket": "harbor",
            "regionendpoint": "https://minio.example.net:9000",
            "secure": True,
            "v4auth": True,
        },
        "redirect": {"disable": True},
    }


def _trivy(data: dict[str, Any]) -> None:
    _https(data)
    data["trivy"].update(skip_update=True, offline_scan=True)
    if data["_version"] not in {"2.9.0", "2.10.0"}:
        data["trivy"]["skip_java_db_update"] = True


def _elsewhere(data: dict[str, Any]) -> None:
    _https(data)
    data["data_volume"] = "/srv/harbor-data"
    data["http"]["port"] = 8080
    data["https"]["port"] = 8443


_CASES: dict[str, tuple[HarborSettings, _Expected]] = {
    "tls": (_PLAIN, _https),
    "plain": (
        replace(_PLAIN, tls=None, external_url="https://registry.example.net"),
        _no_https,
    ),
    "metrics": (replace(_PLAIN, metrics_port=9099), _metrics),
    "internal-tls": (replace(_PLAIN, internal_tls="/etc/harbor/internal"), _internal),
    "proxy": (
        replace(
            _PLAIN,
            proxy=HTTPProxy(
                url="http://proxy.example.net:3128", no_proxy=("10.0.0.0/8", ".example.net")
            ),
        ),
        _proxy,
    ),
    "database": (replace(_PLAIN, database=_DATABASE), _database),
    "minio": (replace(_PLAIN, storage=_S3), _minio),
    "trivy-offline": (replace(_PLAIN, trivy=Trivy(skip_update=True, offline=True)), _trivy),
    "elsewhere": (
        replace(
            _PLAIN, data_volume="/srv/harbor-data", http_port=8080, tls=replace(_TLS, port=8443)
        ),
        _elsewhere,
    ),
}


def _made(template: str, settings: HarborSettings) -> str:
    return harbor_yml(template, settings).reveal()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", _CASES)
def test_the_file_says_what_was_chosen_and_else_what_its_version_ships(
    version: str, case: str
) -> None:
    """Every key is compared, so that one that came or went by itself is seen."""
    template = template_of(version)
    settings, change = _CASES[case]
    expected = copy.deepcopy(yaml.safe_load(template))
    expected["hostname"] = "harbor.example.net"
    expected["harbor_admin_password"] = "Admin0Admin0Admin0Admin0"  # noqa: S105  # a made-up one
    expected["database"]["password"] = "Datab0Datab0Datab0Datab0"  # noqa: S105  # a made-up one
    change(expected)

    assert yaml.safe_load(_made(template, settings)) == expected


_GONE = (
    "hostname: reg.mydomain.com",
    "harbor_admin_password: Harbor12345",
    "  password: root123",
)
_GONE_WITH_TLS = ("  certificate: /your/certificate/path", "  private_key: /your/private/key/path")
_GONE_BESIDES = {
    "plain": (
        "https:",
        "  # https port for harbor, default is 443",
        "  port: 443",
        "  # The path of cert and key files for nginx",
        *_GONE_WITH_TLS,
        "  # enable strong ssl ciphers (default: false)",
        "  # strong_ssl_ciphers: false",
    ),
    "proxy": ("  http_proxy:", "  https_proxy:", "  no_proxy:"),
    "trivy-offline": (
        "  skip_update: false",
        "  skip_java_db_update: false",
        "  offline_scan: false",
    ),
    "elsewhere": ("data_volume: /data", "  port: 80", "  port: 443"),
}


@pytest.mark.parametrize("case", _CASES)
def test_every_other_line_is_the_template_s_own(case: str) -> None:
    """Comments, order and blank lines too; only lines of changed keys are gone."""
    settings, _change = _CASES[case]
    made = _made(NEWEST, settings).splitlines(keepends=True)
    difference = difflib.unified_diff(NEWEST.splitlines(keepends=True), made, n=0)

    gone = [line[1:-1] for line in difference if re.match(r"-(?!--)", line)]

    besides = _GONE_BESIDES.get(case, ())
    assert sorted(gone) == sorted({*_GONE, *(_GONE_WITH_TLS if settings.tls else ()), *besides})


def test_a_block_that_is_shown_as_a_comment_comes_below_it() -> None:
    """The comment goes on explaining it."""
    made = _made(NEWEST, replace(_PLAIN, metrics_port=9090))

    assert (
        "# metric:\n#   enabled: false\n#   port: 9090\n#   path: /metrics\n"
        "metric:\n  enabled: true\n  port: 9090\n  path: /metrics\n\n# Trace"
    ) in made


def test_the_data_volume_is_a_line_that_grep_and_awk_read() -> None:
    """With quotes they would be part of it, and of a comment only the last word was read."""
    template = NEWEST.replace("data_volume: /data", 'data_volume: "/data" # where it is')

    assert re.findall(r"^data_volume.*$", _made(template, _PLAIN), re.MULTILINE) == [
        "data_volume: /data"
    ]


def test_repositories_of_trivy_are_set_where_the_version_knows_them() -> None:
    """Older ones ignore them, and Trivy would go out all the same."""
    settings = replace(
        _PLAIN,
        trivy=Trivy(db_repository="mirror.example.net/trivy-db", java_db_repository="m/java"),
    )

    trivy = yaml.safe_load(_made(NEWEST, settings))["trivy"]
    assert (trivy["db_repository"], trivy["java_db_repository"]) == (
        "mirror.example.net/trivy-db",
        "m/java",
    )
    with pytest.raises(InputError, match=r"from Harbor 2\.15 on"):
        harbor_yml(template_of("2.14"), settings)


@pytest.mark.parametrize(
    "key",
    ["data_volume", "max_job_workers", "job_loggers", "webhook_job_max_retry", "level"],
)
def test_a_template_without_a_key_that_harbor_needs_is_refused(key: str) -> None:
    """`prepare` would end in a KeyError on the host."""
    template = re.sub(rf"^( *){key}:", r"\1other:", NEWEST, flags=re.MULTILINE)

    with pytest.raises(InputError):
        harbor_yml(template, _PLAIN)


@pytest.mark.parametrize("template", ["", "a: [", "- x\n", "hostname: x\n_version: 2.8.0\n"])
def test_what_is_no_template_of_a_known_version_is_refused(template: str) -> None:
    """Before anything is written."""
    with pytest.raises(InputError):
        harbor_yml(template, _PLAIN)


_REFUSED: dict[str, dict[str, Any]] = {
    "loopback": {"hostname": "127.0.0.1"},
    "placeholder": {"hostname": "reg.mydomain.com"},
    "localhost": {"hostname": "localhost"},
    "scheme": {"hostname": "https://harbor.example.net"},
    "port in the name": {"hostname": "harbor.example.net:8443"},
    "no TLS anywhere": {"tls": None},
    "TLS of nobody": {"tls": None, "external_url": "http://registry.example.net"},
    "path": {"external_url": "https://registry.example.net/harbor"},
    "no URL": {"external_url": "https://["},
    "no port": {"external_url": "https://registry.example.net:99999"},
    "relative volume": {"data_volume": "data"},
    "volume with a space": {"data_volume": "/srv/my data"},
    "volume with a comment": {"data_volume": "/data # x"},
    "port": {"http_port": 0},
    "dollar": {"admin_password": Secret("pass$1word")},
    "hash": {"database_password": Secret("#secret")},
    "number": {"storage": replace(_S3, access_key="12345")},
    "yaml": {"storage": replace(_S3, secret_key=Secret("a: b"))},
    "external password": {"database": replace(_DATABASE, password=Secret("a b"))},
}


@pytest.mark.parametrize("name", _REFUSED)
def test_a_value_that_harbor_refuses_or_corrupts_is_refused_and_not_repeated(name: str) -> None:
    """Each of them is a start that fails, or another password than was chosen."""
    settings = replace(_PLAIN, **_REFUSED[name])

    with pytest.raises(InputError) as refused:
        harbor_yml(NEWEST, settings)

    secrets = [one for one in _REFUSED[name].values() if isinstance(one, Secret)]
    assert [one for one in secrets if one.reveal() in str(refused.value)] == []


def test_generated_passwords_pass_harbors_rule_whatever_the_dice_say() -> None:
    """At least 20 letters and digits, with upper, lower and digit."""
    for seed in range(200):
        text = new_password(random.Random(seed).choice).reveal()  # noqa: S311  # to be repeatable

        assert re.fullmatch(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{20,128}", text)
