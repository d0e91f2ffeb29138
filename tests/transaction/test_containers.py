"""Containers that ran before an apply: which of their ends are harm, and which are their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import (
    CONTAINERD_PID,
    CONTAINERS,
    DAEMON_PID,
    PracticeHost,
)
from wizard.transaction.answers import Outcome
from wizard.transaction.compose import LEDGER, shipped_files
from wizard.transaction.step_files import RUNTIME_FILES

C1 = CONTAINERS.splitlines()[0]
RAN_BEFORE = "ran before and do not run on: "
STARTED = "2026-02-02T00:00:00Z"
AGAIN = "2026-03-03T00:00:00Z"
ENDS = {
    "runs_on": f"{STARTED} 3 true 0",
    "ended": f"{STARTED} 3 false 0",
    "failed": f"{STARTED} 3 false 1",
    "killed": f"{STARTED} 3 false 137",
    "terminated": f"{STARTED} 3 false 143",
    "lost_by_containerd": f"{STARTED} 3 false 255",
    "gone": "",
    "waits_for_restart": f"{STARTED} 4 true 1",
    "started_by_policy": f"{AGAIN} 4 true 0",
    "started_by_somebody": f"{AGAIN} 0 true 0",
}
"""What became of a container that ran since STARTED, restarted thrice before; by its name."""
UNHARMED = {
    "neither": {"runs_on", "ended", "failed", "gone", "waits_for_restart", "started_by_policy"},
    "containerd": {"runs_on", "ended", "failed"},
    "dockerd": {"runs_on"},
}
"""By the daemon that is another process afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens between the two looks, in shell, and what is left of a runtime's list."""

    list_file: str
    before: str
    after: str
    between: str = ""


def _stat(number: int, name: str, started: int) -> str:
    fields = " ".join(str(field) for field in range(4, 22))
    line = f"{number} ({name}) S {fields} {started} 0 0"
    return f"mkdir -p $ROOT/proc/{number}; echo '{line}' >$ROOT/proc/{number}/stat"


def _containerd(number: int, started: int) -> str:
    """Return what lets the service be that process; one that was before is not looked at."""
    return f"{_stat(number, 'containerd', started)}; echo {number} >$ROOT/practice/containerd_pid"


async def _verdicts(host: PracticeHost, runtime: str, cases: list[Case]) -> list[str]:
    """Return what the shipped step says of each case: that it passed, or what it found lost."""
    text = "".join(shipped_files()[name] for name in (*LEDGER, *RUNTIME_FILES))
    script = [
        f"{text}\nlook_at_all() {{",
        "ROOT=$PILOTAGE_ROOT RUN=r1 NONCE=; settle",
        f"LEDGER=$ROOT/practice OBSERVE=containers:{runtime}",
    ]
    for case in cases:
        script += [
            _stat(DAEMON_PID, "dockerd", 777),
            _containerd(CONTAINERD_PID, 555),
            f"cat >$ROOT/practice/{case.list_file} <<'LINES'\n{case.before}\nLINES",
            "DETAIL=; observe || echo 'no look'",
            f"cat >$ROOT/practice/{case.list_file} <<'LINES'\n{case.after}\nLINES",
            case.between,
            f'step_same_containers {runtime} && DETAIL="passed${{DETAIL:+: $DETAIL}}"',
            r"""printf '%s\0' "$DETAIL" """,
        ]
    script += ["}", "look_at_all\n"]
    _, output, errors = await host.execute("\n".join(script).encode())
    assert errors == b""
    return output.decode().split("\0")[:-1]


@EVERY_SHELL
async def test_what_docker_lost_is_told_from_what_ended(host: PracticeHost) -> None:
    """The daemons' processes, exit codes and restart counts tell harm from a job's own end."""
    changed = {
        "neither": "",
        "containerd": _containerd(CONTAINERD_PID + 1, 556),
        "dockerd": _stat(DAEMON_PID, "dockerd", 778),
    }
    before = "\n".join(f"{name} {STARTED} 3 true 0" for name in ENDS)
    after = "\n".join(f"{name} {end}" for name, end in ENDS.items() if end)
    cases = [
        Case(list_file="containers", before=before, after=after, between=between)
        for between in changed.values()
    ]
    verdicts = dict(zip(changed, await _verdicts(host, "docker", cases), strict=True))
    lost = {
        daemon: {line.partition(" ")[0] for line in words.removeprefix(RAN_BEFORE).splitlines()}
        for daemon, words in verdicts.items()
    }
    assert lost == {daemon: set(ENDS) - unharmed for daemon, unharmed in UNHARMED.items()}
    assert verdicts["neither"].startswith(
        f"{RAN_BEFORE}killed {STARTED} 3, now {STARTED} 3 false 137\n"
    )


