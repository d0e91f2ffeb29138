"""A host that is killed in mid-restart, or in a change that nothing takes up, comes back too."""

from __future__ import annotations

from tests.transaction import asking
from tests.transaction.conftest import NewHost
from tests.transaction.containerd_plans import BEFORE, CONFIG, containerd_plan, with_containerd
from tests.transaction.killing import each_point_once, killed_apply, killed_verb
from tests.transaction.podman_plans import podman_plan
from tests.transaction.practice_host import PracticeHost
from tests.transaction.stopping import APPLY_POINTS, REVERT_POINTS, UNWATCHED
from wizard.transaction.answers import Outcome, Verb

ONE_FILE = tuple(point for point in APPLY_POINTS if point != "after_2")
ONE_FILE_BACK = tuple(
    point.replace("_2", "_1")
    for point in REVERT_POINTS
    if "parting" not in point and "_1" not in point
)
"""A plan for one file without a parting text has these points."""


def _in_force(host: PracticeHost) -> bytes:
    """Return the configuration that containerd was started with."""
    return (host.root / "practice/in_force").read_bytes()


def _containerd(host: PracticeHost) -> PracticeHost:
    with_containerd(host).practice("in_force", BEFORE.decode())
    return host


async def test_a_killed_restart_is_taken_back(any_host: NewHost) -> None:
    """Wherever it dies, at the deadline containerd runs with the files of before again."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = containerd_plan(_containerd(host))
        before = host.tree()
        await killed_apply(host, plan, point)
        host.pass_time(121)
        await host.settle()
        answer = await asking.status(host)
        return (answer.outcome, host.state(), host.tree() == before, _in_force(host) == BEFORE)

    never_armed = UNWATCHED[: UNWATCHED.index("armed")]
    assert await each_point_once(any_host, ONE_FILE, scenario) == {
        point: (Outcome.STATE, "prepared" if point in never_armed else "reverted", True, True)
        for point in ONE_FILE
    }


async def test_a_killed_way_back_of_a_restart_goes_on(any_host: NewHost) -> None:
    """Killed between the file and the restart, the next revert restarts all the same."""

    async def scenario(host: PracticeHost, point: str) -> object:
        plan = containerd_plan(_containerd(host))
        before = host.tree()
        await asking.apply(host, plan)
        was_in_force = _in_force(host) == host.read(CONFIG)
        await killed_verb(host, Verb.REVERT, point)
        answer = await asking.revert(host)
        await host.settle()
        back = host.tree() == before, _in_force(host) == BEFORE
        return (was_in_force, answer.outcome, host.state(), *back)

    assert await each_point_once(any_host, ONE_FILE_BACK, scenario) == dict.fromkeys(
        ONE_FILE_BACK, (True, Outcome.REVERTED, "reverted", True, True)
    )


async def test_a_killed_drop_in_is_taken_back(any_host: NewHost) -> None:
    """Podman has no process to tell: the drop-in and the images of the probe are gone."""

    async def scenario(host: PracticeHost, point: str) -> object:
        before = host.tree()
        await killed_apply(host, podman_plan(), point)
        host.pass_time(121)
        await host.settle()
        answer = await asking.status(host)
        images = (host.root / "practice/images").read_text()
        return (answer.outcome, host.state(), host.tree() == before, images)

    never_armed = UNWATCHED[: UNWATCHED.index("armed")]
    assert await each_point_once(any_host, ONE_FILE, scenario) == {
        point: (
            Outcome.STATE,
            "prepared" if point in never_armed else "reverted",
            True,
            "busybox\n",
        )
        for point in ONE_FILE
    }
