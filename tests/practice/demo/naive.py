"""A change by hand, as a naive script does it: the right bytes, and no safeguard at all."""

from __future__ import annotations

import asyncssh

from wizard.practice.fleet import PracticeFleet
from wizard.practice.host.host import PracticeHost

DAEMON_JSON = "etc/docker/daemon.json"
_DOCKER = """\
set -e
cd "$PILOTAGE_ROOT/etc/docker"
mkdir -p "certs.d/{place}"
cat >"certs.d/{place}/ca.crt" <<'END'
{ca}END
cat >daemon.json <<'END'
{{"registry-mirrors": ["https://{place}"]}}
END
systemctl reload docker
"""
_CONTAINERD = """\
set -e
cd "$PILOTAGE_ROOT/etc/containerd"
mkdir -p certs.d/docker.io
cat >certs.d/docker.io/ca.crt <<'END'
{ca}END
cat >certs.d/docker.io/hosts.toml <<'END'
[host."https://{place}"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/docker.io/ca.crt"
END
cat >config.toml <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
END
systemctl restart containerd
"""


def change(fleet: PracticeFleet, host: PracticeHost) -> str:
    """Return the commands that move a host to the target."""
    script = _DOCKER if fleet.designs[host.name].docker else _CONTAINERD
    place = fleet.target.url.removeprefix("https://")
    return script.format(place=place, ca=fleet.surroundings.target_authority.pem)


def connect(
    fleet: PracticeFleet, host: PracticeHost, *, user: str = "root", checked: bool = True
) -> asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]:
    """Return a connection with the operator's files; without host keys if not `checked`."""
    return asyncssh.connect(
        host.address,
        host.port,
        username=user,
        client_keys=[str(fleet.operator / "id_ed25519")],
        known_hosts=str(fleet.operator / "known_hosts") if checked else None,
        config=None,
    )
