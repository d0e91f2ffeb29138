"""registries.yaml: what it says of each registry, and the text that leads one to the target.

Nobody's line is taken away: the target is put in front of the endpoints that there are, and every
other byte of the file stays (facts/runtimes.md §4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.planning.yaml_edit import Data, data_of, with_first, with_value
from wizard.target import Addressing, Target, upstream_server

EVERY: Final = "*"
"""The entry for registries that have none of their own."""
_MIRRORS: Final = "mirrors"
_CONFIGS: Final = "configs"
_ROOTS: Final = frozenset({"", "/", "/v2"})
"""Paths for which k3s asks at the root (`normalizeEndpointAddress`)."""
_WEB_SITES: Final = {"docker.io": "registry-1.docker.io"}
_TRUE: Final = frozenset({"true", "yes", "on", "y"})
_MISSPELT: Final = {"endpoints": "endpoint", "rewrites": "rewrite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorEntry:
    """What is said of the mirrors of one registry; `misspelt` keys are not read."""

    endpoints: tuple[str, ...] = ()
    rewrites: tuple[tuple[str, str], ...] = ()
    misspelt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """A registries.yaml as k3s reads it.

    Attributes:
        ca_files: by `host[:port]`, where one is named.
        unverified: hosts whose certificates are not looked at.
    """

    mirrors: Mapping[str, MirrorEntry]
    ca_files: Mapping[str, str]
    unverified: frozenset[str]


def read_registries(text: str) -> Registries:
    """Return what a text says; raises Blocked for what k3s would not start with."""
    values = data_of(text)
    configs = {
        host: _mapping(_mapping(entry, _CONFIGS, host).get("tls"), _CONFIGS, host, "tls")
        for host, entry in _mapping(values.get(_CONFIGS), _CONFIGS).items()
    }
    return Registries(
        mirrors={
            name: _mirror(name, entry)
            for name, entry in _mapping(values.get(_MIRRORS), _MIRRORS).items()
        },
        ca_files={
            host: _text(tls["ca_file"], _CONFIGS, host, "tls", "ca_file")
            for host, tls in configs.items()
            if tls.get("ca_file")
        },
        unverified=frozenset(
            host
            for host, tls in configs.items()
            if str(tls.get("insecure_skip_verify")).lower() in _TRUE
        ),
    )


def _mirror(name: str, said: Data) -> MirrorEntry:
    entry = _mapping(said, _MIRRORS, name)
    listed = entry.get("endpoint")
    if listed is not None and (isinstance(listed, str) or not isinstance(listed, Sequence)):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, f"{_MIRRORS}.{name}.endpoint")
    rewrites = _mapping(entry.get("rewrite"), _MIRRORS, name, "rewrite")
    return MirrorEntry(
        endpoints=tuple(_text(one, _MIRRORS, name, "endpoint") for one in listed or ()),
        rewrites=tuple(
            (pattern, _text(to, _MIRRORS, name, "rewrite")) for pattern, to in rewrites.items()
        ),
        misspelt=tuple(key for key in _MISSPELT if key in entry),
    )


def _mapping(said: Data, *path: str) -> Mapping[str, Data]:
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, ".".join(path))
    return said


def _text(said: Data, *path: str) -> str:
    if not isinstance(said, str) or not said.strip():
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, ".".join(path))
    return said


def target_endpoint(target: Target) -> str:
    """Return the target as an endpoint: a path, `/v2/` included, is used as it stands."""
    return target.url if target.addressing is Addressing.ROOT else target.api_base


def api_of(endpoint: str) -> str:
    """Return the URL that an endpoint stands for, as k3s writes it into hosts.toml."""
    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    host = _WEB_SITES.get(parts.netloc, parts.netloc)
    path = "/v2" if parts.path in _ROOTS else parts.path
    return f"{parts.scheme}://{host}{path}"


def first_api(upstream: str, entry: MirrorEntry | None) -> str:
    """Return the URL that is asked first for an upstream's images; empty for its own.

    The last endpoint is none where it is the upstream's own, which is asked last anyway.
    """
    endpoints = entry.endpoints if entry else ()
    if not endpoints or (len(endpoints) == 1 and is_default(upstream, endpoints[0])):
        return ""
    return api_of(endpoints[0])


def is_default(upstream: str, endpoint: str) -> bool:
    """Return whether an endpoint is the upstream's own."""
    return api_of(endpoint) == api_of(upstream_server(upstream))


def is_served(target: Target, entry: MirrorEntry | None) -> bool:
    """Return whether images of the target's upstream are asked for there first.

    Where it is addressed by a project, the documented rewrite to it will do as well.
    """
    if entry is None or not entry.endpoints:
        return False
    first = api_of(entry.endpoints[0])
    if not entry.rewrites:
        return first == api_of(target_endpoint(target))
    by_rewrite = (("^(.*)$", f"{target.prefix}/$1"),), (("(.*)", f"{target.prefix}/$1"),)
    return (
        target.addressing is Addressing.PREFIX
        and first == f"{target.url}/v2"
        and entry.rewrites in by_rewrite
    )


def with_target(text: str, target: Target) -> str:
    """Return the text in which the target is asked first for one upstream; raises Blocked."""
    entry = read_registries(text).mirrors.get(target.upstream, MirrorEntry())
    if is_served(target, entry):
        return text
    wanted = target_endpoint(target)
    same = [one for one in entry.endpoints if api_of(one) == api_of(wanted)]
    first, *_again = same or [wanted]
    if len(set(entry.endpoints)) < len(entry.endpoints):
        raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, f"{_MIRRORS}.{target.upstream}.endpoint")
    order = [first, *(one for one in entry.endpoints if one != first)]
    return with_first(text, (_MIRRORS, target.upstream, "endpoint"), order, first)


def with_ca(text: str, authority: str, path: str) -> str:
    """Return the text in which a registry is trusted by that file; raises Blocked."""
    return with_value(text, (_CONFIGS, authority, "tls", "ca_file"), path)
