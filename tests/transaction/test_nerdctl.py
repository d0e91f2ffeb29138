"""nerdctl from its facts to the way back: a hosts.toml, a pull that proves, nothing restarted."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest

from tests.planning.cases import a_target, host_facts
from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.practice_host import PracticeHost
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Step, StepName
from wizard.runtimes import RUNTIMES
from wizard.transaction.answers import Outcome

HOSTS: Final = "/etc/containerd/certs.d/docker.io/hosts.toml"
IMAGE: Final = "docker.io/library/pilotage-canary:20261123"
DIGEST: Final = "sha256:" + "c0" * 32
NERDCTL: Final = f"""\
here=$PILOTAGE_ROOT/practice
echo "nerdctl $*" >>"$here/calls"
case $1 in
  images)
    [ ! -e "$here/fails/nerdctl" ] || {{ cat "$here/fails/nerdctl" >&2; exit 1; }}
    # One line for each platform that was pulled.
    grep -qxF "$4" "$here/images" || exit 0
    echo "$4 $(cat "$here/digest")"
    echo "$4 $(cat "$here/digest")"
    ;;
  pull)
    # Upstream does not have the canary.
    grep -q registry.example "$PILOTAGE_ROOT{HOSTS}" || {{ echo 'not found' >&2; exit 1; }}
    [ ! -e "$here/fails/nerdctl-pull" ] || {{ cat "$here/fails/nerdctl-pull" >&2; exit 1; }}
    echo "$3" >>"$here/images"
    ;;
  rmi)
    grep -vxF "$2" "$here/images" >"$here/images.new"
    mv "$here/images.new" "$here/images"
    ;;
esac
"""
"""It reads hosts.toml at each pull."""


@pytest.fixture
def node(host: PracticeHost) -> PracticeHost:
    """Return a host with nerdctl."""
    host.program("nerdctl", NERDCTL)
    host.practice("digest", f"{DIGEST}\n")
    return host


def _plan() -> HostPlan:
    facts = host_facts({"nerdctl": {"version": "2.0.3"}})
    return plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)


@EVERY_SHELL
async def test_it_is_proven_and_taken_back(node: PracticeHost) -> None:
    """The probe image is removed, no service is asked for anything, /etc is as it was."""
    before = node.tree()

    applied = await asking.apply(node, _plan())

    assert applied.outcome is Outcome.APPLIED, applied
    assert b'[host."https://registry.example"]' in node.read(HOSTS)
    assert node.calls().count(f"nerdctl pull -q {IMAGE}") == 1
    assert (node.root / "practice/images").read_text() == "busybox\n"
    assert (await asking.check(node)).outcome is Outcome.HOLDS
    assert (await asking.confirm(node)).outcome is Outcome.CONFIRMED
    undone = await asking.undo(node)
    assert (undone.outcome, node.tree() == before) == (Outcome.REVERTED, True), undone
    assert not [call for call in node.calls() if call.startswith("systemctl re")]


@pytest.mark.parametrize(
    ("state", "said", "words"),
    [
        ("fails/nerdctl-pull", "unexpected media type text/html", "unexpected media type"),
        ("fails/nerdctl", "cannot access containerd socket", "cannot access containerd socket"),
        ("digest", "sha256:" + "cd" * 32, f"wanted {DIGEST}"),
        ("images", IMAGE, "is on the host already"),
    ],
)
async def test_pulls_that_prove_nothing(
    node: PracticeHost, state: str, said: str, words: str
) -> None:
    """One that fails, one of something else, one that was not needed: all is as before."""
    node.practice(state, f"{said}\n")
    before = node.tree()
    answer = await asking.apply(node, _plan())
    assert (answer.outcome, node.tree() == before) == (Outcome.REVERTED, True), answer
    assert answer.failed_step == "nerdctl_pull"
    assert words in answer.detail
    # What was there before is nobody's to remove.
    left = {"images": f"{IMAGE}\n"}.get(state, "busybox\n")
    assert (node.root / "practice/images").read_text() == left


async def test_an_image_is_removed_with_the_run_that_pulled_it(node: PracticeHost) -> None:
    """A later step may fail, or the host: the ledger knows what was pulled, and by whom."""
    plan = _plan()
    wrong = Step(name=StepName.NERDCTL_PULL, args=(IMAGE.replace("canary", "other"), "sha256:0"))
    answer = await asking.apply(node, dataclasses.replace(plan, probe=(*plan.probe, wrong)))
    assert answer.outcome is Outcome.REVERTED, answer
    assert (node.root / "practice/images").read_text() == "busybox\n"
    assert f"nerdctl rmi {wrong.args[0]}" in node.calls()
