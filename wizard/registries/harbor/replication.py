"""Replication policies and their runs, and the rule that success with nothing is a failure.

A run that matched nothing, or goes into a proxy project, ends `Succeed` with a total of 0
(facts/harbor.md §2.4, §2.5).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.harbor.bodies import FilterBody, ReplicationBody, TriggerBody
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.endpoints import find_endpoint
from wizard.registries.harbor.projects import the_project
from wizard.registries.harbor.replicated import Comparison, compare_digests, source_of
from wizard.registries.harbor.server import SINGLE_REPLICATION, Server
from wizard.registries.harbor.wanted import Endpoint, Replication
from wizard.registries.provisioning import Action, Finding
from wizard.secret import Secret
from wizard.wording import _

_RUNNING: Final = "InProgress"
_SUCCEEDED: Final = "Succeed"
_POLL_SECONDS: Final = 2.0
PATIENCE: Final = 6 * 3600.0
"""Seconds that a run is waited for; it goes on without us, and can be waited for again."""

_MOST_TASKS_TOLD: Final = 3


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
        return self.status != _RUNNING


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationRun:
    """One run of a policy that brought something, since the policy last changed.

    Attributes:
        endpoint: where it copies from, as far as it is wanted too; None: nothing is compared.
        client: by which upstream is asked.
        told: is given the progress at each look.
    """

    harbor: Harbor
    clock: Clock
    wanted: Replication
    endpoint: Endpoint | None = None
    client: httpx.AsyncClient | None = None
    told: Callable[[Progress], None] = lambda _progress: None

    async def look(self) -> Finding:
        """Take the newest run for an answer; one under way is to be waited for."""
        name = _("images of replication {name}").format(name=self.wanted.name)
        wanted = {"status": _("images are there")}
        policy, run = await self._newest()
        if policy is None or run is None:
            return to_create(name, wanted)
        progress = read_progress(run)
        if progress.ended and _is_older(run, policy):
            return to_change(name, compare({"status": _("of an older policy")}, wanted))
        if progress.status == _SUCCEEDED and progress.total:
            return to_change(name, ())
        return to_change(name, compare({"status": progress.text or progress.status}, wanted))

    async def change(self) -> tuple[str, Secret] | None:
        """Wait for the run that is under way, or start one; raises RegistryError if it fails."""
        policy, run = await self._newest()
        if policy is None:
            raise RegistryError(
                _("Harbor has no replication {name}").format(name=self.wanted.name),
                state=_("What came before it is done; nothing was changed on any host."),
                todo=_("Let the replication be made first."),
            )
        if run is not None and not read_progress(run).ended:
            execution = int(run["id"])
        else:
            execution = await self.harbor.start_replication(int(policy["id"]))
        if (await self._brought(execution)).others:
            # A tag that moved upstream while it was copied is there after the next run.
            again = await self.harbor.start_replication(int(policy["id"]))
            await self._refuse_others(await self._brought(again))
        return None

    async def _brought(self, execution: int) -> Comparison:
        """Wait for a run, judge it, and compare what it brought."""
        progress = Progress(status=_RUNNING, total=0, succeeded=0, failed=0)
        async for progress in follow(self.harbor, self.clock, execution):
            self.told(progress)
        await self._judge(execution, progress)
        if self.endpoint is None or self.client is None:
            return Comparison()
        source = source_of(self.endpoint, client=self.client, clock=self.clock)
        tasks = await self.harbor.replication_tasks(execution, _SUCCEEDED)
        comparison = await compare_digests(self.harbor, source, self.wanted, tasks)
        self.told(replace(progress, comparison=comparison))
        return comparison

    async def _refuse_others(self, comparison: Comparison) -> None:
        if comparison.others:
            raise RegistryError(
                _(
                    "replication {name} succeeded, and {count} tags are not upstream's: {tags}"
                ).format(
                    name=self.wanted.name,
                    count=len(comparison.others),
                    tags="; ".join(comparison.others[:_MOST_TASKS_TOLD]),
                ),
                state=_("Twice it was run; {count} tags are upstream's.").format(
                    count=comparison.same
                ),
                todo=_("See the tasks' logs in Harbor for tags that it left as they were."),
            )

    async def _newest(self) -> tuple[Record | None, Record | None]:
        policy = await find_replication(self.harbor, self.wanted.name)
        if policy is None:
            return None, None
        return policy, await self.harbor.last_replication(int(policy["id"]))

    async def _judge(self, execution: int, progress: Progress) -> None:
        if progress.status == _SUCCEEDED and progress.total:
            return
        if progress.status == _SUCCEEDED:
            raise RegistryError(
                _("replication {name} succeeded and copied nothing: {text}").format(
                    name=self.wanted.name, text=progress.text
                ),
                state=_("No image was copied; nothing was changed on any host."),
                todo=_("Check the repositories and tags, and that {project} is no proxy.").format(
                    project=self.wanted.project
                ),
            )
        why = progress.text or await self._why(execution)
        raise RegistryError(
            _("replication {name} ended as {status}: {why}").format(
                name=self.wanted.name, status=progress.status, why=why
            ),
            state=_("{done} of {total} repositories were copied.").format(
                done=progress.succeeded, total=progress.total
            ),
            todo=_("See the tasks' logs in Harbor, then provision again: it copies what lacks."),
        )

    async def _why(self, execution: int) -> str:
        """Return the first repositories that failed, each with the last line of its log."""
        failed = await self.harbor.replication_tasks(execution, "Failed")
        words = []
        for task in failed[:_MOST_TASKS_TOLD]:
            log = await self.harbor.replication_log(execution, int(task["id"]))
            last = (log.strip().splitlines() or [""])[-1]
            words.append(f"{task.get('src_resource')}: {last}")
        return "; ".join(words)


def _is_older(run: Record, policy: Record) -> bool:
    """Tell whether a run began before its policy was last changed."""
    try:
        began = datetime.fromisoformat(str(run.get("start_time")))
        changed = datetime.fromisoformat(str(policy.get("update_time")))
    except ValueError:
        return False
    return began < changed
