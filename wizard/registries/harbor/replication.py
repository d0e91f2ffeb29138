"""Replication policies, and how far their runs are (facts/harbor.md §2.4, §2.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.harbor.bodies import FilterBody, ReplicationBody, TriggerBody
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.endpoints import find_endpoint
from wizard.registries.harbor.projects import the_project
from wizard.registries.harbor.replicated import Comparison
from wizard.registries.harbor.server import SINGLE_REPLICATION, Server
from wizard.registries.harbor.wanted import Replication
from wizard.registries.provisioning import Action, Finding
from wizard.secret import Secret
from wizard.wording import _

RUNNING: Final = "InProgress"
_POLL_SECONDS: Final = 2.0
PATIENCE: Final = 6 * 3600.0
"""Seconds that a run is waited for; it goes on without us, and can be waited for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, in repositories; Harbor tells no bytes (§2.5).

    Attributes:
        comparison: of what was copied with what upstream has; None until it is made.
    """

    status: str
    total: int
    succeeded: int
    failed: int
    text: str = ""
    comparison: Comparison | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen."""
        return self.status != RUNNING


def read_progress(execution: Record) -> Progress:
    """Return the progress in an execution."""
    return Progress(
        status=str(execution.get("status", "")),
        total=int(execution.get("total") or 0),
        succeeded=int(execution.get("succeed") or 0),
        failed=int(execution.get("failed") or 0),
        text=str(execution.get("status_text") or ""),
    )


async def follow(
    harbor: Harbor, clock: Clock, execution_id: int, *, patience: float = PATIENCE
) -> AsyncIterator[Progress]:
    """Yield the progress of a run until it ended; raises RegistryError after `patience`."""
    deadline = clock.monotonic() + patience
    while True:
        progress = read_progress(await harbor.replication(execution_id))
        yield progress
        if progress.ended:
            return
        if clock.monotonic() >= deadline:
            raise RegistryError(
                _("the replication has not ended after {seconds} s").format(seconds=int(patience)),
                state=_("It goes on in Harbor: {done} of {total} repositories are there.").format(
                    done=progress.succeeded, total=progress.total
                ),
                todo=_("Provision again later: it is not started twice."),
            )
        await clock.sleep(_POLL_SECONDS)


async def find_replication(harbor: Harbor, name: str) -> Record | None:
    """Return a replication policy by its exact name."""
    found = await harbor.replications(name)
    return next((one for one in found if one.get("name") == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationSubject:
    """A replication policy."""

    harbor: Harbor
    server: Server
    wanted: Replication

    async def look(self) -> Finding:
        """Compare; into a project that is a proxy Harbor would copy nothing, silently (§2.4)."""
        name = _("replication {name}").format(name=self.wanted.name)
        project = await self.harbor.project(self.wanted.project)
        if project is not None and project.get("registry_id"):
            why = _("{project} is a proxy project: Harbor would copy nothing into it").format(
                project=self.wanted.project
            )
            return Finding(subject=name, action=Action.BY_HAND, warnings=(why,))
        found = await find_replication(self.harbor, self.wanted.name)
        if found is None:
            return to_create(name, self._values(), warnings=self._warnings())
        return to_change(name, compare(_found_values(found), self._values()))

    async def change(self) -> tuple[str, Secret] | None:
        """Make or change it."""
        await the_project(self.harbor, self.wanted.project)
        endpoint = await find_endpoint(self.harbor, self.wanted.endpoint)
        if endpoint is None:
            raise RegistryError(
                _("Harbor has no endpoint {name}").format(name=self.wanted.endpoint),
                state=_("What came before it is done; nothing was changed on any host."),
                todo=_("Let the endpoint be made first."),
            )
        body = self._body(int(endpoint["id"]))
        found = await find_replication(self.harbor, self.wanted.name)
        if found is None:
            await self.harbor.create_replication(body)
        else:
            await self.harbor.update_replication(int(found["id"]), body)
        return None

    def _values(self) -> dict[str, object]:
        return {
            "from": self.wanted.endpoint,
            "into": self.wanted.project,
            "repositories": self.wanted.repositories,
            "tags": self.wanted.tags or None,
            "at": self.wanted.cron or _("by hand"),
            "enabled": True,
            "override": True,
        }

    def _warnings(self) -> tuple[str, ...]:
        warnings = [
            _("all platforms of each image are copied, and each tag counts some 10 to 20 pulls")
        ]
        if "*" in self.wanted.repositories:
            warnings.append(
                _("a pattern makes Harbor list whole namespaces: name the repositories")
            )
        return tuple(warnings)

    def _body(self, endpoint_id: int) -> ReplicationBody:
        filters: list[FilterBody] = [{"type": "name", "value": self.wanted.repositories}]
        if self.wanted.tags:
            filters.append({"type": "tag", "decoration": "matches", "value": self.wanted.tags})
        trigger: TriggerBody = {"type": "manual"}
        if self.wanted.cron:
            trigger = {"type": "scheduled", "trigger_settings": {"cron": self.wanted.cron}}
        body: ReplicationBody = {
            "name": self.wanted.name,
            "description": "",
            "enabled": True,
            "src_registry": {"id": endpoint_id},
            "dest_namespace": self.wanted.project,
            # 0 keeps `library/nginx`: the same paths as in the proxy project.
            "dest_namespace_replace_count": 0,
            "trigger": trigger,
            "filters": filters,
            "override": True,
            "deletion": False,
            "speed": -1,
            "copy_by_chunk": False,
        }
        if self.server.has(SINGLE_REPLICATION):
            body["single_active_replication"] = True
        return body


def _found_values(found: Record) -> dict[str, object]:
    filters = {one.get("type"): one.get("value") for one in found.get("filters") or ()}
    trigger = found.get("trigger") or {}
    cron = (trigger.get("trigger_settings") or {}).get("cron")
    scheduled = trigger.get("type") == "scheduled"
    return {
        "from": (found.get("src_registry") or {}).get("name"),
        "into": found.get("dest_namespace"),
        "repositories": filters.get("name"),
        "tags": filters.get("tag"),
        "at": cron if scheduled else _("by hand"),
        "enabled": found.get("enabled"),
        "override": found.get("override"),
    }
