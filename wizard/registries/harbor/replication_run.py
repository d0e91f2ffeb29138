"""Runs of replication policies, and the rule that success with nothing is a failure.

A run that matched nothing, or goes into a proxy project, ends `Succeed` with a total of 0
(facts/harbor.md §2.4, §2.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.errors import RegistryError
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.comparing import compare, to_change, to_create
from wizard.registries.harbor.replicated import Comparison, compare_digests, source_of
from wizard.registries.harbor.replication import (
    RUNNING,
    Progress,
    find_replication,
    follow,
    read_progress,
)
from wizard.registries.harbor.wanted import Endpoint, Replication
from wizard.registries.provisioning import Finding
from wizard.registries.room import is_short
from wizard.secret import Secret
from wizard.wording import _

_SUCCEEDED: Final = "Succeed"
_MOST_TASKS_TOLD: Final = 3
_GIB: Final = 1 << 30


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
            await self._refuse_full_disk()
            execution = await self.harbor.start_replication(int(policy["id"]))
        if (await self._brought(execution)).others:
            # A tag that moved upstream while it was copied is there after the next run.
            again = await self.harbor.start_replication(int(policy["id"]))
            await self._refuse_others(await self._brought(again))
        return None

    async def _refuse_full_disk(self) -> None:
        """Harbor has no guard of its own: a full disk ends its database (§7)."""
        for volume in (await self.harbor.volumes()).get("storage") or ():
            free, total = int(volume.get("free") or 0), int(volume.get("total") or 0)
            if is_short(free=free, total=total):
                raise RegistryError(
                    _("only {free} GiB of {total} GiB are free at Harbor").format(
                        free=free // _GIB, total=total // _GIB
                    ),
                    state=_("No image was copied; nothing was changed on any host."),
                    todo=_("Run garbage collection, or give it a larger disk; provision again."),
                )

    async def _brought(self, execution: int) -> Comparison:
        """Wait for a run, judge it, and compare what it brought."""
        progress = Progress(status=RUNNING, total=0, succeeded=0, failed=0)
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
