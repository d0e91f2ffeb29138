"""What must be known of a server before it is provisioned: its version, and what that can."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wizard.errors import RegistryError
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.wording import _

Version = tuple[int, int, int]

_OLDEST: Final = (2, 13, 0)
"""Before it robots had another API (facts/harbor.md §0)."""

CONNECTION_LIMIT: Final = (2, 14, 0)
SINGLE_REPLICATION: Final = (2, 14, 0)
ENDPOINT_CA: Final = (2, 15, 0)
LOCAL_WHEN_DELETED: Final = (2, 15, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Harbor that may be provisioned."""

    version: Version
    external_url: str
    read_only: bool

    def has(self, since: Version) -> bool:
        """Tell whether the server is at least that new."""
        return self.version >= since


async def read_server(harbor: Harbor) -> Server:
    """Return what a server tells of itself to who may change it.

    Raises RegistryFailure, and RegistryError where it is too old, is read-only, tells its
    version to nobody whom it does not know, or is asked by who may not change it (§2.6).
    """
    info = await harbor.system_info()
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", str(info.get("harbor_version", "")))
    if found is None:
        raise RegistryError(
            _("Harbor does not tell its version: it does not know who asks"),
            state=_("Nothing was changed."),
            todo=_("Give the user name and password of an administrator."),
        )
    major, minor, patch = map(int, found.groups())
    server = Server(
        version=(major, minor, patch),
        external_url=str(info.get("external_url", "")),
        read_only=info.get("read_only") is True,
    )
    if not server.has(_OLDEST):
        raise RegistryError(
            _("Harbor {version} is too old to be provisioned").format(version=found.group()),
            state=_("Nothing was changed."),
            todo=_("Upgrade it to 2.13 or later, two minor versions at a time."),
        )
    if server.read_only:
        raise RegistryError(
            _("Harbor is in read-only mode"),
            state=_("Nothing was changed."),
            todo=_("End it in Administration → Configuration → System Settings."),
        )
    _refuse_others(await harbor.current_user())
    return server


def _refuse_others(user: Record | None) -> None:
    """Refuse who would get half of it done: settings and quotas are an administrator's."""
    if user is None:
        what = _("this is a robot, which may not change the configuration")
    elif not (user.get("sysadmin_flag") or user.get("admin_role_in_auth")):
        what = _("{name} is no administrator").format(name=user.get("username", ""))
    else:
        return
    raise RegistryError(
        what,
        state=_("Nothing was changed."),
        todo=_("To provision, log in as an administrator."),
    )
