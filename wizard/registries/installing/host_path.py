"""Paths on a host, as words that no shell and no file of settings there can misread; pure."""

from __future__ import annotations

import re
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

_PATH: Final = re.compile(r"(/[A-Za-z0-9._+-]+)+")
_DOTS: Final = frozenset({".", ".."})


def check_host_path(path: str) -> None:
    """Raise InputError unless it is an absolute path of plain letters, without `.` and `..`."""
    if not _PATH.fullmatch(path) or _DOTS & set(path.split("/")):
        raise InputError(
            _("“{value}” is no absolute path of a host.").format(value=path),
            todo=_("Use letters, digits, “.”, “_” and “-”."),
        )
