"""Rules of a project: retention, immutable tags, webhooks (§2.9, §2.10, §2.15)."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.harbor.message import Answer, Ask, Refusal, Route, created
from wizard.practice.harbor.state import State

_MOST_RULES: Final = 15
_TEMPLATES: Final = frozenset(
    {"latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull", "always"}
)
EVENTS: Final = (
    "DELETE_ARTIFACT",
    "PULL_ARTIFACT",
    "PUSH_ARTIFACT",
    "QUOTA_EXCEED",
    "QUOTA_WARNING",
    "REPLICATION",
    "SCANNING_COMPLETED",
    "SCANNING_FAILED",
    "SCANNING_STOPPED",
    "TAG_RETENTION",
)


def _create_retention(state: State, ask: Ask) -> Answer:
    body = ask.body()
    _check(body)
    project = state.projects.get(body.get("scope", {}).get("ref", 0))
    if project is None:
        raise Refusal(400, "invalid Project id")
    if known := project.metadata.get("retention_id"):
        raise Refusal(400, f"project {project.id} already has retention policy {known}")
    identity = state.next_id("retention")
    state.retentions[identity] = body | {"id": identity}
    project.metadata["retention_id"] = str(identity)
    return created(ask, identity)


def _check(body: dict[str, Any]) -> None:
    rules = body.get("rules", [])
    if len(rules) > _MOST_RULES:
        raise Refusal(400, f"only {_MOST_RULES} rules are allowed at most")
    for rule in rules:
        template = rule.get("template")
        if template not in _TEMPLATES or (template != "always" and template not in rule["params"]):
            raise Refusal(400, f"rule template {template} is not valid")


def _get_retention(state: State, ask: Ask) -> Answer:
    return Answer(body=_retention(state, ask))


def _update_retention(state: State, ask: Ask) -> Answer:
    kept, body = _retention(state, ask), ask.body()
    _check(body)
    if body.get("scope", {}).get("ref") != kept["scope"]["ref"]:
        raise Refusal(404, f"the retention policy id {kept['id']} does not match")
    state.retentions[kept["id"]] = body | {"id": kept["id"]}
    return Answer()


def _retention(state: State, ask: Ask) -> dict[str, Any]:
    kept = state.retentions.get(int(ask.names["id"]))
    if kept is None:
        raise Refusal(404, f"no such retention policy {ask.names['id']}")
    return kept


def _immutable_rules(state: State, ask: Ask) -> Answer:
    return ask.page(state.project_of(ask).immutable_rules)


def _create_immutable_rule(state: State, ask: Ask) -> Answer:
    project, body = state.project_of(ask), ask.body()
    if body.get("template") != "immutable_template":
        raise Refusal(400, "the template of an immutable rule is not valid")
    identity = state.next_id("immutable")
    project.immutable_rules.append(body | {"id": identity, "priority": 0})
    return created(ask, identity)


def _webhooks(state: State, ask: Ask) -> Answer:
    return ask.page(state.project_of(ask).webhooks)


def _events(state: State, ask: Ask) -> Answer:
    state.project_of(ask)
    return Answer(
        body={
            "event_type": list(EVENTS),
            "notify_type": ["http", "slack"],
            "payload_formats": [{"notify_type": "http", "formats": ["Default", "CloudEvents"]}],
        }
    )


def _create_webhook(state: State, ask: Ask) -> Answer:
    project, body = state.project_of(ask), ask.body()
    _check_webhook(body)
    identity = state.next_id("webhook")
    project.webhooks.append(_kept_webhook(state, body) | {"id": identity, "project_id": project.id})
    return created(ask, identity)


def _update_webhook(state: State, ask: Ask) -> Answer:
    body = ask.body()
    _check_webhook(body)
    for webhook in state.project_of(ask).webhooks:
        if str(webhook["id"]) == ask.names["id"]:
            webhook.update(_kept_webhook(state, body))
            return Answer()
    raise Refusal(404, f"webhook policy {ask.names['id']} not found")


def _check_webhook(body: dict[str, Any]) -> None:
    for event in body.get("event_types", []):
        if event not in EVENTS:
            raise Refusal(400, f"unsupported event type {event}")
    if not body.get("targets"):
        raise Refusal(400, "empty notification target with policy")


def _kept_webhook(state: State, body: dict[str, Any]) -> dict[str, Any]:
    now = state.now()
    return body | {"creator": "admin", "creation_time": now, "update_time": now}


_ONE: Final = "/projects/{project}"
ROUTES: Final = (
    Route(method="POST", template="/retentions", handler=_create_retention),
    Route(method="GET", template="/retentions/{id}", handler=_get_retention),
    Route(method="PUT", template="/retentions/{id}", handler=_update_retention),
    Route(method="GET", template=f"{_ONE}/immutabletagrules", handler=_immutable_rules),
    Route(method="POST", template=f"{_ONE}/immutabletagrules", handler=_create_immutable_rule),
    Route(method="GET", template=f"{_ONE}/webhook/policies", handler=_webhooks),
    Route(method="POST", template=f"{_ONE}/webhook/policies", handler=_create_webhook),
    Route(method="PUT", template=f"{_ONE}/webhook/policies/{{id}}", handler=_update_webhook),
    Route(method="GET", template=f"{_ONE}/webhook/events", handler=_events),
)
