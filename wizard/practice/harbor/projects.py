"""Projects with their members and artifacts; a proxy project gets a retention unasked (§2.3)."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

from wizard.practice.harbor.message import BASE, Answer, Ask, Refusal, Route, created
from wizard.practice.harbor.state import ADMIN_ID, Project, State

_FOR_PROXIES: Final = frozenset(
    {"proxy_speed_kb", "max_upstream_conn", "proxy_cache_local_on_not_found"}
)
_SINCE: Final = {
    "max_upstream_conn": (2, 14, 0),
    "proxy_cache_local_on_not_found": (2, 15, 2),
}
_PROXY_TYPES: Final = frozenset(
    {
        "ali-acr",
        "aws-ecr",
        "azure-acr",
        "docker-hub",
        "docker-registry",
        "github-ghcr",
        "google-gcr",
        "harbor",
        "jfrog-artifactory",
    }
)
_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_ROLES: Final = {1: "projectAdmin", 2: "developer", 3: "guest", 4: "maintainer", 5: "limitedGuest"}


def add_project(
    state: State, name: str, metadata: dict[str, str], *, registry_id: int | None, storage: int
) -> Project:
    """Keep a new project and return it; of a proxy with Harbor's own retention."""
    identity = state.next_id("project")
    project = Project(
        id=identity,
        name=name,
        registry_id=registry_id,
        metadata=_taken(state, metadata, proxy=registry_id is not None),
        quota_id=state.next_id("quota"),
        storage=storage,
        members=[
            {
                "id": state.next_id("member"),
                "project_id": identity,
                "entity_name": "admin",
                "entity_type": "u",
                "entity_id": ADMIN_ID,
                "role_id": 1,
                "role_name": _ROLES[1],
            }
        ],
    )
    state.projects[identity] = project
    if registry_id is not None:
        _retain_seven_days(state, project)
    return project


def _taken(state: State, metadata: dict[str, str], *, proxy: bool) -> dict[str, str]:
    """Return what of the metadata is kept; the rest is dropped in silence."""
    dropped = {"retention_id"} | ({"enable_content_trust"} if proxy else set(_FOR_PROXIES))
    dropped |= {key for key, since in _SINCE.items() if not state.at_least(*since)}
    return {key: value for key, value in metadata.items() if key not in dropped}


def _retain_seven_days(state: State, project: Project) -> None:
    identity = state.next_id("retention")
    every = {"kind": "doublestar", "pattern": "**"}
    state.retentions[identity] = {
        "id": identity,
        "algorithm": "or",
        "rules": [
            {
                "id": 1,
                "priority": 1,
                "disabled": False,
                "action": "retain",
                "template": "nDaysSinceLastPull",
                "params": {"nDaysSinceLastPull": 7},
                "tag_selectors": [{**every, "decoration": "matches"}],
                "scope_selectors": {"repository": [{**every, "decoration": "repoMatches"}]},
            }
        ],
        "trigger": {"kind": "Schedule", "settings": {"cron": "0 0 0 * * *"}},
        "scope": {"level": "project", "ref": project.id},
    }
    project.metadata["retention_id"] = str(identity)


def _checked_metadata(body: dict[str, Any]) -> dict[str, str]:
    metadata = body.get("metadata") or {}
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise Refusal(400, f"json: cannot unmarshal into field metadata.{key} of type string")
    if metadata.get("public", "false") not in {"true", "false"}:
        raise Refusal(400, "metadata.public should only be 'true' or 'false'")
    return dict(metadata)


def _create(state: State, ask: Ask) -> Answer:
    body = ask.body()
    metadata = _checked_metadata(body)
    name, registry_id = body.get("project_name", ""), body.get("registry_id")
    restricted = state.configuration["project_creation_restriction"] == "adminonly"
    if (restricted or registry_id is not None) and not (ask.admin or ask.robot):
        raise Refusal(403, "Only system admin can create project")
    if not _NAME.fullmatch(name):
        raise Refusal(400, "project name is not in lower case or contains illegal characters!")
    if state.project_named(name):
        raise Refusal(409, f"The project named {name} already exists")
    if registry_id is not None:
        endpoint = state.endpoints.get(registry_id)
        if endpoint is None or endpoint["type"] not in _PROXY_TYPES:
            raise Refusal(400, f"unsupported registry {registry_id} for a proxy cache project")
    project = add_project(
        state,
        name,
        {"public": "false", **metadata},
        registry_id=registry_id,
        storage=body.get("storage_limit") or int(state.configuration["storage_per_project"]),
    )
    if ask.headers.get("x-resource-name-in-location") == "true":
        return Answer(status=201, headers={"Location": f"{BASE}/projects/{name}"})
    return created(ask, project.id)


def _list(state: State, ask: Ask) -> Answer:
    wanted = ask.keywords().get("name")
    found = [one for one in state.projects.values() if wanted in {None, one.name}]
    return ask.page([_told(state, one) for one in found])


