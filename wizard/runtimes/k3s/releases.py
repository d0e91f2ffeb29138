"""What releases of k3s and RKE2 do with registries.yaml (facts/runtimes.md §4).

Both are numbered as the Kubernetes that they carry, and patched on several lines at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wizard.planning.versions import Version

OLDEST: Final = (1, 22, 0)
"""The first with a containerd that takes the path of an endpoint as it is (1.5, §2.4)."""
NEWEST_KNOWN: Final = (1, 36, 0)

_HOSTS_FILES: Final[Mapping[int, int]] = {26: 13, 27: 10, 28: 6, 29: 1}
"""By minor release the first patch that writes hosts.toml: those of January 2024."""
_LISTED_DEFAULT: Final[Mapping[int, int]] = {26: 15, 27: 12, 28: 8, 29: 3}
"""The first patch that bears its own default endpoint among the listed ones.

k3s issue 9626 is about 1.28.7; the releases after it are inferred."""


def writes_hosts_files(version: Version) -> bool:
    """Return whether mirrors go into hosts.toml; older ones put them into config.toml."""
    return _reached(version, _HOSTS_FILES)


def bears_listed_default(version: Version) -> bool:
    """Return whether the default endpoint may be listed with others."""
    return not writes_hosts_files(version) or _reached(version, _LISTED_DEFAULT)


def _reached(version: Version, since: Mapping[int, int]) -> bool:
    major, minor, patch = version
    if (major, minor) > (1, max(since)):
        return True
    return major == 1 and minor in since and patch >= since[minor]
