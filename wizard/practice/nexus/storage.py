"""Blob stores, cleanup policies and tasks of the practice Nexus."""

from __future__ import annotations

from typing import Any, Final

from wizard.practice.exchange import Answer, Request, invalid, known, refuse
from wizard.practice.nexus.setting import Route, Setting

_V1: Final = "/service/rest/v1"
_INTERNAL: Final = "/service/rest/internal/cleanup-policies"
_POLICY_KEYS: Final = frozenset(
    {"name", "format", "notes", "criteriaLastDownloaded", "criteriaLastBlobUpdated", "retain"}
    | {"criteriaAssetRegex", "criteriaReleaseType", "sortBy"}
)
_TASK_KEYS: Final = frozenset(
    ["type", "name", "enabled", "alertEmail", "notificationCondition", "frequency", "properties"]
)
_OF_H2: Final = "h2.backup.task"
_TASK_PROPERTIES: Final[dict[str, tuple[str, ...]]] = {
    "repository.docker.gc": ("repositoryName", "deployOffset"),
    "repository.docker.upload-purge": ("age",),
    "blobstore.compact": ("blobstoreName", "blobsOlderThan"),
    "repository.cleanup": (),
    _OF_H2: ("location",),
}
_SI: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_COMPACT_AGE: Final = 80


