"""Run the machine's own tools, with a deadline, and say what they said when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.errors import FleetError

# A user's PATH often leaves out the folders of the administrator's tools.
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))

# Put before a command that works for minutes: it is killed when we are.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")

COLLECT_SELDOM = "GOGC=400"
"""Environment of programs in Go: a third of what a short one computes is looking for garbage."""


def tool_environment() -> dict[str, str]:
    """Return the environment for the machine's tools."""
    return {**os.environ, "PATH": SEARCH, "LC_ALL": "C.UTF-8"}


def run(
    *argv: str | Path,
    stdin: bytes = b"",
    timeout: float = 60,
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Run a tool and return its result.

    Args:
        argv: the command, word by word.
        stdin: what it reads.
        timeout: seconds.
        accept: the exit codes that are no error.

    Raises:
        FleetError: it is not installed, took too long, or ended with another exit code.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=tool_environment(),
        )
    except FileNotFoundError as error:
        raise FleetError(
            f"{words[0]} is not installed: see python -m tests.fleet packages"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise FleetError(f"{' '.join(words)} took more than {timeout:g} s") from error
    if done.returncode not in accept:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise FleetError(f"{' '.join(words)} ended with {done.returncode}: {said[-2000:]}")
    return done


def text(*argv: str | Path, stdin: bytes = b"", timeout: float = 60) -> str:
    """Run a tool and return what it printed, without the white space around it."""
    return run(*argv, stdin=stdin, timeout=timeout).stdout.decode().strip()
