"""Docker repositories of Nexus as they should be: proxy, hosted, group.

What is wanted of a repository that is there is only what a mirror rests on; all else in it stays.
Fields that an older server does not know are left out, since it refuses them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from wizard.errors import RegistryError
from wizard.registries.authority import Login
from wizard.registries.comparing import at, differences, joined
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.release import Release
from wizard.registries.nexus.wanted import Group, Hosted, Upstream
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.target import UPSTREAM, upstream_server
from wizard.wording import _

_TOLD_ONLY: Final = frozenset({"format", "type", "url"})
"""In what the server tells of a repository, and refused in what it is told."""

AccountCheck = Callable[[Login], Awaitable[None]]
"""Raises RegistryError for an account that is wrong: with one Nexus soon blocks its upstream by
itself, and every pull ends in a 500 (facts/nexus_artifactory.md §8)."""

_BLOCKED: Final = "Proxy URL blocked"
"""How a refusal for a private address begins, since 3.92 (facts/nexus_artifactory.md §1.6)."""

_AGE: Final = 1440
"""Minutes: a day, the server's own default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where repositories are made.

    Attributes:
        policy: cleanup policy of proxies; empty for none.
        check_account: asked of an account at Docker Hub before Nexus is given it.
        absent: names of repositories that are not there and wait for a person, as looking found
            them; what rests on repositories passes over these.
    """

    nexus: Nexus
    release: Release
    blob_store: str
    policy: str = ""
    check_account: AccountCheck | None = None
    absent: set[str] = field(default_factory=set)


class Repository:
    """One Docker repository as a subject."""

    kind: str = ""

    def __init__(self, place: Place, wanted: Upstream | Hosted | Group) -> None:
        self._place = place
        self._wanted = wanted
        self._password_sent = False

    @property
    def subject(self) -> str:
        """Return what people call it."""
        kinds = {"proxy": _("proxy repository"), "hosted": _("hosted repository")}
        kind = kinds.get(self.kind, _("group repository"))
        return f"{kind} {self._wanted.repository}"

    @property
    def named(self) -> SubjectName:
        """Return what an examination calls it, which tells of a repository whatever it is."""
        return SubjectName(kind=SubjectKind.REPOSITORY, name=self._wanted.repository)

    async def look(self) -> Finding:
        """Compare it with what is there."""
        nexus, name = self._place.nexus, self._wanted.repository
        self._place.absent.add(name)
        settings = await nexus.repository_settings()
        same = next((one for one in settings if str(one["name"]).casefold() == name), None)
        if same and (same["name"], same["format"], same["type"]) != (name, "docker", self.kind):
            return self._by_hand(
                _("the name is taken by {repository}, a {format} repository of type {type}").format(
                    repository=same["name"], format=same["format"], type=same["type"]
                ),
                _("another name, or that repository removed by its owner"),
            )
        port = self._wanted.http_port
        owner = next((one for one in settings if at(one, "docker.httpPort") == port), None)
        if port and owner and owner is not same:
            if same:
                self._place.absent.discard(name)
            return self._by_hand(
                _("port {port} is the connector of {repository}").format(
                    port=port, repository=owner["name"]
                ),
                _("another port"),
            )
        self._place.absent.discard(name)
        found = await nexus.docker_repository(self.kind, name)
        wanted = self.required(found or {})
        if found is None:
            action, told = Action.CREATE, differences({}, wanted)
        else:
            told = (*differences(found, wanted), *self._password(found))
            action = Action.CHANGE if told else Action.NOTHING
        if found and told and (lost := self._would_lose(found)):
            return lost
        return Finding(
            subject=self.subject,
            named=self.named,
            action=action,
            differences=told,
            warnings=self._warnings(found),
        )

    async def change(self) -> tuple[str, Secret] | None:
        """Make it, or write it back whole with what is wanted in it, secrets again too."""
        nexus = self._place.nexus
        found = await nexus.docker_repository(self.kind, self._wanted.repository)
        if found is None:
            body = joined(self.fresh(), joined(self.required({}), self.secrets()))
            await nexus.create_docker_repository(self.kind, body)
        else:
            kept = {key: value for key, value in found.items() if key not in _TOLD_ONLY}
            body = joined(kept, joined(self.required(found), self.secrets()))
            await nexus.update_docker_repository(self.kind, body)
        self._password_sent = True
        return None

    def fresh(self) -> Document:
        """Return what a new one is made of beside what is required."""
        return {
            "storage": {
                "blobStoreName": self._place.blob_store,
                "strictContentTypeValidation": True,
            }
        }

    def required(self, _found: Document) -> Document:
        """Return what must be so; `_found` where something of it must stay.

        `forceBasicAuth` is on where nobody says otherwise, hidden in the interface, and keeps
        everybody without an account out (facts/nexus_artifactory.md §2.2).
        """
        docker: dict[str, Any] = {"v1Enabled": False, "forceBasicAuth": False}
        if self._wanted.http_port:
            docker["httpPort"] = self._wanted.http_port
        if self._wanted.by_path and self._place.release.routes_by_path:
            docker["pathEnabled"] = True
        return {"name": self._wanted.repository, "online": True, "docker": docker}

    def secrets(self) -> Document:
        """Return what no server tells again."""
        return {}

    def _password(self, _found: Document) -> tuple[Difference, ...]:
        return ()

    def _would_lose(self, _found: Document) -> Finding | None:
        return None

    def _warnings(self, found: Document | None) -> tuple[str, ...]:
        warnings = []
        if self._wanted.by_path and not self._place.release.routes_by_path:
            warnings.append(_("routing by path needs Nexus 3.83; only the connector will serve"))
        store = at(found or {}, "storage.blobStoreName") or self._place.blob_store
        if store != self._place.blob_store:
            warnings.append(
                _("it keeps its bytes in blob store {store}, which cannot be changed").format(
                    store=store
                )
            )
        return tuple(warnings)

    def _by_hand(self, found: str, wanted: str) -> Finding:
        return Finding(
            subject=self.subject,
            named=self.named,
            action=Action.BY_HAND,
            differences=(Difference(field=_("repository"), found=found, wanted=wanted),),
        )


class Proxy(Repository):
    """A proxy of one upstream."""

    kind = "proxy"

    def __init__(self, place: Place, upstream: Upstream) -> None:
        super().__init__(place, upstream)
        self._upstream = upstream

    def fresh(self) -> Document:
        """Return it with the server's usual ages and patience."""
        return super().fresh() | {
            "proxy": {"contentMaxAge": _AGE, "metadataMaxAge": _AGE},
            "negativeCache": {"enabled": True, "timeToLive": 60},
            "httpClient": {"autoBlock": True},
            "dockerProxy": {"cacheForeignLayers": False},
        }

    def required(self, found: Document) -> Document:
        """Return its upstream, not blocked, and the cleanup policy beside others."""
        index = "HUB" if self._upstream.upstream == UPSTREAM else "REGISTRY"
        client: dict[str, Any] = {"blocked": False}
        if login := self._upstream.login:
            # Of the two only `username` is ever sent upstream (facts/nexus_artifactory.md §2.2).
            client["authentication"] = {"type": "username", "username": login.username}
        wanted = super().required(found) | {
            "proxy": {"remoteUrl": self._upstream.url},
            "httpClient": client,
            "dockerProxy": {"indexType": index},
        }
        if policy := self._place.policy:
            before = at(found, "cleanup.policyNames") or []
            wanted["cleanup"] = {"policyNames": [*before, *({policy} - set(before))]}
        return wanted

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it, with an account that is known to be right."""
        upstream, check = self._upstream, self._place.check_account
        if check and upstream.login and upstream.url == upstream_server(UPSTREAM):
            try:
                await check(upstream.login)
            except RegistryFailure as failure:
                # Nexus may get there where this desk does not; a wrong account is told.
                if failure.kind is Failure.UNAUTHORISED:
                    raise
        try:
            return await super().change()
        except RegistryFailure as failure:
            if _BLOCKED not in failure.reason:
                raise
            raise RegistryError(
                _("Nexus does not reach private addresses: {reason}").format(reason=failure.reason),
                state=_("What came before it is done; nothing was changed on any host."),
                todo=_(
                    "Say that the server of {upstream} is private: then its host is put on the list"
                    " of those that Nexus may reach."
                ).format(upstream=upstream.upstream),
            ) from failure

    def secrets(self) -> Document:
        """Return the upstream password."""
        if self._upstream.login is None:
            return {}
        password = self._upstream.login.password.reveal()
        return {"httpClient": {"authentication": {"password": password}}}

    def _password(self, _found: Document) -> tuple[Difference, ...]:
        if not self._upstream.login or not self._upstream.renews_password or self._password_sent:
            return ()
        field = "httpClient.authentication.password"
        return (Difference(field=field, found=_("is not told"), wanted=_("will be set")),)

    def _would_lose(self, found: Document) -> Finding | None:
        user = at(found, "httpClient.authentication.username")
        if not user or self._upstream.login:
            return None
        return self._by_hand(
            _("it has the upstream account {user}, whose password any change would erase").format(
                user=user
            ),
            _("give that account and its password here too"),
        )


class HostedRepository(Repository):
    """A repository of own images."""

    kind = "hosted"

    def fresh(self) -> Document:
        """Return it so that a tag is pushed once, `latest` again and again."""
        fresh = super().fresh()
        fresh["storage"] |= {"writePolicy": "ALLOW_ONCE", "latestPolicy": True}
        return fresh | {"component": {"proprietaryComponents": False}}


class GroupRepository(Repository):
    """Several repositories under one name."""

    kind = "group"

    def __init__(self, place: Place, group: Group) -> None:
        super().__init__(place, group)
        self._group = group

    def required(self, found: Document) -> Document:
        """Return its members, as far as they are there, behind those that it has."""
        before = at(found, "group.memberNames") or []
        passed_over = {*before, *self._place.absent}
        missing = [name for name in self._group.members if name not in passed_over]
        return super().required(found) | {"group": {"memberNames": [*before, *missing]}}
