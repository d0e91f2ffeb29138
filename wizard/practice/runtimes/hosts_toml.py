"""`hosts.toml` and the directories around it (facts/runtimes.md §2.4).

What a file says is pure; which file is read, and the certificates beside it, is at the end.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.endpoints import Endpoint, upstream_of
from wizard.practice.runtimes.releases import Release

FILE: Final = "hosts.toml"
OVERRIDE_PATH_SINCE: Final = (1, 6, 0)
DEFAULT_DIRECTORY_SINCE: Final = (1, 6, 0)
REFERRERS_SINCE: Final = (2, 2, 0)
SERVER_ALONE_SINCE: Final = (1, 7, 32)
"""First release that honours a file with `server` and no `[host]` (§2.1)."""
_PATHS_TOLD_SINCE: Final = (2, 1, 0)
"""First release whose log has the path of a file that it does not understand."""
_CAPABILITIES: Final = frozenset({"pull", "resolve", "push"})
_MISSING: Final = {
    ".cert": "missing client certificate {missing} for key {name}",
    ".key": "missing key {missing} for client certificate {name}. "
    "CA certificates must use the extension .crt",
}


class Undecodable(ValueError):
    """The file is not understood: containerd logs that and asks upstream (§2.2)."""


class NoSuchAuthority(ValueError):
    """A file named by `ca` cannot be read: every pull of this registry fails (§2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEntry:
    """One endpoint of a hosts.toml; `authorities` are paths as they stand there."""

    base: str
    capabilities: frozenset[str] = _CAPABILITIES
    authorities: tuple[str, ...] = ()
    skip_verify: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def parse_hosts(content: bytes, domain: str, release: Release) -> tuple[HostEntry, ...]:
    """Return the endpoints of a file in their order, the server last; raises Undecodable.

    An empty file has none: it counts as absent. `release` is containerd's, or that of the library
    within Docker. A server that is not named is the registry's own: leaving it out does not end
    the fallback.
    """
    if not content:
        return ()
    try:
        tree = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"failed to parse TOML: {error}") from error
    tables = tree.get("host")
    if tables is None:
        if release < SERVER_ALONE_SINCE:
            raise Undecodable("invalid `host` tree")
        tables = {}
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise Undecodable("invalid `host` tree")
    server = tree.get("server") or f"https://{upstream_of(domain)}"
    hosts = [_entry(url, table, release) for url, table in tables.items()]
    return (*hosts, _entry(_text(server, "server"), tree, release))


def _entry(url: str, table: Mapping[str, Any], release: Release) -> HostEntry:
    if not re.match(r"https?://", url):
        url = f"https://{url}"
    overrides = table.get("override_path") is True
    return HostEntry(
        base=_base(url, override=overrides and release >= OVERRIDE_PATH_SINCE),
        capabilities=_capabilities(table.get("capabilities"), release),
        authorities=_paths(table.get("ca")),
        skip_verify=table.get("skip_verify") is True,
        headers=_headers(table.get("header")),
    )


def _base(url: str, *, override: bool) -> str:
    parts = urlsplit(url)
    path = posixpath.normpath(parts.path) if parts.path.strip("/") else ""
    if not override and not path.endswith("/v2"):
        path = f"{path}/v2"
    return f"{parts.scheme}://{parts.netloc}{path}"


def _capabilities(value: object, release: Release) -> frozenset[str]:
    if not value:
        return _CAPABILITIES
    if not isinstance(value, list):
        raise Undecodable("capabilities: incompatible type")
    known = _CAPABILITIES | ({"referrers"} if release >= REFERRERS_SINCE else frozenset())
    for one in value:
        if one not in known:
            raise Undecodable(f"unknown capability {one}")
    return frozenset(value)


