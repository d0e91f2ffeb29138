"""A ledger that cannot be written or read whole: the shell goes on, and nothing is guessed."""

from __future__ import annotations

import asyncio
import shutil

from tests.transaction import asking
from tests.transaction.applied import become_applied
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import LEDGERS, SHELLS, PracticeHost
from wizard.transaction.answers import LedgerState, Outcome
from wizard.transaction.compose import shipped_library

FOREIGN = b'{"theirs": true}\n'


@EVERY_SHELL
async def test_a_revert_goes_on_where_no_mark_can_be_made(host: PracticeHost) -> None:
    """A failed redirection ends a shell in its midst, if it is that of a special builtin."""
    await become_applied(host)
    (host.ledger() / "marks/deactivating").mkdir()
    answer = await asking.revert(host)
    assert (answer.outcome, host.read(DAEMON_JSON)) == (Outcome.REVERTED, BEFORE), answer
    assert host.mirrors() == []


async def test_a_lock_that_cannot_be_opened_is_answered(any_host: NewHost) -> None:
    """The host says that it is not to be had, rather than ending without a word."""

    async def scenario(shell: str) -> Outcome:
        host = any_host(shell=shell)
        await become_applied(host)
        (host.root / LEDGERS / "lock").unlink()
        (host.root / LEDGERS / "lock").mkdir()
        return (await asking.confirm(host)).outcome

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(scenario(shell)) for shell in SHELLS]
    assert [task.result() for task in tasks] == [Outcome.BUSY] * len(tasks)


async def test_a_manifest_that_was_cut_short_is_not_believed(host: PracticeHost) -> None:
    """Half of the files would be forgotten and the run called reverted."""
    await become_applied(host)
    manifest = host.ledger() / "manifest"
    lines = manifest.read_text().splitlines(keepends=True)
    first_of_second = next(n for n, line in enumerate(lines) if line.startswith("path 2 "))
    manifest.write_text("".join(lines[:first_of_second]))
    answer = await asking.revert(host)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, "manifest")
    assert (answer.state, host.read(DAEMON_JSON)) == (LedgerState.ARMED, AFTER.encode())


async def test_foreign_bytes_that_cannot_be_kept_are_not_overwritten(host: PracticeHost) -> None:
    """A forced path is taken back only once what it held is safe in the ledger."""
    await become_applied(host)
    host.write(DAEMON_JSON, FOREIGN)
    in_the_way = host.ledger() / "2.foreign"
    (in_the_way / "daemon.json").mkdir(parents=True)
    answer = await asking.revert(host, force=(DAEMON_JSON,))
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERT_FAILED, "keep_foreign")
    assert ("2.foreign" in answer.detail, host.read(DAEMON_JSON)) == (True, FOREIGN)
    await host.settle()
    shutil.rmtree(in_the_way)
    assert (await asking.revert(host, force=(DAEMON_JSON,))).outcome is Outcome.REVERTED
    assert (host.ledger() / "2.foreign").read_bytes() == FOREIGN


async def _of_an_older_build(host: PracticeHost) -> None:
    """Leave a ledger whose revert.sh has all of its steps, and whose steps.sh has none."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answer = await asking.apply(host, plan)
    assert answer.outcome is Outcome.APPLIED, answer
    functions = shipped_library().runtime_steps(plan).decode()
    steps, revert = (host.ledger() / name for name in ("steps.sh", "revert.sh"))
    assert functions in steps.read_text()
    steps.write_text(steps.read_text().replace(functions, ""))
    revert.write_text(revert.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{functions}"))
    manifest = host.ledger() / "manifest"
    manifest.write_text(manifest.read_text().replace("\nformat 2\n", "\nformat 1\n"))


@EVERY_SHELL
async def test_a_ledger_of_an_older_build_takes_itself_back(host: PracticeHost) -> None:
    """Its own script knows its steps; ours would miss them."""
    await _of_an_older_build(host)
    answer = await asking.revert(host)
    assert (answer.outcome, host.read(DAEMON_JSON)) == (Outcome.REVERTED, BEFORE), answer
    assert host.mirrors() == []


async def test_an_edit_beside_a_ledger_of_an_older_build(host: PracticeHost) -> None:
    """Is a conflict that is shown, and forced with the same words."""
    await _of_an_older_build(host)
    (host.root / DAEMON_JSON[1:]).write_bytes(FOREIGN)
    answer = await asking.revert(host)
    assert (answer.outcome, host.read(DAEMON_JSON)) == (Outcome.CONFLICT, FOREIGN), answer
    assert [conflict.path for conflict in answer.conflicts] == [DAEMON_JSON]
    forced = await asking.revert(host, force=(DAEMON_JSON,))
    assert (forced.outcome, host.read(DAEMON_JSON)) == (Outcome.REVERTED, BEFORE), forced


async def test_a_run_of_an_older_build_is_not_confirmed_by_ours(host: PracticeHost) -> None:
    """What cannot be looked at is not taken back for it either."""
    await _of_an_older_build(host)
    answer = await asking.confirm(host)
    assert (answer.outcome, answer.state) == (Outcome.REFUSED, LedgerState.ARMED), answer
    assert "another build of Pilotage" in answer.detail
    assert host.read(DAEMON_JSON) == AFTER.encode()
