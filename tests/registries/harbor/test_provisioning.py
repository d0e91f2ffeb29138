"""Everything that can be wanted of a Harbor: planned, made once, and never doubled."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from copy import deepcopy
from typing import Any

import httpx
import pytest

from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, HUB, Stage, around, set_up
from tests.registries.harbor.wanting import EVERYTHING, HEADER
from wizard.errors import PilotageError
from wizard.practice.harbor.state import State
from wizard.registries.harbor.plan import subjects
from wizard.registries.harbor.server import read_server
from wizard.registries.harbor.wanted import Wanted, secrets_of
from wizard.registries.provisioning import Action, Done, Subject, look_at, provision


class Recorded(httpx.AsyncBaseTransport):
    """Remembers the writes that go through, and what a Harbor is behind each.

    Attributes:
        writes: as `POST /api/v2.0/projects`.
        behind: the state behind each write, where one is kept.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, kept: State | None = None) -> None:
        self.writes: list[str] = []
        self.behind: list[State] = []
        self._inner = inner
        self._kept = kept

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = await self._inner.handle_async_request(request)
        if request.method not in {"GET", "HEAD"}:
            self.writes.append(f"{request.method} {request.url.path}")
            self.behind += [deepcopy(self._kept)] if self._kept else []
        return response


async def _subjects(
    stage: Stage, client: httpx.AsyncClient, wanted: Wanted = EVERYTHING
) -> tuple[Subject, ...]:
    harbor = stage.harbor(client=client, hidden=secrets_of(wanted))
    server = await read_server(harbor)
    return subjects(harbor, server, wanted, client=client, clock=stage.clock)


async def _provisioned(stage: Stage, transport: httpx.AsyncBaseTransport) -> list[Done]:
    client = stage.client(lambda _inner: transport)
    return [done async for done in provision(await _subjects(stage, client))]


def _kept(state: State) -> Any:
    """Return what a Harbor keeps, without ids, times and secrets that it made up itself."""
    projects = {
        one.name: {
            "metadata": {k: v for k, v in one.metadata.items() if k != "retention_id"},
            "retained": [
                _without_ids(kept)
                for kept in state.retentions.values()
                if kept["scope"]["ref"] == one.id
            ],
            "storage": one.storage,
            "members": sorted((m["entity_name"], m["role_id"]) for m in one.members),
            "immutable": [_without_ids(rule) for rule in one.immutable_rules],
            "webhooks": [_without_ids(hook) for hook in one.webhooks],
            "artifacts": one.artifacts,
        }
        for one in state.projects.values()
    }
    return {
        "configuration": state.configuration,
        "endpoints": Counter(one["name"] for one in state.endpoints.values()),
        "projects": projects,
        "robots": Counter(one["name"] for one in state.robots.values()),
        "replications": Counter(one["name"] for one in state.replications.values()),
        "executions": len(state.executions),
        "schedules": {job: kept["schedule"] for job, kept in state.schedules.items()},
        "scans": state.scan.total,
    }


def _without_ids(record: dict[str, Any]) -> dict[str, Any]:
    own = {"id", "scope", "project_id", "creation_time", "update_time", "priority"}
    return {key: value for key, value in record.items() if key not in own}


async def test_the_plan_is_told_first_and_changes_nothing(stage: Stage) -> None:
    """Looking reads only, and tells every subject in the order of facts/harbor.md §10.4."""
    recorded = Recorded(stage.transport)
    before = _kept(stage.state)
    findings = await look_at(await _subjects(stage, stage.client(lambda _inner: recorded)))
    assert (recorded.writes, _kept(stage.state)) == ([], before)
    assert [(one.subject, one.action.value) for one in findings] == [
        ("settings", "change"),
        ("endpoint dockerhub", "create"),
        ("project dockerhub", "create"),
        ("retention of dockerhub", "create"),
        ("project hosted", "create"),
        ("retention of hosted", "create"),
        ("robot fleet-pull", "create"),
        ("robot ci-push", "create"),
        ("member bob of hosted", "create"),
        ("member ops of hosted", "create"),
        ("member cn=qa,dc=x of hosted", "create"),
        ("quota of dockerhub", "create"),
        ("quota of hosted", "create"),
        ("replication hub-to-hosted", "create"),
        ("images of replication hub-to-hosted", "create"),
        ("first scan of all images", "create"),
        ("block of vulnerable images in hosted", "create"),
        ("block of unsigned images in hosted", "create"),
        ("immutable tags of hosted", "create"),
        ("garbage collection", "create"),
        ("scan of all images", "create"),
        ("purge of the audit log", "create"),
        ("webhook tell of hosted", "create"),
        ("audit log forwarding", "change"),
    ]
    assert all(one.differences for one in findings)


