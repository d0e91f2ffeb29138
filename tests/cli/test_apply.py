"""`pilotage apply` asks, follows, decides where it may, and ends with a documented code."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.cli.conftest import Pilotage, rollout_whose_canary_fails
from tests.cli.practice import PracticeRun, PracticeService, answer
from wizard.journal.events import EventKind, Order


def test_without_a_terminal_and_without_yes_nothing_is_started(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The question is refused, not assumed."""
    outcome = pilotage("apply")

    assert outcome.code == 7
    assert "Add --yes" in outcome.err
    assert service.called("start_rollout") == []


def test_declining_changes_nothing(pilotage: Pilotage, service: PracticeService) -> None:
    """No is no, and the default."""
    assert pilotage("apply", typed="\n").code == 8
    assert pilotage("apply", typed="n\n").code == 8
    assert service.called("start_rollout") == []


def test_the_summary_comes_before_the_question(pilotage: Pilotage) -> None:
    """The operator sees what is agreed to."""
    err = pilotage("apply", typed="y\n").err

    assert 0 < err.index("Change         3 hosts") < err.index("Apply this plan?")


def test_a_rollout_is_followed_to_its_end(pilotage: Pilotage, service: PracticeService) -> None:
    """Events are narrated, the result is data."""
    outcome = pilotage("apply", "--yes")

    assert service.the_plan is not None
    assert outcome.code == 0
    assert [asked["hash"] for asked in service.called("start_rollout")] == [service.the_plan.hash]
    assert "web1  apply: applied" in outcome.err
    assert "wave 1 started: 2 hosts" in outcome.err
    assert "State    completed" in outcome.out


def test_json_holds_the_run_and_nothing_else(pilotage: Pilotage) -> None:
    """Standard output is one document."""
    document = pilotage("apply", "--yes", "--json").document

    assert (document["document"], document["result"]) == ("run", "completed")
    assert {host["state"] for host in document["hosts"]} == {"confirmed"}


def test_detach_prints_the_run_and_leaves(pilotage: Pilotage, service: PracticeService) -> None:
    """The run is left to its process."""
    outcome = pilotage("apply", "--yes", "--detach")

    assert (outcome.code, outcome.out) == (0, "rollout-2\n")
    assert len(service.runs_by_name["rollout-2"].events) == 1


def test_a_failed_gate_is_left_waiting_when_nobody_can_decide(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """`--on-failed-gate wait` leaves the decision to a person, also under `--yes`."""
    service.rollout = rollout_whose_canary_fails

    outcome = pilotage("apply", "--yes", "--on-failed-gate", "wait")

    assert outcome.code == 8
    assert service.called("order") == []
    assert "The run waits for a decision" in outcome.err
    assert "docker_pull" in outcome.out
    assert "\x1b" not in outcome.out + outcome.err


@pytest.mark.parametrize("choice", [[], ["--on-failed-gate", "stop"]], ids=["default", "stop"])
def test_unattended_a_failed_gate_stops_the_run(
    pilotage: Pilotage, service: PracticeService, choice: list[str]
) -> None:
    """`--yes` has nobody to decide: the run stops there, unless told otherwise."""
    service.rollout = rollout_whose_canary_fails

    outcome = pilotage("apply", "--yes", *choice)

    assert outcome.code == 8
    assert [asked["order"] for asked in service.called("order")] == [Order.STOP]
    assert "stopped" in outcome.err


def test_an_order_that_makes_no_sense_is_not_given(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nothing is changed, so there is nothing to roll back, and the run is left waiting."""
    service.rollout = rollout_whose_canary_fails

    outcome = pilotage("apply", "--yes", "--on-failed-gate", "roll-back-all")

    assert outcome.code == 8
    assert service.called("order") == []


def test_on_a_terminal_the_operator_decides_at_a_failed_gate(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The card of the failed host comes before the question."""
    service.rollout = rollout_whose_canary_fails

    outcome = pilotage("apply", typed="y\nstop\n")

    assert [asked["order"] for asked in service.called("order")] == [Order.STOP]
    assert 0 < outcome.err.index("x509: unknown authority") < outcome.err.index("What now?")
    assert "(retry, skip, stop, wait)" in outcome.err


def test_unattended_a_run_that_asks_between_waves_goes_on(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """That gate was fine; `--yes` answers it, every time."""
    service.rollout = _asks_between_waves

    outcome = pilotage("apply", "--yes")

    assert outcome.code == 0
    assert [asked["order"] for asked in service.called("order")] == [Order.GO_ON, Order.GO_ON]


def test_drift_on_the_hosts_is_a_plan_that_no_longer_matches(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The hosts refuse by themselves, untouched, and the code says plan."""
    service.rollout = _drifts

    outcome = pilotage("apply", "--yes")

    assert outcome.code == 4
    assert "Files on hosts are no longer those" in outcome.err
    assert "web1" in outcome.err


def test_a_run_without_its_process_says_how_to_go_on(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """It is neither called done nor failed."""
    service.rollout = _vanishes

    outcome = pilotage("apply", "--yes")

    assert outcome.code == 6
    assert "pilotage resume rollout-2" in outcome.err


def test_ctrl_c_says_what_goes_on_and_how_to_attach(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Only this view ends."""
    service.rollout = _interrupted

    outcome = pilotage("apply", "--yes")

    assert outcome.code == 130
    assert "Run rollout-2 goes on in its own process" in outcome.err
    assert "pilotage watch rollout-2" in outcome.err
    assert service.called("order") == []


def _asks_between_waves(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    for wave in run.reducer.waves:
        run.add(EventKind.WAVE_STARTED, at_wave=wave.index, hosts=list(wave.hosts))
        for host in wave.hosts:
            answer(run, host, "apply", "applied", state="armed", deadline=120)
            answer(run, host, "confirm", "confirmed", state="confirmed")
        run.add(EventKind.GATE, at_wave=wave.index, verdict="ok", reasons=[])
        run.add(EventKind.WAITING, for_what="gate", choices=["go_on", "stop"])
        order = None
        while order is None:
            order = yield
        run.add(EventKind.WENT_ON, by="ops@jump", order=order.value, hosts=[])
    run.add(EventKind.RUN_ENDED, result="completed")
    yield


def _drifts(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    run.add(EventKind.WAVE_STARTED, at_wave=0, hosts=list(run.reducer.waves[0].hosts))
    answer(run, "web1", "apply", "drift", detail="/etc/docker/daemon.json")
    run.add(EventKind.RUN_ENDED, result="failed")
    yield


def _vanishes(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    run.orphan = True
    yield


def _interrupted(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    yield
    raise KeyboardInterrupt


def test_a_logout_that_would_end_the_run_is_told_before_it_starts(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Told before the question, so that it can still be declined; a rollback says it too."""
    service.warning = "This machine ends your processes when you log out."

    outcome = pilotage("apply", typed="n\n")
    back = pilotage("rollback", "rollout-1", "--from-hosts", typed="n\n")

    assert service.called("start_rollout") == []
    assert outcome.err.index(service.warning) < outcome.err.index("Apply this plan?")
    assert service.warning in back.err
