"""containerd's registry settings as they are in effect.

In effect is what `containerd config dump` says, with its two lies known (facts/runtimes.md §2.3).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import ContainerdFacts
from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.paths import CONTAINERD_CERTS, DOCKER_CERTS
from wizard.planning.plan import BlockReason
from wizard.planning.toml_edit import read_toml
from wizard.planning.versions import Version
from wizard.runtimes.hosts_toml import Trust

SHORT_ID: Final = "cri"
GRPC_ID: Final = "io.containerd.grpc.v1.cri"
IMAGES_ID: Final = "io.containerd.cri.v1.images"

OVERRIDE_PATH: Final = (1, 6, 0)
"""Before, hosts.toml has no `override_path` (facts/runtimes.md §2.1)."""
DEFAULT_DIRECTORY: Final = (1, 6, 0)
"""Before, no directory _default is looked for (run with 1.5.8)."""
VERSION_2: Final = (2, 0, 0)
TRANSFER_SERVICE: Final = (2, 1, 0)
"""Since then a colon list in `config_path` is not read (facts/runtimes.md §2.2)."""
DEFAULT_LIST_SINCE: Final = (2, 2, 0)
DEFAULT_LIST: Final = f"{CONTAINERD_CERTS}:{DOCKER_CERTS}"
_USUAL_DOWNLOADS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The registry settings of CRI, and what else of them matters to a plan.

    Attributes:
        directories: of `config_path`, in order.
        path_is_default: nobody set `config_path`.
        mirrors: endpoints by namespace, as the old tables have them.
        trusts: by registry host, from `configs.<host>.tls`.
        logins: registries that `configs.<host>.auth` or `auths` have a login for.
        local_pull: pulls do not go through the transfer service.
        pause_image: that each new pod needs; empty where none is named.
        is_disabled: the next start of containerd has no CRI.
    """

    config_path: str
    directories: tuple[str, ...]
    path_is_default: bool
    mirrors: Mapping[str, tuple[str, ...]]
    trusts: Mapping[str, Trust]
    logins: tuple[str, ...]
    local_pull: bool
    pause_image: str
    is_disabled: bool

    @property
    def is_single(self) -> bool:
        """Return whether `config_path` is one directory: a colon at its end makes a list of it."""
        return len(self.directories) == 1 and ":" not in self.config_path


def effective_registry(containerd: ContainerdFacts, version: Version) -> Registry:
    """Return what `containerd config dump` says; raises Blocked when it says nothing usable."""
    if containerd.dump_error or not containerd.dump:
        raise Blocked(BlockReason.CONFIG_NOT_TOML, containerd.dump_error or "config dump")
    with naming_file("containerd config dump"):
        dump = _read_dump(containerd.dump)
    plugins = table_of(dump, "plugins")
    images = table_of(plugins, IMAGES_ID) or table_of(plugins, GRPC_ID)
    registry = table_of(images, "registry")
    mirrors = mirrors_of(registry)
    config_path = str(registry.get("config_path") or "")
    default = version >= DEFAULT_LIST_SINCE and not mirrors and config_path in {"", DEFAULT_LIST}
    paths = DEFAULT_LIST if default else config_path
    pause = table_of(images, "pinned_images").get("sandbox") or images.get("sandbox_image")
    disabled = dump.get("disabled_plugins")
    return Registry(
        config_path=config_path,
        directories=tuple(path.rstrip("/") or "/" for path in paths.split(":") if path),
        path_is_default=default,
        mirrors=mirrors,
        trusts=trusts_of(registry),
        logins=_logins_of(registry),
        local_pull=version < TRANSFER_SERVICE or _pulls_locally(images, registry),
        pause_image=str(pause or ""),
        is_disabled=isinstance(disabled, list) and bool({SHORT_ID, GRPC_ID} & set(disabled)),
    )


@functools.lru_cache(maxsize=64)
def _read_dump(dump: str) -> Mapping[str, Any]:
    """Read a dump; thousands of hosts have few different ones, and each takes milliseconds."""
    return read_toml(dump)


def trusts_of(registry: Mapping[str, Any]) -> dict[str, Trust]:
    """Return the `tls` settings by registry host, those left out that set nothing."""
    found = {}
    for host, config in table_of(registry, "configs").items():
        tls = table_of(config, "tls")
        certificate, key = tls.get("cert_file") or "", tls.get("key_file") or ""
        trust = Trust(
            ca=(str(tls["ca_file"]),) if tls.get("ca_file") else (),
            skip_verify=tls.get("insecure_skip_verify") is True,
            client=(str(certificate), str(key)) if certificate and key else None,
        )
        if trust != Trust():
            found[host] = trust
    return found


def mirrors_of(registry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the endpoints of the old mirror tables by namespace."""
    found = {}
    for namespace, mirror in table_of(registry, "mirrors").items():
        endpoints = mirror.get("endpoint") if isinstance(mirror, dict) else None
        listed = endpoints if isinstance(endpoints, list) else []
        found[namespace] = tuple(str(endpoint) for endpoint in listed)
    return found


def _logins_of(registry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom the old tables have a login for; it may stand beside `config_path` (§2.2)."""
    configs = table_of(registry, "configs").items()
    hosts = [host for host, config in configs if any(table_of(config, "auth").values())]
    return tuple(sorted({*hosts, *table_of(registry, "auths")}))


def _pulls_locally(images: Mapping[str, Any], registry: Mapping[str, Any]) -> bool:
    """Return whether settings keep CRI from the transfer service (facts/runtimes.md §2.1)."""
    return bool(
        images.get("use_local_image_pull")
        or images.get("disable_snapshot_annotations", True) is False
        or images.get("discard_unpacked_layers")
        or images.get("image_pull_with_sync_fs")
        or images.get("max_concurrent_downloads", _USUAL_DOWNLOADS) != _USUAL_DOWNLOADS
        or any(registry.get(name) for name in ("mirrors", "configs", "auths"))
    )


def table_of(values: Any, key: str) -> dict[str, Any]:
    """Return a table of a table, empty when it is missing or something else."""
    found = values.get(key) if isinstance(values, dict) else None
    return found if isinstance(found, dict) else {}
