"""Replication: policies, executions, and what is skipped in silence (§2.4, §2.5)."""

from __future__ import annotations

from typing import Any, Final, Literal

from wizard.practice.harbor.endpoints import told
from wizard.practice.harbor.message import Answer, Ask, Refusal, Route, created
from wizard.practice.harbor.projects import add_project
from wizard.practice.harbor.state import Running, State

NOTHING: Final = "no resources need to be replicated"
_CRON_FIELDS: Final = 6


def _list(state: State, ask: Ask) -> Answer:
    wanted = ask.keywords().get("name", "")
    found = [one for one in state.replications.values() if not wanted or one["name"] == wanted]
    return ask.page([_told(state, one) for one in found])


def _told(state: State, policy: dict[str, Any]) -> dict[str, Any]:
    body = {key: value for key, value in policy.items() if key != "src"}
    return body | {"src_registry": told(state, state.endpoints[policy["src"]])}


def _kept(state: State, body: dict[str, Any]) -> dict[str, Any]:
    """Return a policy as it is kept; raises Refusal for one that could never run."""
    source = body.get("src_registry", {}).get("id", 0)
    if bool(source) == bool(body.get("dest_registry", {}).get("id", 0)):
        raise Refusal(400, "either src_registry or dest_registry should be empty")
    if source not in state.endpoints:
        raise Refusal(404, f"registry {source} not found")
    for one in body.get("filters", []):
        if "decoration" in one and one["type"] not in {"tag", "label"}:
            raise Refusal(400, f"only tag and label filter support decoration, not {one['type']}")
    trigger = body.get("trigger", {"type": "manual"})
    if trigger["type"] == "scheduled":
        fields = trigger.get("trigger_settings", {}).get("cron", "").split()
        if len(fields) != _CRON_FIELDS or fields[0] != "0" or fields[1] == "*":
            raise Refusal(400, "invalid cron string for scheduled trigger")
    kept = {key: value for key, value in body.items() if key not in {"src_registry", "id"}}
    # The handler reads `deletion` alone, and knows no negative speed.
    kept["replicate_deletion"] = kept.get("deletion", False)
    kept["speed"] = max(kept.get("speed", 0), 0)
    kept.setdefault("dest_namespace_replace_count", -1)
    if not state.at_least(2, 14):
        kept.pop("single_active_replication", None)
    return kept | {"src": source, "update_time": state.now()}


def _create(state: State, ask: Ask) -> Answer:
    body = ask.body()
    if any(one["name"] == body.get("name") for one in state.replications.values()):
        raise Refusal(409, f"replication policy {body['name']} already exists")
    kept = _kept(state, body)
    identity = state.next_id("replication")
    state.replications[identity] = kept | {"id": identity, "creation_time": state.now()}
    return created(ask, identity)


def _update(state: State, ask: Ask) -> Answer:
    policy = state.replications.get(int(ask.names["id"]))
    if policy is None:
        raise Refusal(404, f"replication policy {ask.names['id']} not found")
    policy |= _kept(state, ask.body())
    return Answer()


def _start(state: State, ask: Ask) -> Answer:
    policy = state.replications.get(ask.body().get("policy_id", 0))
    if policy is None:
        raise Refusal(404, "replication policy not found")
    if not policy.get("enabled"):
        raise Refusal(412, f"the policy {policy['id']} is disabled")
    active = any(
        one.policy_id == policy["id"] and one.status == "InProgress"
        for one in state.executions.values()
    )
    run = Running(id=state.next_id("execution"), policy_id=policy["id"], started=state.now())
    state.executions[run.id] = run
    if active and policy.get("single_active_replication"):
        run.status = "Failed"
        run.status_text = "Execution skipped: active replication still in progress."
    else:
        _prepare(state, policy, run)
    return created(ask, run.id)


def _prepare(state: State, policy: dict[str, Any], run: Running) -> None:
    """Make a task for each repository; none into a proxy project, which is told to nobody."""
    filters = {one["type"]: one["value"] for one in policy.get("filters", [])}
    matching = state.upstream.matching(filters.get("name", ""), filters.get("tag", ""))
    target = state.project_named(policy["dest_namespace"])
    if target is not None and target.registry_id is not None:
        matching = {}
    if not matching:
        run.status, run.status_text = "Succeed", NOTHING
        return
    if target is None:
        target = add_project(
            state, policy["dest_namespace"], {"public": "false"}, registry_id=None, storage=-1
        )
    for repository, tags in matching.items():
        path = "/".join(repository.split("/")[max(policy["dest_namespace_replace_count"], 0) :])
        run.tasks.append(
            {
                "id": state.next_id("task"),
                "execution_id": run.id,
                "status": "Pending",
                "operation": "copy",
                "resource_type": "image",
                "src_resource": f"{repository} [{len(tags)} item(s) in total]",
                "dst_resource": f"{target.name}/{path} [{len(tags)} item(s) in total]",
                "start_time": run.started,
            }
        )
        run.work.append((repository, path, tags))


