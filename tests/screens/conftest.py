"""What every test of the screens starts with: English words, no animation, its own folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screens.glyphs import choose_glyphs
from wizard.wording import choose_language


@pytest.fixture(autouse=True)
def quiet_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep the tester's own terminal, language and folders out of it."""
    for name in ("TMUX", "STY", "NO_COLOR", "COLORFGBG", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    choose_language({})
    choose_glyphs({})
    yield
    choose_language({})
    choose_glyphs({})
