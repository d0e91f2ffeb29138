"""Run the machine's own tools, with a deadline, and say what they said when they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.errors import FleetError


def run(
    *argv: str | Path,
    stdin: bytes | None = None,
    timeout: float = 60,
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Run a tool and return its result.

    Args:
        argv: the command, word by word.
        stdin: what it reads; nothing when None.
        timeout: seconds.
        accept: the exit codes that are no error.

    Raises:
        FleetError: it is not installed, took too long, or ended with another exit code.
    """
    words = [str(word) for word in argv]
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {}
    try:
        done = subprocess.run(
            words, input=stdin, capture_output=True, timeout=timeout, check=False, **given
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


def text(*argv: str | Path, stdin: bytes | None = None, timeout: float = 60) -> str:
    """Run a tool and return what it printed, without the white space around it."""
    return run(*argv, stdin=stdin, timeout=timeout).stdout.decode().strip()
