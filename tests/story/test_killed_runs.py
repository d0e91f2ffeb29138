"""The run process is killed at ten points of a rollout; `resume` ends each in a known state."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import pytest

from tests.fleet import Fleet
from tests.story.operator import Operator, host_states
from tests.story.photograph import photograph
from wizard.cli.exit_codes import ExitCode
from wizard.journal.events import Event, EventKind

# In one group: they share a plan.
pytestmark = [
    pytest.mark.fleet,
    pytest.mark.usefixtures("warm_operator"),
    pytest.mark.xdist_group("killed-runs"),
]

HOSTS = ("trixie-docker", "book-docker")


def nth(kind: EventKind, count: int = 1) -> Callable[[list[Event]], bool]:
    """Return a condition on a journal: it holds `count` events of a kind."""
    return lambda events: sum(event.kind is kind for event in events) >= count


def verb(kind: EventKind, name: str, count: int = 1) -> Callable[[list[Event]], bool]:
    """Return a condition on a journal: a verb was begun or answered `count` times."""
    return lambda events: (
        sum(e.kind is kind and e.data.get("verb") == name for e in events) >= count
    )


POINTS: dict[str, Callable[[list[Event]], bool]] = {
    "as soon as it runs": nth(EventKind.PROCESS_STARTED),
    "at the start of the canary wave": nth(EventKind.WAVE_STARTED),
    "before the first change": verb(EventKind.INTENT, "apply"),
    "after the first change": verb(EventKind.OUTCOME, "apply"),
    "while the canary soaks": nth(EventKind.SOAK_STARTED),
    "after the canary's gate": nth(EventKind.GATE),
    "before the first confirmation": verb(EventKind.INTENT, "confirm"),
    "after the first confirmation": verb(EventKind.OUTCOME, "confirm"),
    "before the second change": verb(EventKind.INTENT, "apply", 2),
    "before the last confirmation": verb(EventKind.INTENT, "confirm", 2),
}


@pytest.mark.parametrize("point", POINTS)
def test_resume_after_sigkill_ends_in_a_known_state(
    fleet: Fleet, operator: Operator, point: str
) -> None:
    """Killed at any point, the run goes on from the hosts' truth and can be taken back."""
    operator.write_migration(
        HOSTS,
        rollout={"canary": {"hosts": [HOSTS[0]]}, "waves": ["100%"], "soak": 1, "lease": 30},
    )
    before = {host: photograph(fleet, host) for host in HOSTS}
    run = operator.json("apply", operator.planned(), "--yes", "--detach")["run"]
    killed = kill_when(operator, run, POINTS[point])
    assert process_events(killed) == ["process_started"]

    resumed = operator.run("resume", run, "--yes", "--json", expect=None)

    ended = json.loads(resumed.stdout)
    states = host_states(ended)
    assert ended["state"] == "ended", ended
    assert set(states.values()) <= {"confirmed", "reverted", "waiting", "unchanged"}, states
    all_is_well = set(states.values()) == {"confirmed"}
    assert resumed.returncode == (ExitCode.DONE if all_is_well else ExitCode.HOSTS), ended
    assert process_events(operator.events_until(run, nth(EventKind.PROCESS_ENDED))) == [
        *("process_started", "process_started", "run_ended", "process_ended")
    ]
    for host, state in states.items():
        assert (photograph(fleet, host) == before[host]) is (state != "confirmed"), (host, state)
    assert armed_ledgers(fleet) == dict.fromkeys(HOSTS, "")

    if "confirmed" in states.values():
        operator.json("rollback", run, "--yes")
    assert {host: photograph(fleet, host) for host in HOSTS} == before


def process_events(events: list[Event]) -> list[str]:
    """Return how processes came and went; one that is killed leaves no word of its end."""
    kinds = (EventKind.PROCESS_STARTED, EventKind.PROCESS_ENDED, EventKind.RUN_ENDED)
    return [event.kind.value for event in events if event.kind in kinds]


def kill_when(operator: Operator, run: str, is_there: Callable[[list[Event]], bool]) -> list[Event]:
    """Send SIGKILL to the run's process as soon as its journal has come to a point.

    Returns the journal that it left. A process that is gone already fails the test.
    """
    events = operator.events_until(run, is_there)
    [pid] = [event.data["pid"] for event in events if event.kind is EventKind.PROCESS_STARTED]
    os.kill(pid, signal.SIGKILL)
    operator.wait_until(lambda: not os.path.exists(f"/proc/{pid}"), seconds=10)  # noqa: PTH110  # a process, not a file
    return operator.events_until(run, bool)


def armed_ledgers(fleet: Fleet) -> dict[str, str]:
    """Return the ledgers of each host that are neither confirmed nor taken back."""
    command = "find /var/lib/pilotage -name armed -o -name reverting 2>/dev/null || true"
    return {host: fleet.exec(host, command).stdout.decode().strip() for host in HOSTS}
