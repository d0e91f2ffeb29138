"""Who is at work, and from where: what other operators read on a host and in a journal."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Mapping

from wizard.wording import safe_text


def operator_name(environ: Mapping[str, str] | None = None) -> str:
    """Return `user@machine`, with the address an SSH session came from where there is one.

    `SUDO_USER` names the person behind root.
    """
    environ = os.environ if environ is None else environ
    try:
        user = environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    words = [f"{user}@{platform.node() or 'localhost'}"]
    origin = environ.get("SSH_CONNECTION", "").split()
    if origin:
        words.append(f"from {origin[0]}")
    return safe_text(" ".join(words), limit=120)
