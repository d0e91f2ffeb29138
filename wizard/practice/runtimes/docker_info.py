"""What `docker info` knows, by version and store (as recorded on real hosts)."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.designs import Store
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.references import HUB
from wizard.practice.runtimes.releases import Release

_FIELDS_CHANGED: Final = (23, 0, 0)
_NONDISTRIBUTABLE_UNTIL: Final = (28, 0, 0)
_METACOPY_SINCE: Final = (23, 0, 0)
SNAPSHOTTER: Final = ["driver-type", "io.containerd.snapshotter.v1"]
CANNOT_CONNECT: Final = (
    "Cannot connect to the Docker daemon at {address}. Is the docker daemon running?"
)


def info_of(engine: DockerEngine) -> dict[str, Any]:
    """Return what a running daemon says of itself."""
    old = engine.release < _FIELDS_CHANGED
    runtimes = ["io.containerd.runc.v2", "runc"]
    if old:
        runtimes.append("io.containerd.runtime.v1.linux")
    proxies = _proxies(engine)
    return {
        "ServerErrors": None,
        "ID": engine.machine.name,
        "Name": engine.machine.name,
        "Containers": len(engine.containers),
        "ContainersRunning": len(engine.running()),
        "Images": len(tuple(engine.images)),
        "ServerVersion": engine.design.version,
        "Driver": engine.store.value,
        "DriverStatus": _driver_status(engine.store, engine.release),
        "RegistryConfig": _registry_config(engine),
        "SecurityOptions": [
            f"name=seccomp,profile={'default' if old else 'builtin'}",
            "name=cgroupns",
        ],
        "LiveRestoreEnabled": engine.settings.live_restore,
        "DockerRootDir": str(engine.values.get("data-root", "/var/lib/docker")),
        "HTTPProxy": proxies.get("HTTP_PROXY", ""),
        "HTTPSProxy": proxies.get("HTTPS_PROXY", ""),
        "NoProxy": proxies.get("NO_PROXY", ""),
        "Debug": engine.settings.debug,
        "Labels": sorted(engine.settings.labels),
        "DefaultRuntime": str(engine.values.get("default-runtime", "runc")),
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "none"],
            "Authorization": engine.values.get("authorization-plugins"),
            "Log": ["json-file", "journald", "local"],
        },
        "Runtimes": {name: {"path": name} for name in sorted(runtimes)},
        "Swarm": {"LocalNodeState": "inactive"},
        "OperatingSystem": "Debian GNU/Linux",
        "OSType": "linux",
        "Architecture": "x86_64",
    }


def unknown_info() -> dict[str, Any]:
    """Return what a client of 23 and later shows where no daemon answered."""
    texts = "ServerVersion Driver DockerRootDir HTTPProxy HTTPSProxy NoProxy DefaultRuntime".split()  # noqa: SIM905  # reads better
    return {
        **dict.fromkeys(texts, ""),
        **dict.fromkeys(("DriverStatus", "RegistryConfig", "SecurityOptions", "Labels"), None),
        "ServerErrors": None,
        "LiveRestoreEnabled": False,
        "Debug": False,
        "Plugins": {"Authorization": None},
        "Runtimes": None,
        "Swarm": {"LocalNodeState": ""},
    }


def _driver_status(store: Store, release: Release) -> list[list[str]]:
    if store is Store.CONTAINERD:
        return [SNAPSHOTTER]
    status = [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]]
    if release >= _METACOPY_SINCE:
        status.append(["Using metacopy", "false"])
    return [*status, ["Native Overlay Diff", "true"], ["userxattr", "false"]]


def _registry_config(engine: DockerEngine) -> dict[str, Any]:
    settings, release = engine.settings, engine.release
    mirrors = list(settings.mirrors)
    nothing: list[str] | None = [] if release < _FIELDS_CHANGED else None
    indexes = {
        HUB: {"Name": HUB, "Mirrors": mirrors, "Secure": True, "Official": True},
        **{
            name: {"Name": name, "Mirrors": [], "Secure": False, "Official": False}
            for name in settings.insecure.names
        },
    }
    told: dict[str, Any] = {}
    if release < _NONDISTRIBUTABLE_UNTIL:
        told["AllowNondistributableArtifactsCIDRs"] = nothing
        told["AllowNondistributableArtifactsHostnames"] = nothing
    told["InsecureRegistryCIDRs"] = list(settings.insecure.networks)
    told["IndexConfigs"] = indexes
    told["Mirrors"] = mirrors or nothing
    return told


def _proxies(engine: DockerEngine) -> dict[str, str]:
    """Return the proxies of daemon.json (since 23.0), else those of the unit."""
    given = engine.values.get("proxies") or {}
    keys = {"http-proxy": "HTTP_PROXY", "https-proxy": "HTTPS_PROXY", "no-proxy": "NO_PROXY"}
    found = {}
    for key, variable in keys.items():
        value = given.get(key) or engine.environment.get(variable)
        value = value or engine.environment.get(variable.lower(), "")
        if value:
            found[variable] = str(value)
    return found
