"""The old mirror tables, by which containerd 1.5 puts a project before the image name.

An endpoint with a path is used as it stands, the upstream itself is asked last, and the wildcard
counts only for what has no table of its own (facts/runtimes.md §2.4, §5). They must never stand
beside `config_path` (§2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.planning.toml_edit import Setting
from wizard.runtimes.containerd.config import ConfigFile
from wizard.runtimes.containerd.effective import table_of
from wizard.runtimes.containerd.mirror_tables import ANY, with_scheme
from wizard.runtimes.containerd.situation import Situation
from wizard.target import Addressing, Target


def endpoint_settings(here: Situation, config: ConfigFile) -> tuple[Setting, ...]:
    """Return what leads each upstream to the target: ours, then what was there."""
    settings = [
        Setting(
            table=(*config.table, "mirrors", one.upstream),
            key="endpoint",
            value=_endpoints(here.registry.mirrors, one),
        )
        for one in here.target.by_upstream
    ]
    if here.ca is not None and needs_ca(here):
        tls = (*config.table, "configs", here.target.authority, "tls")
        settings.append(Setting(table=tls, key="ca_file", value=here.ca.path))
    return tuple(settings)


def _endpoints(mirrors: Mapping[str, tuple[str, ...]], target: Target) -> tuple[str, ...]:
    """Return the endpoints in order; without a path containerd adds `/v2` by itself."""
    ours = target.url if target.addressing is Addressing.ROOT else target.api_base
    found = mirrors.get(target.upstream, mirrors.get(ANY, ()))
    return (ours, *(one for one in found if with_scheme(one).rstrip("/") != ours))


def needs_ca(here: Situation) -> bool:
    """Return whether our CA is wanted: a `ca_file` that somebody set stays."""
    return here.ca is not None and foreign_ca(here) in {"", here.ca.path}


def foreign_ca(here: Situation) -> str:
    """Return the `ca_file` that the file has for the target, empty where it has none."""
    return str(target_tls(here).get("ca_file") or "")


def target_tls(here: Situation) -> Mapping[str, Any]:
    """Return how the file says that the target is trusted."""
    if here.config is None:
        return {}
    configs = table_of(here.config.values, "configs")
    return table_of(table_of(configs, here.target.authority), "tls")
