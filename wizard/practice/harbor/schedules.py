"""Garbage collection, purge of the audit log, and the scan of everything (§2.11, §2.14, §2.17)."""

from __future__ import annotations

import json
from typing import Any, Final

from wizard.practice.harbor.message import BASE, Answer, Ask, Refusal, Route, Uncoded
from wizard.practice.harbor.state import Scan, State

_MOST_WORKERS: Final = 10
_MANDATORY: Final = ("audit_retention_hour", "include_event_types")


def _get(job: str) -> Route:
    def handler(state: State, _ask: Ask) -> Answer:
        kept = state.schedules.get(job)
        # go-swagger sends 200 and nothing where the payload is nil.
        if kept is None:
            return Answer()
        return Answer(
            body={
                "id": kept["id"],
                "job_name": job,
                "job_kind": kept["schedule"]["type"],
                "job_parameters": json.dumps(kept["parameters"]),
                "schedule": kept["schedule"],
                "job_status": "",
                "deleted": False,
                "creation_time": kept["time"],
                "update_time": kept["time"],
            }
        )

    return Route(method="GET", template=f"/system/{job}/schedule", handler=handler)


def _set(job: str, method: str) -> Route:
    def handler(state: State, ask: Ask) -> Answer:
        body = ask.body()
        parameters = body.get("parameters")
        _check(job, parameters)
        identity = 0
        match body["schedule"]:
            case {"type": "Manual"}:
                identity = state.next_id(job)
            case {"type": "None"}:
                state.schedules.pop(job, None)
            case {"cron": str() as cron} if cron:
                state.schedules[job] = {
                    "id": state.next_id(job),
                    "schedule": body["schedule"],
                    "parameters": parameters,
                    "time": state.now(),
                }
            case _:
                raise Refusal(400, "empty cron string for schedule")
        if method == "PUT":
            return Answer()
        return Answer(status=201, headers={"Location": f"{BASE}/system/{job}/{identity}"})

    return Route(method=method, template=f"/system/{job}/schedule", handler=handler)


def _check(job: str, parameters: dict[str, Any] | None) -> None:
    if job == "purgeaudit":
        for key in _MANDATORY:
            if key not in (parameters or {}):
                raise Refusal(400, f"{key} should provide")
        return
    if parameters is None:
        raise Uncoded("assignment to entry in nil map")
    workers = parameters.get("workers", 1)
    if not 1 <= workers <= _MOST_WORKERS:
        raise Refusal(400, f"Error: Invalid number of workers:{workers}")


def _needs_scanner(state: State) -> None:
    if not state.scanner:
        raise Refusal(412, "no scanner is configured, it's not possible to scan")


def _scan_schedule(state: State, _ask: Ask) -> Answer:
    _needs_scanner(state)
    kept = state.schedules.get("scanAll")
    return Answer(body=kept) if kept else Answer()


def _create_scan(state: State, ask: Ask) -> Answer:
    _needs_scanner(state)
    schedule = ask.body()["schedule"]
    if schedule["type"] == "Manual":
        if state.scan.trigger and state.scan.completed < state.scan.total:
            raise Refusal(409, "a previous scan all job is Running")
        total = sum(len(one.artifacts) for one in state.projects.values())
        state.scan = Scan(total=total, trigger="Manual")
    elif schedule["type"] != "None":
        if "scanAll" in state.schedules:
            raise Refusal(412, "fail to set schedule for scan all as always had one")
        _keep_scan(state, schedule)
    return Answer(status=201, headers={"Location": f"{BASE}{ask.path}"})


def _update_scan(state: State, ask: Ask) -> Answer:
    _needs_scanner(state)
    schedule = ask.body()["schedule"]
    if schedule["type"] == "Manual":
        raise Refusal(400, "fail to update scan all schedule as wrong schedule type: Manual")
    state.schedules.pop("scanAll", None)
    if schedule["type"] != "None":
        _keep_scan(state, schedule)
    return Answer()


def _keep_scan(state: State, schedule: dict[str, Any]) -> None:
    now = state.now()
    identity = state.next_id("scanAll")
    state.schedules["scanAll"] = {
        "id": identity,
        "schedule": schedule,
        "creation_time": now,
        "update_time": now,
    }


def _scan_progress(state: State, _ask: Ask) -> Answer:
    _needs_scanner(state)
    scan = state.scan
    if not scan.trigger:
        return Answer(body={"total": 0, "completed": 0, "ongoing": False})
    body = {
        "total": scan.total,
        "completed": scan.completed,
        "metrics": {
            "Success": scan.completed - min(scan.failed, scan.completed),
            "Error": min(scan.failed, scan.completed),
            "Running": scan.total - scan.completed,
        },
        "ongoing": scan.completed < scan.total,
        "trigger": scan.trigger,
    }
    scan.completed = min(scan.completed + 1, scan.total)
    return Answer(body=body)


ROUTES: Final = (
    *(_get(job) for job in ("gc", "purgeaudit")),
    *(_set(job, method) for job in ("gc", "purgeaudit") for method in ("POST", "PUT")),
    Route(method="GET", template="/system/scanAll/schedule", handler=_scan_schedule),
    Route(method="POST", template="/system/scanAll/schedule", handler=_create_scan),
    Route(method="PUT", template="/system/scanAll/schedule", handler=_update_scan),
    Route(method="GET", template="/scans/all/metrics", handler=_scan_progress),
)
