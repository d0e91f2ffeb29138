"""The scripts that go over the wire."""

from __future__ import annotations

import subprocess

import pytest

from tests.transaction.plans import docker_plan
from tests.transaction.practice_host import SHELLS
from wizard.transaction import compose
from wizard.transaction.answers import Verb


def _apply() -> bytes:
    return compose.apply_script(docker_plan(None), run="r1", holder="it's me", lease=60, nonce="N")


def _verb(verb: Verb) -> bytes:
    return compose.verb_script(verb, run="r1", holder="me\nand\tyou", nonce="N")


def test_the_same_input_gives_the_same_bytes() -> None:
    """Composition is pure."""
    assert _apply() == _apply()


def test_every_script_runs_by_its_last_line_alone() -> None:
    """Before that line there are only definitions, so a cut script does nothing."""
    scripts = [_apply(), *(_verb(verb) for verb in Verb if verb is not Verb.APPLY)]
    assert {script[script.rindex(b"}") :] for script in scripts} == {b"}\npilotage_main\n"}


def test_later_verbs_are_small() -> None:
    """Each verb carries only what it needs, in bytes."""
    sizes = {verb: len(_verb(verb)) for verb in Verb if verb is not Verb.APPLY}
    assert max(sizes[verb] for verb in (Verb.RENEW, Verb.STATUS)) < 11_000, sizes
    assert max(sizes.values()) < 42_000, sizes
    assert len(_apply()) < 54_000


def test_a_holder_is_one_line() -> None:
    """A line break in it would be a line of the ledger's manifest."""
    assert b"HOLDER='me and you'\n" in _verb(Verb.CONFIRM)


def test_stop_points_do_nothing_in_what_ships() -> None:
    """The only definition of `reached` that ships has an empty body."""
    script = _apply()
    assert script.count(b"reached() {") == 1
    assert b"reached() {\n  :\n}\n" in script


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_every_shell_can_read_every_script(shell: str) -> None:
    """Each script, and the one that the ledger keeps, parses without a word."""
    scripts = [_apply(), *(_verb(verb) for verb in Verb if verb is not Verb.APPLY)]
    for script in scripts:
        read = subprocess.run(
            [*SHELLS[shell], "-n"], input=script, capture_output=True, check=False
        )
        assert (read.returncode, read.stderr) == (0, b"")