def _paths(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(_text(one, "ca") for one in values)


def _headers(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Undecodable("invalid header")
    texts = {}
    for name, given in value.items():
        texts[name] = ", ".join(given) if isinstance(given, list) else _text(given, "header")
    return texts


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise Undecodable(f"invalid type for {key!r}")
    return value


def undecoded(directory: Path, root: Path, release: Release) -> str:
    """Return how a log calls the file of a directory that is not understood."""
    told = release >= _PATHS_TOLD_SINCE
    return f"/{(directory / FILE).relative_to(root)}" if told else FILE


def directory_names(domain: str, release: Release) -> tuple[str, ...]:
    """Return where a registry's files may lie below a root, the first that is there counts."""
    host, colon, port = domain.rpartition(":")
    own = (f"{host}_{port}_", domain) if colon else (domain,)
    return (*own, "_default") if release >= DEFAULT_DIRECTORY_SINCE else own


def find_directory(roots: tuple[Path, ...], domain: str, release: Release) -> Path | None:
    """Return the directory that counts: one that is there shadows every later one."""
    return next(
        (
            root / name
            for root in roots
            for name in directory_names(domain, release)
            if (root / name).is_dir()
        ),
        None,
    )


def endpoints_below(
    roots: tuple[Path, ...], domain: str, release: Release, *, system: bytes, root: Path
) -> tuple[Endpoint, ...]:
    """Return the endpoints of the first of these roots that has anything for a registry.

    What cannot be read counts as nothing. Raises NoSuchAuthority.
    """
    directory = find_directory(roots, domain, release)
    if directory is None:
        return ()
    try:
        return endpoints_in(directory, domain, release, system=system, root=root)
    except Undecodable:
        return ()


def endpoints_in(
    directory: Path,
    domain: str,
    release: Release,
    *,
    system: bytes,
    root: Path,
) -> tuple[Endpoint, ...]:
    """Return the endpoints of a directory; without a file that says any, there are none.

    Args:
        directory: what `find_directory` found.
        domain: the registry, as images name it.
        release: of containerd, or of its library within Docker.
        system: the certificates that the process trusts anyway.
        root: of the practice host; absolute paths in the file begin there.

    Raises Undecodable and NoSuchAuthority.
    """
    file = directory / FILE
    if not file.is_file():
        return ()
    entries = parse_hosts(file.read_bytes(), domain, release)
    own = upstream_of(domain)
    found = []
    for entry in entries:
        bundles = tuple(_read(directory, root, path) for path in entry.authorities)
        trust = Trust(authorities=(system, *bundles), verify=not entry.skip_verify)
        endpoint = Endpoint(
            base=entry.base,
            mirror=urlsplit(entry.base).netloc not in {own, domain},
            resolves="resolve" in entry.capabilities,
            pulls="pull" in entry.capabilities,
            trust=trust,
            headers=entry.headers,
        )
        found.append(endpoint)
    return tuple(found)


def _read(directory: Path, root: Path, path: str) -> bytes:
    place = root / path.lstrip("/") if path.startswith("/") else directory / path
    try:
        return place.read_bytes()
    except OSError as error:
        reason = (error.strerror or "").lower()
        shown = path if path.startswith("/") else f"/{place.relative_to(root)}"
        raise NoSuchAuthority(f"unable to load CA: open {shown}: {reason}") from error


def docker_style_authorities(directory: Path) -> tuple[bytes, ...]:
    """Return the `*.crt` files of a directory, as Docker reads them; raises NoSuchAuthority.

    A client certificate without its key, or the other way round, is an error (§1.6).
    """
    files = sorted(directory.iterdir()) if directory.is_dir() else []
    names = {path.name for path in files}
    for path in files:
        partner = {".cert": ".key", ".key": ".cert"}.get(path.suffix)
        if partner and path.with_suffix(partner).name not in names:
            missing = path.with_suffix(partner).name
            raise NoSuchAuthority(_MISSING[partner].format(missing=missing, name=path.name))
    return tuple(path.read_bytes() for path in files if path.suffix == ".crt")
