"""All that a practice Harbor keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from wizard.clock import Clock
from wizard.practice.harbor.message import Ask, Refusal
from wizard.practice.harbor.upstream import Upstream
from wizard.practice.registry.content import Content

ADMIN_ID: Final = 1
STANDARD_CONFIGURATION: Final[dict[str, bool | int | str]] = {
    "auth_mode": "db_auth",
    "project_creation_restriction": "everyone",
    "read_only": False,
    "self_registration": False,
    "token_expiration": 30,
    "robot_name_prefix": "robot$",
    "robot_token_duration": 30,
    "quota_per_project_enable": True,
    "storage_per_project": -1,
    "session_timeout": 60,
    "scanner_skip_update_pulltime": False,
    "banner_message": "",
    "audit_log_forward_endpoint": "",
    "skip_audit_log_database": False,
    "disabled_audit_log_event_types": "",
    "notification_enable": True,
}


@dataclass(slots=True, kw_only=True)
class Project:
    """A project with all that belongs to it."""

    id: int
    name: str
    registry_id: int | None
    metadata: dict[str, str]
    quota_id: int
    storage: int
    used: int = 0
    members: list[dict[str, Any]] = field(default_factory=list)
    immutable_rules: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Running:
    """A replication under way, whose steps are taken by looking at it.

    Attributes:
        work: what is left, each repository with its path in the target and its tags.
    """

    id: int
    policy_id: int
    status: str = "InProgress"
    status_text: str = ""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    started: str = ""
    work: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Scan:
    """The newest scan of everything."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    trigger: str = ""


@dataclass(slots=True, kw_only=True)
class State:
    """What is kept, and how the server is set up.

    Attributes:
        clock: for the lock after a failed login, and for times that are told.
        version: as `systeminfo` tells it.
        users: by name, password and whether it is an administrator.
        reachable: syslog endpoints that answer a test dial.
        reaches_upstream: whether its host has a way out.
        images: what is kept, repositories by their whole names.
        overwritten: settings that the environment holds; the API may not change any (§2.14).
    """

    clock: Clock
    external_url: str
    upstream: Upstream
    version: str = "v2.15.2-080b0220"
    users: dict[str, tuple[str, bool]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    configuration: dict[str, bool | int | str] = field(
        default_factory=lambda: dict(STANDARD_CONFIGURATION)
    )
    images: Content = field(default_factory=Content)
    overwritten: frozenset[str] = frozenset()
    reachable: frozenset[str] = frozenset()
    reaches_upstream: bool = True
    scanner: bool = True
    unwell: dict[str, str] = field(default_factory=dict)
    storage: tuple[int, int] = (200 << 30, 150 << 30)
    endpoints: dict[int, dict[str, Any]] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    retentions: dict[int, dict[str, Any]] = field(default_factory=dict)
    robots: dict[int, dict[str, Any]] = field(default_factory=dict)
    replications: dict[int, dict[str, Any]] = field(default_factory=dict)
    executions: dict[int, Running] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    scan: Scan = field(default_factory=Scan)
    queues: dict[str, tuple[int, int]] = field(default_factory=dict)
    locked: dict[str, float] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)

    def next_id(self, kind: str) -> int:
        """Return a new id of a kind of thing."""
        self.highest[kind] = self.highest.get(kind, 0) + 1
        return self.highest[kind]

    def now(self) -> str:
        """Return the time as the API tells it."""
        return datetime.fromtimestamp(self.clock.now(), UTC).isoformat().replace("+00:00", "Z")

    def at_least(self, major: int, minor: int, patch: int = 0) -> bool:
        """Tell whether the server is that new."""
        numbers = self.version.removeprefix("v").partition("-")[0].split(".")
        return tuple(map(int, numbers)) >= (major, minor, patch)

    def project_named(self, name: str) -> Project | None:
        """Return a project by its exact name."""
        return next((one for one in self.projects.values() if one.name == name), None)

    def project_of(self, ask: Ask) -> Project:
        """Return the project in a path, read as an id where it may be one; raises Refusal."""
        named = ask.names["project"]
        by_name = ask.headers.get("x-is-resource-name") == "true" or not named.isdigit()
        found = self.project_named(named) if by_name else self.projects.get(int(named))
        if found is None:
            raise Refusal(404, f"project {named} not found")
        return found
