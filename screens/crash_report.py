"""What is kept of a fault in the screens: a file without local variables and without secrets."""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import wizard
from wizard.secret import Secret, redact
from wizard.wording import safe_lines

_FRAMES: Final = 20
"""Innermost frames that are kept of a long traceback."""


def report_text(error: BaseException, *, secrets: Sequence[Secret] = ()) -> str:
    """Return the traceback as text: frames and messages only, secrets replaced."""
    lines = [
        f"pilotage {wizard.__version__}",
        f"python {platform.python_version()} on {platform.system()}",
        "",
    ]
    summary = traceback.TracebackException.from_exception(error, limit=-_FRAMES)
    for line in summary.format():
        lines += safe_lines(line.rstrip("\n"))
    return redact("\n".join(lines), tuple(secrets)) + "\n"


def write_report(text: str, folder: Path, *, moment: float) -> Path | None:
    """Write the report with mode 0600 and return its path, None if the disk refuses.

    Args:
        text: from `report_text`.
        folder: made when it is missing.
        moment: epoch second; it names the file.
    """
    path = folder / f"crash-{int(moment)}-{os.getpid()}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path
