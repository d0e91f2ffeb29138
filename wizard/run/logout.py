"""What becomes of a run when its operator logs out; pure.

logind can be told to end all processes of a session with it (`KillUserProcesses=`,
logind.conf(5)); neither a session of their own nor tmux keeps them from that. What lives in a
scope of the user's manager ends with the manager: at the last logout, unless the user lingers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.wording import mark

_LOGIN: Final = re.compile(r"/session-[^/]+\.scope(?:/|$)", re.MULTILINE)
_MANAGER: Final = re.compile(r"/user@[^/]+\.service(?:/|$)", re.MULTILINE)
ENDS_AT_LOGOUT: Final = mark(
    "This machine ends your processes when you log out: a run would end with them, also under "
    "tmux. Hosts that are not confirmed then revert by themselves, and pilotage resume goes on. "
    "To let runs outlive your login: loginctl enable-linger"
)


class AtLogout(Enum):
    """What a logout does to a run that is started now."""

    LIVES_ON = "lives_on"
    LIVES_ON_IN_A_SCOPE = "lives_on_in_a_scope"
    """Only when it is started in a scope of the user's manager."""
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How this process is logged in.

    Attributes:
        control_groups: text of `/proc/self/cgroup`, empty where there is none.
        kills: logind ends this user's processes together with their session.
        lingers: the user's manager outlives the last logout.
        has_manager: the user's manager can be asked for a scope.
    """

    control_groups: str
    kills: bool
    lingers: bool
    has_manager: bool


def at_logout(login: Login) -> AtLogout:
    """Return what a logout would do to a run that this process starts."""
    if _MANAGER.search(login.control_groups):
        return AtLogout.LIVES_ON if login.lingers else AtLogout.ENDS
    if not (login.kills and _LOGIN.search(login.control_groups)):
        return AtLogout.LIVES_ON
    return AtLogout.LIVES_ON_IN_A_SCOPE if login.lingers and login.has_manager else AtLogout.ENDS


def is_killed(user: str, settings: str) -> bool:
    """Tell from logind's settings, as `loginctl show-session` prints them, whether it kills.

    Exceptions win: `KillExcludeUsers=` (root by default), then `KillOnlyUsers=`.
    """
    values = dict(line.split("=", 1) for line in settings.splitlines() if "=" in line)
    only = values.get("KillOnlyUsers", "").split()
    excluded = user in values.get("KillExcludeUsers", "").split()
    return values.get("KillUserProcesses") == "yes" and not excluded and (not only or user in only)
