"""`pilotage demo` on a terminal: facts without a press of a key, and nothing left afterwards."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.practice.demo.demonstration import command, environment, left_behind
from tests.screens.terminal import Terminal
from wizard.practice.home import PREFIX
from wizard.practice.host.marked_processes import processes_below

SEED = "3"
FACTS = "docker 24.0 overlay2"


def test_the_hosts_are_read_at_once_and_all_of_it_goes_with_the_wizard(tmp_path: Path) -> None:
    """The first screen has real facts on it; SIGTERM ends the wizard and the fleet."""
    with Terminal(
        command("--hosts", "3", "--seed", SEED), environ=environment(tmp_path), columns=120
    ) as terminal:
        terminal.see(FACTS)
        [home] = tmp_path.glob(f"{PREFIX}*")
        assert "Which hosts?" in terminal.text

        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.wait() == 128 + signal.SIGTERM
    assert left_behind(home, []) == []


def test_the_wizard_is_left_when_its_fleet_is_killed(tmp_path: Path) -> None:
    """There is nothing to look at any more; the message says so below the wizard's screen."""
    with Terminal(
        command("--hosts", "3", "--seed", SEED), environ=environment(tmp_path), columns=120
    ) as terminal:
        terminal.see(FACTS)
        [home] = tmp_path.glob(f"{PREFIX}*")

        os.kill(int((home / "lock").read_text()), signal.SIGKILL)

        terminal.see("The practice fleet has ended before its time")
        assert terminal.wait() == 5
    assert processes_below(home) == []
    assert not home.exists()
