"""Settings in daemon.json that are not live: a reload would apply them beside ours.

Only what differs is known for certain; of some keys Docker never says what it runs with
(facts/runtimes.md §1.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import DockerFacts, ImageStore
from wizard.runtimes.docker.config import DaemonConfig, flag_values, normal_mirrors
from wizard.runtimes.docker.insecure import comparable

_UNTOLD: Final = (
    "allow-nondistributable-artifacts",
    "default-stop-timeout",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "network-diagnostic-port",
    "nri-opts",
    "shutdown-timeout",
)
"""Reloadable keys that `docker info` says nothing of."""
_STORE: Final = "containerd-snapshotter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Reloadable keys of daemon.json that are not live.

    Attributes:
        known: their value is not what runs.
        unloaded: as `known`, of those that the daemon takes from its file only at a reload.
        possible: nobody can tell, and the file was changed after the daemon last read it.
    """

    known: tuple[str, ...] = ()
    unloaded: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


def pending_keys(config: DaemonConfig, docker: DockerFacts) -> Pending:
    """Return what a reload would apply beside our own change; nothing of a file not read."""
    if config.unread:
        return Pending()
    known = tuple(key for key, differs in _known(config, docker).items() if differs)
    if _is_loaded(docker):
        return Pending(known=known)
    values = config.values
    return Pending(
        known=known,
        unloaded=tuple(
            key
            for key, is_live in _LIVE.items()
            if key in values and not is_live(values[key], docker)
        ),
        possible=tuple(sorted(_possible(values))),
    )


def _known(config: DaemonConfig, docker: DockerFacts) -> dict[str, bool]:
    """Return which keys differ although the file may have been read: each says so by itself.

    Mirrors that were deleted stay after a reload, and the image store changes at a start only.
    """
    insecure = config.insecure_registries + flag_values(docker.flags, "insecure-registry")
    live_restore = config.values.get("live-restore")
    features = config.values.get("features")
    store = features.get(_STORE) if isinstance(features, dict) else None
    return {
        "registry-mirrors": normal_mirrors(config.mirrors or ()) != normal_mirrors(docker.mirrors),
        "insecure-registries": comparable(insecure) != comparable(docker.insecure_registries),
        "live-restore": isinstance(live_restore, bool) and live_restore is not docker.live_restore,
        f"features.{_STORE}": isinstance(store, bool)
        and store is not (docker.image_store is ImageStore.CONTAINERD),
    }


def _is_loaded(docker: DockerFacts) -> bool:
    """Return whether the daemon has read the file since it was last written."""
    if not docker.config_changed_at or not docker.config_loaded_at:
        return False
    return docker.config_changed_at <= docker.config_loaded_at


def _names(value: Any) -> frozenset[str] | None:
    """Return the strings of a list or the keys of an object; None for anything else."""
    return frozenset(map(str, value)) if isinstance(value, list | dict) else None


_LIVE: Final[Mapping[str, Callable[[Any, DockerFacts], bool]]] = {
    "authorization-plugins": lambda value, docker: (
        _names(value) == frozenset(docker.authorization_plugins)
    ),
    "debug": lambda value, docker: value is docker.debug,
    "default-runtime": lambda value, docker: value in ("", docker.default_runtime),
    "labels": lambda value, docker: _names(value) == frozenset(docker.labels),
    "runtimes": lambda value, docker: (_names(value) or frozenset()) <= frozenset(docker.runtimes),
}
"""Whether the value of a key that `docker info` tells is live; an absent key changes nothing."""


def _possible(values: Mapping[str, Any]) -> set[str]:
    found = {key for key in _UNTOLD if key in values}
    if values.get("runtimes"):
        found.add("runtimes")  # only their names are told
    features = values.get("features")
    if isinstance(features, dict) and set(features) - {_STORE}:
        found.add("features")
    return found
