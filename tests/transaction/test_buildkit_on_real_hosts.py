"""What a person writes for a buildkitd leads a real one to the target."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fleet import Fleet
from tests.fleet.catalogue import EXTRA_HOSTS
from tests.fleet.extra_hosts import is_available, lent
from wizard.runtimes.by_hand.builders import BUILDKIT_FILE
from wizard.runtimes.by_hand.commands import CA, buildkit_lines
from wizard.target import Addressing, Target

HOST = "forky-build"

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.xdist_group(f"extra-{HOST}"),
    pytest.mark.skipif(
        not is_available(HOST), reason=f"{EXTRA_HOSTS[HOST].runtime} is not built: make runtimes"
    ),
]

_START = (
    "systemctl stop buildkit; systemctl reset-failed buildkit; rm -rf /var/lib/docker/buildkit; "
    "systemd-run --quiet --unit buildkit buildkitd --root /var/lib/docker/buildkit "
    f"--containerd-worker=false --oci-worker-snapshotter native --config {BUILDKIT_FILE}; "
    "i=0; until buildctl debug workers; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done"
)
_BUILD = (
    "mkdir -p /root/context && cat >/root/context/Dockerfile && buildctl build --progress plain "
    "--frontend dockerfile.v0 --local context=/root/context --local dockerfile=/root/context"
)


@pytest.fixture(scope="module")
def builder(fleet: Fleet) -> Iterator[Fleet]:
    """Have the host with BuildKit in the fleet."""
    with lent(fleet, HOST):
        yield fleet


@pytest.mark.parametrize("addressing", [Addressing.ROOT, Addressing.PREFIX])
def test_a_build_comes_from_the_target_alone(builder: Fleet, addressing: Addressing) -> None:
    """The base image is one that only the target has, and Docker Hub is asked for nothing."""
    is_root = addressing is Addressing.ROOT
    registry = builder.target if is_root else builder.prefix_target
    prefix = registry.repository.partition("library/")[0].strip("/")
    trusted = registry.ca_pem.read_bytes()
    target = Target(url=registry.url, addressing=addressing, prefix=prefix, ca_pem=trusted.decode())
    lines = "\n".join(buildkit_lines(target))
    _done(builder, f"cat >{CA}", trusted)
    _done(builder, f"mkdir -p /etc/buildkit && cat >{BUILDKIT_FILE}", lines.encode())
    _done(builder, _START)
    marks = registry.mark(), builder.upstream.mark()

    _done(builder, _BUILD, b"FROM docker.io/library/hello:only-target\nCOPY Dockerfile /copied\n")

    asked = {request.path for request in registry.requests(marks[0]) if request.status == 200}
    assert f"/v2/{registry.repository}/manifests/only-target?ns=docker.io" in asked
    assert builder.upstream.requests(marks[1]) == ()


def _done(fleet: Fleet, command: str, given: bytes | None = None) -> None:
    done = fleet.exec(HOST, command, given)
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-2000:]
