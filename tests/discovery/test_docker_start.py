"""What Docker would get by flags at its next start: a conflict that nothing shows before it."""

from __future__ import annotations

import pytest

from tests.discovery.conftest import EVERY_SHELL
from tests.discovery.practice import PracticeHost

UNIT = """# /usr/lib/systemd/system/docker.service
[Service]
EnvironmentFile=-/etc/default/docker
Environment=HTTP_PROXY=http://op:S3CRET@proxy:3128
ExecStart=/usr/sbin/dockerd -H fd:// --registry-mirror https://old.test $DOCKER_OPTS
"""
DROP_IN = """
# /etc/systemd/system/docker.service.d/mirror.conf
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// \\
  --registry-mirror="https://op:S3CRET@new.test" \\
  --config-file=/srv/daemon.json
"""


def _flags(host: PracticeHost) -> tuple[str, ...]:
    docker = host.facts().docker
    assert docker is not None
    return docker.start_flags


def _with_unit(host: PracticeHost, text: str) -> PracticeHost:
    host.with_docker()
    host.program(
        "systemctl", f"[ \"$1 $2\" = 'cat docker.service' ] || exit\ncat <<'UNIT'\n{text}\nUNIT"
    )
    return host


@EVERY_SHELL
def test_the_unit_says_what_the_next_start_gets(host: PracticeHost) -> None:
    """Its environment file counts, comments in it do not."""
    _with_unit(host, UNIT)
    host.file(
        "/etc/default/docker",
        '#DOCKER_OPTS="--registry-mirror=https://comment.test"\n'
        "DOCKER_OPTS='--registry-mirror=https://default.test --debug'\n",
    )
    assert _flags(host) == (
        "--registry-mirror=https://old.test",
        "--registry-mirror=https://default.test",
    )


@EVERY_SHELL
def test_a_drop_in_takes_back_what_the_unit_said(host: PracticeHost) -> None:
    """An empty ExecStart= drops the one before; lines may go on; no login leaves the host."""
    _with_unit(host, UNIT + DROP_IN)
    assert _flags(host) == (
        "--registry-mirror=https://new.test",
        "--config-file=/srv/daemon.json",
    )
    assert b"S3CRET" not in host.answer()


@EVERY_SHELL
@pytest.mark.parametrize("path", ["/etc/default/docker", "/etc/sysconfig/docker"])
def test_without_systemd_the_files_of_init_scripts_count(host: PracticeHost, path: str) -> None:
    """Debian's and Red Hat's places; nothing reads them under a stock systemd unit."""
    host.with_docker()
    (host.root / "run/systemd/system/.keep").unlink()
    (host.root / "run/systemd/system").rmdir()
    host.file(path, 'OPTIONS="--registry-mirror=https://old.test"\n')
    assert _flags(host) == ("--registry-mirror=https://old.test",)


def test_files_that_no_unit_names_do_not_count(host: PracticeHost) -> None:
    """The stock unit of docker-ce reads no environment file."""
    _with_unit(host, "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n")
    host.file("/etc/default/docker", "DOCKER_OPTS=--registry-mirror=https://old.test\n")
    assert _flags(host) == ()
