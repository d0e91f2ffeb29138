"""Somebody else's edit is never undone unless a person says so, file by file."""

from __future__ import annotations

from tests.transaction import asking
from tests.transaction.applied import become_applied
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, MIRROR, docker_plan
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.answers import FileConflict, LedgerState, Outcome

FOREIGN = b'{"registry-mirrors": ["https://registry.corp:5000"], "theirs": true}\n'


@EVERY_SHELL
async def test_a_foreign_edit_stops_the_whole_revert(host: PracticeHost) -> None:
    """No file is touched, not even ours, and the answer has all three texts."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    await asking.apply(host, plan)
    edited = host.write(DAEMON_JSON, FOREIGN)
    calls = len(host.calls())
    answer = await asking.revert(host)
    assert (answer.outcome, answer.state) == (Outcome.CONFLICT, LedgerState.CONFLICT)
    change = plan.changes[1]
    assert change.before is not None
    (conflict,) = answer.conflicts
    assert (conflict.path, conflict.found_sha256) == (DAEMON_JSON, edited.sha256)
    assert (conflict.before, conflict.ours, conflict.now) == (
        BEFORE.decode(),
        AFTER,
        FOREIGN.decode(),
    )
    assert (host.read(DAEMON_JSON), host.read(CA)) == (FOREIGN, b"the CA\n")
    assert (host.mirrors(), host.calls()[calls:]) == ([MIRROR], [])


@EVERY_SHELL
async def test_forced_it_is_reverted_and_their_bytes_are_kept(host: PracticeHost) -> None:
    """A forced path goes back to what it was before us; nobody's bytes are lost."""
    before = {}
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE, mode=0o600))
    before = host.tree()
    await asking.apply(host, plan)
    host.write(DAEMON_JSON, FOREIGN, mode=0o644)
    assert (await asking.revert(host)).outcome is Outcome.CONFLICT
    wrong = await asking.revert(host, force=("/etc/other.json",))
    assert wrong.outcome is Outcome.CONFLICT
    answer = await asking.revert(host, force=(DAEMON_JSON,))
    assert answer.outcome is Outcome.REVERTED, answer
    assert (host.tree() == before, host.mirrors()) == (True, [])
    assert (host.ledger() / "2.foreign").read_bytes() == FOREIGN


async def test_a_deleted_file_is_a_conflict_too(host: PracticeHost) -> None:
    """Who deleted it may have had a reason; forced, it is there again."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    await asking.apply(host, plan)
    await asking.confirm(host)
    (host.root / DAEMON_JSON[1:]).unlink()
    answer = await asking.undo(host)
    assert answer.outcome is Outcome.CONFLICT
    assert answer.conflicts == (
        FileConflict(
            path=DAEMON_JSON,
            expected_sha256=answer.conflicts[0].expected_sha256,
            found_sha256="",
            before=BEFORE.decode(),
            ours=AFTER,
            now=None,
        ),
    )
    assert (await asking.undo(host, force=(DAEMON_JSON,))).outcome is Outcome.REVERTED
    assert host.tree() == before


async def test_an_edit_that_was_taken_back_is_no_conflict_any_more(host: PracticeHost) -> None:
    """Asked again after the foreign edit is gone, the revert goes through."""
    await become_applied(host)
    host.write(DAEMON_JSON, FOREIGN)
    assert (await asking.revert(host)).outcome is Outcome.CONFLICT
    host.write(DAEMON_JSON, AFTER.encode())
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert host.read(DAEMON_JSON) == BEFORE


async def test_a_file_that_was_put_back_by_hand_is_no_conflict(host: PracticeHost) -> None:
    """The bytes from before are fine, and the daemon is still told to forget the mirror."""
    await become_applied(host)
    host.write(DAEMON_JSON, BEFORE)
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    assert (host.read(DAEMON_JSON), host.mirrors()) == (BEFORE, [])


async def test_the_watchdog_leaves_a_foreign_edit_alone(host: PracticeHost) -> None:
    """At the deadline too: a conflict is for a person."""
    await asking.apply(host, docker_plan(host.write(DAEMON_JSON, BEFORE)))
    host.write(DAEMON_JSON, FOREIGN)
    host.pass_time(121)
    await host.settle()
    assert (host.state(), host.read(DAEMON_JSON)) == ("conflict", FOREIGN)
    assert (await asking.confirm(host)).outcome is Outcome.CONFLICT


async def test_a_foreign_file_in_a_directory_of_ours_stays(host: PracticeHost) -> None:
    """A directory that we made is removed only when it is empty."""
    await become_applied(host)
    host.write("/etc/docker/certs.d/registry.corp:5000/theirs.crt", b"x")
    assert (await asking.revert(host)).outcome is Outcome.REVERTED
    left = [path for path in host.tree() if "certs.d" in path]
    assert left == [
        "etc/docker/certs.d",
        "etc/docker/certs.d/registry.corp:5000",
        "etc/docker/certs.d/registry.corp:5000/theirs.crt",
    ]


async def test_a_link_in_place_of_the_file_is_a_conflict_that_cannot_be_forced(
    host: PracticeHost,
) -> None:
    """What is not a file any more is not ours to replace."""
    await become_applied(host)
    (host.root / DAEMON_JSON[1:]).rename(host.root / "etc/docker/moved.json")
    (host.root / DAEMON_JSON[1:]).symlink_to("moved.json")
    answer = await asking.revert(host, force=(DAEMON_JSON,))
    assert (answer.outcome, answer.conflicts[0].found_sha256) == (
        Outcome.CONFLICT,
        "link_changed",
    )
