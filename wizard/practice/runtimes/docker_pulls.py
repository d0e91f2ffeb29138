"""Where one dockerd pulls from, with whose trust: its settings and the files beside them.

facts/runtimes.md §1.2 and §1.4. The files are read at each pull; the system's certificates were
read when the daemon started (§6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.docker_settings import Settings
from wizard.practice.runtimes.endpoints import (
    UPSTREAM,
    Endpoint,
    containerd_store_endpoints,
    graph_driver_endpoints,
)
from wizard.practice.runtimes.hosts_toml import (
    NoSuchAuthority,
    Undecodable,
    docker_style_authorities,
    endpoints_in,
    find_directory,
    undecoded,
)
from wizard.practice.runtimes.references import HUB
from wizard.practice.runtimes.releases import Release

HOSTS_TOML_SINCE: Final = (28, 0, 0)
"""First release whose containerd store reads hosts.toml, and no CA of a mirror (§1.4)."""
CERTIFICATES: Final = "etc/docker/certs.d"
_LIBRARIES: Final[tuple[tuple[Release, Release], ...]] = (
    ((29, 0, 0), (2, 2, 0)),
    ((28, 0, 0), (2, 1, 0)),
)
"""From which Docker on it holds which containerd's rules of hosts.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPlaces:
    """What decides where a pull goes.

    Attributes:
        root: of the practice host.
        release: Docker's.
        containerd_store: whether images go to the containerd store.
        settings: what the daemon runs with.
        system: certificates that it read at its start.
        credentials: `Basic …` of the user at Docker Hub, or empty.
        resolve: a name's address, or empty.
        log: where lines of the journal go.
    """

    root: Path
    release: Release
    containerd_store: bool
    settings: Settings
    system: bytes
    credentials: str
    resolve: Callable[[str], str]
    log: Callable[[str], None]

    def of(self, domain: str) -> tuple[Endpoint, ...]:
        """Return where an image of a registry is asked for, in order; raises PullFailed."""
        try:
            if self.containerd_store:
                return tuple(self._containerd_store(domain))
            return tuple(self._graph_driver(domain))
        except NoSuchAuthority as error:
            raise PullFailed(str(error)) from error

    def _graph_driver(self, domain: str) -> list[Endpoint]:
        # The user's login at Hub is offered to mirrors too; one at the mirror never is (§1.4).
        return [
            replace(
                endpoint,
                trust=self._trust(endpoint.authority, with_directory=True),
                credentials=self.credentials if domain == HUB else "",
            )
            for endpoint in graph_driver_endpoints(domain, self.settings.mirrors)
        ]

    def _containerd_store(self, domain: str) -> list[Endpoint]:
        listed = self._listed(domain)
        if len(listed) > 1:
            # Two endpoints of hosts.toml leave no room for those of daemon.json (§1.4).
            return [self._with_login(endpoint, domain) for endpoint in listed]
        plain = containerd_store_endpoints(domain, self.settings.mirrors, self.release)
        found = []
        for endpoint in plain:
            reads_directory = self.release < HOSTS_TOML_SINCE or not endpoint.mirror
            trust = self._trust(endpoint.authority, with_directory=reads_directory)
            found.append(self._with_login(endpoint.with_trust(trust), domain))
        if listed:
            found = [*found[:-1], self._with_login(listed[0], domain)]
        if self.release >= HOSTS_TOML_SINCE and any(not one.trust.verify for one in found):
            # One HTTP client for all of them: an insecure mirror makes Hub insecure (§1.2).
            found = [one.with_trust(replace(one.trust, verify=False)) for one in found]
        return found

    def _listed(self, domain: str) -> tuple[Endpoint, ...]:
        """Return the endpoints of hosts.toml; what cannot be decoded is logged and ignored."""
        if self.release < HOSTS_TOML_SINCE:
            return ()
        library = next(rules for since, rules in _LIBRARIES if self.release >= since)
        directory = find_directory((self.root / CERTIFICATES,), domain, library)
        if directory is None:
            return ()
        try:
            return endpoints_in(directory, domain, library, system=self.system, root=self.root)
        except Undecodable as error:
            file = undecoded(directory, self.root, library)
            self.log(f'level=error msg="failed to decode {file}" error="{error}"')
            return ()

    def _with_login(self, endpoint: Endpoint, domain: str) -> Endpoint:
        own = domain == HUB and endpoint.authority == UPSTREAM
        return replace(endpoint, credentials=self.credentials if own else "")

    def _trust(self, authority: str, *, with_directory: bool) -> Trust:
        own: tuple[bytes, ...] = ()
        if with_directory:
            own = docker_style_authorities(self.root / CERTIFICATES / authority)
        insecure = self.settings.insecure.covers(authority, self.resolve)
        return Trust(authorities=(self.system, *own), verify=not insecure)


def hub_login(config: Mapping[str, object]) -> str:
    """Return the `Basic …` header of a docker config.json for Docker Hub, or empty."""
    entries = config.get("auths")
    if not isinstance(entries, dict):
        return ""
    for name in ("https://index.docker.io/v1/", "index.docker.io", "docker.io"):
        entry = entries.get(name)
        if isinstance(entry, dict) and entry.get("auth"):
            return f"Basic {entry['auth']}"
    return ""
