"""Facts about Docker Engine (facts/runtimes.md §0); pure."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from wizard.discovery.container_facts import Builder, Container, OtherRuntime
from wizard.discovery.credentials import covered_flags, without_password
from wizard.discovery.facts import DockerFacts, ImageStore
from wizard.discovery.parse_processes import Process, Unit
from wizard.discovery.sections import Sections, garbage, number
from wizard.planning.paths import DOCKER_SNAP_CONFIG

DEFAULT_CONFIG: Final = "/etc/docker/daemon.json"
UNIT: Final = "docker.service"
_CONTAINERD_DRIVER: Final = "io.containerd.snapshotter.v1"
_START_STEP: Final = 1.0
"""Seconds that a start may be later than told: it is a sum of times that were rounded down."""
_FLAG: Final = re.compile(r"""--?([a-z-]+)[= ]+["']*([^"']*)""")
_VALIDATES_SINCE: Final = 23
"""First major version with `dockerd --validate` (facts/runtimes.md §1.3)."""


def parse_docker(
    sections: Sections, processes: tuple[Process, ...], units: dict[str, Unit]
) -> DockerFacts | None:
    """Return the facts of Docker Engine, or None where there is none; raises ProtocolError.

    A rootless daemon counts only where there is none of the system. A `docker` command without
    any daemon (a client, or Podman under that name) is no engine.
    """
    daemons = [process for process in processes if process.name == "dockerd"]
    daemon = next((one for one in daemons if one.place == "host"), None)
    if daemon is None:
        daemon = next((one for one in daemons if one.place == "rootless"), None)
    unit = units.get(UNIT)
    if daemon is None:
        installed = (unit and unit.loaded) or (not units and "dockerd" in sections.lines("tools"))
        if not installed:
            return None
        return DockerFacts(error="dockerd is not running", unit=UNIT if unit else "")
    owner = _owner(sections, daemon.pid)
    told = _told(sections)
    changed_at, loaded_at = _times(sections)
    return replace(
        told,
        pid=daemon.pid,
        flags=daemon.flags,
        start_flags=_start_flags(sections),
        settings=_settings(daemon, owner),
        config_file=_config_file(daemon, owner),
        unit=daemon.unit,
        rootless=daemon.place == "rootless" or told.rootless,
        user=owner.name,
        uid=owner.uid,
        gid=owner.gid,
        snap=_is_snap(daemon),
        hub_login=any(section.text.strip() == "yes" for section in sections.all("login")),
        proxies=tuple((dict(daemon.proxies) | dict(told.proxies)).items()),
        builders=_builders(sections),
        bound_to_containerd=bool(unit and "containerd.service" in unit.bound_to),
        config_changed_at=changed_at,
        config_loaded_at=loaded_at,
        containers=_containers(sections),
        images=_images(sections),
    )


def _config_file(daemon: Process, owner: _Owner) -> str:
    given = daemon.option("--config-file", "-config-file")
    usual = f"{_settings(daemon, owner) or '~/.config/docker'}/daemon.json"
    return given or (DOCKER_SNAP_CONFIG if _is_snap(daemon) else usual)


def _is_snap(daemon: Process) -> bool:
    return "/snap/" in daemon.program or daemon.unit.startswith("snap.")


def _settings(daemon: Process, owner: _Owner) -> str:
    if daemon.place == "host":
        return posixpath.dirname(DEFAULT_CONFIG)
    folder = owner.settings or (f"{owner.home}/.config" if owner.home else "")
    return f"{folder}/docker" if folder else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Whose a rootless daemon is; empty where that is not known."""

    uid: int = 0
    gid: int = 0
    name: str = ""
    home: str = ""
    settings: str = ""


def _owner(sections: Sections, pid: int) -> _Owner:
    for section in sections.all("docker.user"):
        uid, name, home, settings, *_ = (*section.lines, "", "", "", "")
        if section.words == str(pid):
            known, _colon, gid = uid.partition(":")
            return _Owner(
                uid=number(sections.host, known),
                gid=number(sections.host, gid) if gid else 0,
                name=name,
                home=home,
                settings=settings,
            )
    return _Owner()


def rootless_beside(
    sections: Sections, processes: tuple[Process, ...], docker: DockerFacts | None
) -> tuple[OtherRuntime, ...]:
    """Return the rootless daemons beside the Docker that is known: they are left as they are."""
    return tuple(
        OtherRuntime(name="rootless Docker", version=_owner(sections, one.pid).name or str(one.pid))
        for one in processes
        if one.name == "dockerd" and one.place == "rootless" and docker and one.pid != docker.pid
    )


def _builders(sections: Sections) -> tuple[Builder, ...]:
    found = []
    for section in sections.all("builder"):
        driver, user, *_ = (*section.lines, "", "")
        found.append(Builder(name=section.words, driver=driver, user=user))
    return tuple(found)


def _start_flags(sections: Sections) -> tuple[str, ...]:
    found = (_FLAG.match(line) for line in sections.lines("docker.start"))
    return tuple(f"--{flag[1]}={without_password(flag[2])}" for flag in found if flag)


def _told(sections: Sections) -> DockerFacts:
    """Return what the daemon says of itself."""
    ran = sections.ran("docker.info")
    if ran is None:
        return DockerFacts(error="there is no docker command to ask the daemon with")
    if ran.failure:
        return DockerFacts(error=_own_error(ran.output) or ran.failure)
    try:
        errors, info = json.loads(ran.output)
        if errors:
            return DockerFacts(error="; ".join(errors))
        return _with_info(info)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise garbage(sections.host, "docker info is not what it should be") from error


def _own_error(output: str) -> str:
    """Return the daemon's errors from an answer that broke off behind them."""
    if not output.startswith("["):
        return ""
    try:
        errors, _ = json.JSONDecoder().raw_decode(output, 1)
    except (ValueError, RecursionError):
        return ""
    return "; ".join(errors) if isinstance(errors, list) else ""


def _with_info(info: dict[str, Any]) -> DockerFacts:
    registries = info["RegistryConfig"] or {}
    options = info["SecurityOptions"] or []
    status = [tuple(pair) for pair in info["DriverStatus"] or []]
    version = str(info["ServerVersion"])
    major = re.match(r"\d+", version)
    return DockerFacts(
        version=version,
        image_store=(
            ImageStore.CONTAINERD
            if ("driver-type", _CONTAINERD_DRIVER) in status
            else ImageStore.GRAPH_DRIVER
        ),
        storage_driver=str(info["Driver"]),
        mirrors=tuple(registries.get("Mirrors") or ()),
        insecure_registries=_insecure(registries),
        live_restore=bool(info["LiveRestoreEnabled"]),
        swarm=info["Swarm"] not in {"", "inactive"},
        rootless=any("name=rootless" in option for option in options),
        proxies=_proxies(info),
        debug=bool(info["Debug"]),
        labels=covered_flags(info["Labels"] or ()),
        runtimes=tuple(name for name in info["Runtimes"] if name),
        default_runtime=str(info["DefaultRuntime"] or ""),
        authorization_plugins=tuple(info["Plugins.Authorization"] or ()),
        validates=major is not None and int(major[0]) >= _VALIDATES_SINCE,
    )


def _insecure(registries: dict[str, Any]) -> tuple[str, ...]:
    names = [
        name
        for name, index in (registries.get("IndexConfigs") or {}).items()
        if not index.get("Secure", True)
    ]
    return (*(registries.get("InsecureRegistryCIDRs") or ()), *names)


def _proxies(info: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return proxies that daemon.json sets (since 23.0)."""
    names = (
        ("HTTP_PROXY", "HTTPProxy"),
        ("HTTPS_PROXY", "HTTPSProxy"),
        ("NO_PROXY", "NoProxy"),
    )
    return tuple((name, without_password(info[key])) for name, key in names if info.get(key))


def _times(sections: Sections) -> tuple[float, float]:
    """Return when daemon.json was changed, and when it was last read for certain; 0 unknown."""
    values = dict(line.split("=", 1) for line in sections.lines("docker.times") if "=" in line)
    if not values:
        return 0.0, 0.0
    changed, started = (
        number(sections.host, values.get(key, "")) for key in ("changed", "started")
    )
    ran = sections.ran("docker.reloads")
    reloads = ran.output.split() if ran and not ran.failure else []
    loaded = [number(sections.host, time) for time in reloads]
    return changed, max(started + _START_STEP if started else 0.0, *loaded, 0.0)


def _containers(sections: Sections) -> tuple[Container, ...]:
    ran = sections.ran("docker.containers")
    containers = []
    for line in (ran.output if ran else "").split("\n"):
        if not line:
            continue
        try:
            identity, name, image, started = json.loads(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise garbage(sections.host, f"{line[:80]!r} is not a container") from error
        containers.append(
            Container(
                id=str(identity),
                name=str(name).removeprefix("/"),
                image=str(image),
                started_at=str(started),
            )
        )
    return tuple(containers)


def _images(sections: Sections) -> tuple[str, ...]:
    return tuple(line for line in sections.lines("docker.images") if "<none>" not in line)
