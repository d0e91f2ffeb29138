"""Copying out of the wizard: a file always, and the best clipboard that can be reached.

Inside tmux an application's OSC 52 is dropped by default, while `tmux load-buffer -w`
reaches the clipboard of the operator's own terminal (facts/tui.md §0.8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

_TMUX_TIMEOUT = 2.0


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
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode()), _TMUX_TIMEOUT)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0
