"""The settings that a running dockerd has taken up, and what a reload does to them; pure.

facts/runtimes.md §1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wizard.practice.runtimes.registry_options import (
    BadOption,
    Insecure,
    insecure_registries,
    mirror_url,
)
from wizard.practice.runtimes.releases import Release

AT_ONCE_SINCE: Final = (25, 0, 0)
"""First release whose reload takes all or nothing (§1.3)."""
_DOWNLOADS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a daemon runs with; `mirrors` end with `/`, unlike what events tell of them."""

    mirrors: tuple[str, ...] = ()
    written_mirrors: tuple[str, ...] = ()
    written_insecure: tuple[str, ...] = ()
    insecure: Insecure = field(default_factory=lambda: Insecure(networks=("127.0.0.0/8",)))
    live_restore: bool = False
    debug: bool = False
    labels: tuple[str, ...] = ()
    concurrent_downloads: int = _DOWNLOADS
    features: Mapping[str, bool] = field(default_factory=dict)


def settings_at_start(values: Mapping[str, Any], release: Release) -> Settings:
    """Return what a daemon starts with, from file and flags together; raises BadOption."""
    return Settings(
        mirrors=_mirrors(values.get("registry-mirrors"), release),
        written_mirrors=tuple(values.get("registry-mirrors") or ()),
        written_insecure=tuple(values.get("insecure-registries") or ()),
        insecure=insecure_registries(values.get("insecure-registries") or (), release),
        live_restore=bool(values.get("live-restore")),
        debug=bool(values.get("debug")),
        labels=tuple(values.get("labels") or ()),
        concurrent_downloads=int(values.get("max-concurrent-downloads") or _DOWNLOADS),
        features=dict(values.get("features") or {}),
    )


def _mirrors(texts: object, release: Release) -> tuple[str, ...]:
    found = dict.fromkeys(
        mirror_url(str(text), release) for text in (texts if isinstance(texts, list) else ())
    )
    return tuple(found)


Step = Callable[[Settings, Mapping[str, Any], Release], Settings]


def _debug(settings: Settings, values: Mapping[str, Any], _release: Release) -> Settings:
    return replace(settings, debug=bool(values.get("debug", settings.debug)))


def _reset(settings: Settings, values: Mapping[str, Any], _release: Release) -> Settings:
    """Take what is as at a start where its key is missing."""
    return replace(
        settings,
        concurrent_downloads=int(values.get("max-concurrent-downloads") or _DOWNLOADS),
        features=dict(values.get("features") or {}),
    )


def _labels(settings: Settings, values: Mapping[str, Any], _release: Release) -> Settings:
    return replace(settings, labels=tuple(values.get("labels", settings.labels) or ()))


def _insecure(settings: Settings, values: Mapping[str, Any], release: Release) -> Settings:
    if "insecure-registries" not in values:
        return settings
    texts = tuple(values["insecure-registries"] or ())
    insecure = insecure_registries(texts, release)
    return replace(settings, insecure=insecure, written_insecure=texts)


def _registry_mirrors(settings: Settings, values: Mapping[str, Any], release: Release) -> Settings:
    # A key that is gone changes nothing; only an empty list clears.
    if "registry-mirrors" not in values:
        return settings
    mirrors = _mirrors(values["registry-mirrors"], release)
    written = tuple(values["registry-mirrors"] or ())
    return replace(settings, mirrors=mirrors, written_mirrors=written)


def _live_restore(settings: Settings, values: Mapping[str, Any], _release: Release) -> Settings:
    return replace(settings, live_restore=bool(values.get("live-restore", settings.live_restore)))


STEPS: Final[tuple[Step, ...]] = (
    _debug,
    _reset,
    _labels,
    _insecure,
    _registry_mirrors,
    _live_restore,
)
"""What a reload takes up, in the order of the daemon."""


def reloaded(
    settings: Settings, values: Mapping[str, Any], release: Release
) -> tuple[Settings, str]:
    """Return the settings after a reload, and the daemon's words if it failed.

    Until 24.0 the steps before the one that fails keep their effect.
    """
    taken = settings
    for step in STEPS:
        try:
            taken = step(taken, values, release)
        except BadOption as error:
            return (settings if release >= AT_ONCE_SINCE else taken), str(error)
    return taken, ""
