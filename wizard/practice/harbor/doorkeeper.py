"""Who may do what with images: users, robots and everybody, by project (§2.3, §2.6, §2.7)."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.harbor.access import Caller, logged_in
from wizard.practice.harbor.state import Project, State
from wizard.practice.registry.tokens import Access

SERVICE: Final = "harbor-registry"
_MAY_PUSH: Final = frozenset({1, 2, 4})
"""Roles: administrator, developer, maintainer."""


class HarborDoorkeeper:
    """The doorkeeper of a Harbor's token service; a login is tried once for each token."""

    realm = ""
    service = SERVICE

    def __init__(self, state: State) -> None:
        self._state = state
        self._callers: dict[str, Caller] = {}

    def knows(self, user: str, password: str) -> bool:
        """Tell whether a login is right, of a user or of a robot."""
        caller = logged_in(self._state, user, password)
        if caller is not None:
            self._callers[user] = caller
        return caller is not None

    def grants(self, user: str, access: Access) -> bool:
        """Tell whether somebody may do something; nobody in particular is an empty name."""
        caller = self._callers.get(user)
        if caller and caller.admin:
            return True
        project = self._state.project_named(access.name.partition("/")[0])
        if access.kind != "repository" or project is None:
            return False
        if access.action == "pull" and project.metadata.get("public") == "true":
            return True
        if caller is None:
            return False
        if caller.robot is not None:
            return _robot_may(caller.robot["permissions"], project, access.action)
        return _member_may(project, caller.name, access.action)


def _robot_may(permissions: list[dict[str, Any]], project: Project, action: str) -> bool:
    return any(
        {"resource": "repository", "action": action}.items() <= access.items()
        for permission in permissions
        if permission["kind"] == "project" and permission["namespace"] in {"*", project.name}
        for access in permission["access"]
    )


def _member_may(project: Project, name: str, action: str) -> bool:
    roles = [
        member["role_id"]
        for member in project.members
        if (member["entity_type"], member["entity_name"]) == ("u", name)
    ]
    return any(action == "pull" or role in _MAY_PUSH for role in roles)
