"""A restart of CRI-O for the system's certificates: its containers outlive it, there and back."""

from __future__ import annotations

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.practice_host import PracticeHost
from tests.transaction.test_crio import CRIO_PID, DROP_IN, SOCKET, TEXT
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName
from wizard.transaction.answers import Outcome

RESTARTS = """\
here=$PILOTAGE_ROOT/practice
echo "systemctl $*" >>"$here/calls"
case $* in
  'restart crio.service')
    [ ! -e "$here/left" ] || mv "$here/left" "$here/cri_containers"
    cp "$PILOTAGE_ROOT/started_anew" "$PILOTAGE_ROOT/proc/4444/stat"
    ;;
  *'MainPID crio.service') echo MainPID=4444 ;;
  *MainPID*ActiveState* | *ActiveState*MainPID*)
    printf '%s\\n' ActiveState=active SubState=running MainPID=4444 NRestarts=0
    ;;
  *'MainPID crio '*) printf 'MainPID=%s\\n\\n' 4444 0 0 ;;
  *MainPID*) echo MainPID=0 ;;
esac
"""


@pytest.fixture
def node(host: PracticeHost) -> PracticeHost:
    """Return a host whose CRI-O is another process behind a restart."""
    host.practice("cri_containers", "aa11\nbb22\n")
    host.start_process(CRIO_PID, "crio", started=999)
    (host.root / f"proc/{CRIO_PID}/stat").rename(host.root / "started_anew")
    host.start_process(CRIO_PID, "crio", started=333)
    host.program("systemctl", RESTARTS)
    return host


def _plan() -> HostPlan:
    restart = (Step(name=StepName.CRIO_RESTART, args=("crio.service",)),)
    check = (
        Step(name=StepName.UNIT_ACTIVE, args=("crio.service",)),
        Step(name=StepName.SAME_CONTAINERS, args=("crio", SOCKET)),
    )
    change = FileChange(
        path=DROP_IN, real_path=DROP_IN, purpose=FilePurpose.CONFIG, before=None, after=TEXT
    )
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(change,),
        activate=restart,
        check=check,
        deactivate=restart,
        check_reverted=check,
    )


@EVERY_SHELL
async def test_it_restarts_there_and_back(node: PracticeHost) -> None:
    """Two restarts, no reload, and no container another one."""
    before = node.tree()
    applied = await asking.apply(node, _plan())
    assert applied.outcome is Outcome.APPLIED, applied
    held = await asking.check(node)
    assert held.outcome is Outcome.HOLDS, held
    reverted = await asking.revert(node)
    assert (reverted.outcome, node.tree() == before) == (Outcome.REVERTED, True), reverted
    assert node.calls().count("systemctl restart crio.service") == 2
    assert "systemctl reload crio.service" not in node.calls()


@EVERY_SHELL
async def test_a_container_that_ends_beside_others_is_no_harm(node: PracticeHost) -> None:
    """Each has a monitor outside of the unit: where one outlived the restart, all could."""
    node.practice("left", "bb22\n")
    applied = await asking.apply(node, _plan())
    assert applied.outcome is Outcome.APPLIED, applied


async def test_containers_that_all_end_are_harm(node: PracticeHost) -> None:
    """The restart took them along, as far as anybody can tell."""
    node.practice("left", "")
    answer = await asking.apply(node, _plan())
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, "same_containers")
    assert "ran before and do not run on: aa11" in answer.detail
