"""Values of daemon.json with which Docker does not start (facts/runtimes.md §1.1, §1.2).

`dockerd --validate` sees none of them before 23.0, mirrors since 28.3 only, insecure registries
never (§1.3): so a file that was edited since the daemon started may hold any of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.planning.versions import Version
from wizard.wording import _

MIRROR_PATHS: Final = (24, 0, 8)
"""Before, a path in `registry-mirrors` keeps the daemon from starting."""


def refuse_fatal_values(
    mirrors: Sequence[str], insecure_registries: Sequence[str], version: Version
) -> None:
    """Raise Blocked for the first value with which a daemon of that version would not start."""
    for mirror in mirrors:
        why = _against_mirror(mirror, version)
        if why:
            raise Blocked(BlockReason.CONFIG_FATAL_VALUE, f"{mirror}: {why}")
    for entry in insecure_registries:
        if "://" in re.sub(r"^https?://", "", entry):
            why = _("only http:// and https:// may stand before a name")
            raise Blocked(BlockReason.CONFIG_FATAL_VALUE, f"{entry}: {why}")


def _against_mirror(mirror: str, version: Version) -> str:
    try:
        parts = urlsplit(mirror)
    except ValueError:
        return _("it is not a URL")
    if not re.match(r"https?://", mirror, re.IGNORECASE):
        return _("a mirror begins with http:// or https://")
    if "@" in parts.netloc:
        return _("a mirror takes no login")
    if "?" in mirror or "#" in mirror:
        return _("a mirror takes no query and no fragment")
    if parts.path.strip("/") and version < MIRROR_PATHS:
        return _("before 24.0.8 a mirror takes no path")
    return ""
