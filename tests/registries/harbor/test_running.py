"""What takes time: replications and scans, waited for and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.registries.harbor.acting import ENDPOINTS, HOSTED_ALONE, look, provisioned, warnings
from tests.registries.harbor.stage import Stage
from tests.registries.harbor.wanting import PROXY, REPLICATION
from wizard.errors import InputError, RegistryError
from wizard.practice.harbor.projects import add_project
from wizard.registries.harbor.replicated import lets_through
from wizard.registries.harbor.replication import Progress, follow
from wizard.registries.harbor.replication_run import ReplicationRun
from wizard.registries.harbor.scanning import FullScan, pull_policies
from wizard.registries.harbor.wanted import (
    Project,
    Severity,
    Wanted,
)
from wizard.registries.provisioning import Action, told


def test_replication_into_a_wanted_proxy_is_refused_at_once() -> None:
    """Harbor would succeed with nothing (§2.4)."""
    with pytest.raises(InputError, match="goes into the proxy project dockerhub"):
        Wanted(projects=(PROXY,), replications=(replace(REPLICATION, project="dockerhub"),))


async def test_replication_into_a_proxy_that_is_there_is_left_to_a_person(stage: Stage) -> None:
    """Also one that we did not make; neither policy nor run comes of it."""
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    add_project(stage.state, "hosted", {"public": "true"}, registry_id=1, storage=-1)
    wanted = Wanted(settings={}, replications=(REPLICATION,))
    done = await provisioned(stage, wanted)
    assert [one.finding.action for one in done] == [Action.BY_HAND, Action.BY_HAND]
    assert "would copy nothing" in warnings(await look(stage, wanted), "replication hub-to-hosted")
    assert (stage.state.replications, stage.state.executions) == ({}, {})


async def test_success_with_nothing_is_a_failure(stage: Stage) -> None:
    """The filters matched nothing (§2.5)."""
    nothing = replace(REPLICATION, repositories="library/nginxx")
    with pytest.raises(RegistryError, match="succeeded and copied nothing: no resources need"):
        await provisioned(stage, replace(HOSTED_ALONE, replications=(nothing,)))


async def test_progress_is_told_and_a_failed_run_names_what_failed(stage: Stage) -> None:
    """In repositories, and with the last line of the log."""
    progress: list[Progress] = []
    await provisioned(stage, HOSTED_ALONE, progress)
    assert [(one.succeeded, one.total) for one in progress if not one.comparison] == [
        (1, 2),
        (2, 2),
        (2, 2),
    ]
    stage.upstream.accounts.clear()
    policy = stage.state.replications[1]
    policy["update_time"] = "2999-01-01T00:00:00Z"
    run = ReplicationRun(harbor=stage.harbor(), clock=stage.clock, wanted=REPLICATION)
    assert told(await run.look()) == "status: of an older policy → images are there"
    with pytest.raises(RegistryError, match=r"ended as Failed: library/nginx .*copy lib"):
        await run.change()


async def test_what_was_copied_has_upstreams_digests(stage: Stage) -> None:
    """Tag by tag; a run that moved tags spoiled is run once more."""
    progress: list[Progress] = []
    await provisioned(stage, HOSTED_ALONE, progress)
    compared = progress[-1].comparison
    assert compared is not None
    assert (compared.same, compared.others, compared.left_out) == (2, (), 0)


async def test_a_tag_that_moves_while_it_is_copied_is_copied_again(stage: Stage) -> None:
    """The second run brings the one that upstream has now."""

    def moves(told: Progress) -> None:
        if told.ended and not told.comparison:
            stage.upstream.moved["library/nginx:1.27"] = f"sha256:{'7' * 64}"

    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    run = _run_told(stage, moves)
    await run.change()
    assert [one.status for one in stage.state.executions.values()] == ["Succeed", "Succeed"]
    project = stage.state.project_named("hosted")
    assert project is not None
    assert project.artifacts["library/nginx", "1.27"] == f"sha256:{'7' * 64}"


async def test_a_tag_that_stays_another_one_is_a_failure(stage: Stage) -> None:
    """However well Harbor calls the run."""
    counts = iter(range(9))

    def moves(told: Progress) -> None:
        if told.ended and not told.comparison:
            stage.upstream.moved["library/nginx:1.27"] = f"sha256:{next(counts):064}"

    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    with pytest.raises(RegistryError, match=r"1 tags are not upstream's: library/nginx:1\.27: sha"):
        await _run_told(stage, moves).change()


async def test_that_upstream_cannot_be_asked_from_here_is_told_and_no_failure(
    stage: Stage,
) -> None:
    """Harbor may reach it where we do not."""
    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    progress: list[Progress] = []
    run = _run_told(stage, progress.append)
    closed = replace(run, client=stage.client(lambda _inner: httpx.MockTransport(_closed)))
    await closed.change()
    compared = progress[-1].comparison
    assert compared is not None
    assert (compared.same, compared.left_out, "refused" in compared.reason) == (0, 2, True)


def _closed(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Connection refused", request=request)


def _run_told(stage: Stage, told: Callable[[Progress], None]) -> ReplicationRun:
    return ReplicationRun(
        harbor=stage.harbor(),
        clock=stage.clock,
        wanted=REPLICATION,
        endpoint=ENDPOINTS[0],
        client=stage.client(),
        told=told,
    )


@pytest.mark.parametrize(
    ("pattern", "tags"),
    [
        ("", ["1.27", "1.27-alpine", "latest"]),
        ("{1.27,latest}", ["1.27", "latest"]),
        ("1.27*", ["1.27", "1.27-alpine"]),
        ("1.2?", ["1.27"]),
        ("1,27", []),
        ("{", []),
    ],
)
def test_only_tags_that_the_policy_lets_through_are_compared(pattern: str, tags: list[str]) -> None:
    """Others in that repository are somebody else's."""
    assert [one for one in ("1.27", "1.27-alpine", "latest") if lets_through(pattern, one)] == tags


