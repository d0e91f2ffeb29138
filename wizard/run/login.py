"""How this process is logged in, as the machine tells it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wizard.run.logout import Login, is_killed

_PATIENCE: Final = 3.0
_SETTINGS: Final = ("KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")
SCOPE: Final = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--")
"""Before a command: it is executed in a scope of its own, with our descriptors."""


def read_login(environ: Mapping[str, str], *, root: Path = Path("/")) -> Login:
    """Return how this process is logged in; what cannot be found out is told as harmless.

    Args:
        environ: of the operator.
        root: where `/proc`, `/run` and `/var` are looked for.
    """
    user = _user_name()
    return Login(
        control_groups=_text(root / "proc/self/cgroup"),
        kills=is_killed(user, _settings()),
        lingers=(root / "var/lib/systemd/linger" / user).exists(),
        has_manager=_has_manager(environ),
    )


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _has_manager(environ: Mapping[str, str]) -> bool:
    folder = environ.get("XDG_RUNTIME_DIR")
    found = shutil.which(SCOPE[0], path=environ.get("PATH"))
    return bool(folder and found) and Path(folder or "", "systemd/private").exists()


def _settings() -> str:
    arguments = [word for name in _SETTINGS for word in ("-p", name)]
    try:
        done = subprocess.run(  # noqa: S603  # words of our own
            ["loginctl", "show-session", *arguments],  # noqa: S607  # wherever the system has it
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
