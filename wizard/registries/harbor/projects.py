"""Projects, their quotas and their members (facts/harbor.md §2.3, §2.7, §2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wizard.errors import RegistryError
from wizard.registries.harbor.bodies import MemberBody, MemberGroup, ProjectBody
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.endpoints import find_endpoint
from wizard.registries.harbor.server import CONNECTION_LIMIT, LOCAL_WHEN_DELETED, Server
from wizard.registries.harbor.wanted import NO_LIMIT, Member, MemberKind, Project
from wizard.registries.provisioning import Action, Finding
from wizard.registries.subject_name import SubjectKind, SubjectName
from wizard.secret import Secret
from wizard.wording import _

_GROUP_TYPES: Final = {
    MemberKind.LDAP_GROUP: 1,
    MemberKind.HTTP_GROUP: 2,
    MemberKind.OIDC_GROUP: 3,
}


async def the_project(harbor: Harbor, name: str) -> Record:
    """Return a project that must be there; raises RegistryError."""
    found = await harbor.project(name)
    if found is None:
        raise RegistryError(
            _("Harbor has no project {name}").format(name=name),
            state=_("What came before it is done; nothing was changed on any host."),
            todo=_("Let the project be made first."),
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSubject:
    """A project and those of its metadata that concern nobody else."""

    harbor: Harbor
    server: Server
    wanted: Project

    async def look(self) -> Finding:
        """Compare; what it is a proxy of can never be changed."""
        name = SubjectName(kind=SubjectKind.PROJECT, name=self.wanted.name)
        found = await self.harbor.project(self.wanted.name)
        metadata = self._metadata()
        if found is None:
            upstream = {"proxy of": self.wanted.endpoint} if self.wanted.endpoint else {}
            return to_create(name, {**upstream, **metadata}, warnings=self._warnings())
        differences = compare(found.get("metadata") or {}, metadata)
        endpoint = await self._endpoint_id()
        if (found.get("registry_id") or None) != endpoint:
            why = _("what a project is a proxy of cannot be changed: choose another name")
            proxied = compare({"proxy of": found.get("registry_id")}, {"proxy of": endpoint})
            return Finding(
                subject=str(name),
                named=name,
                action=Action.BY_HAND,
                differences=(*proxied, *differences),
                warnings=(why,),
            )
        return to_change(name, differences, warnings=self._warnings())

    async def change(self) -> tuple[str, Secret] | None:
        """Make it, or set its metadata."""
        body: ProjectBody = {"project_name": self.wanted.name, "metadata": self._metadata()}
        if await self.harbor.project(self.wanted.name) is not None:
            await self.harbor.update_project(body)
            return None
        endpoint = await self._endpoint_id()
        if self.wanted.endpoint and endpoint is None:
            # Without it a hosted project would be made, which cannot be changed.
            raise RegistryError(
                _("Harbor has no endpoint {name}").format(name=self.wanted.endpoint),
                state=_("What came before it is done; nothing was changed on any host."),
                todo=_("Let the endpoint be made first."),
            )
        if endpoint is not None:
            body["registry_id"] = endpoint
        if self.wanted.quota is not None:
            body["storage_limit"] = self.wanted.quota
        await self.harbor.create_project(body)
        return None

    def _metadata(self) -> dict[str, str]:
        """Return metadata as the server keeps them: texts, and none that it would drop."""
        wanted = self.wanted
        # Where vulnerable images are blocked, so is each new one until it is scanned.
        scanned = wanted.scan_on_push or wanted.block_from is not None
        metadata = {"public": _text(wanted.public), "auto_scan": _text(scanned)}
        if wanted.endpoint:
            metadata["proxy_speed_kb"] = str(wanted.speed)
            if self.server.has(CONNECTION_LIMIT):
                metadata["max_upstream_conn"] = str(wanted.connections)
            if self.server.has(LOCAL_WHEN_DELETED):
                metadata["proxy_cache_local_on_not_found"] = "true"
        return metadata

    async def _endpoint_id(self) -> int | None:
        if not self.wanted.endpoint:
            return None
        found = await find_endpoint(self.harbor, self.wanted.endpoint)
        return int(found["id"]) if found else None

    def _warnings(self) -> tuple[str, ...]:
        limited = self.wanted.endpoint and self.wanted.connections != NO_LIMIT
        if limited and not self.server.has(CONNECTION_LIMIT):
            return (_("before 2.14 a proxy has no limit of connections"),)
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSubject:
    """How much a project may hold, in bytes."""

    harbor: Harbor
    project: Project
    storage: int

    async def look(self) -> Finding:
        """Compare; a new project is made with its quota."""
        name = SubjectName(kind=SubjectKind.QUOTA, name=self.project.name)
        warnings = self._warnings()
        found = await self.harbor.project(self.project.name)
        if found is None:
            return to_create(name, {"storage": self.storage}, warnings=warnings)
        quota = await self.harbor.quota(int(found["project_id"]))
        if quota is None:
            why = _("quotas are switched off in this Harbor: switch quota_per_project_enable on")
            return Finding(subject=str(name), named=name, action=Action.BY_HAND, warnings=(why,))
        differences = compare(quota.get("hard") or {}, {"storage": self.storage})
        return to_change(name, differences, warnings=warnings)

    async def change(self) -> tuple[str, Secret] | None:
        """Set it."""
        found = await the_project(self.harbor, self.project.name)
        quota = await self.harbor.quota(int(found["project_id"]))
        if quota is not None:
            await self.harbor.update_quota(int(quota["id"]), self.storage)
        return None

    def _warnings(self) -> tuple[str, ...]:
        if not self.project.endpoint or self.storage == NO_LIMIT:
            return ()
        return (_("a proxy that is full caches nothing more: nothing makes room in it"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSubject:
    """A member of a project and its role."""

    harbor: Harbor
    project: str
    wanted: Member

    async def look(self) -> Finding:
        """Compare its role."""
        name = _("member {name} of {project}").format(name=self.wanted.name, project=self.project)
        role = {"role": self.wanted.role.name.lower()}
        if await self.harbor.project(self.project) is None:
            return to_create(name, role)
        found = await self._found()
        if found is None:
            return to_create(name, role)
        known = {"role": found.get("role_name"), "role_id": found.get("role_id")}
        differs = compare({"role_id": known["role_id"]}, {"role_id": int(self.wanted.role)})
        return to_change(name, compare(known, role) if differs else ())

    async def change(self) -> tuple[str, Secret] | None:
        """Add it, or give it its role."""
        found = await self._found()
        if found is not None:
            await self.harbor.change_role(self.project, int(found["id"]), int(self.wanted.role))
            return None
        body: MemberBody = {"role_id": int(self.wanted.role)}
        if self.wanted.kind is MemberKind.USER:
            body["member_user"] = {"username": self.wanted.name}
        else:
            group: MemberGroup = {"group_type": _GROUP_TYPES[self.wanted.kind]}
            if self.wanted.kind is MemberKind.LDAP_GROUP:
                group["ldap_group_dn"] = self.wanted.name
            else:
                group["group_name"] = self.wanted.name
            body["member_group"] = group
        await self.harbor.add_member(self.project, body)
        return None

    async def _found(self) -> Record | None:
        entity = await self._group_id() if self.wanted.kind in _GROUP_TYPES else None
        for one in await self.harbor.members(self.project):
            if one.get("entity_type") == "u" and self.wanted.kind is MemberKind.USER:
                if one.get("entity_name") == self.wanted.name:
                    return one
            elif entity is not None and (one.get("entity_type"), one.get("entity_id")) == (
                "g",
                entity,
            ):
                return one
        return None

    async def _group_id(self) -> int | None:
        """Return what Harbor calls the group, whose name it took from LDAP."""
        if self.wanted.kind is MemberKind.LDAP_GROUP:
            found = await self.harbor.groups(ldap_dn=self.wanted.name)
            field = "ldap_group_dn"
        else:
            found = await self.harbor.groups(name=self.wanted.name)
            field = "group_name"
        kind = _GROUP_TYPES[self.wanted.kind]
        for one in found:
            if (one.get("group_type"), one.get(field)) == (kind, self.wanted.name):
                return int(one["id"])
        return None


def _text(value: bool) -> str:  # noqa: FBT001  # it is the value itself
    return "true" if value else "false"
