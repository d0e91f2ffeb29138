"""What a containerd of a version makes of its configuration files.

facts/runtimes.md §2.1–§2.3: versions of the file, ids of plugins, imports. Defaults are those that
real ones dumped (1.5.8, 1.6.20, 1.7.24, 2.1.9, 2.2.9, 2.3.7).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from wizard.practice.designs import asset
from wizard.practice.runtimes.containerd_plugins import (
    IMAGES_ID,
    OLD_ID,
    SECOND,
    SHORT_ID,
    BadConfig,
    all_plugins,
    merged,
)
from wizard.practice.runtimes.containerd_toml import NEW, OLD, write_toml
from wizard.practice.runtimes.releases import Release

DEFAULT_FILE: Final = "/etc/containerd/config.toml"
NO_FILE: Final = "/dev/null"
"""Given instead of a file it stands for an empty one."""
CONF_D_SINCE: Final[Release] = (2, 2, 0)
"""Since then conf.d is what is printed where nothing is imported, and not read (§2.3)."""
_V2: Final = 2
_DUMPS: Final[tuple[tuple[Release, str], ...]] = (
    ((2, 3, 0), "2.3.7"),
    ((2, 2, 0), "2.2.9"),
    ((2, 0, 0), "2.1.9"),
    ((1, 7, 0), "1.7.24"),
    ((1, 6, 0), "1.6.20"),
    ((1, 5, 0), "1.5.8"),
)
_LAST_ERROR: Final = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


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
    plugins = all_plugins(files, release, warnings)
    for drop_in in files[1:]:
        given = merged(given, {key: drop_in[key] for key in drop_in if key != "version"})
    for key, value in given.items():
        if key in tree and key not in {"plugins", "version", "imports"}:
            tree[key] = merged(tree[key], value) if isinstance(value, dict) else value
    tree["plugins"] = merged(tree["plugins"], plugins)
    _settle(tree, given, file, release)
    return Configuration(tree=tree, release=release, warnings=tuple(warnings))


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


def _imported(root: Path, file: str, given: Mapping[str, Any]) -> list[str]:
    found = []
    for pattern in given.get("imports", ()):
        whole = pattern if pattern.startswith("/") else f"{Path(file).parent}/{pattern}"
        if "*" in whole:
            found += [f"/{path.relative_to(root)}" for path in sorted(root.glob(whole.lstrip("/")))]
        else:
            found.append(whole)
    return found


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
        tree["disabled_plugins"] = [OLD_ID if one == SHORT_ID else one for one in disabled]
    if {SHORT_ID, OLD_ID} & set(disabled):
        tree["plugins"].pop(OLD_ID, None)