class Storage:
    """What is kept where, for how long."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.blob_stores: dict[str, dict[str, Any]] = {"default": {"path": "default"}}
        self.policies: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {
            "task-1": {"id": "task-1", "name": "Cleanup service", "type": "repository.cleanup"}
        }

    def routes(self) -> list[Route]:
        """Return the calls that are answered here."""
        stores, tasks = f"{_V1}/blobstores", f"{_V1}/tasks"
        return [
            Route(method="GET", path=stores, handler=self._list),
            Route(method="POST", path=f"{stores}/file", handler=self._add),
            Route(method="GET", path=f"{stores}/file/([^/]+)", handler=self._get),
            Route(method="PUT", path=f"{stores}/file/([^/]+)", handler=self._set),
            Route(method="GET", path=f"{stores}/([^/]+)/quota-status", handler=self._quota),
            *self._policy_routes(f"{_V1}/cleanup-policies", since=74, until=93),
            *self._policy_routes(_INTERNAL, since=94, until=999),
            Route(method="GET", path=tasks, handler=self._tasks),
            Route(method="POST", path=tasks, handler=self._add_task, since=74),
            Route(
                method="GET", path=f"{tasks}/templates/([^/]+)", handler=self._template, since=74
            ),
            Route(method="PUT", path=f"{tasks}/([^/]+)", handler=self._set_task, since=74),
        ]

    def _policy_routes(self, path: str, *, since: int, until: int) -> list[Route]:
        one = f"{path}/([^/]+)"
        return [
            Route(method="GET", path=path, handler=self._policies, since=since, until=until),
            Route(method="POST", path=path, handler=self._add_policy, since=since, until=until),
            Route(method="PUT", path=one, handler=self._set_policy, since=since, until=until),
        ]

    def _list(self, _request: Request) -> Answer:
        return Answer(
            value=[
                {
                    "name": name,
                    "type": "File",
                    "unavailable": False,
                    "blobCount": 0,
                    "totalSizeInBytes": 0,
                    "availableSpaceInBytes": 10**11,
                    **({"softQuota": one["softQuota"]} if "softQuota" in one else {}),
                }
                for name, one in self.blob_stores.items()
            ]
        )

    def _add(self, request: Request) -> Answer:
        wanted = request.document()
        known(wanted, frozenset({"name", "path", "softQuota"}), "FileBlobStoreApiCreateRequest")
        name = wanted.pop("name")
        if name.casefold() in {one.casefold() for one in self.blob_stores}:
            invalid("name", "Name is already used, must be unique (ignoring case)")
        self.blob_stores[name] = wanted
        return Answer(status=204)

    def _get(self, _request: Request, name: str) -> Answer:
        return Answer(value=self._store(name))

    def _set(self, request: Request, name: str) -> Answer:
        self._store(name)
        wanted = request.document()
        known(wanted, frozenset({"path", "softQuota"}), "FileBlobStoreApiUpdateRequest")
        self.blob_stores[name] = wanted
        return Answer(status=204)

    def _store(self, name: str) -> dict[str, Any]:
        if name not in self.blob_stores:
            refuse(404, f"Blob store {name} not found")
        return self.blob_stores[name]

    def _quota(self, _request: Request, name: str) -> Answer:
        quota = self._store(name).get("softQuota")
        if quota is None:
            words = f"Blob store {name} has no quota"
            return Answer(value={"isViolation": False, "blobStoreName": name, "message": words})
        limit = _size(quota["limit"] * self._setting.quota_unit)
        words = f"Blob store {name} is using 0 bytes space and has a limit of {limit}"
        if quota["type"] == "spaceRemainingQuota":
            left = _size(10**11)
            words = (
                f"Blob store {name} is limited to having {limit} available space, and has {left}"
                " space remaining"
            )
        return Answer(value={"isViolation": False, "blobStoreName": name, "message": words})

    def _policies(self, _request: Request) -> Answer:
        return Answer(value=list(self.policies.values()))

    def _add_policy(self, request: Request) -> Answer:
        wanted = self._policy(request)
        if wanted["name"] in self.policies:
            invalid("name", "Name is already used, must be unique (ignoring case)")
        self.policies[wanted["name"]] = wanted
        return Answer(status=201 if request.path.startswith(_V1) else 200, value=wanted)

    def _set_policy(self, request: Request, name: str) -> Answer:
        if name not in self.policies:
            refuse(404, f"Cleanup policy {name} not found")
        self.policies[name] = self._policy(request)
        if request.path.startswith(_V1):
            return Answer(status=204)
        return Answer(value=self.policies[name])

    def _policy(self, request: Request) -> dict[str, Any]:
        wanted = request.document()
        known(wanted, _POLICY_KEYS, "CleanupPolicyXO")
        return wanted

    def _tasks(self, request: Request) -> Answer:
        kind = request.query.get("type")
        found = [task for task in self.tasks.values() if kind in {None, task["type"]}]
        return Answer(value={"items": [self._told(task) for task in found]})

    def _told(self, task: dict[str, Any]) -> dict[str, Any]:
        """Return what this version tells of a task: before 3.74 less."""
        told = {"id", "name", "type"} if self._setting.minor < 74 else task.keys()  # noqa: PLR2004  # 3.74
        return {key: task[key] for key in task if key in told} | {"currentState": "WAITING"}

    def _template(self, _request: Request, kind: str) -> Answer:
        return Answer(
            value={
                "type": kind,
                "name": kind,
                "enabled": True,
                "notificationCondition": "FAILURE",
                "frequency": {"schedule": "manual"},
                "properties": dict.fromkeys(self._properties(kind), ""),
            }
        )

    def _properties(self, kind: str) -> tuple[str, ...]:
        if kind not in _TASK_PROPERTIES or (kind == _OF_H2 and not self._setting.has_h2):
            refuse(404, f"Task type {kind} not found")
        names = _TASK_PROPERTIES[kind]
        if self._setting.minor < _COMPACT_AGE:
            names = tuple(name for name in names if name != "blobsOlderThan")
        return names

    def _add_task(self, request: Request) -> Answer:
        task = self._task(request, "") | {"id": f"task-{len(self.tasks) + 1}"}
        self.tasks[task["id"]] = task
        return Answer(status=201, value=self._told(task))

    def _set_task(self, request: Request, task_id: str) -> Answer:
        if task_id not in self.tasks:
            refuse(404)
        self.tasks[task_id] |= self._task(request, self.tasks[task_id]["type"])
        return Answer(status=204)

    def _task(self, request: Request, kind: str) -> dict[str, Any]:
        wanted = {"type": kind} | request.document()
        known(wanted, _TASK_KEYS, "TaskTemplateXO")
        properties = wanted.get("properties", {})
        known(properties, frozenset(self._properties(wanted["type"])), "properties")
        if not all(isinstance(value, str) for value in properties.values()):
            refuse(400, "Task properties are strings")
        frequency = wanted.pop("frequency")
        return wanted | {
            key: frequency[key] for key in ("schedule", "cronExpression") if key in frequency
        }


def _size(count: int) -> str:
    for unit, name in _SI:
        if count >= unit:
            return f"{count / unit:.2f} {name}"
    return f"{count} bytes"