@EVERY_SHELL
async def test_what_restarts_over_and_over_before_is_no_evidence(host: PracticeHost) -> None:
    """It is left out and named; a container that came back long ago is looked at all the same."""
    lately = (datetime.now(UTC) - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%S.5Z")
    before = "\n".join(
        (
            f"waiting {STARTED} 40 true 1 restarting",
            f"just_up {lately} 7 true 0",
            f"fresh {lately} 0 true 0",
            f"steady {STARTED} 3 true 0",
        )
    )
    loops = before.replace("waiting", "waiting_not").replace("just_up", "just_up_not")
    harmed = loops.replace("fresh", "fresh_not").replace("steady", "steady_not")
    another = _stat(CONTAINERD_PID, "containerd", 556)
    cases = [
        Case(list_file="containers", before=before, after=loops, between=another),
        Case(list_file="containers", before=before, after=harmed, between=another),
    ]
    left_out = "left out, restarting over and over before already: name-waiting name-just_up"
    passed, lost = await _verdicts(host, "docker", cases)
    assert passed == f"passed: {left_out}"
    assert [line.split()[-1] for line in lost.removeprefix(RAN_BEFORE).splitlines()] == ["gone"] * 2


async def test_a_docker_that_does_not_answer_proves_nothing(host: PracticeHost) -> None:
    """Words that are not about a missing container never pass for one that is gone."""
    broken = "echo 'Cannot connect to the Docker daemon' >$ROOT/practice/fails/docker-inspect"
    case = Case(list_file="containers", before=CONTAINERS, after=CONTAINERS, between=broken)
    [verdict] = await _verdicts(host, "docker", [case])
    assert verdict == ("docker did not say what became of c1: Cannot connect to the Docker daemon")


async def test_a_busy_host_is_looked_at_whole(host: PracticeHost) -> None:
    """Of four hundred containers the first and the last are seen, however long the list."""
    lines = [f"{number:064x} 2026-01-01T00:00:00Z 0 true 0" for number in range(400)]
    harmed = [line.replace("true 0", "false 137") for line in lines]
    cases = [
        Case(list_file="containers", before="\n".join(lines), after="\n".join(after))
        for after in (lines, [harmed[0], *lines[1:]], [*lines[:-1], harmed[-1]])
    ]
    verdicts = await _verdicts(host, "docker", cases)
    assert [verdict.count("false 137") for verdict in verdicts] == [0, 1, 1]


@EVERY_SHELL
async def test_containerd_takes_all_along_or_none(host: PracticeHost) -> None:
    """One task that runs on proves that the shims did; a pod that ended did so by itself."""
    pods = "\n".join(
        ("TASK PID STATUS", f"pause {DAEMON_PID} RUNNING", f"job {CONTAINERD_PID} RUNNING")
    )
    none = "TASK PID STATUS"
    stopped = pods.replace(f"{CONTAINERD_PID} RUNNING", f"{CONTAINERD_PID} STOPPED")
    restarted = "; ".join((_stat(DAEMON_PID, "pause", 778), _stat(CONTAINERD_PID, "job", 556)))
    cases = [
        Case(list_file="tasks", before=pods, after=pods),
        Case(list_file="tasks", before=pods, after=pods.replace("job", "another")),
        Case(list_file="tasks", before=pods, after=stopped),
        Case(list_file="tasks", before=none, after=none),
        Case(list_file="tasks", before=pods, after=none),
        Case(list_file="tasks", before=pods, after=pods, between=restarted),
    ]
    lost = f"{RAN_BEFORE}pause {DAEMON_PID} 777\njob {CONTAINERD_PID} 555\n"
    assert await _verdicts(host, "containerd", cases) == [*["passed"] * 4, lost, lost]


async def test_a_job_that_ends_during_an_apply_reverts_nothing(any_host: NewHost) -> None:
    """The host is applied and confirmed, as if the job had ended a minute before."""
    host = any_host(shell="dash")  # noqa: S604  # the name of a shell
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.program("dockerd", f"echo '{C1}\nc2 {ENDS['ended']}' >{host.root}/practice/containers")
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.APPLIED, answer
