"""A real rootless Docker: found, led to the target by a signal to its process, and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.discovery.fleet_connection import FleetConnection
from tests.fleet import Fleet
from tests.fleet.extra_hosts import lent
from tests.transaction.canary import only_target
from tests.transaction.remote import HOLDER
from wizard.clock import SystemClock
from wizard.discovery.read import read_host
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import Activation, Verdict
from wizard.runtimes.docker.planner import plan_docker
from wizard.target import Target
from wizard.transaction import verbs
from wizard.transaction.answers import Outcome

HOST = "book-rootless"
RUN = "rootless"
FILE = "/home/op/.config/docker/daemon.json"
# What a user had written: layers upon layers of an overlay cannot be one again.
THEIRS = b'{\n\t"storage-driver": "vfs"\n}\n'
SOCKET = "DOCKER_HOST=unix:///run/user/1000/docker.sock"

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group(f"extra-{HOST}")]

_FILES = (
    f"mkdir -p {FILE.rpartition('/')[0]} /run/user/1000 && cat >{FILE} && "
    "chown -R op:op /home/op /run/user/1000 && chmod 700 /run/user/1000"
)
# The host's network: a rootless one of its own would need slirp4netns, and pulls the same way.
_VARIABLES = (
    *("HOME=/home/op", "XDG_RUNTIME_DIR=/run/user/1000", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
    *("DOCKERD_ROOTLESS_ROOTLESSKIT_NET=host", "DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER=none"),
)
_START = (
    "systemctl stop docker.socket docker && systemd-run --quiet --unit rootless -p User=op "
    f"-p Delegate=yes {' '.join(f'-p Environment={one}' for one in _VARIABLES)} "
    "/usr/share/docker.io/contrib/dockerd-rootless.sh --iptables=false --bridge=none && "
    f"i=0; until {SOCKET} docker info; do i=$((i+1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done"
)
_STATE = (
    "cd /home/op/.config/docker && find . -type f ! -name key.json -exec sha256sum {} + && "
    "find . -exec stat -c '%n %a %u:%g' {} + | sort && cat /run/user/1000/docker.pid"
)
_MIRRORS = f"{SOCKET} docker info -f '{{{{json .RegistryConfig.Mirrors}}}}'"


@pytest.fixture
def user(fleet: Fleet) -> Iterator[Fleet]:
    """Have the host on which the user op runs the only Docker."""
    with lent(fleet, HOST):
        _done(fleet, _FILES, THEIRS)
        _done(fleet, _START)
        yield fleet


async def test_it_is_led_to_the_target_and_back(user: Fleet) -> None:
    """Facts, plan, signal, proof and way back; its process is the same one throughout."""
    connection = FleetConnection(user, HOST)
    trusted = user.target.ca_pem.read_text()
    target = Target(url=user.target.url, ca_pem=trusted, canary=only_target())

    facts = await read_host(
        connection, connection.host, target=target, clock=SystemClock(), timeout=60
    )

    docker = facts.docker
    assert docker is not None
    assert (docker.rootless, docker.user, docker.uid, docker.gid) == (True, "op", 1000, 1000)
    assert (docker.config_file, docker.error, docker.mirrors) == (FILE, "", ())
    plan = plan_host(facts, target, RolloutPolicy(), (plan_docker,))
    assert (plan.verdict, plan.activation) == (Verdict.CHANGE, Activation.RELOAD), plan
    before, marks = _done(user, _STATE), (user.target.mark(), user.upstream.mark())

    applied = await verbs.apply(connection, plan, run=RUN, holder=HOLDER, lease=300, timeout=240)

    assert applied.outcome is Outcome.APPLIED, (applied.failed_step, applied.detail)
    assert _done(user, _MIRRORS) == f'["{user.target.url}/"]\n'.encode()
    asked = {request.path for request in user.target.requests(marks[0]) if request.status == 200}
    assert "/v2/library/hello/manifests/only-target" in asked
    assert user.upstream.requests(marks[1]) == ()
    assert _done(user, "find /home/op/.config ! -user op -o ! -group op") == b""
    assert (await verbs.confirm(connection, run=RUN, holder=HOLDER)).outcome is Outcome.CONFIRMED

    undone = await verbs.undo(connection, run=RUN, holder=HOLDER)

    assert undone.outcome is Outcome.REVERTED, undone
    assert (_done(user, _STATE), _done(user, _MIRRORS)) == (before, b"[]\n")


def _done(fleet: Fleet, command: str, given: bytes | None = None) -> bytes:
    done = fleet.exec(HOST, command, given)
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]
    return done.stdout