async def test_everything_is_made_and_a_second_pass_writes_nothing(stage: Stage) -> None:
    """And what was copied, blocked and kept is in Harbor."""
    recorded = Recorded(stage.transport)
    first = await _provisioned(stage, recorded)
    assert recorded.writes != []
    hosted, proxy = stage.state.project_named("hosted"), stage.state.project_named("dockerhub")
    assert hosted is not None
    assert proxy is not None
    assert sorted(hosted.artifacts) == [("library/nginx", "1.27"), ("library/redis", "7")]
    assert (hosted.metadata["prevent_vul"], proxy.metadata["public"]) == ("true", "true")
    assert [done.shown_once[0] for done in first if done.shown_once] == [
        "robot$fleet-pull",
        "robot$hosted+ci-push",
    ]
    again = Recorded(stage.transport)
    second = await _provisioned(stage, again)
    assert {done.finding.action for done in second} == {Action.NOTHING}
    assert again.writes == []
    assert [done.shown_once for done in second] == [None] * len(second)


async def _writes() -> list[str]:
    stage = set_up(QuickClock(), checked=False)
    recorded = Recorded(stage.transport)
    await _provisioned(stage, recorded)
    return recorded.writes


async def test_a_kill_behind_any_write_doubles_nothing() -> None:
    """Provisioning again ends where an undisturbed one does.

    Whoever dies takes nothing along, and reads leave Harbor as it was: one that was killed behind
    a write, or before the next one, left what Harbor was behind that write.
    """
    undisturbed = set_up(QuickClock(), checked=False)
    recorded = Recorded(undisturbed.transport, kept=undisturbed.state)
    await _provisioned(undisturbed, recorded)
    wanted = _kept(undisturbed.state)
    assert len(recorded.writes) > 20
    for write, state in zip(recorded.writes, recorded.behind, strict=True):
        stage = around(state, QuickClock(), checked=False)
        await _provisioned(stage, stage.transport)
        assert (write, _kept(stage.state)) == (write, wanted)
        last = await _provisioned(stage, stage.transport)
        assert {done.finding.action for done in last} == {Action.NOTHING}


class Echo(httpx.AsyncBaseTransport):
    """Lets reads through, and answers a write with what was sent."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, at: int) -> None:
        self._inner = inner
        self._left = at

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.method not in {"GET", "HEAD"}:
            self._left -= 1
            if self._left < 0:
                said = (await request.aread()).decode()
                return httpx.Response(400, json={"errors": [{"code": "BAD", "message": said}]})
        return await self._inner.handle_async_request(request)


async def _echoed(number: int, told: list[str], planted: list[str]) -> None:
    """Provision until write `number` is echoed; add what was told, and new secrets."""
    stage = set_up(QuickClock(), checked=False)
    client = stage.client(lambda inner: Echo(inner, at=number))
    made = await _subjects(stage, client)
    told += [repr(made), repr(await look_at(made))]
    async for done in provision(made):
        told.append(repr(done))
        planted += [done.shown_once[1].reveal()] if done.shown_once else []


async def test_no_secret_is_told_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not by an error whose product repeats what it was sent, not by a log, not by a repr."""
    caplog.set_level(logging.DEBUG)
    planted = [ADMIN.password.reveal(), HUB.password.reveal(), HEADER.reveal()]
    told = [repr(EVERYTHING)]
    for number in range(len(await _writes())):
        with pytest.raises(PilotageError) as caught:
            await _echoed(number, told, planted)
        told += traceback.format_exception(caught.value)
    everything = "\n".join([*told, caplog.text])
    assert [secret for secret in planted if secret in everything] == []
    assert (len(planted) > len({ADMIN, HUB}), "‹secret›" in everything) == (True, True)
