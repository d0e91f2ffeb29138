"""Where Pilotage keeps its state on this machine."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from wizard.clock import Clock
from wizard.journal.folder import RunFolder


def default_state_dir() -> Path:
    """Return `$XDG_STATE_HOME/pilotage` or what the system has in its place."""
    return Path(platformdirs.user_state_dir("pilotage", appauthor=False))


def run_folder(state_dir: Path, clock: Clock) -> RunFolder:
    """Return the folder of all runs."""
    return RunFolder(state_dir / "runs", clock)


def approved_keys(state_dir: Path) -> Path:
    """Return the file of host keys that the operator approved."""
    return state_dir / "known_hosts"


def registry_changes(state_dir: Path) -> Path:
    """Return the file of what was changed at registries."""
    return state_dir / "registry-changes.jsonl"
