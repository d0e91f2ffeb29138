"""What an operator wants of a Nexus; pure."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.errors import InputError
from wizard.registries.authority import Login
from wizard.registries.choice.answers import Load
from wizard.secret import Secret
from wizard.target import UPSTREAM, upstream_server
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """One upstream and the proxy repository that caches it.

    Attributes:
        upstream: as image names begin.
        repository: name of the proxy repository.
        login: account at the upstream; sent again with every change, since a password that is
            left out is lost.
        renews_password: set it although the user name is the same; servers never tell it.
        http_port: its own connector, the only form that every Docker accepts as a mirror; None
            for none.
        by_path: `host/<repository>/image` too, from 3.83 on.
        is_private: its server has a private address, which 3.92 and newer refuse to reach.
    """

    upstream: str = UPSTREAM
    repository: str
    server: str = ""
    login: Login | None = None
    renews_password: bool = False
    http_port: int | None = None
    by_path: bool = False
    is_private: bool = False

    @property
    def url(self) -> str:
        """Return the URL of the upstream's API."""
        return self.server or upstream_server(self.upstream)

    @property
    def private_host(self) -> str:
        """Return the host that the SSRF guard must let through; empty for none."""
        host = urlsplit(self.url).hostname or ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host if self.is_private else ""
        return host if address.is_private else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A repository of own images."""

    repository: str
    http_port: int | None = None
    by_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several repositories under one name, asked in order."""

    repository: str
    members: tuple[str, ...]
    http_port: int | None = None
    by_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """When a blob store is to be told unwell.

    Attributes:
        bytes: the limit.
        remaining: of the space that is left, not of the space that is used.
    """

    bytes: int
    remaining: bool = False

    @property
    def type(self) -> str:
        """Return the server's word for it."""
        return "spaceRemainingQuota" if self.remaining else "spaceUsedQuota"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A Nexus as it should be.

    Attributes:
        accepted_eula: the licence's words as they were shown to the operator, who accepted them;
            empty for not accepted.
        base_url: what the server calls itself; empty to leave it.
        blob_store: where all repositories here keep their bytes.
        anonymous_reads: repositories that everybody may pull from; runtimes cannot log in to a
            mirror. None for all proxies.
        keeps_anonymous_roles: leave the user anonymous what it has besides; by default it has
            nothing but these, since its stock role reads every repository of the server.
        cleanup_days: proxies forget what nobody pulled for so long; 0 to leave cleanup alone.
        housekeeping: tasks that give space back once something was removed.
        backup: directory in that of its data where its database is dumped; empty for never.
        load: what the fleet will ask, `wizard.registries.choice.load.estimated`.
    """

    accepted_eula: str = ""
    base_url: str = ""
    blob_store: str = "docker"
    quota: Quota | None = None
    upstreams: tuple[Upstream, ...] = ()
    hosted: tuple[Hosted, ...] = ()
    groups: tuple[Group, ...] = ()
    anonymous_reads: tuple[str, ...] | None = None
    keeps_anonymous_roles: bool = False
    cleanup_days: int = 0
    housekeeping: bool = True
    backup: str = ""
    load: Load | None = None
    role: str = "pilotage-docker-anonymous"

    @property
    def readable(self) -> tuple[str, ...]:
        """Return the repositories that everybody may pull from."""
        if self.anonymous_reads is not None:
            return self.anonymous_reads
        return tuple(one.repository for one in self.upstreams)

    @property
    def policy(self) -> str:
        """Return the name of the cleanup policy; empty for none."""
        return f"pilotage-docker-{self.cleanup_days}d" if self.cleanup_days else ""

    @property
    def private_hosts(self) -> tuple[str, ...]:
        """Return the upstreams' hosts that have private addresses."""
        return tuple(dict.fromkeys(one.private_host for one in self.upstreams if one.private_host))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return what no error may tell."""
        return tuple(one.login.password for one in self.upstreams if one.login)

    def repositories(self) -> Iterator[Upstream | Hosted | Group]:
        """Yield all repositories in the order in which they rest on each other."""
        yield from self.upstreams
        yield from self.hosted
        yield from self.groups

    def check(self) -> None:
        """Raise InputError where two things want the same name or port, or a name is none."""
        names = Counter(one.repository.casefold() for one in self.repositories())
        ports = Counter(one.http_port for one in self.repositories() if one.http_port)
        for name, times in names.items():
            if times > 1:
                raise InputError(_("the repository name {name} is there twice").format(name=name))
        for port, times in ports.items():
            if times > 1:
                raise InputError(_("the connector port {port} is there twice").format(port=port))
        for one in self.repositories():
            if one.repository != one.repository.lower():
                raise InputError(
                    _("the repository name {name} is not in lower case").format(
                        name=one.repository
                    ),
                    todo=_("Nexus 3.89 and newer refuse Docker repositories of other names."),
                )
