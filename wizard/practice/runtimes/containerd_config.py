"""What a containerd of a version makes of its configuration files.

facts/runtimes.md §2.1–§2.3: versions of the file, ids of plugins, imports. Defaults are those that
real ones dumped (1.6.20, 1.7.24, 2.1.9, 2.2.9, 2.3.7).
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from wizard.practice.designs import asset
from wizard.practice.runtimes.containerd_toml import NEW, OLD, write_toml
from wizard.practice.runtimes.releases import Release

DEFAULT_FILE: Final = "/etc/containerd/config.toml"
NO_FILE: Final = "/dev/null"
"""Given instead of a file it stands for an empty one."""
SECOND: Final[Release] = (2, 0, 0)
CONF_D_SINCE: Final[Release] = (2, 2, 0)
"""Since then conf.d is what is printed where nothing is imported, and not read (§2.3)."""
EACH_BY_ITSELF: Final[Release] = (2, 3, 0)
"""Since then each file counts by its own version; before, the last one said is that of all."""
OLD_ID: Final = "io.containerd.grpc.v1.cri"
IMAGES_ID: Final = "io.containerd.cri.v1.images"
RUNTIME_ID: Final = "io.containerd.cri.v1.runtime"
_SHORT_ID: Final = "cri"
_V2: Final = 2
_V3: Final = 3
_V4: Final = 4
_STRICT_SINCE: Final[Release] = (1, 7, 0)
"""First release that refuses a version above its own; 1.6 takes any higher one for 2."""
_DUMPS: Final[tuple[tuple[Release, str], ...]] = (
    ((2, 3, 0), "2.3.7"),
    ((2, 2, 0), "2.2.9"),
    ((2, 0, 0), "2.1.9"),
    ((1, 7, 0), "1.7.24"),
    ((1, 6, 0), "1.6.20"),
)
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
_LAST_ERROR: Final = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


class BadConfig(ValueError):
    """containerd does not take this file; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration of a containerd: defaults, file and imports together.

    Attributes:
        tree: as `config dump` shows it.
        release: of the containerd.
        warnings: what it logs about keys that it passes over.
    """

    tree: Mapping[str, Any]
    release: Release
    warnings: tuple[str, ...] = field(default=())

    @property
    def cri(self) -> Mapping[str, Any]:
        """Return the table of CRI's image settings, empty where CRI is disabled."""
        plugins: Mapping[str, Any] = self.tree["plugins"]
        found = plugins.get(IMAGES_ID if self.release >= SECOND else OLD_ID, {})
        return found if isinstance(found, dict) else {}

    @property
    def registry(self) -> Mapping[str, Any]:
        """Return CRI's table `registry`."""
        found = self.cri.get("registry", {})
        return found if isinstance(found, dict) else {}

    @property
    def cri_disabled(self) -> bool:
        """Tell whether the CRI service is switched off."""
        return bool({"cri", OLD_ID} & set(self.tree["disabled_plugins"]))

    def dump(self) -> str:
        """Return what `containerd config dump` prints."""
        return write_toml(self.tree, NEW if self.release >= SECOND else OLD)


def default_tree(release: Release) -> dict[str, Any]:
    """Return the configuration of a containerd without any file; tables in it are shared."""
    return dict(_default_tree(release))


@cache
def _default_tree(release: Release) -> dict[str, Any]:
    version = next(name for since, name in _DUMPS if release >= since)
    return tomllib.loads(asset(f"containerd-{version}.toml").decode())


def load(root: Path, file: str, release: Release) -> Configuration:
    """Return what containerd runs with; `file` is its path on the host. Raises BadConfig."""
    place = root / file.lstrip("/")
    if file == NO_FILE:
        return _alone(b"", file, release)
    if place.is_file():
        content = place.read_bytes()
        if b"imports" in content:
            return _with_imports(root, file, content, release)
        return _alone(content, file, release)
    if release < SECOND and file != DEFAULT_FILE:
        ask_for_file(root, file)
    return Configuration(tree=default_tree(release), release=release)


def ask_for_file(root: Path, file: str) -> None:
    """Raise BadConfig where that file is not: 1.x runs without one, and dumps nothing then."""
    if not (root / file.lstrip("/")).is_file():
        raise BadConfig(f"failed to load TOML: {file}: open {file}: no such file or directory")


@lru_cache(maxsize=64)
def _alone(content: bytes, file: str, release: Release) -> Configuration:
    """Return the configuration of a file that imports nothing: the same for all such hosts."""
    return _with_imports(Path("/nonexistent"), file, content, release)


