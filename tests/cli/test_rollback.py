"""`pilotage rollback` takes back what is asked for, and shows what somebody else changed."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeRun, PracticeService, answer
from wizard.journal.events import EventKind, Order


@pytest.fixture
def applied(pilotage: Pilotage) -> str:
    """Return the name of a rollout that was applied."""
    assert pilotage("apply", "--yes").code == 0
    return "rollout-2"


def scopes(service: PracticeService) -> list[dict[str, Any]]:
    """Return which run, hosts and files each rollback was asked for."""
    names = ("of", "hosts", "wave", "force")
    return [{name: asked[name] for name in names} for asked in service.called("start_rollback")]


def test_a_whole_run_is_taken_back(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """No host and no wave is named, so the service takes all of them."""
    outcome = pilotage("rollback", applied, "--yes")

    assert outcome.code == 0
    assert scopes(service) == [{"of": applied, "hosts": (), "wave": None, "force": ()}]


def test_a_wave_some_hosts_and_forced_files_reach_the_service(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """Options become arguments, the newest wave first."""
    force = "--force", "db1:/etc/docker/daemon.json"

    pilotage("rollback", applied, "--yes", "--wave", "1")
    pilotage("rollback", applied, "--yes", "--host", "web1", "--host", "db1", *force)

    assert scopes(service) == [
        {"of": applied, "hosts": (), "wave": 1, "force": ()},
        {
            "of": applied,
            "hosts": ("db1", "web1"),
            "wave": None,
            "force": (("db1", "/etc/docker/daemon.json"),),
        },
    ]


def test_it_asks_first(pilotage: Pilotage, service: PracticeService, applied: str) -> None:
    """Without an answer nothing is taken back."""
    assert pilotage("rollback", applied).code == 7
    assert pilotage("rollback", applied, typed="n\n").code == 8
    assert service.called("start_rollback") == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--wave", "7"), "has no wave 7"),
        (("--host", "web9"), "“web9” is not a host"),
        (("--force", "daemon.json"), "is not HOST:/path/of/file"),
        (("--wave", "0", "--from-hosts"), "Waves are not known to the hosts"),
    ],
)
def test_scopes_that_make_no_sense_are_refused(
    pilotage: Pilotage,
    service: PracticeService,
    applied: str,
    options: tuple[str, ...],
    words: str,
) -> None:
    """Nothing is started for them."""
    outcome = pilotage("rollback", applied, "--yes", *options)

    assert outcome.code == 2
    assert words in outcome.err
    assert service.called("start_rollback") == []


def test_a_run_of_somebody_else_needs_the_ledgers_of_the_hosts(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Without its journal the hosts are asked, when told to."""
    refused = pilotage("rollback", "elsewhere-1", "--yes")
    done = pilotage("rollback", "elsewhere-1", "--yes", "--from-hosts")

    assert refused.code == 6
    assert "--from-hosts" in refused.err
    assert done.code == 0
    assert scopes(service) == [{"of": "elsewhere-1", "hosts": (), "wave": None, "force": ()}]


def test_stepping_shows_each_host_before_it_asks(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """What is undone, the state now, and the next host; skipped ones stay."""
    outcome = pilotage("rollback", applied, "--step", typed="undo\nskip\nstop\n")

    err = outcome.err
    assert outcome.code == 8
    assert "Step 1 of 3: web2" in err
    assert "undo  /etc/docker/daemon.json: restored" in err
    assert "now   confirmed" in err
    assert "next  db1" in err
    assert [asked["hosts"] for asked in service.called("start_rollback")] == [("web2",)]


def test_stepping_can_turn_into_all_at_once(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """The hosts that are left go in one run."""
    outcome = pilotage("rollback", applied, "--step", typed="undo\nall\n")

    assert outcome.code == 0
    assert [asked["hosts"] for asked in service.called("start_rollback")] == [
        ("web2",),
        ("db1", "web1"),
    ]


def test_stepping_needs_a_terminal(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """Even with --yes: a step is looked at."""
    assert pilotage("rollback", applied, "--step", "--yes").code == 7
    assert service.called("start_rollback") == []


def test_a_foreign_edit_is_shown_three_ways_and_left_alone(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """The way to overwrite it is on the same screen."""
    service.rollback = _meets_a_foreign_edit

    outcome = pilotage("rollback", applied, "--yes", "--host", "web1")

    assert outcome.code == 5
    assert "  +theirs" in outcome.out
    assert "  +before" in outcome.out
    assert "--force web1:/etc/docker/daemon.json" in outcome.out


def test_a_host_that_could_not_take_itself_back_is_taken_back(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Its failure is no proof that nothing of the run is left on it."""
    service.rollout = _cannot_take_itself_back
    pilotage("apply", "--yes")

    outcome = pilotage("rollback", "rollout-2", "--yes")

    assert (outcome.code, "is left to take back" in outcome.err) == (0, False)
    assert len(service.called("start_rollback")) == 1


def test_a_named_host_is_asked_whatever_the_journal_says(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Its ledger is the truth: one that seems as before is asked all the same."""
    service.rollout = _reverts_itself
    pilotage("apply", "--yes")

    assert pilotage("rollback", "rollout-2", "--yes", "--host", "web1").code == 0

    assert [asked["hosts"] for asked in service.called("start_rollback")] == [("web1",)]


def test_a_forced_file_of_a_host_that_is_left_alone_is_refused(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Following a hint for one host never takes others back instead."""
    service.rollout = _reverts_itself
    pilotage("apply", "--yes")

    outcome = pilotage("rollback", "rollout-2", "--yes", "--force", "web1:/etc/docker/daemon.json")

    assert (outcome.code, "leaves alone: web1" in outcome.err) == (2, True)
    assert service.called("start_rollback") == []


def test_nothing_left_to_take_back_is_said(
    pilotage: Pilotage, service: PracticeService, applied: str
) -> None:
    """A host that was never changed is no part of a rollback."""
    outcome = pilotage("rollback", "discovery-1", "--yes")

    assert outcome.code == 0
    assert "is left to take back" in outcome.err
    assert service.called("start_rollback") == []


def _reverts_itself(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    answer(run, "web1", "apply", "reverted", state="reverted", failed_step="docker_pull")
    run.add(EventKind.RUN_ENDED, result="failed")
    yield


def _cannot_take_itself_back(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    answer(run, "web1", "apply", "revert_failed", state="reverting", failed_step="restore")
    run.add(EventKind.RUN_ENDED, result="failed")
    yield


def _meets_a_foreign_edit(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    conflict = {
        "path": "/etc/docker/daemon.json",
        "expected_sha256": "a" * 64,
        "found_sha256": "b" * 64,
        "before": "before\n",
        "ours": "ours\n",
        "now": "theirs\n",
    }
    answer(run, "web1", "undo", "conflict", state="conflict", conflicts=[conflict])
    run.add(EventKind.RUN_ENDED, result="failed")
    yield
