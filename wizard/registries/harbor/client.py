"""Harbor's API v2.0: one method for each call that we make (facts/harbor.md §1, §2).

Names of projects go with `X-Is-Resource-Name`, since one of digits would be read as an id; ids
of what was made come from `Location`; lists are read by page, because the longest page has 100.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal
from urllib.parse import quote

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Login
from wizard.registries.harbor.bodies import (
    EndpointBody,
    EndpointUpdate,
    ImmutableRuleBody,
    MemberBody,
    ProjectBody,
    ReplicationBody,
    RetentionBody,
    RobotBody,
    ScheduleBody,
    WebhookBody,
)
from wizard.registries.harbor.calls import Calls, Record
from wizard.registries.management import ManagementAPI, Query
from wizard.secret import Secret

Job = Literal["gc", "purgeaudit", "scanAll"]

_BY_NAME: Final = {"X-Is-Resource-Name": "true"}


def open_harbor(
    url: str,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    login: Login | None,
    hidden: Collection[Secret] = (),
) -> Harbor:
    """Return the API of the Harbor at `url`, whose errors tell none of the `hidden` secrets."""
    base = f"{url.rstrip('/')}/api/v2.0"
    return Harbor(ManagementAPI(base, client=client, clock=clock, login=login, hidden=hidden))


class Harbor:
    """A Harbor that answers at `api`, whose base URL ends in `/api/v2.0`."""

    def __init__(self, api: ManagementAPI) -> None:
        self._calls = Calls(api)

    # The server.

    async def ping(self) -> str:
        """Return `Pong` of a live core, ready or not."""
        return await self._calls.text("/ping")

    async def health(self) -> Record:
        """Return `status` and `components`; the answer is 200 also where it is unwell."""
        return await self._calls.record("/health")

    async def system_info(self) -> Record:
        """Return what is told; the version only to who is known."""
        return await self._calls.record("/systeminfo")

    async def volumes(self) -> Record:
        """Return `storage`, each with `total` and `free` bytes."""
        return await self._calls.record("/systeminfo/volumes")

    async def statistics(self) -> Record:
        """Return counts of projects and repositories, and the bytes of all."""
        return await self._calls.record("/statistics")

    async def current_user(self) -> Record | None:
        """Return who we are; None for a robot, which is no user."""
        return await self._calls.record_unless(412, "/users/current")

    async def configuration(self) -> Record:
        """Return settings, each with `value` and `editable`."""
        return await self._calls.record("/configurations")

    async def configure(self, values: Mapping[str, bool | int | str]) -> None:
        """Change settings, of which the server drops those that it does not know."""
        await self._calls.put("/configurations", dict(values))

    async def scanners(self) -> tuple[Record, ...]:
        """Return scanners; there must be one that `is_default`."""
        return await self._calls.listed("/scanners")

    # Registry endpoints.

    async def endpoints(self, name: str) -> tuple[Record, ...]:
        """Return endpoints whose name is like `name`."""
        return await self._calls.listed("/registries", {"q": f"name={name}"})

    async def create_endpoint(self, body: EndpointBody) -> int:
        """Make one; the server looks upstream first, and answers 500 where it may not in."""
        return await self._calls.create("/registries", body)

    async def update_endpoint(self, identity: int, body: EndpointUpdate) -> None:
        """Change one; a masked secret must never be sent back."""
        await self._calls.put(f"/registries/{identity}", body)

    # Projects.

    async def project(self, name: str) -> Record | None:
        """Return a project by its exact name; None where there is none.

        The list is asked, because of a project that is not there some releases say 404 and
        others 403 (`RequireProjectAccess` in src/server/v2.0/handler/base.go).
        """
        found = await self._calls.listed("/projects", {"q": f"name={name}"})
        return next((one for one in found if one.get("name") == name), None)

    async def create_project(self, body: ProjectBody) -> None:
        """Make one, unless somebody else just did."""
        await self._calls.post("/projects", body, expected=(201, 409))

    async def update_project(self, body: ProjectBody) -> None:
        """Change the metadata that are given."""
        await self._calls.put(_project(body["project_name"]), body, headers=_BY_NAME)

    async def quota(self, project_id: int) -> Record | None:
        """Return a project's quota; None where quotas are switched off."""
        found = await self.quotas({"reference": "project", "reference_id": str(project_id)})
        return found[0] if found else None

    async def quotas(self, query: Query | None = None) -> tuple[Record, ...]:
        """Return quotas, each with `hard` and `used`."""
        return await self._calls.listed("/quotas", query)

    async def update_quota(self, identity: int, storage: int) -> None:
        """Set a quota in bytes; -1 is none."""
        await self._calls.put(f"/quotas/{identity}", {"hard": {"storage": storage}})

    async def retention(self, identity: int) -> Record:
        """Return a retention policy."""
        return await self._calls.record(f"/retentions/{identity}")

    async def create_retention(self, body: RetentionBody) -> int:
        """Make one; 400 where the project has one."""
        return await self._calls.create("/retentions", body)

    async def update_retention(self, identity: int, body: RetentionBody) -> None:
        """Change one."""
        await self._calls.put(f"/retentions/{identity}", body)

    async def immutable_rules(self, project: str) -> tuple[Record, ...]:
        """Return a project's rules."""
        return await self._calls.listed(f"{_project(project)}/immutabletagrules", headers=_BY_NAME)

    async def create_immutable_rule(self, project: str, body: ImmutableRuleBody) -> None:
        """Make one."""
        await self._calls.post(f"{_project(project)}/immutabletagrules", body, headers=_BY_NAME)

    async def members(self, project: str) -> tuple[Record, ...]:
        """Return a project's members, each with `entity_name`, `entity_type` and `role_id`."""
        return await self._calls.listed(f"{_project(project)}/members", headers=_BY_NAME)

    async def groups(self, *, ldap_dn: str = "", name: str = "") -> tuple[Record, ...]:
        """Return groups of users that Harbor knows, by the DN or by what is like the name."""
        query = {"ldap_group_dn": ldap_dn} if ldap_dn else {"group_name": name}
        return await self._calls.listed("/usergroups", query)

    async def add_member(self, project: str, body: MemberBody) -> None:
        """Add one, unless it was just added."""
        await self._calls.post(
            f"{_project(project)}/members", body, headers=_BY_NAME, expected=(201, 409)
        )

    async def change_role(self, project: str, member_id: int, role_id: int) -> None:
        """Give a member another role."""
        path = f"{_project(project)}/members/{member_id}"
        await self._calls.put(path, {"role_id": role_id}, headers=_BY_NAME)

    async def webhooks(self, project: str) -> tuple[Record, ...]:
        """Return a project's webhook policies."""
        return await self._calls.listed(f"{_project(project)}/webhook/policies", headers=_BY_NAME)

    async def webhook_events(self, project: str) -> Record:
        """Return what a webhook can tell."""
        return await self._calls.record(f"{_project(project)}/webhook/events", headers=_BY_NAME)

    async def create_webhook(self, project: str, body: WebhookBody) -> None:
        """Make a webhook policy."""
        await self._calls.post(f"{_project(project)}/webhook/policies", body, headers=_BY_NAME)

    async def update_webhook(self, project: str, identity: int, body: WebhookBody) -> None:
        """Change one."""
        path = f"{_project(project)}/webhook/policies/{identity}"
        await self._calls.put(path, body, headers=_BY_NAME)

    async def artifact(self, project: str, repository: str, reference: str) -> Record | None:
        """Return an artifact by tag or digest; None where there is none.

        The repository is quoted twice, because the front of Harbor reads it once (§1).
        """
        twice = quote(quote(repository, safe=""), safe="")
        path = f"{_project(project)}/repositories/{twice}/artifacts/{quote(reference, safe='')}"
        return await self._calls.record_unless(404, path)

    async def artifacts(self, project: str, repository: str) -> tuple[Record, ...]:
        """Return the artifacts of a repository, each with `digest` and `tags`; quoted as above."""
        twice = quote(quote(repository, safe=""), safe="")
        path = f"{_project(project)}/repositories/{twice}/artifacts"
        return await self._calls.listed(path, {"with_tag": "true"}, headers=_BY_NAME)

    # Robots.

    async def robots(self, project_id: int | None = None) -> tuple[Record, ...]:
        """Return the robots of a project, or those of the system."""
        query = {"q": f"Level=project,ProjectID={project_id}"} if project_id else None
        return await self._calls.listed("/robots", query)

    async def create_robot(self, body: RobotBody) -> tuple[str, Secret]:
        """Make one and return its whole name and its secret, told this once."""
        record = await self._calls.made("/robots", body)
        return str(record.get("name", "")), Secret(str(record.get("secret", "")))

    async def update_robot(self, identity: int, body: RobotBody) -> None:
        """Change one, named by its whole name."""
        await self._calls.put(f"/robots/{identity}", body)

    async def renew_robot(self, identity: int) -> Secret:
        """Give one a new secret, which ends the old one, and return it."""
        record = await self._calls.patch(f"/robots/{identity}", {"secret": ""})
        return Secret(str(record.get("secret", "")))

    # Replication.

    async def replications(self, name: str) -> tuple[Record, ...]:
        """Return replication policies whose name is like `name`."""
        return await self._calls.listed("/replication/policies", {"q": f"name={name}"})

    async def create_replication(self, body: ReplicationBody) -> int:
        """Make a policy."""
        return await self._calls.create("/replication/policies", body)

    async def update_replication(self, identity: int, body: ReplicationBody) -> None:
        """Change one."""
        await self._calls.put(f"/replication/policies/{identity}", body)

    async def start_replication(self, policy_id: int) -> int:
        """Start an execution and return its id; one that may not run has failed already."""
        return await self._calls.create("/replication/executions", {"policy_id": policy_id})

    async def stop_replication(self, execution_id: int) -> None:
        """Stop an execution; layers on their way still arrive."""
        await self._calls.put(f"/replication/executions/{execution_id}")

    async def last_replication(self, policy_id: int) -> Record | None:
        """Return a policy's newest execution."""
        query: Query = {"policy_id": policy_id, "sort": "-start_time"}
        return await self._calls.first("/replication/executions", query)

    async def replication(self, execution_id: int) -> Record:
        """Return an execution."""
        return await self._calls.record(f"/replication/executions/{execution_id}")

    async def replication_tasks(self, execution_id: int, status: str = "") -> tuple[Record, ...]:
        """Return an execution's tasks, one for each repository."""
        query = {"status": status} if status else None
        return await self._calls.listed(f"/replication/executions/{execution_id}/tasks", query)

    async def replication_log(self, execution_id: int, task_id: int) -> str:
        """Return what a task wrote."""
        path = f"/replication/executions/{execution_id}/tasks/{task_id}/log"
        return await self._calls.text(path)

    # Jobs of the system.

    async def schedule(self, job: Job) -> Record | None:
        """Return a job's schedule; None where it has none."""
        record = await self._calls.record(f"/system/{job}/schedule")
        time = record.get("schedule") or {}
        return record if time.get("type") not in {None, "", "None"} else None

    async def create_schedule(self, job: Job, body: ScheduleBody) -> None:
        """Make a job's schedule, or start it now (`Manual`); 409 where it runs already."""
        path = f"/system/{job}/schedule"
        await self._calls.post(path, body, expected=(201, 409) if job == "scanAll" else (201,))

    async def update_schedule(self, job: Job, body: ScheduleBody) -> None:
        """Change a job's schedule."""
        await self._calls.put(f"/system/{job}/schedule", body)

    async def audit_events(self) -> frozenset[str]:
        """Return the kinds of events of the audit log, as `create_artifact`; from 2.13 on."""
        found = await self._calls.whole("/auditlog-exts/events")
        return frozenset(str(one.get("event_type")) for one in found)

    async def scan_progress(self) -> Record | None:
        """Return how far the scan of everything is; None where there is no scanner."""
        return await self._calls.record_unless(412, "/scans/all/metrics")

    async def queues(self) -> tuple[Record, ...]:
        """Return the queues of jobs, each with `count` and `latency` in seconds."""
        return await self._calls.whole("/jobservice/queues")


def _project(name: str) -> str:
    return f"/projects/{quote(name, safe='')}"