def _advance(state: State, run: Running) -> None:
    """Do the next task, and end after the last."""
    if run.status != "InProgress":
        return
    if run.work:
        task = run.tasks[len(run.tasks) - len(run.work)]
        task["status"] = _copied(state, state.replications[run.policy_id], run.work.pop(0))
    elif any(task["status"] == "Failed" for task in run.tasks):
        run.status = "Failed"
    else:
        run.status = "Succeed"


def _copied(
    state: State, policy: dict[str, Any], image: tuple[str, str, tuple[str, ...]]
) -> Literal["Succeed", "Failed"]:
    repository, path, tags = image
    target = state.project_named(policy["dest_namespace"])
    if target is None or not state.upstream.knows(state.endpoints[policy["src"]].get("credential")):
        return "Failed"
    hub = state.upstream.hub
    for tag in tags:
        name = f"{target.name}/{path}"
        digest = hub.copy(state.images, repository, tag, name=name) if hub else None
        target.artifacts[path, tag] = digest or state.upstream.digest(repository, tag)
    return "Succeed"


def _execution(state: State, run: Running) -> dict[str, Any]:
    _advance(state, run)
    statuses = [task["status"] for task in run.tasks]
    body = {
        "id": run.id,
        "policy_id": run.policy_id,
        "status": run.status,
        "status_text": run.status_text,
        "trigger": "manual",
        "start_time": run.started,
        "total": len(statuses),
        "succeed": statuses.count("Succeed"),
        "failed": statuses.count("Failed"),
        "stopped": statuses.count("Stopped"),
        "in_progress": statuses.count("Pending"),
    }
    return body if run.status == "InProgress" else body | {"end_time": state.now()}


def _executions(state: State, ask: Ask) -> Answer:
    runs = [
        one
        for one in state.executions.values()
        if str(one.policy_id) == ask.query.get("policy_id", str(one.policy_id))
    ]
    newest_first = sorted(runs, key=lambda one: -one.id)
    return ask.page([_execution(state, one) for one in newest_first])


def _get_execution(state: State, ask: Ask) -> Answer:
    return Answer(body=_execution(state, _found(state, ask)))


def _stop(state: State, ask: Ask) -> Answer:
    run = _found(state, ask)
    if run.status == "InProgress":
        run.status = "Stopped"
        run.work.clear()
        for task in run.tasks:
            task["status"] = "Stopped" if task["status"] == "Pending" else task["status"]
    return Answer()


def _tasks(state: State, ask: Ask) -> Answer:
    wanted = ask.query.get("status", "")
    return ask.page([one for one in _found(state, ask).tasks if wanted in {"", one["status"]}])


def _log(state: State, ask: Ask) -> Answer:
    for task in _found(state, ask).tasks:
        if str(task["id"]) == ask.names["task"]:
            return Answer(text=f"[{task['status']}] copy {task['src_resource']}\n")
    raise Refusal(404, f"task {ask.names['task']} not found")


def _found(state: State, ask: Ask) -> Running:
    run = state.executions.get(int(ask.names["id"]))
    if run is None:
        raise Refusal(404, f"execution {ask.names['id']} not found")
    return run


_POLICIES: Final = "/replication/policies"
_EXECUTIONS: Final = "/replication/executions"
ROUTES: Final = (
    Route(method="GET", template=_POLICIES, handler=_list),
    Route(method="POST", template=_POLICIES, handler=_create),
    Route(method="PUT", template=f"{_POLICIES}/{{id}}", handler=_update),
    Route(method="GET", template=_EXECUTIONS, handler=_executions),
    Route(method="POST", template=_EXECUTIONS, handler=_start),
    Route(method="GET", template=f"{_EXECUTIONS}/{{id}}", handler=_get_execution),
    Route(method="PUT", template=f"{_EXECUTIONS}/{{id}}", handler=_stop),
    Route(method="GET", template=f"{_EXECUTIONS}/{{id}}/tasks", handler=_tasks),
    Route(method="GET", template=f"{_EXECUTIONS}/{{id}}/tasks/{{task}}/log", handler=_log),
)
