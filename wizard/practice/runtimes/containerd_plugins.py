"""The plugins' tables of containerd's files, brought under the ids that this containerd reads.

facts/runtimes.md §2.1–§2.3: which version of a file counts, what of an old table goes where.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from wizard.practice.runtimes.releases import Release

RUNTIME_ID: Final = "io.containerd.cri.v1.runtime"
IMAGES_ID: Final = "io.containerd.cri.v1.images"
OLD_ID: Final = "io.containerd.grpc.v1.cri"
SECOND: Final[Release] = (2, 0, 0)
SHORT_ID: Final = "cri"
_V3: Final = 3
_V4: Final = 4
_STRICT_SINCE: Final[Release] = (1, 7, 0)
"""First release that refuses a version above its own; 1.6 takes any higher one for 2."""
EACH_BY_ITSELF: Final[Release] = (2, 3, 0)
"""Since then each file counts by its own version; before, the last one said is that of all."""
_IMAGE_KEYS: Final = frozenset(
    {"max_concurrent_downloads", "image_pull_progress_timeout", "image_pull_with_sync_fs"}
    | {"stats_collect_period", "registry", "image_decryption"}
)
_IMAGE_KEYS_OF_CONTAINERD: Final = frozenset(
    {"snapshotter", "disable_snapshot_annotations", "discard_unpacked_layers"}
)
_SERVER_KEYS: Final = frozenset(
    {"disable_tcp_service", "stream_server_address", "stream_server_port"}
    | {"stream_idle_timeout", "enable_tls_streaming", "x509_key_pair_streaming"}
)
_MAPS_OF_STRUCTS: Final = frozenset({"runtimes", "mirrors", "configs", "auths"})
"""Tables whose entries are made anew from the file instead of being merged with a default."""
_V2: Final = 2


class BadConfig(ValueError):
    """containerd does not take this file; the message is its own."""


def all_plugins(
    files: list[dict[str, Any]], release: Release, warnings: list[str]
) -> dict[str, Any]:
    """Return the plugins of the main file and what it imports, under the ids of this containerd."""
    version = files[0].get("version", 1)
    if release < SECOND:
        plugins: dict[str, Any] = {}
        for one in files:
            plugins |= _plugins_of({"version": version, **one}, release)
        return plugins
    plugins = {}
    if release >= EACH_BY_ITSELF:
        for one in files:
            own = _second_ids(_plugins_of(one, release), one.get("version", 0), release, warnings)
            plugins = merged(plugins, own)
        return plugins
    for one in files:
        plugins = merged(plugins, _plugins_of(one, release))
    said = [one["version"] for one in files if one.get("version", 0) >= _V2]
    return _second_ids(plugins, said[-1] if said else 0, release, warnings)


def _plugins_of(given: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Return a file's plugins, on 1.x under the ids of this containerd (§2.3)."""
    version = given.get("version", 1)
    plugins: dict[str, Any] = copy.deepcopy(given.get("plugins", {}))
    newest = _V4 if release >= EACH_BY_ITSELF else _V3
    if release >= SECOND and version > newest:
        raise BadConfig(
            f"expected containerd config version equal to or less than `{newest}`, got `{version}`"
        )
    if _STRICT_SINCE <= release < SECOND and version > _V2:
        raise BadConfig(f"unsupported config version `{version}`")
    if release >= SECOND:
        return plugins
    if version < _V2:
        found = {OLD_ID: plugins[SHORT_ID]} if SHORT_ID in plugins else {}
        return {
            **found,
            **{key: one for key, one in plugins.items() if key not in {SHORT_ID, OLD_ID}},
        }
    for key in plugins:
        if not key.startswith("io.containerd."):
            raise BadConfig(f'invalid plugin key URI "{key}" expect io.containerd.x.vx')
    return plugins


def _second_ids(
    plugins: dict[str, Any], version: int, release: Release, warnings: list[str]
) -> dict[str, Any]:
    """Return plugins of a version under the ids of 2.x; what the old id says wins."""
    short = plugins.pop(SHORT_ID, {})
    old = plugins.pop(OLD_ID, {})
    if release >= EACH_BY_ITSELF and version < _V2:
        old = merged(short, old)
    elif short:
        warnings.append(f"Ignoring unknown key in TOML key={SHORT_ID}")
    migrates = version < _V4 if release >= EACH_BY_ITSELF else version == _V2
    server = {key: value for key, value in old.items() if key in _SERVER_KEYS}
    rest = {key: value for key, value in old.items() if key not in _SERVER_KEYS}
    if server:
        plugins[OLD_ID] = server
    if not migrates:
        warnings += [
            f"Ignoring unknown key in TOML for plugin key={key} plugin={OLD_ID}" for key in rest
        ]
        return plugins
    images, runtime = _divided(rest)
    for key, value in ((IMAGES_ID, images), (RUNTIME_ID, runtime)):
        if value:
            plugins[key] = merged(plugins.get(key, {}), value)
    return plugins


def _divided(cri: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of the old table belongs to the image plugin and what to the runtime plugin."""
    images = {key: value for key, value in cri.items() if key in _IMAGE_KEYS}
    runtime = {
        key: value for key, value in cri.items() if key not in _IMAGE_KEYS | {"sandbox_image"}
    }
    if "sandbox_image" in cri:
        images["pinned_images"] = {"sandbox": cri["sandbox_image"]}
    containerd = runtime.get("containerd")
    if isinstance(containerd, dict):
        images |= {key: containerd.pop(key) for key in _IMAGE_KEYS_OF_CONTAINERD & set(containerd)}
    cni = runtime.get("cni")
    if isinstance(cni, dict) and cni.get("bin_dir"):
        cni["bin_dirs"] = [cni.pop("bin_dir")]
    return images, runtime


def merged(base: Any, over: Any, name: str = "") -> Any:
    """Return a value with another laid over it, tables key by key; `name` is its own key."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return copy.deepcopy(over)
    whole = dict(base)
    for key, value in over.items():
        if name in _MAPS_OF_STRUCTS and key in base:
            whole[key] = _renewed(base[key], value)
        else:
            whole[key] = merged(base[key], value, key) if key in base else copy.deepcopy(value)
    return whole


def _renewed(base: Any, value: Any) -> Any:
    """Return an entry of a map of structs: zero values, and what the file says."""
    if not isinstance(base, dict) or not isinstance(value, dict):
        return value
    blank = {key: _zero(one) for key, one in base.items()}
    given = {"options": value["options"]} if isinstance(value.get("options"), dict) else {}
    return {**blank, **value, **given}


def _zero(value: Any) -> Any:
    return type(value)()
