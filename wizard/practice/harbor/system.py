"""Health, information, settings, users, quotas and queues (§2.1, §2.8, §2.14)."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.harbor.message import Answer, Ask, Refusal, Route
from wizard.practice.harbor.state import ADMIN_ID, Project, State

_COMPONENTS: Final = (
    "core",
    "database",
    "jobservice",
    "portal",
    "redis",
    "registry",
    "registryctl",
    "trivy",
)


_AUDIT_EVENTS: Final = tuple(
    f"{operation}_{resource}"
    for resource, operations in {
        "artifact": ("create", "delete", "pull"),
        "project": ("create", "delete"),
        "robot": ("create", "delete"),
        "tag": ("create", "delete"),
        "user": ("create", "delete", "login", "logout", "update"),
    }.items()
    for operation in operations
)


def _ping(_state: State, _ask: Ask) -> Answer:
    return Answer(text="Pong")


def _health(state: State, _ask: Ask) -> Answer:
    """Answer 200 whatever the health: it stands in the body."""
    components = []
    for name in _COMPONENTS:
        if name == "trivy" and not state.scanner:
            continue
        error = state.unwell.get(name)
        one = {"name": name, "status": "unhealthy" if error else "healthy"}
        components.append(one | ({"error": error} if error else {}))
    status = "unhealthy" if state.unwell else "healthy"
    return Answer(body={"status": status, "components": components})


def _info(state: State, ask: Ask) -> Answer:
    """Tell the version and the URL only to who is known."""
    body: dict[str, Any] = {
        "auth_mode": state.configuration["auth_mode"],
        "primary_auth_mode": False,
        "self_registration": state.configuration["self_registration"],
        "banner_message": state.configuration["banner_message"],
    }
    if ask.who:
        body |= {
            "harbor_version": state.version,
            "external_url": state.external_url,
            "registry_url": state.external_url.partition("://")[2],
            "read_only": state.configuration["read_only"],
            "project_creation_restriction": state.configuration["project_creation_restriction"],
            "registry_storage_provider_name": "filesystem",
            "has_ca_root": False,
            "notification_enable": True,
            "current_time": state.now(),
        }
    return Answer(body=body)


def _volumes(state: State, _ask: Ask) -> Answer:
    total, free = state.storage
    return Answer(body={"storage": [{"total": total, "free": free}]})


def _statistics(state: State, _ask: Ask) -> Answer:
    public = [one for one in state.projects.values() if one.metadata.get("public") == "true"]
    return Answer(
        body={
            "public_project_count": len(public),
            "private_project_count": len(state.projects) - len(public),
            "total_project_count": len(state.projects),
            "total_storage_consumption": sum(one.used for one in state.projects.values()),
        }
    )


def _current_user(_state: State, ask: Ask) -> Answer:
    if ask.robot:
        raise Refusal(412, f"get current user not available for security context: {ask.who}")
    return Answer(
        body={
            "user_id": ADMIN_ID if ask.admin else ADMIN_ID + 1,
            "username": ask.who,
            "sysadmin_flag": ask.admin,
            "admin_role_in_auth": False,
        }
    )


def _configuration(state: State, _ask: Ask) -> Answer:
    return Answer(
        body={
            key: {"value": value, "editable": not state.overwritten}
            for key, value in state.configuration.items()
        }
    )


def _configure(state: State, ask: Ask) -> Answer:
    """Take what is known, and drop the rest in silence."""
    body = ask.body()
    if state.overwritten:
        raise Refusal(403, "current config is init by env variable: CONFIG_OVERWRITE_JSON")
    for key, value in body.items():
        known = state.configuration.get(key)
        if known is not None and type(value) is not type(known):
            raise Refusal(400, f"parsing configurations body failed: {key}")
    endpoint = body.get("audit_log_forward_endpoint", "")
    if endpoint and endpoint not in state.reachable:
        raise Refusal(400, f"could not connect to the audit endpoint: {endpoint}")
    forwards = endpoint or state.configuration["audit_log_forward_endpoint"]
    if body.get("skip_audit_log_database") and not forwards:
        raise Refusal(400, "audit_log_forward_endpoint is required to skip the database")
    state.configuration |= {k: v for k, v in body.items() if k in state.configuration}
    return Answer()


def _quotas(state: State, ask: Ask) -> Answer:
    wanted = ask.query.get("reference_id")
    return ask.page(
        [
            _quota(state, one)
            for one in state.projects.values()
            if wanted is None or str(one.id) == wanted
        ]
    )


def _quota(state: State, project: Project) -> dict[str, Any]:
    return {
        "id": project.quota_id,
        "ref": {"id": project.id, "name": project.name, "owner_name": "admin"},
        "hard": {"storage": project.storage},
        "used": {"storage": project.used},
        "creation_time": state.now(),
        "update_time": state.now(),
    }


def _update_quota(state: State, ask: Ask) -> Answer:
    for project in state.projects.values():
        if str(project.quota_id) == ask.names["id"]:
            storage = ask.body().get("hard", {}).get("storage", 0)
            if storage == 0 or storage < -1:
                raise Refusal(400, f"the quota value of storage is invalid: {storage}")
            project.storage = storage
            return Answer()
    raise Refusal(404, f"quota {ask.names['id']} not found")


def _scanners(state: State, ask: Ask) -> Answer:
    trivy = {"uuid": "1", "name": "Trivy", "url": "http://trivy-adapter:8080", "is_default": True}
    return ask.page([trivy] if state.scanner else [])


def _audit_events(_state: State, _ask: Ask) -> Answer:
    return Answer(body=[{"event_type": one} for one in _AUDIT_EVENTS])


def _queues(state: State, _ask: Ask) -> Answer:
    return Answer(
        body=[
            {"job_type": kind, "count": count, "latency": latency, "paused": False}
            for kind, (count, latency) in state.queues.items()
        ]
    )


ROUTES: Final = (
    Route(method="GET", template="/ping", handler=_ping),
    Route(method="GET", template="/health", handler=_health),
    Route(method="GET", template="/systeminfo", handler=_info),
    Route(method="GET", template="/systeminfo/volumes", handler=_volumes),
    Route(method="GET", template="/statistics", handler=_statistics),
    Route(method="GET", template="/users/current", handler=_current_user),
    Route(method="GET", template="/configurations", handler=_configuration),
    Route(method="PUT", template="/configurations", handler=_configure),
    Route(method="GET", template="/quotas", handler=_quotas),
    Route(method="PUT", template="/quotas/{id}", handler=_update_quota),
    Route(method="GET", template="/scanners", handler=_scanners),
    Route(method="GET", template="/auditlog-exts/events", handler=_audit_events),
    Route(method="GET", template="/jobservice/queues", handler=_queues),
)
