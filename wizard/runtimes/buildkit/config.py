"""buildkitd.toml: what it says of registries, and its text with the target in it.

A mirror is `host[:port]/project`: BuildKit puts the project after /v2. How a host is spoken to is
said in the table of that host, for mirrors too (facts/runtimes.md §5; docs/buildkitd.toml.md and
util/resolver/resolver.go of moby/buildkit).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.planning.blocks import Blocked
from wizard.planning.paths import HOSTS_CA
from wizard.planning.plan import BlockReason
from wizard.planning.toml_edit import Setting, edited, read_toml
from wizard.planning.toml_text import quoted_key
from wizard.target import Addressing, Target

_REGISTRY: Final = "registry"
_USUAL_ADDRESS: Final = "unix:///run/buildkit/buildkitd.sock"
_CONNECTABLE: Final = ("unix://", "tcp://")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildKitConfig:
    """buildkitd.toml as it is on disk; `text` is empty where there is none."""

    path: str
    text: str
    values: Mapping[str, Any]

    def table(self, registry: str) -> Mapping[str, Any]:
        """Return what it says of a registry; raises Blocked where that is no table."""
        registries = self._typed(self.values.get(_REGISTRY, {}), dict, _REGISTRY)
        name = quoted_key((_REGISTRY, registry))
        found: Mapping[str, Any] = self._typed(registries.get(registry, {}), dict, name)
        return found

    def words(self, registry: str, key: str) -> tuple[str, ...]:
        """Return a list of strings of a registry; raises Blocked for anything else."""
        name = quoted_key((_REGISTRY, registry, key))
        found = self._typed(self.table(registry).get(key, []), list, name)
        return tuple(self._typed(one, str, name) for one in found)

    @property
    def address(self) -> str:
        """Return where it listens by its file, which may name several places."""
        grpc = self.values.get("grpc")
        listed = grpc.get("address") if isinstance(grpc, dict) else None
        named = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        return next((one for one in named if one.startswith(_CONNECTABLE)), _USUAL_ADDRESS)

    def _typed(self, value: Any, kind: type, name: str) -> Any:
        if not isinstance(value, kind):
            raise Blocked(BlockReason.CONFIG_WRONG_TYPE, name)
        return value

    def with_target(self, target: Target) -> str:
        """Return the text that leads each upstream to the target, its own where it does already.

        Raises Blocked where it cannot be changed so, or where the target wants a path before /v2.
        """
        settings = [
            Setting(table=(_REGISTRY, one.upstream), key="mirrors", value=self._mirrors(one))
            for one in target.by_upstream
        ]
        if target.ca_pem is not None:
            ours = ca_path(self.path)
            others = tuple(one for one in self.words(target.authority, "ca") if one != ours)
            trust = Setting(table=(_REGISTRY, target.authority), key="ca", value=(ours, *others))
            settings.append(trust)
        return edited(self.text, settings=settings)

    def _mirrors(self, target: Target) -> tuple[str, ...]:
        ours = mirror(target)
        return (ours, *(one for one in self.words(target.upstream, "mirrors") if one != ours))


def read_config(path: str, text: str) -> BuildKitConfig:
    """Return what the file says; raises Blocked when it is not TOML."""
    return BuildKitConfig(path=path, text=text, values=read_toml(text))


def mirror(target: Target) -> str:
    """Return the target as an entry of `mirrors`; raises Blocked where it cannot be one."""
    if target.addressing is Addressing.PATH:
        raise Blocked(BlockReason.PATH_BEFORE_V2, target.prefix)
    return f"{target.authority}/{target.prefix}".rstrip("/")


def ca_path(path: str) -> str:
    """Return where the target's CA is put: beside the file that refers to it."""
    return f"{posixpath.dirname(path)}/{HOSTS_CA}"


def connectable(address: str) -> bool:
    """Return whether a client can be told that address: `fd://` is a socket of systemd's."""
    return address.startswith(_CONNECTABLE)
