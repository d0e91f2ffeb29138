"""Steps that Docker's cases share."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Append, Logged, Run, Status, Step, Write

DAEMON: Final = "/etc/docker/daemon.json"
DROP_IN: Final = "/etc/systemd/system/docker.service.d/conformance.conf"
SYSTEM_CA: Final = "/etc/ssl/certs/ca-certificates.crt"
TARGET_CA: Final = "/etc/docker/certs.d/{target_host}/ca.crt"
PREFIX_CA: Final = "/etc/docker/certs.d/{prefix_host}/ca.crt"
HUB_HOSTS: Final = "/etc/docker/certs.d/docker.io/hosts.toml"
PID: Final = "systemctl show -p MainPID --value docker"
FACTS: Final = "facts/runtimes.md"

MIRRORS: Final = "docker info -f '{{json .RegistryConfig.Mirrors}}'"
NO_MIRRORS: Final = Run(command=MIRRORS, says=(r"^(\[\]|null)$",))
START: Final = Run(command="systemctl restart docker")
FAILING_START: Final = Run(command="systemctl restart docker", status=Status.REFUSED)
NOT_ACTIVE: Final = Run(command="systemctl is-active docker", status=Status.REFUSED)
RELOAD: Final[tuple[Step, ...]] = (
    Run(command="systemctl reload docker"),
    Logged(pattern="Reloaded configuration"),
)
"""A reload that is taken up, and waited for."""
TRUSTED_TARGET: Final = Write(path=TARGET_CA, content="{target_ca}")
SYSTEM_TRUST: Final = Append(path=SYSTEM_CA, content="\n{target_ca}\n")


def daemon(settings: str = "") -> Write:
    """Write daemon.json with these settings, beside those that keep the image store."""
    return Write(path=DAEMON, content="{{features}" + (settings or '"debug": false') + "}\n")


def mirrors(*urls: str) -> Write:
    """Write a daemon.json with these mirrors."""
    listed = ", ".join(f'"{url}"' for url in urls)
    return daemon(f'"registry-mirrors": [{listed}]')


TRUSTED_BY_SYSTEM: Final[tuple[Step, ...]] = (SYSTEM_TRUST, mirrors("{target}"), START)
"""Docker runs with the target as its mirror, and trusts it."""


def has_mirrors(*urls: str) -> Run:
    """See that the daemon runs with exactly these mirrors."""
    listed = ",".join(f'"{url}"' for url in urls)
    return Run(command=f"{MIRRORS} | grep -Fx '[{listed}]'")


def pull(tag: str = "latest", *, status: Status = Status.DONE) -> Run:
    """Pull the hello image."""
    return Run(command=f"docker pull hello:{tag}", status=status)


def manifest(tag: str = "latest", path: str = "/v2/library/hello", *, status: str = "200") -> str:
    """Return the pattern of a request for a tag of the hello image at exactly this path."""
    return rf"^(GET|HEAD) {path}/manifests/{tag}(\?ns=docker\.io)? {status}$"
