"""Copying out of the wizard: a file always, and the best clipboard that can be reached.

Inside tmux an application's OSC 52 is dropped by default, while `tmux load-buffer -w`
reaches the clipboard of the operator's own terminal (facts/tui.md §0.8).
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

_TMUX_TIMEOUT = 2.0
"""Seconds."""


async def copy_text(
    text: str, *, environ: Mapping[str, str], keep: Path, osc52: Callable[[str], None]
) -> bool:
    """Copy `text` to the clipboard and write it to `keep`.

    Args:
        text: may hold line breaks.
        environ: TMUX decides which way is taken.
        keep: file of mode 0600 that always holds the last copy.
        osc52: writes the escape sequence to the terminal.

    Returns whether `keep` could be written.
    """
    kept = _keep(text, keep)
    await to_clipboard(text, environ=environ, osc52=osc52)
    return kept


async def to_clipboard(
    text: str, *, environ: Mapping[str, str], osc52: Callable[[str], None]
) -> None:
    """Copy `text` to the clipboard alone, as a secret must be."""
    if not (environ.get("TMUX") and await _tmux_buffer(text)):
        osc52(text)


def _keep(text: str, keep: Path) -> bool:
    try:
        keep.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep.touch(mode=0o600)
        keep.write_text(text, encoding="utf-8")
    except OSError:
        return False
    return True


async def _tmux_buffer(text: str) -> bool:
    # By a thread: asyncio can wait for ever where a program is cancelled while it starts.
    return await asyncio.to_thread(_load_buffer, text.encode())


def _load_buffer(text: bytes) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  # no word of it is from outside: the text is its input
            (shutil.which("tmux") or "tmux", "load-buffer", "-w", "-"),
            input=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TMUX_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
