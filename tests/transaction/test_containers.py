"""Containers that ran before an apply: which of their ends are harm, and which are their own."""

from __future__ import annotations

from dataclasses import dataclass

from tests.transaction import asking
from tests.transaction.conftest import NewHost
from tests.transaction.plans import BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import (
    CONTAINERD_PID,
    CONTAINERS,
    DAEMON_PID,
    PracticeHost,
)
from wizard.transaction.answers import Outcome
from wizard.transaction.compose import LEDGER, shipped_files

C1, C2 = CONTAINERS.splitlines()
RUNS_ON = C2
ENDED = "c2 2026-02-02T00:00:00Z 3 false 0"
FAILED = "c2 2026-02-02T00:00:00Z 3 false 1"
KILLED = "c2 2026-02-02T00:00:00Z 3 false 137"
TERMINATED = "c2 2026-02-02T00:00:00Z 3 false 143"
LOST_BY_CONTAINERD = "c2 2026-02-02T00:00:00Z 3 false 255"
GONE = ""
WAITS_FOR_RESTART = "c2 2026-02-02T00:00:00Z 4 true 1"
STARTED_BY_POLICY = "c2 2026-03-03T00:00:00Z 4 true 0"
STARTED_BY_SOMEBODY = "c2 2026-03-03T00:00:00Z 0 true 0"
UNHARMED = {
    "neither": {RUNS_ON, ENDED, FAILED, GONE, WAITS_FOR_RESTART, STARTED_BY_POLICY},
    "containerd": {RUNS_ON, ENDED, FAILED},
    "dockerd": {RUNS_ON},
}
ALL = (
    *(RUNS_ON, ENDED, FAILED, KILLED, TERMINATED, LOST_BY_CONTAINERD, GONE),
    *(WAITS_FOR_RESTART, STARTED_BY_POLICY, STARTED_BY_SOMEBODY),
)


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


async def _verdicts(host: PracticeHost, runtime: str, cases: list[Case]) -> list[str]:
    """Return what the shipped step says of each case: that it passed, or what it found lost."""
    text = "".join(shipped_files()[name] for name in LEDGER)
    script = [
        f"{text}\nlook_at_all() {{",
        "ROOT=$PILOTAGE_ROOT RUN=r1 NONCE=; settle; learn_timeout",
        f"LEDGER=$ROOT/practice OBSERVE=containers:{runtime}",
    ]
    for case in cases:
        script += [
            _stat(DAEMON_PID, "dockerd", 777),
            _stat(CONTAINERD_PID, "containerd", 555),
            f"cat >$ROOT/practice/{case.list_file} <<'LINES'\n{case.before}\nLINES",
            "DETAIL=; observe || echo 'no look'",
            f"cat >$ROOT/practice/{case.list_file} <<'LINES'\n{case.after}\nLINES",
            case.between,
            f"step_same_containers {runtime} && DETAIL=passed; printf '%s\\0' \"$DETAIL\"",
        ]
    script += ["}", "look_at_all\n"]
    _, output, errors = await host.execute("\n".join(script).encode())
    assert errors == b""
    return output.decode().split("\0")[:-1]


async def test_what_docker_lost_is_told_from_what_ended(host: PracticeHost) -> None:
    """The daemons' processes, exit codes and restart counts tell harm from a job's own end."""
    changed = {
        "neither": "",
        "containerd": _stat(CONTAINERD_PID, "containerd", 556),
        "dockerd": _stat(DAEMON_PID, "dockerd", 778),
    }
    names = [(daemon, end) for daemon in changed for end in ALL]
    cases = [
        Case(
            list_file="containers",
            before=CONTAINERS,
            after=f"{C1}\n{end}",
            between=changed[daemon],
        )
        for daemon, end in names
    ]
    verdicts = dict(zip(names, await _verdicts(host, "docker", cases), strict=True))
    unharmed = {
        daemon: {end for end in ALL if verdicts[daemon, end] == "passed"} for daemon in changed
    }
    assert unharmed == UNHARMED
    assert verdicts["neither", KILLED] == (
        "ran before and do not run on: "
        "c2 2026-02-02T00:00:00Z 3, now 2026-02-02T00:00:00Z 3 false 137\n"
    )


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
    lost = f"ran before and do not run on: pause {DAEMON_PID} 777\njob {CONTAINERD_PID} 555\n"
    assert await _verdicts(host, "containerd", cases) == [*["passed"] * 4, lost, lost]


async def test_a_job_that_ends_during_an_apply_reverts_nothing(any_host: NewHost) -> None:
    """The host is applied and confirmed, as if the job had ended a minute before."""
    host = any_host(shell="dash")
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    (host.root / "bin/dockerd").unlink()
    (host.root / "bin/dockerd").write_text(
        f"#!/bin/sh\necho '{C1}\n{ENDED}' >{host.root}/practice/containers\n"
    )
    (host.root / "bin/dockerd").chmod(0o755)
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.APPLIED, answer
