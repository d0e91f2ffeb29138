"""Robots: their secrets are told once, by the answer that makes or renews them (§2.6)."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from wizard.practice.harbor.message import BASE, Answer, Ask, Refusal, Route
from wizard.practice.harbor.state import State

_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_LONGEST: Final = 2**31
_ALLOWED: Final = frozenset(
    {
        ("artifact", "read"),
        ("project", "create"),
        ("quota", "update"),
        ("registry", "create"),
        ("replication", "create"),
        ("replication-policy", "create"),
        ("repository", "list"),
        ("repository", "pull"),
        ("repository", "push"),
        ("tag", "create"),
        ("tag", "list"),
    }
)
_DAY: Final = 86400


def _create(state: State, ask: Ask) -> Answer:
    body = ask.body()
    if not _NAME.fullmatch(body.get("name", "")):
        raise Refusal(400, "robot name is not in lower case or contains illegal characters")
    _check(state, body)
    project_id = _project_id(state, body)
    name = f"{state.configuration['robot_name_prefix']}{_scope(body)}{body['name']}"
    if any(one["name"] == name for one in state.robots.values()):
        raise Refusal(409, f"robot account {name} already exists")
    identity, secret, now = state.next_id("robot"), secrets.token_urlsafe(24), state.now()
    state.robots[identity] = {
        "id": identity,
        "name": name,
        "description": body.get("description", ""),
        "level": body["level"],
        "duration": body["duration"],
        "disable": body.get("disable", False),
        "permissions": body["permissions"],
        "expires_at": _expiry(state, body["duration"]),
        "editable": True,
        "creation_time": now,
        "update_time": now,
        # What is sent as `secret` is ignored.
        "secret": secret,
        "project_id": project_id,
    }
    kept = state.robots[identity]
    told = {key: kept[key] for key in ("id", "name", "secret", "creation_time", "expires_at")}
    return Answer(status=201, body=told, headers={"Location": f"{BASE}/robots/{identity}"})


def _check(state: State, body: dict[str, Any]) -> None:
    duration, permissions = body.get("duration", 0), body.get("permissions", [])
    if duration != -1 and not 1 <= duration < _LONGEST:
        raise Refusal(400, f"bad request error duration input: {duration}")
    if body.get("level") not in {"system", "project"}:
        raise Refusal(400, f"bad request error level input: {body.get('level')}")
    if not permissions or not all(one.get("access") for one in permissions):
        raise Refusal(400, "bad request empty permission")
    if body["level"] == "project" and (
        len(permissions) > 1
        or permissions[0]["kind"] != "project"
        or state.project_named(permissions[0]["namespace"]) is None
    ):
        raise Refusal(400, "bad request permission")
    for permission in permissions:
        if permission["kind"] == "system" and permission["namespace"] != "/":
            raise Refusal(400, "bad request namespace of a system permission")
        for access in permission["access"]:
            if (access["resource"], access["action"]) not in _ALLOWED:
                raise Refusal(400, f"bad request permission: {access['resource']}")


def _project_id(state: State, body: dict[str, Any]) -> int:
    if body["level"] == "system":
        return 0
    project = state.project_named(body["permissions"][0]["namespace"])
    return project.id if project else 0


def _scope(body: dict[str, Any]) -> str:
    return f"{body['permissions'][0]['namespace']}+" if body["level"] == "project" else ""


def _expiry(state: State, days: int) -> int:
    return -1 if days == -1 else int(state.clock.now()) + days * _DAY


def _list(state: State, ask: Ask) -> Answer:
    keywords = ask.keywords()
    if keywords.get("Level") == "project":
        if not keywords.get("ProjectID", "").isdigit():
            raise Refusal(400, "must with project ID when to query project robots")
        wanted = int(keywords["ProjectID"])
    else:
        wanted = 0
    return ask.page([_told(one) for one in state.robots.values() if one["project_id"] == wanted])


def _told(robot: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in robot.items() if key not in {"secret", "project_id"}}


def _get(state: State, ask: Ask) -> Answer:
    return Answer(body=_told(_found(state, ask)))


def _update(state: State, ask: Ask) -> Answer:
    robot, body = _found(state, ask), ask.body()
    _check(state, body)
    if (body["name"], body["level"]) != (robot["name"], robot["level"]):
        raise Refusal(400, "cannot update the level or name of robot")
    if body["duration"] != robot["duration"]:
        robot["expires_at"] = _expiry(state, body["duration"])
    kept = ("description", "duration", "disable", "permissions")
    robot |= {key: body[key] for key in kept if key in body}
    return Answer()


def _renew(state: State, ask: Ask) -> Answer:
    robot, given = _found(state, ask), ask.body().get("secret", "")
    if given:
        if len(given) < 8 or not (re.search(r"[a-z]", given) and re.search(r"[A-Z]", given)):  # noqa: PLR2004  # Harbor's own rule
            raise Refusal(400, "the secret must longer than 8 chars")
        robot["secret"] = given
        return Answer(body={"secret": ""})
    robot["secret"] = secrets.token_urlsafe(24)
    return Answer(body={"secret": robot["secret"]})


def _found(state: State, ask: Ask) -> dict[str, Any]:
    robot = state.robots.get(int(ask.names["id"]))
    if robot is None:
        raise Refusal(404, f"robot {ask.names['id']} not found")
    return robot


ROUTES: Final = (
    Route(method="GET", template="/robots", handler=_list),
    Route(method="POST", template="/robots", handler=_create),
    Route(method="GET", template="/robots/{id}", handler=_get),
    Route(method="PUT", template="/robots/{id}", handler=_update),
    Route(method="PATCH", template="/robots/{id}", handler=_renew),
)
