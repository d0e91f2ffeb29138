"""Which fleets belong to test sessions that are no more."""

from __future__ import annotations

import os
import subprocess

from tests.fleet.fixture import is_orphan, session_name


def test_a_fleet_of_this_session_is_no_orphan() -> None:
    """Its session lives."""
    assert not is_orphan(session_name())


def test_a_fleet_of_a_session_that_ended_is_one() -> None:
    """Nobody takes it down any more."""
    with subprocess.Popen(["sleep", "0"]) as process:
        pass
    assert is_orphan(f"test-{process.pid}-1-abc123")


def test_a_number_that_was_given_out_again_tells_nothing() -> None:
    """The process that has it now is another one."""
    assert is_orphan(f"test-{os.getpid()}-1-abc123")


def test_a_fleet_that_a_person_started_is_left_alone() -> None:
    """Its name is no session's."""
    assert not is_orphan("hand")
