"""What was proven is looked at again before it becomes permanent."""

from __future__ import annotations

import pytest

from tests.transaction import asking
from tests.transaction.applied import LEASE, become_applied
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, MIRROR, docker_plan
from tests.transaction.practice_host import DAEMON_PID, Entry, PracticeHost
from wizard.transaction.answers import Answer, LedgerState, Outcome, Verb

FOREIGN = b'{"registry-mirrors": ["https://registry.corp:5000"], "theirs": true}\n'
BOTH = pytest.mark.parametrize("verb", [Verb.CHECK, Verb.CONFIRM], ids=lambda verb: verb.value)


async def _ask(host: PracticeHost, verb: Verb) -> Answer:
    return await (asking.check(host) if verb is Verb.CHECK else asking.confirm(host))


async def _applied(host: PracticeHost) -> dict[str, Entry]:
    """Be a host that was applied to, and return what was there before."""
    host.write(DAEMON_JSON, BEFORE)
    before = host.tree()
    await become_applied(host)
    return before


def _stop_docker(host: PracticeHost) -> None:
    """Let dockerd be stopped; whatever asks its client would start it."""
    (host.root / "run/docker.pid").unlink()
    host.practice("pid", "0\n")
    host.program("docker", 'echo "$*" >>"$PILOTAGE_ROOT/practice/asked"; exit 1')
    host.practice("fails/reload", "docker.service is not active, cannot reload.\n")


@EVERY_SHELL
async def test_what_still_holds_stays_armed_until_it_is_confirmed(host: PracticeHost) -> None:
    """A check changes nothing, may be asked again, and pulls nothing."""
    await _applied(host)
    calls = len(host.calls())
    answers = [await asking.check(host), await asking.check(host), await asking.confirm(host)]
    assert [(answer.outcome, answer.state) for answer in answers] == [
        (Outcome.HOLDS, LedgerState.ARMED),
        (Outcome.HOLDS, LedgerState.ARMED),
        (Outcome.CONFIRMED, LedgerState.CONFIRMED),
    ]
    assert host.read(DAEMON_JSON) == AFTER.encode()
    assert [call for call in host.calls()[calls:] if "pull" in call or "reload" in call] == []
    assert (await asking.check(host)).outcome is Outcome.CONFIRMED


@EVERY_SHELL
@BOTH
async def test_a_foreign_edit_is_left_alone_and_not_confirmed(
    host: PracticeHost, verb: Verb
) -> None:
    """No file is touched, the three texts are told, and from then on a person decides."""
    await _applied(host)
    edited = host.write(DAEMON_JSON, FOREIGN)
    calls = len(host.calls())
    answer = await _ask(host, verb)
    assert (answer.outcome, answer.state) == (Outcome.EDITED, LedgerState.CONFLICT)
    (conflict,) = answer.conflicts
    assert (conflict.path, conflict.found_sha256) == (DAEMON_JSON, edited.sha256)
    assert (conflict.before, conflict.ours, conflict.now) == (
        BEFORE.decode(),
        AFTER,
        FOREIGN.decode(),
    )
    assert (host.read(DAEMON_JSON), host.read(CA)) == (FOREIGN, b"the CA\n")
    assert (host.mirrors(), host.calls()[calls:]) == ([MIRROR], [])
    assert (await asking.confirm(host)).outcome is Outcome.CONFLICT


@BOTH
async def test_a_file_that_somebody_put_back_is_an_edit_too(host: PracticeHost, verb: Verb) -> None:
    """What a configuration management restored is not ours any more; an undo takes the rest."""
    before = await _applied(host)
    host.write(DAEMON_JSON, BEFORE)
    host.practice("mirrors", "[]\n")
    answer = await _ask(host, verb)
    assert (answer.outcome, answer.state) == (Outcome.EDITED, LedgerState.CONFLICT)
    assert host.read(CA) == b"the CA\n"
    undone = await asking.undo(host)
    assert (undone.outcome, host.tree() == before) == (Outcome.REVERTED, True), undone


