"""The wizard in a real pseudo-terminal: start, leave, signals, and terminals that cannot."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from screens.leaving import RESTORE
from tests.screens.terminal import Terminal
from wizard.errors import NeedsTerminal

ROOT = Path(__file__).resolve().parents[2]
MAIN_SCREEN = b"\x1b[?1049l"
MOUSE_OFF = b"\x1b[?1000l"
IDLE = 3.0
"""Seconds after its first screen when a wizard has nothing left to do."""


def _play(folder: Path, *before: str, **environ: str) -> Terminal:
    surroundings = {
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(folder / "state"),
        **environ,
    }
    program = [*before, sys.executable, "-m", "tests.screens.play", str(folder)]
    return Terminal(program, environ=surroundings)


def test_starts_shows_the_first_step_and_leaves(tmp_path: Path) -> None:
    """Q and a confirmation end with 0 and give the terminal back as it was."""
    with _play(tmp_path) as terminal:
        terminal.see("migration file: 8 hosts")
        terminal.send(b"q")
        terminal.see("Leave Pilotage?")
        terminal.send(b"\t\r")

        assert terminal.wait() == 0
        assert MAIN_SCREEN in terminal.received
        assert terminal.attributes == terminal.attributes_now


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal(number: signal.Signals, tmp_path: Path) -> None:
    """Main screen, no mouse reports, old attributes, and 128 + n as exit code; not by force.

    Nothing happens any more in a wizard that was just looked at: the signal alone has to wake it.
    """
    with _play(tmp_path) as terminal:
        terminal.see("migration file: 8 hosts")
        terminal.read_for(IDLE)
        os.kill(terminal.process.pid, number)

        assert terminal.wait() == 128 + number
        assert RESTORE not in terminal.received
        assert MAIN_SCREEN in terminal.received
        assert terminal.received.rindex(MOUSE_OFF) > terminal.received.rindex(b"\x1b[?1000h")
        assert terminal.attributes == terminal.attributes_now


def test_lost_connection_ends_the_screens_without_spinning(tmp_path: Path) -> None:
    """A terminal that is gone ends the process within seconds."""
    with _play(tmp_path) as terminal:
        terminal.see("migration file: 8 hosts")
        terminal.hang_up()

        terminal.process.wait(timeout=30)


def test_lost_connection_ends_the_screens_that_nobody_tells(tmp_path: Path) -> None:
    """As below `make demo`: the system tells the program that started them, which goes on."""
    leader = ("sh", "-c", "trap '' HUP; \"$@\"; exit $?", "sh")
    with _play(tmp_path, *leader) as terminal:
        terminal.see("migration file: 8 hosts")
        terminal.hang_up(is_told=False)

        assert terminal.process.wait(timeout=30) != 0


def test_terminal_that_stopped_reading_does_not_hold_a_signal_up(tmp_path: Path) -> None:
    """Even while the event loop stands still on output, SIGTERM ends the process."""
    with _play(tmp_path) as terminal:
        terminal.see("migration file: 8 hosts")
        terminal.send(b"\t\x1b[Z" * 400)
        os.kill(terminal.process.pid, signal.SIGTERM)

        assert terminal.process.wait(timeout=30) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LC_ALL": "en_US.ISO-8859-1", "PYTHONIOENCODING": "latin-1"}, "UTF-8"),
        ({"TERM": "dumb"}, "TERM=dumb"),
    ],
)
def test_terminals_that_cannot_show_it_are_refused(
    environ: dict[str, str], words: str, tmp_path: Path
) -> None:
    """One clear line, exit code 7, and not one control sequence."""
    with _play(tmp_path, **environ) as terminal:
        assert NeedsTerminal.exit_code == terminal.wait()
        assert words in " ".join(terminal.text.split())
        assert b"\x1b" not in terminal.received


def test_speaks_chinese_where_the_language_says_so(tmp_path: Path) -> None:
    """LANG chooses the catalogue, and wide characters keep the frame."""
    with _play(tmp_path, LANGUAGE="zh_CN") as terminal:
        terminal.see("migration.yaml")
        assert "Which hosts?" not in terminal.text
