"""Plans for hosts of the real fleet, made from what is on them now."""

from __future__ import annotations

import hashlib
import json

from tests.fleet import Fleet
from tests.transaction.canary import only_target
from wizard.planning.plan import (
    FileChange,
    FilePurpose,
    FileVersion,
    HostPlan,
    Step,
    StepName,
)

DAEMON_JSON = "/etc/docker/daemon.json"
CONTAINERD_CONFIG = "/etc/containerd/config.toml"
CERTS_D = "/etc/containerd/certs.d"
REGISTRY = '[plugins."io.containerd.grpc.v1.cri".registry]'
REGISTRY_TABLE = f'\n{REGISTRY}\n  config_path = "{{}}"\n'
HOSTS_TOML = """server = "https://registry-1.docker.io"

[host."{url}"]
  capabilities = ["pull", "resolve"]
  ca = "{directory}/ca.crt"
"""


def version(fleet: Fleet, host: str, path: str) -> FileVersion | None:
    """Return what a file of the host is now; None when it is absent."""
    found = fleet.exec(host, f"stat -c '%a %u %g' {path} && cat {path}")
    if found.returncode:
        return None
    attributes, _, content = found.stdout.partition(b"\n")
    mode, uid, gid = attributes.split()
    return FileVersion(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        mode=int(mode, 8),
        uid=int(uid),
        gid=int(gid),
        text=content.decode(),
    )


def docker_plan(fleet: Fleet, host: str) -> HostPlan:
    """Return a plan that adds the target as a mirror of the host's Docker, by reload."""
    before = version(fleet, host, DAEMON_JSON)
    text = before.text if before else "{}\n"
    url = fleet.target.url
    unchanged = (
        Step(name=StepName.SAME_PROCESS, args=("docker",)),
        Step(name=StepName.SAME_CONTAINERS, args=("docker",)),
    )
    validates = fleet.hosts[host].suite != "bookworm"
    reload = (Step(name=StepName.DOCKER_RELOAD, args=("docker.service",)),)
    canary = only_target()
    return HostPlan(
        host=host,
        runtimes=(),
        changes=(
            _new(
                f"/etc/docker/certs.d/{fleet.target.host}/ca.crt",
                FilePurpose.CA,
                fleet.target.ca_pem.read_text(),
            ),
            FileChange(
                path=DAEMON_JSON,
                real_path=DAEMON_JSON,
                purpose=FilePurpose.CONFIG,
                before=before,
                after=_with_mirrors(text, f'["{url}"]'),
                parting=_with_mirrors(text, "[]"),
            ),
        ),
        validate=(Step(name=StepName.DOCKER_VALIDATE, args=(DAEMON_JSON,)),) * validates,
        activate=reload,
        check=(Step(name=StepName.DOCKER_MIRRORS, args=(url,)), *unchanged),
        probe=(Step(name=StepName.DOCKER_PULL, args=(canary.reference, canary.digest)),),
        deactivate=reload,
        check_reverted=(Step(name=StepName.DOCKER_MIRRORS), *unchanged),
    )


def containerd_plan(fleet: Fleet, host: str) -> HostPlan:
    """Return a plan that gives the host's CRI plugin a `config_path`, by one restart."""
    before = version(fleet, host, CONTAINERD_CONFIG)
    assert before is not None
    directory = f"{CERTS_D}/docker.io"
    hosts_toml = HOSTS_TOML.format(url=fleet.target.url, directory=directory)
    restart = (Step(name=StepName.CONTAINERD_RESTART, args=("containerd.service",)),)
    running = (
        Step(name=StepName.UNIT_ACTIVE, args=("containerd.service",)),
        Step(name=StepName.CONTAINERD_CRI_OK),
        Step(name=StepName.SAME_CONTAINERS, args=("containerd",)),
    )
    canary = only_target()
    pull = Step(
        name=StepName.CRI_PULL,
        args=(
            canary.reference,
            canary.digest,
            "crictl",
            "unix:///run/containerd/containerd.sock",
        ),
    )
    return HostPlan(
        host=host,
        runtimes=(),
        changes=(
            _new(f"{directory}/ca.crt", FilePurpose.CA, fleet.target.ca_pem.read_text()),
            _new(f"{directory}/hosts.toml", FilePurpose.HOSTS, hosts_toml),
            FileChange(
                path=CONTAINERD_CONFIG,
                real_path=CONTAINERD_CONFIG,
                purpose=FilePurpose.CONFIG,
                before=before,
                # Where there is an old table of mirrors, it is the last one of the file.
                after=before.text.partition(REGISTRY)[0] + REGISTRY_TABLE.format(CERTS_D),
            ),
        ),
        validate=(Step(name=StepName.CONTAINERD_VALIDATE, args=(CONTAINERD_CONFIG,)),),
        activate=restart,
        check=(*running, Step(name=StepName.CONTAINERD_CONFIG_PATH, args=(CERTS_D,))),
        probe=(pull,) * fleet.has_crictl,
        deactivate=restart,
        check_reverted=(*running, Step(name=StepName.CONTAINERD_CONFIG_PATH, args=("",))),
    )


def _new(path: str, purpose: FilePurpose, after: str) -> FileChange:
    return FileChange(path=path, real_path=path, purpose=purpose, before=None, after=after)


def _with_mirrors(text: str, mirrors: str) -> str:
    """Return daemon.json with one more key, before all that people wrote into it."""
    assert isinstance(json.loads(text), dict), f"no JSON object on the host: {text!r}"
    rest = text.partition("{")[2]
    comma = "" if rest.strip() == "}" else ","
    return f'{{"registry-mirrors": {mirrors}{comma}{rest}'
