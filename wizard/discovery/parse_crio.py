"""Facts about CRI-O (facts/runtimes.md §3.3), and logins of all who read its files; pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from wizard.discovery.container_facts import CRIOFacts, RegistryLogin
from wizard.discovery.cri_containers import listed_containers
from wizard.discovery.parse_processes import Process, Unit
from wizard.discovery.sections import Sections, garbage

UNIT: Final = "crio.service"
_VERSION: Final = re.compile(r"^(?:crio version|Version:) +v?(\d+\.\d+\S*)", re.MULTILINE)
_ELSEWHERE: Final = ("--registries-conf", "--registries-conf-dir")
_NAME: Final = re.compile(r'"([^"]+)"\s*:')
_NOT_REGISTRIES: Final = frozenset(
    {
        *("auths", "credHelpers", "HttpHeaders"),
        *("aliases", "default", "features", "plugins", "proxies"),
    }
)
"""Other objects of such a file, and of that of Docker's client."""


def parse_crio(
    sections: Sections, processes: tuple[Process, ...], units: dict[str, Unit]
) -> CRIOFacts | None:
    """Return the facts, or None where there is no CRI-O that could run; raises ProtocolError."""
    section = sections.one("crio")
    if section is None:
        return None
    daemon = next((one for one in processes if str(one.pid) == section.words), None)
    unit = units.get(UNIT)
    if daemon is None and not (unit and unit.loaded):
        return None
    ran = sections.ran("crio.version")
    found = _VERSION.search(ran.output) if ran else None
    version = found[1] if found else ""
    if daemon is None:
        return CRIOFacts(version=version, error="CRI-O is not running", unit=UNIT)
    told = sections.ran("crio.settings")
    settings = _settings(told.output if told else "")
    environment = _environment(sections)
    return CRIOFacts(
        version=version,
        error=ran.failure if ran else "",
        pid=daemon.pid,
        unit=daemon.unit,
        flags=daemon.flags,
        home=_home(sections, environment),
        registries_elsewhere=_elsewhere(daemon, environment),
        log_level=str(settings.get("log_level", "")),
        log_filter=str(settings.get("log_filter", "")),
        short_name_mode=str(settings.get("short_name_mode", "")),
        auto_reload_registries=settings.get("auto_reload_registries") is True,
        global_auth_file=str(settings.get("global_auth_file", "")),
        signature_policy=str(settings.get("signature_policy", "")),
        settings_error=told.failure if told else "",
        edited=_edited(sections),
        dead_keys=_dead_keys(sections),
        crictl=_text(sections, "crio.crictl"),
        endpoint=f"unix://{settings.get('listen') or '/var/run/crio/crio.sock'}",
        proxies=daemon.proxies,
        containers=listed_containers(sections, "crio.containers"),
        images=_images(sections),
    )


def _images(sections: Sections) -> tuple[str, ...]:
    """Return the names of the images that `crictl images -o json` lists; raises ProtocolError."""
    ran = sections.ran("crio.images")
    if ran is None or ran.failure:
        return ()
    try:
        listed = json.loads(ran.output or "{}").get("images") or []
        return tuple(str(name) for image in listed for name in image.get("repoTags") or [])
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise garbage(sections.host, "crictl images is not what it should be") from error


def _settings(text: str) -> dict[str, Any]:
    """Return `key = value` lines; strings and truths are written as in JSON."""
    found: dict[str, Any] = {}
    for line in text.split("\n"):
        key, equals, value = line.partition(" = ")
        try:
            found |= {key: json.loads(value)} if equals else {}
        except (ValueError, RecursionError):
            continue
    return found


def _environment(sections: Sections) -> dict[str, str]:
    pairs = (line.partition("=") for line in sections.lines("crio.environment"))
    return {name: value for name, _equals, value in pairs}


def _home(sections: Sections, environment: dict[str, str]) -> str:
    """Return its home where that has settings: without HOME, that of root counts."""
    section = sections.one("crio.home")
    home = environment.get("HOME") or (section.text.strip() if section else "") or "/root"
    return home if home in sections.lines("containers.homes") else ""


def _elsewhere(daemon: Process, environment: dict[str, str]) -> str:
    for name in _ELSEWHERE:
        variable = f"CONTAINER_{name[2:].replace('-', '_').upper()}"
        found = daemon.option(name) or environment.get(variable, "")
        if found:
            return found
    return ""


def _edited(sections: Sections) -> tuple[str, ...]:
    """Return the files that were changed after the start, times in seconds of the host's clock."""
    section = sections.one("crio.times")
    if section is None or not section.words.isdigit():
        return ()
    started = int(section.words)
    found = (line.partition(" ") for line in section.lines)
    return tuple(
        path.removeprefix(sections.root)
        for changed, _space, path in found
        if changed.isdigit() and int(changed) > started
    )


def _dead_keys(sections: Sections) -> tuple[tuple[str, str], ...]:
    """Return file and key of each line `FILE:key =`."""
    found = (line.rpartition(":") for line in sections.lines("crio.dead"))
    return tuple(
        (path.removeprefix(sections.root), key.rstrip("=").strip()) for path, _colon, key in found
    )


def _text(sections: Sections, name: str) -> str:
    section = sections.one(name)
    return section.text.strip() if section else ""


def parse_logins(sections: Sections) -> tuple[RegistryLogin, ...]:
    """Return for which registries the files of containers have logins."""
    return tuple(
        RegistryLogin(file=section.words, registry=name)
        for section in sections.all("logins")
        for name in _NAME.findall(section.text)
        if name not in _NOT_REGISTRIES
    )
