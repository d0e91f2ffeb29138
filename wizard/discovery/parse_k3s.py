"""Facts about k3s and RKE2 (facts/runtimes.md §4); pure."""

from __future__ import annotations

import re
from typing import Final

from wizard.discovery.cri_containers import parse_cri_containers, parse_cri_images
from wizard.discovery.facts_k3s import K3sFacts
from wizard.discovery.parse_processes import Process
from wizard.discovery.sections import Sections

_VERSION: Final = re.compile(r"\bversion v?(\d+\.\d+\.\S+)")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TRUE: Final = frozenset({"true", "1", "t", "yes"})
_ROUNDED: Final = 1.0
"""Seconds that the two roundings of a start can be short of it."""
_VALUE: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^#]*?))\s*(?:#.*)?""")


def parse_k3s(sections: Sections, processes: tuple[Process, ...]) -> K3sFacts | None:
    """Return the facts, or None where there is neither; raises ProtocolError."""
    section = sections.one("k3s")
    if section is None:
        return None
    pid, _, unit = section.words.partition(" ")
    product = "rke2" if "rke2" in unit else "k3s"
    settings = _settings(sections)
    process = next((one for one in processes if str(one.pid) == pid), None)
    ran = sections.ran("k3s.version")
    found = _VERSION.search(ran.output) if ran else None
    times = _times(sections)
    return K3sFacts(
        product=product,
        version=found[1] if found else "",
        error=_error(product, process, ran.failure if ran else ""),
        server=_is_server(process, settings, unit),
        cluster=_cluster(sections),
        unit=unit,
        data_dir=settings.get("data-dir", f"/var/lib/rancher/{product}"),
        registries=settings.get("private-registry", f"/etc/rancher/{product}/registries.yaml"),
        system_registry=settings.get("system-default-registry", ""),
        default_endpoint=not _is_on(settings, "disable-default-registry-endpoint"),
        embedded_registry=_is_on(settings, "embedded-registry"),
        own_containerd=not (
            _is_on(settings, "docker")
            or _is_on(settings, "disable-agent")
            or settings.get("container-runtime-endpoint")
        ),
        crictl=_text(sections, "k3s.crictl"),
        ctr=_text(sections, "k3s.ctr"),
        proxies=process.proxies if process else (),
        config_changed_at=times.get("changed", 0.0),
        config_loaded_at=times["started"] + _ROUNDED if "started" in times else 0.0,
        containers=parse_cri_containers(sections, "k3s.containers", "k3s.tasks"),
        images=parse_cri_images(sections, "k3s.images"),
    )


def _settings(sections: Sections) -> dict[str, str]:
    """Return the settings; of those that are there twice the last one counts."""
    found = {}
    for line in sections.lines("k3s.settings"):
        name, colon, written = line.partition(": ")
        value = _VALUE.fullmatch(written)
        if colon and value:
            found[name] = next((group for group in value.groups() if group), "")
    return {name: value for name, value in found.items() if value}


def _is_on(settings: dict[str, str], name: str) -> bool:
    return settings.get(name, "").lower() in _TRUE


def _error(product: str, process: Process | None, failure: str) -> str:
    return failure if process is not None else f"{product} is not running"


def _is_server(process: Process | None, settings: dict[str, str], unit: str) -> bool:
    named = settings.get("role") or (process.name if process else "") or unit
    if named in {"server", "agent"}:
        return named == "server"
    return "agent" not in named and "agent" not in unit


def _cluster(sections: Sections) -> str:
    found = _DIGEST.match(_text(sections, "k3s.cluster"))
    return found[0] if found else ""


def _times(sections: Sections) -> dict[str, float]:
    pairs = (line.partition("=") for line in sections.lines("k3s.times"))
    return {name: float(value) for name, _, value in pairs if value.isdigit()}


def _text(sections: Sections, name: str) -> str:
    section = sections.one(name)
    return section.text.strip() if section else ""
