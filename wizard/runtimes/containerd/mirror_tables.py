"""The old `mirrors` and `tls` tables of containerd, said again as hosts.toml files.

They must go in the same edit that sets `config_path`, or CRI does not load; what each of them
did stays done (facts/runtimes.md §2.2, §2.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.runtimes.hosts_toml import HostEntry, HostsFile, Trust
from wizard.target import UPSTREAM, upstream_server

ANY: Final = "*"
DEFAULT_NAMESPACE: Final = "_default"


def upstream_hosts(
    upstream: str, mirrors: Mapping[str, Sequence[str]], trusts: Mapping[str, Trust]
) -> tuple[HostEntry, ...]:
    """Return the mirrors of an upstream as they were, without those that name it itself."""
    endpoints = mirrors.get(upstream, mirrors.get(ANY, ()))
    entries = (_entry(endpoint, trusts) for endpoint in endpoints)
    return tuple(entry for entry in entries if _host(entry.url) not in own_hosts(upstream))


def own_hosts(upstream: str) -> tuple[str, str]:
    """Return the host of an upstream's API, and the one that its images' names begin with."""
    return _host(upstream_server(upstream)), upstream


def other_namespaces(
    mirrors: Mapping[str, Sequence[str]], trusts: Mapping[str, Trust]
) -> dict[str, HostsFile]:
    """Return the hosts.toml of each namespace but docker.io, by namespace, in stable order."""
    files = {
        (DEFAULT_NAMESPACE if namespace == ANY else namespace): _hosts_file(
            namespace, endpoints, trusts
        )
        for namespace, endpoints in mirrors.items()
        if namespace != UPSTREAM
    }
    for host, trust in trusts.items():
        if host not in files and host not in own_hosts(UPSTREAM):
            files[host] = _trust_only(host, trust, mirrors.get(ANY, ()), trusts)
    return dict(sorted(files.items()))


def _hosts_file(namespace: str, endpoints: Iterable[str], trusts: Mapping[str, Trust]) -> HostsFile:
    """Return the endpoints in order; the namespace's own host comes last, as it did."""
    entries = tuple(_entry(endpoint, trusts) for endpoint in endpoints)
    own = next((entry for entry in entries if _host(entry.url) == namespace), None)
    if own is not None:
        return HostsFile(server=own.url, hosts=entries, server_trust=own.trust)
    if namespace == ANY:
        return HostsFile(server="", hosts=entries)
    return HostsFile(
        server=f"https://{namespace}",
        hosts=entries,
        server_trust=trusts.get(namespace, Trust()),
    )


def _trust_only(
    host: str, trust: Trust, wildcard: Sequence[str], trusts: Mapping[str, Trust]
) -> HostsFile:
    """Return the file of a registry that had no mirrors of its own.

    It has a `[host]` table because containerd before 1.7.32 ignores a file without one.
    """
    url = f"https://{host}"
    entries = tuple(_entry(endpoint, trusts) for endpoint in wildcard)
    return HostsFile(
        server=url, hosts=(*entries, HostEntry(url=url, trust=trust)), server_trust=trust
    )


def _entry(endpoint: str, trusts: Mapping[str, Trust]) -> HostEntry:
    """Return an endpoint of the old table: its path, if any, is used as it stands."""
    url = with_scheme(endpoint)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, endpoint) from error
    url = url.rstrip("/")
    return HostEntry(
        url=url,
        override_path=bool(parts.path.strip("/")),
        trust=trusts.get(parts.netloc, Trust()),
    )


def with_scheme(endpoint: str) -> str:
    """Return an endpoint with the scheme that containerd takes where none is written."""
    return endpoint if "://" in endpoint else f"{_usual_scheme(endpoint)}://{endpoint}"


def _usual_scheme(endpoint: str) -> str:
    host = endpoint.split("/", maxsplit=1)[0].rsplit(":", 1)[0]
    return "http" if host == "localhost" or host.startswith("127.") else "https"


def _host(url: str) -> str:
    return urlsplit(url).netloc
