"""Robots, whose secret is told once: never renewed but when asked (§2.6, §10.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.errors import RegistryError
from wizard.registries.harbor.bodies import RobotBody, RobotPermission
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.wanted import Permission, Robot
from wizard.registries.provisioning import Finding
from wizard.secret import Secret
from wizard.wording import _


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSubject:
    """A robot as it is wanted."""

    harbor: Harbor
    wanted: Robot

    async def look(self) -> Finding:
        """Compare what it may do and for how long; the secret of one that is there stays."""
        name = _("robot {name}").format(name=self.wanted.name)
        wanted = {
            "may": frozenset(f"{one.namespace} {one.resource}:{one.action}" for one in self._may()),
            "days": self.wanted.days,
            "disabled": False,
        }
        found = await find_robot(self.harbor, self.wanted)
        if found is None:
            once = _("its secret is shown once, when it is made")
            return replace(to_create(name, wanted, warnings=(once,)), tells_once=True)
        known = {
            "may": frozenset(_permissions(found)),
            "days": found.get("duration"),
            "disabled": found.get("disable", False),
        }
        finding = to_change(name, compare(known, wanted))
        told = _("its secret was shown when it was made; if it was lost, renew it")
        return replace(finding, warnings=(told,))

    async def change(self) -> tuple[str, Secret] | None:
        """Make it and return its name and secret, or change it and return nothing."""
        found = await find_robot(self.harbor, self.wanted)
        if found is None:
            return await self.harbor.create_robot(self._body(self.wanted.name))
        await self.harbor.update_robot(int(found["id"]), self._body(str(found["name"])))
        return None

    def _may(self) -> tuple[Permission, ...]:
        return tuple(
            Permission(
                namespace=self.wanted.project or one.namespace,
                resource=one.resource,
                action=one.action,
            )
            for one in self.wanted.permissions
        )

    def _body(self, name: str) -> RobotBody:
        by_namespace: dict[str, RobotPermission] = {}
        for one in self._may():
            permission = by_namespace.setdefault(
                one.namespace,
                {
                    "kind": "system" if one.namespace == "/" else "project",
                    "namespace": one.namespace,
                    "access": [],
                },
            )
            permission["access"].append({"resource": one.resource, "action": one.action})
        return {
            "name": name,
            "level": "project" if self.wanted.project else "system",
            "duration": self.wanted.days,
            "description": self.wanted.description,
            "disable": False,
            "permissions": list(by_namespace.values()),
        }


async def find_robot(harbor: Harbor, wanted: Robot) -> Record | None:
    """Return a robot by its name without the prefix, which every Harbor may choose."""
    if not wanted.project:
        names, scope = await harbor.robots(), ""
    else:
        project = await harbor.project(wanted.project)
        if project is None:
            return None
        names, scope = await harbor.robots(int(project["project_id"])), f"{wanted.project}+"
    configuration = await harbor.configuration()
    prefix = (configuration.get("robot_name_prefix") or {}).get("value", "robot$")
    whole = f"{prefix}{scope}{wanted.name}"
    return next((one for one in names if one.get("name") == whole), None)


async def renew_robot(harbor: Harbor, wanted: Robot) -> tuple[str, Secret]:
    """Give a robot a new secret and return its whole name with it; the old one ends at once.

    Raises RegistryFailure, and RegistryError where there is no such robot.
    """
    found = await find_robot(harbor, wanted)
    if found is None:
        raise RegistryError(
            _("Harbor has no robot {name}").format(name=wanted.name),
            state=_("Nothing was changed."),
            todo=_("Provision it first."),
        )
    return str(found["name"]), await harbor.renew_robot(int(found["id"]))


def _permissions(found: Record) -> list[str]:
    return [
        f"{permission.get('namespace')} {access.get('resource')}:{access.get('action')}"
        for permission in found.get("permissions") or ()
        for access in permission.get("access") or ()
    ]
