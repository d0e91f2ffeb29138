"""Request bodies of Harbor's API, so that a misspelt field is found before it is sent.

The server takes unknown fields and drops them in silence (facts/harbor.md §3).
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Credential(TypedDict):
    """Who Harbor is upstream."""

    type: Literal["basic"]
    access_key: str
    access_secret: str


class EndpointBody(TypedDict):
    """A new registry endpoint; 'type' is one of `GET /replication/adapters`."""

    name: str
    type: str
    url: str
    insecure: bool
    description: NotRequired[str]
    credential: NotRequired[Credential]
    ca_certificate: NotRequired[str]


class EndpointUpdate(TypedDict, total=False):
    """Changes of an endpoint, which are flat where the new one is nested (§2.2)."""

    url: str
    insecure: bool
    credential_type: Literal["basic"]
    access_key: str
    access_secret: str
    ca_certificate: str


class ProjectBody(TypedDict):
    """A project; every value of its metadata is a string (§2.3)."""

    project_name: str
    metadata: dict[str, str]
    registry_id: NotRequired[int]
    storage_limit: NotRequired[int]


class Selector(TypedDict):
    """What a rule holds for: tags or repositories."""

    kind: Literal["doublestar"]
    decoration: Literal["matches", "excludes", "repoMatches", "repoExcludes"]
    pattern: str
    extras: NotRequired[str]


class RetentionRuleBody(TypedDict):
    """What is kept."""

    action: Literal["retain"]
    template: str
    params: dict[str, int]
    disabled: bool
    tag_selectors: list[Selector]
    scope_selectors: dict[str, list[Selector]]


class RetentionTrigger(TypedDict):
    """When it is looked for what to delete."""

    kind: Literal["Schedule"]
    settings: dict[str, str]


class RetentionScope(TypedDict):
    """The project of a retention policy."""

    level: Literal["project"]
    ref: int


class RetentionBody(TypedDict):
    """A project's retention policy; `id` is sent only when it is changed."""

    id: NotRequired[int]
    algorithm: Literal["or"]
    scope: RetentionScope
    trigger: RetentionTrigger
    rules: list[RetentionRuleBody]


class ImmutableRuleBody(TypedDict):
    """Tags that nobody can push anew."""

    action: Literal["immutable"]
    template: Literal["immutable_template"]
    disabled: bool
    tag_selectors: list[Selector]
    scope_selectors: dict[str, list[Selector]]


class Access(TypedDict):
    """One thing that a robot may do."""

    resource: str
    action: str


class RobotPermission(TypedDict):
    """What a robot may do in a namespace."""

    kind: Literal["project", "system"]
    namespace: str
    access: list[Access]


class RobotBody(TypedDict):
    """A robot; its name is short when it is made, and whole when it is changed (§2.6)."""

    name: str
    level: Literal["system", "project"]
    duration: int
    description: str
    disable: bool
    permissions: list[RobotPermission]


class MemberUser(TypedDict):
    """A user of Harbor."""

    username: str


class MemberGroup(TypedDict):
    """A group: of LDAP (1, by its DN), HTTP (2) or OIDC (3)."""

    group_type: int
    group_name: NotRequired[str]
    ldap_group_dn: NotRequired[str]


class MemberBody(TypedDict):
    """A new member of a project, user or group."""

    role_id: int
    member_user: NotRequired[MemberUser]
    member_group: NotRequired[MemberGroup]


class ScheduleTime(TypedDict):
    """When a job runs; `Manual` is at once and once, `None` never."""

    type: Literal["Hourly", "Daily", "Weekly", "Custom", "Manual", "None"]
    cron: NotRequired[str]


class ScheduleBody(TypedDict):
    """A schedule of the system; the server stumbles over absent parameters of GC."""

    schedule: ScheduleTime
    parameters: NotRequired[dict[str, Any]]


class FilterBody(TypedDict):
    """What a replication takes; `decoration` is for tags alone (§2.4)."""

    type: Literal["name", "tag"]
    value: str
    decoration: NotRequired[Literal["matches", "excludes"]]


class TriggerSettings(TypedDict):
    """Six fields, the first of them `0`."""

    cron: str


class TriggerBody(TypedDict):
    """What starts a replication."""

    type: Literal["manual", "scheduled"]
    trigger_settings: NotRequired[TriggerSettings]


class EndpointReference(TypedDict):
    """An endpoint by its id."""

    id: int


class ReplicationBody(TypedDict):
    """A policy that pulls from an endpoint into a project of this Harbor."""

    name: str
    description: str
    enabled: bool
    src_registry: EndpointReference
    dest_namespace: str
    dest_namespace_replace_count: int
    trigger: TriggerBody
    filters: list[FilterBody]
    override: bool
    deletion: bool
    speed: int
    copy_by_chunk: bool
    single_active_replication: NotRequired[bool]


class WebhookTarget(TypedDict):
    """Where events are told."""

    type: Literal["http", "slack"]
    address: str
    skip_cert_verify: bool
    payload_format: NotRequired[Literal["Default", "CloudEvents"]]
    auth_header: NotRequired[str]


class WebhookBody(TypedDict):
    """Events of a project that are told."""

    name: str
    description: str
    enabled: bool
    event_types: list[str]
    targets: list[WebhookTarget]
