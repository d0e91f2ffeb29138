"""`pilotage demo` on a terminal: facts without a press of a key, and nothing left afterwards."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from screens.leaving import PATIENCE
from tests.practice.demo.demonstration import (
    SECONDS,
    command,
    environment,
    eventually,
    is_armed,
    traces,
)
from tests.screens.terminal import CTRL_C, Terminal
from wizard.practice.home import PREFIX
from wizard.practice.host.marked_processes import processes_below

FACTS = "docker 24.0 overlay2"
"""Of the first host of a demo."""


def test_the_hosts_are_read_at_once_and_all_of_it_goes_with_the_wizard(tmp_path: Path) -> None:
    """The first screen has real facts on it; SIGTERM ends the wizard and the fleet."""
    with Terminal(command("--hosts", "1"), environ=environment(tmp_path), columns=120) as terminal:
        terminal.see(FACTS)
        seen = traces(tmp_path)
        assert "Which hosts?" in terminal.text
        assert "practice fleet · migration.yaml" in terminal.text.splitlines()[0]

        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.wait() == 128 + signal.SIGTERM
    assert seen.left() == []
    assert list(tmp_path.iterdir()) == []


def test_a_fleet_that_takes_long_to_end_is_waited_for(tmp_path: Path) -> None:
    """The wizard's own patience with a terminal that does not read is over by then."""
    with Terminal(command("--hosts", "1"), environ=environment(tmp_path), columns=120) as terminal:
        terminal.see(FACTS)
        seen = traces(tmp_path)
        os.kill(seen.process, signal.SIGSTOP)

        terminal.process.send_signal(signal.SIGTERM)

        try:
            terminal.read_for(PATIENCE + 1)
            assert terminal.process.poll() is None
        finally:
            os.kill(seen.process, signal.SIGCONT)
        assert terminal.wait() == 128 + signal.SIGTERM
    assert seen.left() == []
    assert list(tmp_path.iterdir()) == []


def test_the_wizard_is_left_when_its_fleet_is_killed(tmp_path: Path) -> None:
    """There is nothing to look at any more; the message says so below the wizard's screen."""
    with Terminal(command("--hosts", "1"), environ=environment(tmp_path), columns=120) as terminal:
        terminal.see(FACTS)
        [home] = tmp_path.glob(f"{PREFIX}*")

        os.kill(int((home / "lock").read_text()), signal.SIGKILL)

        terminal.see("The practice fleet has ended before its time")
        assert terminal.wait() == 5
    assert processes_below(home) == []
    assert not home.exists()


def test_ctrl_c_while_the_fleet_starts(tmp_path: Path) -> None:
    """Nobody has to wait for a large fleet to be there before it can be given up."""
    with Terminal(command("--hosts", "500"), environ=environment(tmp_path)) as terminal:
        eventually(lambda: any(tmp_path.glob(f"{PREFIX}*/hosts/*")), "no host is being built")
        [home] = tmp_path.glob(f"{PREFIX}*")
        assert not (home / "operator/migration.yaml").exists()

        terminal.send(CTRL_C)

        left = "Nothing of the demo is left."
        eventually(lambda: terminal.read_for(0.05) >= 0 and left in terminal.text, "it goes on")
        assert terminal.wait() == 130
    assert processes_below(home) == []
    assert list(tmp_path.iterdir()) == []


def test_the_wizard_is_killed(tmp_path: Path) -> None:
    """The fleet learns of it by itself, and goes."""
    with Terminal(command("--hosts", "1"), environ=environment(tmp_path), columns=120) as terminal:
        terminal.see(FACTS)
        seen = traces(tmp_path)

        terminal.process.kill()

        terminal.process.wait()
        eventually(lambda: not seen.left(), f"{seen.left()} stays")
    assert list(tmp_path.iterdir()) == []


def test_a_drill_is_hung_up_on(tmp_path: Path) -> None:
    """A lost connection in the middle of its rollout, while hosts are guarded by watchdogs."""
    with Terminal(command("--drill", "--hosts", "4"), environ=environment(tmp_path)) as terminal:
        eventually(lambda: terminal.read_for(0.05) >= 0 and is_armed(tmp_path), "nothing is armed")
        seen = traces(tmp_path)

        terminal.hang_up()

        assert terminal.process.wait(SECONDS) == 128 + signal.SIGHUP
        eventually(lambda: not seen.left(), f"{seen.left()} stays")
    assert list(tmp_path.iterdir()) == []
