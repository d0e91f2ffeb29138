"""An edit that somebody saves while files are being staged is never lost."""

from __future__ import annotations

import dataclasses

import pytest

from tests.transaction import asking
from tests.transaction.plans import AFTER, BEFORE, CA, DAEMON_JSON, docker_plan
from tests.transaction.practice_host import PracticeHost
from tests.transaction.stopping import editing_library
from wizard.planning.plan import HostPlan
from wizard.transaction import compose
from wizard.transaction.answers import Answer, Outcome, Verb

FOREIGN = b'{"theirs": true}\n'
EDITS = {
    "saved": f"printf '%s' '{FOREIGN.decode()}' >\"$FILE\"",
    "replaced": f'printf \'%s\' \'{FOREIGN.decode()}\' >"$FILE.new"; mv "$FILE.new" "$FILE"',
    "removed": 'rm "$FILE"',
    "linked": 'mv "$FILE" "$FILE.kept"; ln -s "${FILE##*/}.kept" "$FILE"',
}
"""What a person, an editor or a configuration manager does to $FILE."""


async def _apply_edited(host: PracticeHost, plan: HostPlan, edit: str) -> Answer:
    library = editing_library("staged_after_1", path=DAEMON_JSON, edit=edit)
    script = compose.apply_script(plan, run="r1", holder="x", lease=120, nonce="N", library=library)
    return await asking.answered(host, script, Verb.APPLY)


async def _take_back_edited(host: PracticeHost, verb: Verb, point: str, force: str = "") -> Answer:
    library = editing_library(point, path=DAEMON_JSON, edit=EDITS["saved"])
    forced = (force,) if force else ()
    script = compose.verb_script(
        verb, run="r1", holder="x", nonce="N", force=forced, library=library
    )
    return await asking.answered(host, script, verb)


@pytest.mark.parametrize("edit", EDITS)
async def test_an_apply_leaves_an_edit_of_this_instant_alone(host: PracticeHost, edit: str) -> None:
    """It is drift as it would have been a second before: no ledger, nothing of ours is left."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    answer = await _apply_edited(host, plan, EDITS[edit])
    assert (answer.outcome, answer.state, len(answer.conflicts)) == (Outcome.DRIFT, None, 1), answer
    assert answer.conflicts[0].path == DAEMON_JSON
    expected = {
        "saved": {"daemon.json": FOREIGN},
        "replaced": {"daemon.json": FOREIGN},
        "removed": {},
        "linked": {"daemon.json": BEFORE, "daemon.json.kept": BEFORE},
    }
    left = {path.name: path.read_bytes() for path in (host.root / "etc/docker").iterdir()}
    assert left == expected[edit]
    assert not [path for path in host.tree() if "pilotage" in path]
    assert not [call for call in host.calls() if "reload" in call]
    await host.settle()
    assert host.state() == "none"


async def test_the_same_edit_as_ours_leaves_nothing_to_do(host: PracticeHost) -> None:
    """Somebody wrote the very bytes of the plan: the host is as wanted, and not ours to revert."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    plan = dataclasses.replace(plan, changes=plan.changes[1:])
    host.practice("theirs", AFTER)
    library = editing_library(
        "staged_after_1", path=DAEMON_JSON, edit='cat "$ROOT/practice/theirs" >"$FILE"'
    )
    script = compose.apply_script(plan, run="r1", holder="x", lease=120, nonce="N", library=library)
    answer = await asking.answered(host, script, Verb.APPLY)
    assert (answer.outcome, host.read(DAEMON_JSON)) == (Outcome.NOTHING_TO_DO, AFTER.encode())
    assert host.state() == "none"


@pytest.mark.parametrize(("point", "ca"), [("staged_parting_2", True), ("staged_before_2", False)])
async def test_a_revert_stops_at_an_edit_of_this_instant(
    host: PracticeHost,
    point: str,
    ca: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """A conflict as if saved before: their bytes stay, a person decides, forced it goes on."""
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    await asking.apply(host, plan)
    answer = await _take_back_edited(host, Verb.REVERT, point)
    assert (answer.outcome, host.state()) == (Outcome.CONFLICT, "conflict"), answer
    assert [conflict.now for conflict in answer.conflicts] == [FOREIGN.decode()]
    assert (host.read(DAEMON_JSON), (host.root / CA[1:]).exists()) == (FOREIGN, ca)
    assert not [path for path in host.tree() if "pilotage" in path]
    forced = await asking.revert(host, force=(DAEMON_JSON,))
    assert (forced.outcome, host.tree() == before) == (Outcome.REVERTED, True), forced
    assert (host.ledger() / "2.foreign").read_bytes() == FOREIGN


async def test_forcing_covers_what_was_seen_not_what_came_after(host: PracticeHost) -> None:
    """Bytes saved after those that a forced revert has kept are not overwritten unkept."""
    await asking.apply(host, docker_plan(host.write(DAEMON_JSON, BEFORE)))
    await asking.confirm(host)
    host.write(DAEMON_JSON, b"an earlier edit\n")
    answer = await _take_back_edited(host, Verb.UNDO, "staged_parting_2", force=DAEMON_JSON)
    assert (answer.outcome, host.read(DAEMON_JSON)) == (Outcome.REVERT_FAILED, FOREIGN)
    assert "changed by somebody else this instant" in answer.detail
    await host.settle()
    assert (host.state(), host.read(DAEMON_JSON)) == ("conflict", FOREIGN)
