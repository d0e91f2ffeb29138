"""Who may pull without an account: four things, each of which keeps everybody out if it is missing.

The realm that reads Docker's tokens, a role for the repositories and for nothing else, that role
for the user anonymous, and anonymous access as a whole (facts/nexus_artifactory.md §1.7, §2.1).
The last comes last, so that nothing is open before it is narrow.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from wizard.errors import RegistryError
from wizard.registries.comparing import spelled
from wizard.registries.nexus.client import Nexus
from wizard.registries.nexus.values import Anonymous, Role
from wizard.registries.nexus.wanted import Wanted
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.registries.typed import Document
from wizard.secret import Secret
from wizard.wording import _

DOCKER_REALM: Final = "DockerToken"
ANONYMOUS: Final = "anonymous"
"""With any other user Docker's tokens do not work (NP#311)."""

_ANONYMOUS_REALM: Final = "NexusAuthorizingRealm"


def _finding(named: SubjectName, told: tuple[Difference, ...], *warnings: str) -> Finding:
    return Finding(
        subject=str(named),
        named=named,
        action=Action.CHANGE if told else Action.NOTHING,
        differences=told,
        warnings=warnings if told else (),
    )


class DockerRealm:
    """The realm that reads Docker's tokens, behind those that are active."""

    def __init__(self, nexus: Nexus) -> None:
        self._nexus = nexus

    async def look(self) -> Finding:
        """Tell whether it is missing."""
        active = await self._nexus.active_realms()
        told: tuple[Difference, ...] = ()
        if DOCKER_REALM not in active:
            wanted = spelled([*active, DOCKER_REALM])
            told = (Difference(field="active", found=spelled(active), wanted=wanted),)
        return _finding(SubjectName(kind=SubjectKind.REALMS), told)

    async def change(self) -> tuple[str, Secret] | None:
        """Append it."""
        active = await self._nexus.active_realms()
        if DOCKER_REALM not in active:
            await self._nexus.set_active_realms([*active, DOCKER_REALM])
        return None


class NarrowRole:
    """A role that reads the repositories of a mirror and nothing else."""

    def __init__(self, nexus: Nexus, wanted: Wanted, absent: AbstractSet[str]) -> None:
        self._nexus = nexus
        self._wanted = wanted
        self._absent = absent

    @property
    def _role(self) -> Role:
        privileges = tuple(
            f"nx-repository-view-docker-{name}-{action}"
            for name in self._wanted.readable
            if name not in self._absent
            for action in ("browse", "read")
        )
        return Role(
            id=self._wanted.role,
            name=self._wanted.role,
            description="Pull without an account, from these repositories only",
            privileges=privileges,
        )

    async def look(self) -> Finding:
        """Compare its privileges, in any order."""
        found = await self._nexus.role(self._wanted.role)
        wanted = self._role
        told: tuple[Difference, ...] = ()
        if found is None or set(found.privileges) != set(wanted.privileges) or found.roles:
            before = spelled([*found.privileges, *found.roles]) if found else ""
            told = (
                Difference(field="privileges", found=before, wanted=spelled(wanted.privileges)),
            )
        finding = _finding(
            SubjectName(kind=SubjectKind.ROLE, name=self._wanted.role), told, *self._published()
        )
        return replace(finding, action=Action.CREATE) if found is None else finding

    async def change(self) -> tuple[str, Secret] | None:
        """Make or replace it."""
        if await self._nexus.role(self._wanted.role) is None:
            await self._nexus.create_role(self._role)
        else:
            await self._nexus.update_role(self._role)
        return None

    def _published(self) -> tuple[str, ...]:
        hosted = {one.repository for one in self._wanted.hosted}
        readable = set(self._wanted.readable)
        open_ = hosted & readable
        for group in self._wanted.groups:
            if group.repository in readable:
                open_ |= hosted & set(group.members)
        return tuple(
            _("everybody can pull your own images from {repository}").format(repository=name)
            for name in sorted(open_)
        )


class AnonymousUser:
    """The user anonymous with the narrow role."""

    def __init__(self, nexus: Nexus, wanted: Wanted) -> None:
        self._nexus = nexus
        self._wanted = wanted

    async def look(self) -> Finding:
        """Compare its roles."""
        found = (await self._user()).get("roles") or []
        wanted = self._roles(found)
        told: tuple[Difference, ...] = ()
        warnings: tuple[str, ...] = ()
        if set(found) != set(wanted):
            told = (Difference(field="roles", found=spelled(found), wanted=spelled(wanted)),)
        taken = sorted(set(found) - set(wanted))
        if taken and (await self._nexus.anonymous()).enabled:
            warnings = (
                _(
                    "who pulls other things without an account today will not any longer: {roles}"
                    " is taken away"
                ).format(roles=", ".join(taken)),
            )
        return _finding(SubjectName(kind=SubjectKind.USER, name=ANONYMOUS), told, *warnings)

    async def change(self) -> tuple[str, Secret] | None:
        """Write it back with these roles."""
        user = await self._user()
        await self._nexus.update_user(user | {"roles": self._roles(user.get("roles") or [])})
        return None

    def _roles(self, found: list[str]) -> list[str]:
        if not self._wanted.keeps_anonymous_roles:
            return [self._wanted.role]
        return [*found, *({self._wanted.role} - set(found))]

    async def _user(self) -> Document:
        user = await self._nexus.user(ANONYMOUS)
        if user is None:
            raise RegistryError(
                _("Nexus has no user {name}").format(name=ANONYMOUS),
                todo=_("Make that user again: Docker's tokens work with no other."),
            )
        return user


class AnonymousAccess:
    """Anonymous access as a whole."""

    def __init__(self, nexus: Nexus) -> None:
        self._nexus = nexus

    async def look(self) -> Finding:
        """Compare it."""
        found = await self._nexus.anonymous()
        wanted = _WANTED
        told = tuple(
            Difference(field=field, found=spelled(before), wanted=spelled(after))
            for field, before, after in (
                ("enabled", found.enabled, wanted.enabled),
                ("userId", found.user_id, wanted.user_id),
                ("realmName", found.realm_name, wanted.realm_name),
            )
            if before != after
        )
        return _finding(SubjectName(kind=SubjectKind.ANONYMOUS), told)

    async def change(self) -> tuple[str, Secret] | None:
        """Switch it on."""
        await self._nexus.set_anonymous(_WANTED)
        return None


_WANTED: Final = Anonymous(enabled=True, user_id=ANONYMOUS, realm_name=_ANONYMOUS_REALM)
