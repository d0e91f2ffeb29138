"""Where Podman asks, by registries.conf and its drop-ins (facts/runtimes.md §3); minimal.

Mirrors of a prefix, a redirect by `location`, `insecure` of each. A prefix has no `*` here, and
short names mean Docker Hub.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.endpoints import Endpoint, upstream_of
from wizard.practice.runtimes.hosts_toml import NoSuchAuthority, docker_style_authorities
from wizard.practice.runtimes.references import Reference

SYSTEM: Final = "etc/containers/registries.conf"
_DROP_INS: Final = "etc/containers/registries.conf.d"
_USER: Final = ".config/containers/registries.conf"
_CERTIFICATES: Final = ("etc/containers/certs.d", "etc/docker/certs.d")
_V1: Final = "registries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location to ask: `host/path`, and whether its certificate counts."""

    location: str
    insecure: bool = False


def read_registries(root: Path, home: Path) -> dict[str, Mapping[str, Any]]:
    """Return the `[[registry]]` tables by prefix, the last of each; raises PullFailed.

    A file of the user replaces those of the system altogether; drop-ins come after it (§3.1).
    """
    own = home / _USER
    main, folders = (own, ()) if own.is_file() else (root / SYSTEM, (root / _DROP_INS,))
    found = _tables(main, is_drop_in=False) if main.is_file() else {}
    for folder in (*folders, home / f"{_USER}.d"):
        for path in sorted(folder.glob("*.conf")):
            found |= _tables(path, is_drop_in=True)
    return found


def _tables(file: Path, *, is_drop_in: bool) -> dict[str, Mapping[str, Any]]:
    try:
        tree = tomllib.loads(file.read_text())
    except ValueError as error:
        raise PullFailed(f"loading registries configuration: {error}") from error
    tables = tree.get("registry", [])
    if _V1 in tree and is_drop_in:
        raise PullFailed("registry must be in v2 format but is in v1")
    if _V1 in tree and tables:
        raise PullFailed("mixing sysregistry v1/v2 is not supported")
    for table in tables:
        for location in (table.get("location", ""), *_locations(table)):
            if "://" in location:
                raise PullFailed(f"invalid location {location!r}: URI schemes are not supported")
    # Of two with one prefix the first of a file counts; a later file's replaces it (§3.1).
    return {str(one.get("prefix") or one.get("location", "")): one for one in reversed(tables)}


def _locations(table: Mapping[str, Any]) -> Iterable[str]:
    return (str(mirror.get("location", "")) for mirror in table.get("mirror", ()))


def places_of(reference: Reference, tables: Mapping[str, Mapping[str, Any]]) -> tuple[Place, ...]:
    """Return where an image is asked for, mirrors first; pure (§3.2)."""
    name = reference.name
    fitting = [prefix for prefix in tables if name == prefix or name.startswith(f"{prefix}/")]
    if not fitting:
        return (Place(location=name),)
    prefix = max(fitting, key=len)
    table, rest = tables[prefix], name.removeprefix(prefix)
    mirrors = [
        Place(location=f"{one['location']}{rest}", insecure=one.get("insecure") is True)
        for one in table.get("mirror", ())
    ]
    own = str(table.get("location") or prefix)
    return (*mirrors, Place(location=f"{own}{rest}", insecure=table.get("insecure") is True))


def endpoints_at(
    places: Sequence[Place],
    reference: Reference,
    root: Path,
    system: bytes,
    passed_over: Callable[[str], None],
) -> list[Endpoint]:
    """Return the endpoints for places, but for mirrors that are not asked for their certificates.

    One is skipped as any that fails, with the word that is told of it (§3.2). Raises PullFailed
    where it is the last.
    """
    found = []
    for place in places:
        try:
            found.append(_endpoint_at(place, reference, root, system))
        except NoSuchAuthority as error:
            if place == places[-1]:
                raise PullFailed(str(error)) from error
            passed_over(str(error))
    return found


def _endpoint_at(place: Place, reference: Reference, root: Path, system: bytes) -> Endpoint:
    """Return the endpoint for a place; the repository's own path is cut off from its end.

    Raises NoSuchAuthority.
    """
    host, _slash, path = place.location.partition("/")
    before = path.removesuffix(reference.repository).rstrip("/")
    directory = next(
        (root / folder / host for folder in _CERTIFICATES if (root / folder / host).is_dir()), None
    )
    own = docker_style_authorities(directory) if directory else ()
    base = f"https://{upstream_of(host)}/v2"
    return Endpoint(
        base=f"{base}/{before}" if before else base,
        ping=f"{base}/",
        mirror=host != reference.domain,
        trust=Trust(authorities=(system, *own), verify=not place.insecure),
    )
