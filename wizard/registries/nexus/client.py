"""Nexus's management API, `<url>/service/rest`: thin methods, one for each call.

Statuses are those that servers were seen to give (facts/nexus_artifactory.md §2); where an answer
says that there is no such thing, None is returned.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from wizard.clock import Clock
from wizard.jsonform import adapter
from wizard.registries.authority import Login
from wizard.registries.management import ManagementAPI, Reply
from wizard.registries.nexus.release import Release, release_of
from wizard.registries.nexus.values import (
    Anonymous,
    BlobStore,
    CleanupPolicy,
    Eula,
    Guard,
    History,
    Month,
    QuotaStatus,
    Role,
    SoftQuota,
    Task,
    TaskPage,
)
from wizard.registries.typed import Document, typed
from wizard.secret import Secret

BASE: Final = "/service/rest"
"""What stands between a server's URL and each path here."""

_Value = TypeVar("_Value")
_OK: Final = (200, 204)
"""Servers answer a PUT with either, by version."""
_NOT_HERE: Final = (402, 404, 405)
"""How a server says that this edition or version has no such endpoint."""


class Nexus:
    """One Nexus; every method raises RegistryFailure."""

    def __init__(self, api: ManagementAPI) -> None:
        self._api = api
        self._cleanup_path: str | None = None

    # ---- what it is

    async def release(self) -> Release:
        """Return version and edition, which the Server header of every answer has."""
        reply = await self._api.call("GET", "/v1/status")
        return release_of(reply.headers.get("server", ""))

    async def is_writable(self) -> bool:
        """Tell whether it is up and not frozen."""
        reply = await self._api.call("GET", "/v1/status/writable", expected=(200, 503))
        return reply.status != 503  # noqa: PLR2004  # its way to say no

    async def knows_us(self) -> bool:
        """Tell whether the login is right; asked once, since failures may be counted."""
        reply = await self._api.call("GET", "/v1/security/realms/active", expected=(200, 401, 403))
        return reply.status != 401  # noqa: PLR2004  # who may not read this is known all the same

    async def eula(self) -> Eula | None:
        """Return the licence; None where the server asks for none."""
        return await self._get("/v1/system/eula", Eula)

    async def accept_eula(self, eula: Eula) -> None:
        """Accept the licence with its own words."""
        body = {"accepted": True, "disclaimer": eula.disclaimer}
        await self._api.call("POST", "/v1/system/eula", expected=(204,), body=body)

    # ---- who may do what

    async def active_realms(self) -> tuple[str, ...]:
        """Return the ids of the realms that are asked, in their order."""
        return await self._always("/v1/security/realms/active", tuple[str, ...])

    async def set_active_realms(self, realms: Sequence[str]) -> None:
        """Have these realms asked; an unknown one is refused."""
        await self._api.call("PUT", "/v1/security/realms/active", expected=_OK, body=list(realms))

    async def anonymous(self) -> Anonymous:
        """Return who somebody without credentials is."""
        return await self._always("/v1/security/anonymous", Anonymous)

    async def set_anonymous(self, anonymous: Anonymous) -> None:
        """Say who somebody without credentials is."""
        body = _document(anonymous)
        await self._api.call("PUT", "/v1/security/anonymous", expected=_OK, body=body)

    async def role(self, role_id: str) -> Role | None:
        """Return a role."""
        return await self._get(f"/v1/security/roles/{_part(role_id)}", Role)

    async def create_role(self, role: Role) -> None:
        """Make a role; privileges that do not exist are refused."""
        await self._api.call("POST", "/v1/security/roles", body=_document(role))

    async def update_role(self, role: Role) -> None:
        """Replace a role."""
        path = f"/v1/security/roles/{_part(role.id)}"
        await self._api.call("PUT", path, expected=_OK, body=_document(role))

    async def user(self, user_id: str) -> Document | None:
        """Return a user; the API finds all whose names begin alike."""
        reply = await self._api.call("GET", "/v1/security/users", query={"userId": user_id})
        users = _typed(reply, tuple[Document, ...], "/v1/security/users")
        return next((user for user in users if user.get("userId") == user_id), None)

    async def update_user(self, user: Document) -> None:
        """Replace a user by a document that was read before."""
        path = f"/v1/security/users/{_part(str(user['userId']))}"
        await self._api.call("PUT", path, expected=_OK, body=user)

    async def guard(self) -> Guard | None:
        """Return the SSRF protection; None before 3.92."""
        return await self._get("/v1/security/ssrf-protection", Guard)

    async def set_guard(self, guard: Guard) -> None:
        """Replace the SSRF protection's lists."""
        body = _document(guard)
        await self._api.call("PUT", "/v1/security/ssrf-protection", expected=_OK, body=body)

    # ---- storage

    async def blob_stores(self) -> tuple[BlobStore, ...]:
        """Return all blob stores, with what they hold."""
        return await self._always("/v1/blobstores", tuple[BlobStore, ...])

    async def file_blob_store(self, name: str) -> Document | None:
        """Return path and quota of a blob store of files."""
        return await self._get(f"/v1/blobstores/file/{_part(name)}", Document)

    async def create_file_blob_store(self, name: str, path: str, quota: SoftQuota | None) -> None:
        """Make a blob store; a path that is not absolute is below the data's `blobs`."""
        body = {"name": name, "path": path} | _quota(quota)
        await self._api.call("POST", "/v1/blobstores/file", expected=(201, 204), body=body)

    async def update_file_blob_store(self, name: str, path: str, quota: SoftQuota | None) -> None:
        """Replace path and quota of a blob store."""
        url = f"/v1/blobstores/file/{_part(name)}"
        await self._api.call("PUT", url, expected=_OK, body={"path": path} | _quota(quota))

    async def quota_status(self, name: str) -> QuotaStatus:
        """Return what the server says of a blob store and its quota."""
        path = f"/v1/blobstores/{_part(name)}/quota-status"
        reply = await self._api.call("GET", path, expected=(200, 204, 404))
        return _typed(reply, QuotaStatus, path) if reply.body else QuotaStatus()

    # ---- repositories

    async def repository_settings(self) -> tuple[Document, ...]:
        """Return the whole configurations of all repositories; secrets are not in them."""
        return await self._always("/v1/repositorySettings", tuple[Document, ...])

    async def docker_repository(self, kind: str, name: str) -> Document | None:
        """Return the whole configuration of one of the kind proxy, hosted or group."""
        return await self._get(f"/v1/repositories/docker/{kind}/{_part(name)}", Document)

    async def create_docker_repository(self, kind: str, body: Document) -> None:
        """Make a repository."""
        path = f"/v1/repositories/docker/{kind}"
        await self._api.call("POST", path, expected=(201,), body=body)

    async def update_docker_repository(self, kind: str, body: Document) -> None:
        """Replace a repository's configuration; a password that is left out is lost."""
        path = f"/v1/repositories/docker/{kind}/{_part(str(body['name']))}"
        await self._api.call("PUT", path, expected=(204,), body=body)

    # ---- what keeps it small

    async def cleanup_policies(self) -> tuple[CleanupPolicy, ...] | None:
        """Return all cleanup policies; None where no endpoint has them.

        `/v1` has them up to 3.93, `/internal` from 3.94 on (facts/nexus_artifactory.md §1.4): both
        are asked, the public one first.
        """
        paths = ("/v1/cleanup-policies", "/internal/cleanup-policies")
        for path, absent in zip(paths, ((403, *_NOT_HERE), (404, 405)), strict=True):
            reply = await self._api.call("GET", path, expected=(200, *absent))
            if reply.status not in absent:
                self._cleanup_path = path
                return _typed(reply, tuple[CleanupPolicy, ...], path)
        return None

    async def create_cleanup_policy(self, policy: CleanupPolicy) -> None:
        """Make a policy where `cleanup_policies` found them."""
        await self._api.call(
            "POST", await self._policies(), expected=(200, 201), body=_document(policy)
        )

    async def update_cleanup_policy(self, policy: CleanupPolicy) -> None:
        """Replace a policy where `cleanup_policies` found them."""
        path = f"{await self._policies()}/{_part(policy.name)}"
        await self._api.call("PUT", path, expected=_OK, body=_document(policy))

    async def _policies(self) -> str:
        if self._cleanup_path is None:
            await self.cleanup_policies()
        return self._cleanup_path or "/v1/cleanup-policies"

    async def tasks(self, kind: str) -> tuple[Task, ...]:
        """Return all tasks of one type."""
        reply = await self._api.call("GET", "/v1/tasks", query={"type": kind})
        return _typed(reply, TaskPage, "/v1/tasks").items

    async def task_template(self, kind: str) -> Document | None:
        """Return what a task of a type is made of; None where tasks cannot be made."""
        path = f"/v1/tasks/templates/{_part(kind)}"
        return await self._get(path, Document, absent=_NOT_HERE)

    async def create_task(self, body: Document) -> None:
        """Make a task; names may repeat, so look for it before."""
        await self._api.call("POST", "/v1/tasks", expected=(201,), body=body)

    async def update_task(self, task_id: str, body: Document) -> None:
        """Replace a task."""
        await self._api.call("PUT", f"/v1/tasks/{_part(task_id)}", expected=_OK, body=body)

    # ---- the rest

    async def capabilities(self) -> tuple[Document, ...] | None:
        """Return all capabilities; None before 3.82."""
        return await self._get("/v1/capabilities", tuple[Document, ...], absent=_NOT_HERE)

    async def create_capability(self, body: Document) -> None:
        """Switch a capability on."""
        await self._api.call("POST", "/v1/capabilities", expected=(200, 201, 204), body=body)

    async def update_capability(self, body: Document) -> None:
        """Replace a capability by its id."""
        path = f"/v1/capabilities/{_part(str(body['id']))}"
        await self._api.call("PUT", path, expected=_OK, body=body)

    async def months(self) -> tuple[Month, ...] | None:
        """Return what was counted in up to twelve months; None before 3.81."""
        return await self._get("/v1/monthly-metrics", tuple[Month, ...], absent=_NOT_HERE)

    async def daily(self, metric: str) -> History | None:
        """Return `requests` or `components` of seven days; None before 3.92."""
        reply = await self._api.call(
            "GET",
            "/v1/usage-history",
            expected=(200, *_NOT_HERE),
            query={"metric": metric, "period": "daily"},
        )
        return None if reply.status in _NOT_HERE else _typed(reply, History, "/v1/usage-history")

    async def _always(self, path: str, kind: type[_Value]) -> _Value:
        return _typed(await self._api.call("GET", path), kind, path)

    async def _get(
        self, path: str, kind: type[_Value], *, absent: Collection[int] = (404,)
    ) -> _Value | None:
        reply = await self._api.call("GET", path, expected=(200, *absent))
        return None if reply.status in absent else _typed(reply, kind, path)


def nexus_at(
    url: str,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    login: Login,
    hidden: Collection[Secret] = (),
) -> Nexus:
    """Return the client of the Nexus at a URL without a path.

    Args:
        url: `https://host[:port]`, with the context path if the server has one.
        client: from `wizard.registries.http.open_client`.
        clock: waits between tries of reading calls.
        login: of an administrator.
        hidden: secrets that will be sent and that no error may tell, `Wanted.secrets`.
    """
    api = ManagementAPI(f"{url}{BASE}", client=client, clock=clock, login=login, hidden=hidden)
    return Nexus(api)


def _part(name: str) -> str:
    return quote(name, safe="")


def _quota(quota: SoftQuota | None) -> Document:
    return {} if quota is None else {"softQuota": _document(quota)}


def _document(value: Any) -> Document:
    """Return a value as the API spells it, without what is not set."""
    document: Document = adapter(type(value)).dump_python(
        value, mode="json", by_alias=True, exclude_none=True
    )
    return document


def _typed(reply: Reply, kind: type[_Value], path: str) -> _Value:
    return typed(reply, kind, f"{BASE}{path}")
