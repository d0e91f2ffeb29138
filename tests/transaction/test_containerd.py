"""The steps of containerd: restart, plugin, config path, a pull through CRI."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.transaction import asking
from tests.transaction.await_until import until
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.containerd_plans import (
    AFTER,
    CONFIG,
    PLUGINS_OK,
    SOCKET,
    containerd_plan,
    with_containerd,
)
from tests.transaction.plans import IMAGE
from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import HostPlan, Step, StepName
from wizard.transaction.answers import Outcome


@pytest.fixture
def node(host: PracticeHost) -> PracticeHost:
    """Return a host with containerd, its CRI plugin and one running task."""
    return with_containerd(host)


@EVERY_SHELL
async def test_config_path_is_set_and_taken_back(node: PracticeHost) -> None:
    """Two restarts in all, the probe image removed, the same task running throughout."""
    plan = containerd_plan(node)
    active = Step(name=StepName.UNIT_ACTIVE, args=("containerd.service",))
    plan = dataclasses.replace(plan, check=(active, *plan.check))
    before = node.tree()
    applied = await asking.apply(node, plan)
    assert applied.outcome is Outcome.APPLIED, applied
    assert node.read(CONFIG) == AFTER.encode()
    reverted = await asking.revert(node)
    assert (reverted.outcome, node.tree() == before) == (Outcome.REVERTED, True), reverted
    assert (node.root / "practice/restarts").read_text() == "restarted\n" * 2
    assert (node.root / "practice/images").read_text() == "busybox\n"
    pull = (
        f"crictl --runtime-endpoint {SOCKET} --image-endpoint {SOCKET} --timeout 60s pull {IMAGE}"
    )
    assert node.calls().count(pull) == 1


@EVERY_SHELL
@pytest.mark.parametrize(("started", "looks"), [(None, 1), (999, 2)], ids=["the-same", "anew"])
async def test_a_daemon_is_watched_for_staying_up_once(
    node: PracticeHost, started: int | None, looks: int
) -> None:
    """The process that was proven has stayed up through the soak; a new one has to show it."""
    plan = containerd_plan(node)
    active = Step(name=StepName.UNIT_ACTIVE, args=("containerd.service",))
    plan = dataclasses.replace(plan, check=(active, *plan.check))
    applied = await asking.apply(node, plan)
    assert applied.outcome is Outcome.APPLIED, applied
    if started is not None:
        number = int((node.root / "practice/containerd_pid").read_text())
        node.start_process(number, "containerd", started=started)
    before = len(node.calls())

    answer = await asking.check(node)

    calls = [call for call in node.calls()[before:] if "ActiveState" in call]
    assert (answer.outcome, len(calls)) == (Outcome.HOLDS, looks), answer


async def _reverted(node: PracticeHost, plan: HostPlan) -> tuple[str, str]:
    before = node.tree()
    answer = await asking.apply(node, plan)
    assert (answer.outcome, node.tree() == before) == (Outcome.REVERTED, True), answer
    return answer.failed_step, answer.detail


async def test_a_file_that_containerd_cannot_read(node: PracticeHost) -> None:
    """It never gets as far as a restart."""
    step, words = await _reverted(node, containerd_plan(node, AFTER + "INVALID"))
    assert (step, "failed to load TOML" in words) == ("containerd_validate", True)
    assert not (node.root / "practice/restarts").exists()


async def test_another_config_path_than_planned(node: PracticeHost) -> None:
    """A colon list is not the single directory that the plan wants (runtimes.md §2.2)."""
    colon_list = "/etc/containerd/certs.d:/etc/docker/certs.d"
    after = AFTER.replace("/etc/containerd/certs.d", colon_list)
    step, words = await _reverted(node, containerd_plan(node, after))
    assert (step, words) == (
        "containerd_config_path",
        f"config_path is '{colon_list}', wanted '/etc/containerd/certs.d'",
    )


async def test_a_pull_that_fails(node: PracticeHost) -> None:
    """The words of crictl come along."""
    node.practice("fails/crictl-pull", "failed to resolve reference: 404\n")
    assert await _reverted(node, containerd_plan(node)) == (
        "cri_pull",
        "failed to resolve reference: 404",
    )


async def test_a_pull_of_something_else(node: PracticeHost) -> None:
    """Another digest than the target's proves nothing; the image is removed all the same."""
    node.practice("digest", "sha256:" + "cd" * 32 + "\n")
    assert (await _reverted(node, containerd_plan(node)))[0] == "cri_pull"
    assert (node.root / "practice/images").read_text() == "busybox\n"


async def test_a_cri_plugin_that_is_gone(node: PracticeHost) -> None:
    """It says active and serves no Kubernetes: that is a failure, and is told as one."""
    plan = dataclasses.replace(
        containerd_plan(node), check=(Step(name=StepName.CONTAINERD_CRI_OK),), check_reverted=()
    )
    node.practice("plugins", PLUGINS_OK.replace("images   -              ok", "images - error"))
    task = asyncio.create_task(_reverted(node, plan))
    await until(lambda: "ctr plugins ls" in node.calls(), "never asked")
    node.pass_time(70)
    step, words = await task
    assert (step, words) == (
        "containerd_cri_ok",
        "the CRI plugin is not loaded: images error; runtime ok; cri ok; ",
    )