def _with_imports(root: Path, file: str, content: bytes, release: Release) -> Configuration:
    tree = default_tree(release)
    warnings: list[str] = []
    given = _parsed(content, file)
    files = [given]
    pending = _imported(root, file, given)
    while pending:
        import_file = pending.pop(0)
        files.append(_read(root / import_file.lstrip("/"), import_file))
        pending += _imported(root, import_file, files[-1])
    plugins = _all_plugins(files, release, warnings)
    for drop_in in files[1:]:
        given = _merged(given, {key: drop_in[key] for key in drop_in if key != "version"})
    for key, value in given.items():
        if key in tree and key not in {"plugins", "version", "imports"}:
            tree[key] = _merged(tree[key], value) if isinstance(value, dict) else value
    tree["plugins"] = _merged(tree["plugins"], plugins)
    _settle(tree, given, file, release)
    return Configuration(tree=tree, release=release, warnings=tuple(warnings))


def _all_plugins(
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
            plugins = _merged(plugins, own)
        return plugins
    for one in files:
        plugins = _merged(plugins, _plugins_of(one, release))
    said = [one["version"] for one in files if one.get("version", 0) >= _V2]
    return _second_ids(plugins, said[-1] if said else 0, release, warnings)


def _read(place: Path, shown: str) -> dict[str, Any]:
    try:
        content = place.read_bytes()
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise BadConfig(f"failed to load TOML: {shown}: open {shown}: {reason}") from error
    return _parsed(content, shown)


def _parsed(content: bytes, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        where = _LAST_ERROR.search(str(error))
        words = str(error)[: where.start()] if where else str(error)
        at = f"({where[1]}, {where[2]})" if where and where[1] else "(1, 1)"
        raise BadConfig(f"failed to load TOML: {shown}: {at}: {words.lower()}") from error


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
        found = {OLD_ID: plugins[_SHORT_ID]} if _SHORT_ID in plugins else {}
        return {
            **found,
            **{key: one for key, one in plugins.items() if key not in {_SHORT_ID, OLD_ID}},
        }
    for key in plugins:
        if not key.startswith("io.containerd."):
            raise BadConfig(f'invalid plugin key URI "{key}" expect io.containerd.x.vx')
    return plugins


def _second_ids(
    plugins: dict[str, Any], version: int, release: Release, warnings: list[str]
) -> dict[str, Any]:
    """Return plugins of a version under the ids of 2.x; what the old id says wins."""
    short = plugins.pop(_SHORT_ID, {})
    old = plugins.pop(OLD_ID, {})
    if release >= EACH_BY_ITSELF and version < _V2:
        old = _merged(short, old)
    elif short:
        warnings.append(f"Ignoring unknown key in TOML key={_SHORT_ID}")
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
            plugins[key] = _merged(plugins.get(key, {}), value)
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


def _imported(root: Path, file: str, given: Mapping[str, Any]) -> list[str]:
    found = []
    for pattern in given.get("imports", ()):
        whole = pattern if pattern.startswith("/") else f"{Path(file).parent}/{pattern}"
        if "*" in whole:
            found += [f"/{path.relative_to(root)}" for path in sorted(root.glob(whole.lstrip("/")))]
        else:
            found.append(whole)
    return found


def _merged(base: Any, over: Any, name: str = "") -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return copy.deepcopy(over)
    merged = dict(base)
    for key, value in over.items():
        if name in _MAPS_OF_STRUCTS and key in base:
            merged[key] = _renewed(base[key], value)
        else:
            merged[key] = _merged(base[key], value, key) if key in base else copy.deepcopy(value)
    return merged


def _renewed(base: Any, value: Any) -> Any:
    """Return an entry of a map of structs: zero values, and what the file says."""
    if not isinstance(base, dict) or not isinstance(value, dict):
        return value
    blank = {key: _zero(one) for key, one in base.items()}
    given = {"options": value["options"]} if isinstance(value.get("options"), dict) else {}
    return {**blank, **value, **given}


def _zero(value: Any) -> Any:
    return type(value)()


def _settle(tree: dict[str, Any], given: Mapping[str, Any], file: str, release: Release) -> None:
    """Finish what depends on the whole: imports as shown, and plugins that are switched off."""
    imports = list(given.get("imports", ()))
    if release < SECOND:
        tree["imports"] = [file, *imports]
        tree["version"] = _V2
    elif imports or release < CONF_D_SINCE:
        tree["imports"] = imports
    disabled = tree["disabled_plugins"]
    if release >= SECOND:
        tree["disabled_plugins"] = [OLD_ID if one == _SHORT_ID else one for one in disabled]
    if {_SHORT_ID, OLD_ID} & set(disabled):
        tree["plugins"].pop(OLD_ID, None)
