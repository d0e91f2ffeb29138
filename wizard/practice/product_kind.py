"""Which registry product an operator practises with, and the names of accounts at it."""

from __future__ import annotations

from enum import Enum
from typing import Final, assert_never

ADMIN: Final = "admin"
HUB_ACCOUNT: Final = "practice"
"""The account at the practice Docker Hub; only it sees the canary there."""
ADMIN_FILE: Final = "registry_password"
HUB_FILE: Final = "hub_token"


class ProductKind(Enum):
    """Which stand-in the target is."""

    HARBOR = "harbor"
    NEXUS = "nexus"

    @property
    def is_prefixed(self) -> bool:
        """Tell whether hosts address it below a project."""
        match self:
            case ProductKind.HARBOR:
                return True
            case ProductKind.NEXUS:
                return False
            case _:
                assert_never(self)
