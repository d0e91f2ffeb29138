"""What stands against Harbor on a host is told with a way out, before its installer fails on it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandName, ErrandStep
from wizard.errand.script import errand_answer, errand_script
from wizard.registries.installing.machine import Severity
from wizard.registries.installing.preflight import (
    HarborHost,
    findings,
    host_facts,
)

_GIB = 1 << 20
_GOOD = HarborHost(
    architecture="x86_64",
    processors=4,
    memory_kib=8 * _GIB,
    disk_kib=200 * _GIB,
    docker="28.5.2",
    compose="2.40.0",
    containers=(("web", "shop"),),
    has_systemd=True,
)
_PORTS = (80, 443)
_NONCE = "0123456789abcdef"

_CASES: dict[str, tuple[dict[str, Any], Severity, str]] = {
    "arm": ({"architecture": "aarch64"}, Severity.BLOCK, "amd64"),
    "one processor": ({"processors": 1}, Severity.BLOCK, "1 processors; 2 are needed"),
    "two processors": ({"processors": 2}, Severity.WARN, "4 advised"),
    "2 GB": ({"memory_kib": 2 * _GIB}, Severity.BLOCK, "2.0 GiB of memory; 4 are needed"),
    "4 GB as Linux shows it": ({"memory_kib": 3_900_000}, Severity.WARN, "8 advised"),
    "small disk": ({"disk_kib": 30 * _GIB}, Severity.BLOCK, "40 are needed"),
    "disk": ({"disk_kib": 100 * _GIB}, Severity.WARN, "160 advised"),
    "no Docker": ({"docker": "", "compose": ""}, Severity.BLOCK, "no Docker."),
    "old Docker": ({"docker": "19.03.15"}, Severity.BLOCK, "20.10 or later"),
    "stopped": ({"docker_error": "Cannot connect"}, Severity.BLOCK, "does not answer"),
    "no Compose": ({"compose": ""}, Severity.BLOCK, "no Docker Compose"),
    "Compose 1": ({"compose": "1.29.2"}, Severity.BLOCK, "2.3 or later"),
    "a name": ({"containers": (("redis", ""),)}, Severity.BLOCK, "“redis”"),
    "a port": ({"taken": (443,)}, Severity.BLOCK, "Port 443 is taken"),
    "the log": ({"taken": (1514,)}, Severity.BLOCK, "Port 1514 is taken"),
    "no systemd": ({"has_systemd": False}, Severity.WARN, "no systemd"),
    "a Harbor that is down": ({"harbor": "/data"}, Severity.BLOCK, "in /data, though it is down"),
    "a unit": ({"has_foreign_unit": True}, Severity.BLOCK, "harbor.service that Pilotage did not"),
    "one begun": ({"harbor": "ours", "taken": (80,)}, Severity.WARN, "gone on with"),
    "Harbor": (
        {"containers": (("harbor-core", "harbor"), ("redis", "harbor")), "taken": (80, 1514)},
        Severity.WARN,
        "already",
    ),
}


def test_a_host_that_is_good_enough_has_no_findings() -> None:
    """Containers of others do not matter by themselves."""
    assert findings(_GOOD, _PORTS) == ()


@pytest.mark.parametrize("case", _CASES)
def test_each_obstacle_is_one_finding_with_a_way_out(case: str) -> None:
    """Nothing else is said because of it."""
    change, severity, words = _CASES[case]

    [finding] = findings(replace(_GOOD, **change), _PORTS)

    assert finding.severity is severity
    assert words in finding.what
    assert finding.todo.endswith((".", "moved."))
    assert finding.source.startswith(("https://", "goharbor"))


def test_a_port_that_harbor_will_not_open_may_be_taken() -> None:
    """Only its own matter."""
    assert findings(replace(_GOOD, taken=(8080,)), _PORTS) == ()


def test_what_blocks_is_told_first() -> None:
    """Advice can wait."""
    found = findings(replace(_GOOD, processors=2, has_systemd=False, docker=""), _PORTS)

    assert [one.severity.value for one in found] == ["block", "warn", "warn"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_hosts_script_tells_these_facts(tmp_path: Path, shell: str) -> None:
    """Ports are read from the kernel's own tables, in their hexadecimal."""
    folder = tmp_path / "bin"
    folder.mkdir()
    docker = folder / "docker"
    docker.write_text(
        "#!/bin/sh\necho grumble >&2\ncase \"$1 $2\" in\n'version --format') echo 28.5.2 ;;\n"
        "'compose version') echo 2.40.0 ;;\n'ps -a') printf 'web shop\\nredis \\n' ;;\nesac\n",
        encoding="ascii",
    )
    docker.chmod(0o755)
    (tmp_path / "proc/net").mkdir(parents=True)
    head = "  sl  local_address rem_address   st\n"
    (tmp_path / "proc/net/tcp").write_text(
        f"{head}   0: 00000000:01BB 00000000:0000 0A\n   1: 00000000:0050 01020304:9999 01\n",
        encoding="ascii",
    )
    (tmp_path / "proc/net/tcp6").write_text(
        f"{head}   0: {'0' * 32}:05EA {'0' * 32}:0000 0A\n", encoding="ascii"
    )
    (tmp_path / "data/harbor/secret/keys").mkdir(parents=True)
    (tmp_path / "data/harbor/secret/keys/secretkey").write_text("0123456789abcdef", "ascii")
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/harbor.service").write_text("[Unit]\n", "ascii")
    errand = Errand(
        name=ErrandName.HARBOR_HOST,
        host="h",
        arguments=("/data/harbor", "80 443 1514", "/opt/harbor"),
    )

    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=errand_script(errand, nonce=_NONCE, payload=None),
        env={"PATH": f"{folder}:{os.environ['PATH']}", "PILOTAGE_ROOT": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    answer = errand_answer(
        done.stdout.splitlines(), nonce=_NONCE, host="h", said=done.stderr.decode()
    )
    facts = host_facts(answer.steps)

    assert (facts.docker, facts.compose) == ("28.5.2", "2.40.0")
    assert facts.containers == (("web", "shop"), ("redis", ""))
    assert facts.taken == (443, 1514)
    assert (facts.harbor, facts.has_foreign_unit) == ("/data/harbor", True)
    assert facts.architecture == os.uname().machine
    assert facts.processors == os.cpu_count()
    assert facts.disk_kib > 0
    assert facts.memory_kib > 0


def test_a_docker_that_does_not_answer_is_told_by_its_own_words() -> None:
    """It is another thing than none."""
    facts = host_facts([ErrandStep(subject="docker", result="failed", detail="\nCannot connect")])

    assert (facts.docker, facts.docker_error) == ("", "Cannot connect")