async def test_an_apply_after_an_edit_still_shows_it(host: PracticeHost) -> None:
    """Retried, the host goes on saying whose bytes are in the way."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    host.write(DAEMON_JSON, FOREIGN)
    await asking.check(host)
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.state) == (Outcome.CONFLICT, LedgerState.CONFLICT)
    assert [(conflict.path, conflict.now) for conflict in answer.conflicts] == [
        (DAEMON_JSON, FOREIGN.decode())
    ]


@EVERY_SHELL
@BOTH
async def test_settings_that_are_not_in_force_any_more_are_taken_back(
    host: PracticeHost, verb: Verb
) -> None:
    """The files are ours, the daemon runs without them: the host is as before at once."""
    before = await _applied(host)
    host.practice("mirrors", "[]\n")
    # Each answer of the daemon takes the time that is waited for a right one.
    host.pass_time(0)
    client = (host.root / "bin/docker").readlink()
    host.program(
        "docker",
        'read -r up _ <"$PILOTAGE_ROOT/proc/uptime"\n'
        'echo "$((${up%.*} + 6)).00 0.00" >"$PILOTAGE_ROOT/proc/uptime"\n'
        f'exec /bin/sh {client} "$@"',
    )
    answer = await _ask(host, verb)
    assert (answer.outcome, answer.state, answer.failed_step) == (
        Outcome.REVERTED,
        LedgerState.REVERTED,
        "docker_mirrors",
    ), answer
    assert host.tree() == before


@EVERY_SHELL
@BOTH
async def test_a_stopped_runtime_is_taken_back_and_not_started(
    host: PracticeHost, verb: Verb
) -> None:
    """Nobody asks its client, which would start it; its files are as before."""
    before = await _applied(host)
    _stop_docker(host)
    answer = await _ask(host, verb)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "runtimes_alive"), answer
    assert answer.detail.startswith("docker does not run any more")
    assert host.tree() == before
    assert not (host.root / "practice/asked").exists()


async def test_a_daemon_that_was_started_anew_does_not_pass_as_the_one_that_was_proven(
    host: PracticeHost,
) -> None:
    """Without a restart promised, another process has come up by itself or by somebody."""
    before = await _applied(host)
    host.start_process(DAEMON_PID, "dockerd", started=999)
    answer = await asking.check(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, "same_process"), answer
    assert host.tree() == before


async def test_containers_that_end_during_a_soak_are_nobodys_harm(host: PracticeHost) -> None:
    """While the daemons run on, a stopped or removed container was not ended by the change."""
    await _applied(host)
    host.practice("containers", "c1 2026-01-01T00:00:00Z 0 false 143\n")
    answer = await asking.confirm(host)
    assert answer.outcome is Outcome.CONFIRMED, answer


async def test_a_check_after_the_deadline_is_too_late(host: PracticeHost) -> None:
    """The host has reverted, or does so now."""
    before = await _applied(host)
    host.pass_time(LEASE + 1)
    answer = await asking.check(host)
    assert (answer.outcome, host.tree() == before) == (Outcome.TOO_LATE, True), answer


async def test_what_was_never_proven_does_not_hold(host: PracticeHost) -> None:
    """A ledger without its mark belongs to an apply that was cut off."""
    await _applied(host)
    (host.ledger() / "marks/proven").unlink()
    answer = await asking.check(host)
    assert (answer.outcome, answer.state, answer.failed_step) == (
        Outcome.REFUSED,
        LedgerState.ARMED,
        "not_proven",
    )


@EVERY_SHELL
async def test_rolled_back_under_a_stopped_runtime_nothing_is_in_doubt(host: PracticeHost) -> None:
    """The files come back, the daemon is neither asked nor started, and the answer says so."""
    before = await _applied(host)
    await asking.confirm(host)
    _stop_docker(host)
    answer = await asking.undo(host)
    assert (answer.outcome, answer.failed_step, answer.detail) == (
        Outcome.REVERTED,
        "",
        "docker does not run, so nothing had to be taken out of it",
    )
    assert host.tree() == before
    assert not (host.root / "practice/asked").exists()


async def test_a_runtime_that_the_apply_itself_stopped_stays_a_failure(host: PracticeHost) -> None:
    """Only one that was proven to run may be down for reasons of its own."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    host.practice("fails/docker-pull", "no such host\n")
    host.program(
        "dockerd", 'rm -f "$PILOTAGE_ROOT/run/docker.pid"; echo 0 >"$PILOTAGE_ROOT/practice/pid"'
    )
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.REVERT_FAILED, answer
