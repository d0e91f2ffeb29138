"""A BuildKit of the host's own from its facts to the way back: one restart, a build that proves."""

from __future__ import annotations

from typing import Final

import pytest

from tests.planning.cases import a_target, host_facts
from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.practice_host import PracticeHost
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan
from wizard.runtimes import RUNTIMES
from wizard.transaction.answers import Outcome

FILE: Final = "/etc/buildkit/buildkitd.toml"
BEFORE: Final = b'# ours\r\n[worker.oci]\r\n  gc = true # "often"'
IMAGE: Final = "docker.io/library/pilotage-canary:20261123"
DIGEST: Final = "sha256:" + "c0" * 32
PID: Final = 4747
SYSTEMCTL: Final = f"""\
# A service manager with a BuildKit, which reads its file when it starts.
here=$PILOTAGE_ROOT/practice
echo "systemctl $*" >>"$here/calls"
case $1 in
  restart)
    [ ! -e "$here/fails/restart" ] || exit 1
    cat "$PILOTAGE_ROOT{FILE}" >"$here/in_force"
    ;;
  is-failed) [ -e "$here/failed" ] ;;
  show)
    case $* in
      *'MainPID buildkit.service') echo "MainPID=$(cat "$here/buildkit_pid")" ;;
      *ActiveState*)
        printf '%s\\n' ActiveState=active SubState=running MainPID={PID} NRestarts=0
        ;;
      *'MainPID crio '*) printf 'MainPID=%s\\n\\n' 0 0 0 ;;
      *) echo MainPID=0 ;;
    esac
    ;;
esac
"""
BUILDCTL: Final = f"""\
here=$PILOTAGE_ROOT/practice
echo "buildctl $*" >>"$here/calls"
case $* in
  *' build '*)
    for last; do :; done
    read -r from <"${{last#dockerfile=}}/Dockerfile"
    [ "$from" = "FROM {IMAGE}" ] || exit 9
    # Upstream does not have the canary.
    grep -q registry.example "$here/in_force" || {{ echo "ERROR: {IMAGE}: not found" >&2; exit 1; }}
    echo '#1 [internal] load build definition from Dockerfile' >&2
    echo "#3 [1/1] FROM {IMAGE}@$(cat "$here/digest")" >&2
    ;;
esac
"""


@pytest.fixture
def builder(host: PracticeHost) -> PracticeHost:
    """Return a host on which nothing runs but BuildKit."""
    host.write(FILE, BEFORE)
    host.program("systemctl", SYSTEMCTL)
    host.program("buildctl", BUILDCTL)
    for name, text in (("digest", DIGEST), ("in_force", ""), ("buildkit_pid", str(PID))):
        host.practice(name, f"{text}\n")
    host.start_process(PID, "buildkitd", started=888)
    (host.root / "run/docker.pid").unlink()
    return host


def _plan() -> HostPlan:
    said = {
        "buildkit": {"version": "0.17.0"},
        "files": {FILE: BEFORE.decode()},
    }
    return plan_host(host_facts(said), a_target(addressing="prefix"), RolloutPolicy(), RUNTIMES)


def _restarts(host: PracticeHost) -> int:
    return host.calls().count("systemctl restart buildkit.service")


@EVERY_SHELL
async def test_it_is_proven_and_taken_back(builder: PracticeHost) -> None:
    """Two restarts in all; every byte that is not ours stays, and /etc ends as it was."""
    before = builder.tree()

    applied = await asking.apply(builder, _plan())

    assert applied.outcome is Outcome.APPLIED, applied
    assert builder.read(FILE).startswith(BEFORE + b"\r\n\r\n[registry.")
    assert b'mirrors = ["registry.example/dockerhub-proxy"]' in builder.read(FILE)
    assert _restarts(builder) == 1
    assert not (builder.ledger() / ".build").exists()
    assert (await asking.check(builder)).outcome is Outcome.HOLDS
    assert (await asking.confirm(builder)).outcome is Outcome.CONFIRMED
    undone = await asking.undo(builder)
    assert (undone.outcome, builder.tree() == before) == (Outcome.REVERTED, True), undone
    assert (_restarts(builder), (builder.root / "practice/in_force").read_bytes()) == (2, BEFORE)


@pytest.mark.parametrize(
    ("state", "said", "step", "words"),
    [
        ("digest", "sha256:" + "cd" * 32, "buildkit_build", f"wanted {DIGEST}"),
        ("fails/restart", "", "buildkit_restart", "systemctl"),
    ],
)
async def test_what_proves_nothing_is_taken_back(
    builder: PracticeHost, state: str, said: str, step: str, words: str
) -> None:
    """A build from something else, and a daemon that does not restart."""
    builder.practice(state, f"{said}\n")
    before = builder.tree()
    answer = await asking.apply(builder, _plan())
    assert builder.tree() == before
    assert answer.outcome in {Outcome.REVERTED, Outcome.REVERT_FAILED}, answer
    assert step in {answer.failed_step, answer.detail.partition(" ")[0]}
    assert words in answer.detail


async def test_one_that_somebody_stopped_is_not_started(builder: PracticeHost) -> None:
    """It has nothing to give up, and starts with what is on disk then."""
    before = builder.tree()
    assert (await asking.apply(builder, _plan())).outcome is Outcome.APPLIED
    builder.practice("buildkit_pid", "0\n")
    undone = await asking.undo(builder)
    assert (undone.outcome, builder.tree() == before) == (Outcome.REVERTED, True), undone
    assert _restarts(builder) == 1


async def test_one_that_failed_is_started_with_the_files_of_before(builder: PracticeHost) -> None:
    """So it may come back."""
    assert (await asking.apply(builder, _plan())).outcome is Outcome.APPLIED
    builder.practice("buildkit_pid", "0\n")
    builder.practice("failed", "")
    await asking.undo(builder)
    assert _restarts(builder) == 2