async def test_no_image_is_copied_onto_a_disk_that_is_nearly_full(stage: Stage) -> None:
    """Harbor would go on until its own database ends; a run under way is waited for."""
    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    stage.state.storage = (100 << 30, 9 << 30)
    with pytest.raises(RegistryError, match="only 9 GiB of 100 GiB are free"):
        await provisioned(stage, HOSTED_ALONE)
    assert stage.state.executions == {}
    await stage.harbor().start_replication(1)
    await provisioned(stage, HOSTED_ALONE)
    assert [run.status for run in stage.state.executions.values()] == ["Succeed"]


async def test_a_run_under_way_is_waited_for_and_not_started_twice(stage: Stage) -> None:
    """We may have died after it was started."""
    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    await stage.harbor().start_replication(1)
    await provisioned(stage, HOSTED_ALONE)
    assert [run.status for run in stage.state.executions.values()] == ["Succeed"]


async def test_waiting_for_a_run_has_an_end(stage: Stage) -> None:
    """It goes on in Harbor, and the error says so."""
    await provisioned(stage, replace(HOSTED_ALONE, replications=(replace(REPLICATION, now=False),)))
    execution = await stage.harbor().start_replication(1)
    with pytest.raises(RegistryError, match="It goes on in Harbor: 1 of 2"):
        async for _progress in follow(stage.harbor(), stage.clock, execution, patience=0.0):
            pass


async def test_without_a_scanner_no_policy_is_set(stage: Stage) -> None:
    """It would block every image; Trivy is installed by a person."""
    stage.state.scanner = False
    blocking = Project(name="hosted", public=False, block_from=Severity.HIGH)
    done = await provisioned(stage, Wanted(projects=(blocking,)))
    assert [one.finding.action for one in done if "hosted" not in one.finding.subject] == [
        Action.CHANGE,
        Action.BY_HAND,
    ]
    project = stage.state.project_named("hosted")
    assert project is not None
    assert "prevent_vul" not in project.metadata


async def test_policies_come_after_the_scan_and_with_their_warnings(stage: Stage) -> None:
    """Images that could not be scanned would be blocked (§2.12)."""
    await provisioned(stage, HOSTED_ALONE)
    stage.state.scan.failed = 1
    blocking = Project(name="hosted", public=False, block_from=Severity.HIGH, cosign=True)
    wanted = replace(HOSTED_ALONE, projects=(blocking,))
    findings = await look(stage, wanted)
    subjects_told = [one.subject for one in findings]
    assert subjects_told[-3:] == [
        "first scan of all images",
        "block of vulnerable images in hosted",
        "block of unsigned images in hosted",
    ]
    assert "not scanned" in warnings(findings, "block of vulnerable images in hosted")
    assert "cosign sign -r" in warnings(findings, "block of unsigned images in hosted")
    await provisioned(stage, wanted)
    assert (stage.state.scan.total, stage.state.scan.completed) == (2, 2)


async def test_no_policy_is_set_while_images_are_being_scanned(stage: Stage) -> None:
    """It would block them (§2.12); the scan is waited for, and not for ever."""
    await provisioned(stage, HOSTED_ALONE)
    harbor = stage.harbor()
    blocking = Project(name="hosted", public=False, block_from=Severity.HIGH)
    (policy,) = pull_policies(harbor, blocking)
    with pytest.raises(RegistryError, match="not every image is scanned yet"):
        await policy.change()
    with pytest.raises(RegistryError, match=r"It goes on in Harbor: 0 of 2 scanned"):
        await FullScan(harbor=harbor, clock=stage.clock, patience=0.0).change()
    with pytest.raises(RegistryError, match="not every image is scanned yet"):
        await policy.change()
    await FullScan(harbor=harbor, clock=stage.clock).change()
    await policy.change()
    assert (await policy.look()).action is Action.NOTHING
