"""Steps that containerd's cases share; `{registry}` and `{version}` follow from the flavour."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Asked, NotAsked, Registry, Run, Status, Step, Write

CONFIG: Final = "/etc/containerd/config.toml"
FOLDER: Final = "/etc/containerd/certs.d"
HUB: Final = f"{FOLDER}/docker.io"
HOSTS: Final = f"{HUB}/hosts.toml"
SYSTEM_CA: Final = "/etc/ssl/certs/ca-certificates.crt"
FACTS: Final = "facts/runtimes.md"
PID: Final = "systemctl show -p MainPID --value containerd"
DUMP: Final = "containerd config dump"

RESTART: Final = Run(command="systemctl restart containerd")
CRI_ANSWERS: Final = Run(command="crictl version", patient=True)
CRI_IS_GONE: Final = Run(command="crictl version", status=Status.REFUSED)
CA: Final = Write(path=f"{HUB}/target.pem", content="{target_ca}")
SERVER: Final = 'server = "https://registry-1.docker.io"\n'
MORE: Final = f'capabilities = ["pull", "resolve"]\nca = "{HUB}/target.pem"\n'
TO_TARGET: Final = f'{SERVER}[host."{{target}}"]\n{MORE}'


def config(registry: str, before: str = "") -> Write:
    """Write config.toml in the version's newest form, with this in its registry table."""
    content = f"version = {{version}}\n{before}\n[{{registry}}]\n{registry}\n"
    return Write(path=CONFIG, content=content)


def configured(path: str = FOLDER) -> tuple[Step, ...]:
    """Have containerd run with a `config_path`."""
    return (config(f'config_path = "{path}"'), RESTART, CRI_ANSWERS)


def hosts(content: str = TO_TARGET) -> tuple[Step, ...]:
    """Write the target's CA, and hosts.toml for Docker Hub."""
    return (CA, Write(path=HOSTS, content=content))


def pull(tag: str = "latest", *, status: Status = Status.DONE) -> Run:
    """Pull the hello image as kubelet does."""
    return Run(command=f"crictl pull docker.io/library/hello:{tag}", status=status)


def manifest(tag: str = "latest", path: str = "/v2/library/hello", *, status: str = "200") -> str:
    """Return the pattern of a request for a tag of the hello image at exactly this path."""
    return rf"^(GET|HEAD) {path}/manifests/{tag}(\?ns=docker\.io)? {status}$"


def served_by_target(tag: str = "latest") -> tuple[Step, ...]:
    """See that a tag came from the target, and that nobody asked Docker Hub for it."""
    return (
        Asked(registry=Registry.TARGET, pattern=manifest(tag)),
        NotAsked(registry=Registry.UPSTREAM, pattern=manifest(tag, status=r"\d+")),
    )


def served_by_upstream(tag: str = "latest") -> tuple[Step, ...]:
    """See that a tag came from Docker Hub, and that the target had no part in it."""
    return (
        Asked(registry=Registry.UPSTREAM, pattern=manifest(tag)),
        NotAsked(registry=Registry.TARGET, pattern=manifest(tag, status=r"\d+")),
    )
