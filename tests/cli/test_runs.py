"""`pilotage runs`, `show`, `watch`, `resume`, `order` and `hosts approve`."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from tests.cli.conftest import Pilotage, rollout_whose_canary_fails
from tests.cli.practice import PracticeRun, PracticeService, answer
from tests.cli.test_discover import KEY
from wizard.journal.events import EventKind, Order
from wizard.run.reduce import WaveProgress
from wizard.run.view import Trouble


@pytest.fixture
def waiting(pilotage: Pilotage, service: PracticeService) -> str:
    """Return the name of a rollout that waits at a failed gate."""
    service.rollout = rollout_whose_canary_fails
    assert pilotage("apply", "--yes", "--on-failed-gate", "wait").code == 8
    return "rollout-2"


def test_runs_are_listed_newest_first(pilotage: Pilotage, waiting: str) -> None:
    """One line each, and one document."""
    lines = pilotage("runs").out.splitlines()
    document = pilotage("runs", "--json").document

    assert [line.split()[0] for line in lines] == ["RUN", waiting, "discovery-1"]
    assert [run["run"] for run in document["runs"]] == [waiting, "discovery-1"]


def test_no_runs_are_said_so(pilotage: Pilotage) -> None:
    """An empty table would look like a fault."""
    assert pilotage("runs").out == "There are no runs yet.\n"


def test_show_has_waves_hosts_and_the_card_of_a_host_in_trouble(
    pilotage: Pilotage, waiting: str
) -> None:
    """Everything that is known of a run."""
    out = pilotage("show", waiting).out

    assert "waiting: retry, skip, stop, 1 host needs a look" in out
    assert "canary  1      1 reverted  failed  1 host failed after the change" in out
    assert "Step   docker_pull" in out


def test_show_of_an_unknown_run_ends_with_code_six(pilotage: Pilotage) -> None:
    """The error says so in four parts."""
    assert pilotage("show", "nothing-1").code == 6


def test_watch_prints_every_event_as_data(pilotage: Pilotage, waiting: str) -> None:
    """Lines in text, JSON lines with --json, the run as the last one."""
    text = pilotage("watch", waiting)
    lines = [json.loads(line) for line in pilotage("watch", waiting, "--json").out.splitlines()]

    assert text.code == 8
    assert "web1  apply: reverted, failed at docker_pull: x509: unknown authority" in text.out
    assert {line["document"] for line in lines[:-1]} == {"event"}
    assert [line["event"]["seq"] for line in lines[:-1]] == list(range(1, len(lines)))
    assert lines[-1]["document"] == "run"


def test_resume_gives_the_run_a_process_and_follows_it(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """It goes on from the truth of the hosts."""
    service.runs_by_name[waiting].orphan = True

    outcome = pilotage("resume", waiting)

    assert outcome.code == 8
    assert [asked["run"] for asked in service.called("resume")] == [waiting]


def test_a_run_without_its_process_is_told_with_its_last_words(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """Why it is gone decides whether resuming helps; the log has all of it."""
    service.runs_by_name[waiting].orphan = True
    service.runs_by_name[waiting].said = "database or disk is full. Make room."

    outcome = pilotage("watch", waiting)

    assert outcome.code == 6
    assert "It said last: database or disk is full. Make room." in outcome.err
    assert "/state/run.log" in outcome.err


def test_resume_asks_first_where_the_run_was_rolled_back_since(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """Whoever rolled it back may not want it to go on."""
    assert pilotage("rollback", waiting, "--yes", "--host", "web1").code == 0
    service.runs_by_name[waiting].orphan = True

    unasked = pilotage("resume", waiting)
    declined = pilotage("resume", waiting, typed="n\n")
    agreed = pilotage("resume", waiting, "--yes")

    assert (unasked.code, declined.code, agreed.code) == (7, 8, 8)
    assert "was rolled back since (rollback-3)" in declined.err
    assert len(service.called("resume")) == 1


def test_a_rollback_counts_its_waves_and_has_no_canary(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """Its first wave is what was changed last."""
    service.rollback = _rollback_in_waves

    told = pilotage("rollback", waiting, "--yes", "--host", "web1")

    assert "wave 1 started: 1 host" in told.err
    assert "canary" not in told.err + told.out


def test_an_order_is_left_in_the_journal(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """Its document names the run and the order."""
    document = pilotage("order", "retry", waiting, "--json").document

    assert document == {"version": 1, "document": "order", "run": waiting, "order": "retry"}
    assert [asked["order"] for asked in service.called("order")] == [Order.RETRY]


def test_an_order_that_makes_no_sense_now_is_refused(
    pilotage: Pilotage, service: PracticeService, waiting: str
) -> None:
    """The possible ones are named."""
    outcome = pilotage("order", "go-on", waiting)

    assert outcome.code == 2
    assert "Possible now: retry, skip, stop." in outcome.err
    assert service.called("order") == []


def test_keys_are_approved_by_their_exact_fingerprint(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The text names host and fingerprint."""
    service.unknown_keys = (KEY,)

    document = pilotage("hosts", "approve", "--json", "--fingerprint", "db1=SHA256:abc").document

    assert [key["host"] for key in document["approved"]] == ["db1"]
    assert document["unknown"] == []
    (approved,) = service.called("approve_host_keys")
    assert [key.fingerprint for key in approved["keys"]] == ["SHA256:abc"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("db1=SHA256:xyz", "db1 shows another key: SHA256:abc."),
        ("web1=SHA256:abc", "web1 shows no key that is unknown."),
        ("SHA256:abc", "is not HOST=SHA256:fingerprint."),
    ],
)
def test_other_fingerprints_are_refused(
    pilotage: Pilotage, service: PracticeService, text: str, words: str
) -> None:
    """Nothing is approved then."""
    service.unknown_keys = (KEY,)

    outcome = pilotage("hosts", "approve", "--fingerprint", text)

    assert outcome.code == 2
    assert words in outcome.err
    assert service.called("approve_host_keys") == []


def test_without_a_terminal_keys_are_only_listed(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """`--yes` is no approval of a key."""
    service.unknown_keys = (KEY,)

    outcome = pilotage("hosts", "approve", "--yes")

    assert outcome.code == 5
    assert "SHA256:abc" in outcome.out
    assert service.called("approve_host_keys") == []


def test_a_host_whose_key_could_not_be_looked_at_is_named(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """No key to approve is not the same as no host that answered."""
    service.troubles = (
        Trouble(host="db1", what="Connection refused", state="Unchanged.", todo="Start sshd."),
    )

    outcome = pilotage("hosts", "approve")

    assert outcome.code == 5
    assert "db1: Connection refused  Start sshd." in outcome.err


def _rollback_in_waves(run: PracticeRun) -> Generator[None, Order | None, None]:
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    run.reducer.waves.append(WaveProgress(0, ("web1",)))
    run.add(EventKind.WAVE_STARTED, at_wave=0, hosts=["web1"])
    answer(run, "web1", "undo", "reverted", state="reverted")
    run.add(EventKind.RUN_ENDED, result="completed")
    yield
