"""Who may: logins and their lock, sessions and their token, read-only mode (§1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wizard.practice.harbor.message import Ask, Refusal
from wizard.practice.harbor.state import State
from wizard.practice.registry.tokens import read_basic

LOCK_SECONDS: Final = 1.5
FOR_EVER: Final = -1
READ_ONLY: Final = "The system is in read only mode. Any modification is prohibited."
_FOR_EVERYBODY: Final = frozenset({"/ping", "/health", "/systeminfo"})
_FOR_ADMINS: Final = (
    "/configurations",
    "/jobservice",
    "/quotas",
    "/registries",
    "/replication",
    "/scanners",
    "/scans",
    "/statistics",
    "/system/",
    "/systeminfo/",
    "/usergroups",
)
_WRITES_IN_READ_ONLY: Final = frozenset({("PUT", "/configurations"), ("POST", "/registries/ping")})


def admitted(state: State, ask: Ask) -> Ask:
    """Return the request with who it is from; raises Refusal."""
    if ask.method not in {"GET", "HEAD"} and "sid=" in ask.headers.get("cookie", ""):
        raise Refusal(403, "CSRF token invalid")
    ask = _known(state, ask)
    if not ask.who and ask.path not in _FOR_EVERYBODY:
        raise Refusal(401, "unauthorized")
    if ask.robot and ask.path == "/configurations":
        raise Refusal(403, "forbidden")
    if ask.who and not ask.admin and not ask.robot and ask.path.startswith(_FOR_ADMINS):
        raise Refusal(403, "forbidden")
    writes = ask.method not in {"GET", "HEAD"} and (ask.method, ask.path) not in (
        _WRITES_IN_READ_ONLY
    )
    if writes and state.configuration["read_only"]:
        raise Refusal(403, READ_ONLY, code="DENIED")
    return ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, by a login that was right.

    Attributes:
        robot: what the API tells of the robot that it is; None for people.
    """

    name: str
    admin: bool = False
    robot: Mapping[str, Any] | None = None


def logged_in(state: State, name: str, password: str) -> Caller | None:
    """Return who a login is of; None for a wrong one, which locks its name for a while (§1)."""
    now = state.clock.monotonic()
    if not name or now < state.locked.get(name, 0.0):
        return None
    known, admin = state.users.get(name, ("", False))
    if known and known == password:
        return Caller(name=name, admin=admin)
    for robot in state.robots.values():
        holds = robot["expires_at"] == FOR_EVER or robot["expires_at"] > state.clock.now()
        if robot["name"] == name and robot["secret"] == password and not robot["disable"] and holds:
            return Caller(name=name, robot=robot)
    state.locked[name] = now + LOCK_SECONDS
    return None


def _known(state: State, ask: Ask) -> Ask:
    """Return the request with who it is from; a wrong login is as good as none (§1).

    So what is for everybody answers it as it does nobody
    (src/server/middleware/security/basic_auth.go).
    """
    caller = logged_in(state, *read_basic(ask.headers.get("authorization", "")))
    if caller is None:
        return ask
    return replace(ask, who=caller.name, admin=caller.admin, robot=caller.robot is not None)