def _told(state: State, project: Project) -> dict[str, Any]:
    body = {
        "project_id": project.id,
        "owner_id": ADMIN_ID,
        "owner_name": "admin",
        "name": project.name,
        "metadata": project.metadata,
        "repo_count": len({repository for repository, _tag in project.artifacts}),
        "creation_time": state.now(),
        "update_time": state.now(),
        "cve_allowlist": {"project_id": project.id, "items": []},
    }
    return body if project.registry_id is None else body | {"registry_id": project.registry_id}


def _update(state: State, ask: Ask) -> Answer:
    project, metadata = state.project_of(ask), _checked_metadata(ask.body())
    if metadata.get("retention_id", project.metadata.get("retention_id")) != (
        project.metadata.get("retention_id")
    ):
        raise Refusal(400, "the retention_id in the request's payload should be omitted")
    project.metadata |= _taken(state, metadata, proxy=project.registry_id is not None)
    return Answer()


def _members(state: State, ask: Ask) -> Answer:
    wanted = ask.query.get("entityname", "")
    return ask.page([one for one in state.project_of(ask).members if wanted in one["entity_name"]])


def _add_member(state: State, ask: Ask) -> Answer:
    project, body = state.project_of(ask), ask.body()
    match body:
        case {"member_user": {"username": name}}:
            if name not in state.users:
                raise Refusal(400, f"user {name} not found")
            kind, entity = "u", list(state.users).index(name) + ADMIN_ID
        case {"member_group": dict() as wanted}:
            group = _group(state, wanted)
            kind, entity, name = "g", group["id"], group["group_name"]
        case _:
            raise Refusal(400, "at least one of member_user or member_group must be provided")
    role = _role(body)
    if any((one["entity_id"], one["entity_type"]) == (entity, kind) for one in project.members):
        raise Refusal(409, "The project member specified already exist")
    identity = state.next_id("member")
    project.members.append(
        {
            "id": identity,
            "project_id": project.id,
            "entity_name": name,
            "entity_type": kind,
            "entity_id": entity,
            "role_id": role,
            "role_name": _ROLES[role],
        }
    )
    return created(ask, identity)


def _group(state: State, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a group that is known or found; one of LDAP is known by its DN, and has a name."""
    dn = wanted.get("ldap_group_dn", "")
    name = wanted.get("group_name") or dn.partition(",")[0].partition("=")[2]
    kind = 1 if dn else wanted.get("group_type", 0)
    for group in state.groups:
        if (group["group_type"], group["ldap_group_dn"], group["group_name"]) == (kind, dn, name):
            return group
    group = {
        "id": state.next_id("group"),
        "group_name": name,
        "group_type": kind,
        "ldap_group_dn": dn,
    }
    state.groups.append(group)
    return group


def _groups(state: State, ask: Ask) -> Answer:
    dn, name = ask.query.get("ldap_group_dn"), ask.query.get("group_name", "")
    return ask.page(
        [
            one
            for one in state.groups
            if dn in {None, one["ldap_group_dn"]} and name in one["group_name"]
        ]
    )


def _change_role(state: State, ask: Ask) -> Answer:
    for member in state.project_of(ask).members:
        if str(member["id"]) == ask.names["member"]:
            role = _role(ask.body())
            member |= {"role_id": role, "role_name": _ROLES[role]}
            return Answer()
    raise Refusal(404, f"member {ask.names['member']} not found")


def _role(body: dict[str, Any]) -> int:
    role = int(body.get("role_id", 0))
    if role not in _ROLES:
        raise Refusal(400, f"role {role} is not valid")
    return role


def _artifact(state: State, ask: Ask) -> Answer:
    project = state.project_of(ask)
    repository, reference = unquote(ask.names["repository"]), ask.names["reference"]
    for (name, tag), digest in project.artifacts.items():
        if name == repository and reference in {tag, digest}:
            return Answer(body={"digest": digest, "project_id": project.id, "type": "IMAGE"})
    raise Refusal(404, f"artifact {project.name}/{repository}:{reference} not found")


def _artifacts(state: State, ask: Ask) -> Answer:
    project, repository = state.project_of(ask), unquote(ask.names["repository"])
    tags: dict[str, list[dict[str, Any]]] = {}
    for (name, tag), digest in project.artifacts.items():
        if name == repository:
            tags.setdefault(digest, []).append({"name": tag, "immutable": False})
    if not tags:
        raise Refusal(404, f"repository {project.name}/{repository} not found")
    return ask.page([{"digest": one, "type": "IMAGE", "tags": tags[one]} for one in tags])


_ONE: Final = "/projects/{project}"
ROUTES: Final = (
    Route(method="GET", template="/projects", handler=_list),
    Route(method="POST", template="/projects", handler=_create),
    Route(method="PUT", template=_ONE, handler=_update),
    Route(method="GET", template=f"{_ONE}/members", handler=_members),
    Route(method="POST", template=f"{_ONE}/members", handler=_add_member),
    Route(method="PUT", template=f"{_ONE}/members/{{member}}", handler=_change_role),
    Route(method="GET", template="/usergroups", handler=_groups),
    Route(
        method="GET",
        template=f"{_ONE}/repositories/{{repository}}/artifacts",
        handler=_artifacts,
    ),
    Route(
        method="GET",
        template=f"{_ONE}/repositories/{{repository}}/artifacts/{{reference}}",
        handler=_artifact,
    ),
)
