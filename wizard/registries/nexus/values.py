"""The documents of Nexus's API that are small enough to be values; names are in camelCase there.

Repositories, users and capabilities stay `Document`s: they are written back whole, with what we
know nothing of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

_CAMEL: Final = ConfigDict(alias_generator=to_camel, extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eula:
    """The licence of the Community Edition.

    Attributes:
        disclaimer: its words; accepting it means to send them back byte for byte.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    accepted: bool
    disclaimer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymous:
    """Who somebody without credentials is."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    enabled: bool
    user_id: str
    realm_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role and its privileges."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    id: str
    name: str
    description: str = ""
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftQuota:
    """A limit at which a blob store is told to be unwell; it refuses nothing.

    Attributes:
        type: `spaceUsedQuota` or `spaceRemainingQuota`.
        limit: in the server's unit, see `wizard.registries.nexus.blob_store`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    type: str
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatus:
    """What the server says of a blob store's quota, sizes with their units."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    message: str = ""
    is_violation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobStore:
    """Where repositories keep their bytes."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    name: str
    type: str
    soft_quota: SoftQuota | None = None
    unavailable: bool = False
    blob_count: int = 0
    total_size_in_bytes: int = 0
    available_space_in_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupPolicy:
    """What is removed by the daily cleanup.

    Attributes:
        criteria_last_downloaded: days, not seconds (facts/nexus_artifactory.md §2.4).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    name: str
    format: str
    notes: str | None = ""
    criteria_last_downloaded: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task; older servers tell its name and type only."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    id: str
    name: str
    type: str
    enabled: bool | None = None
    schedule: str | None = None
    cron_expression: str | None = None
    properties: dict[str, str] | None = None
    current_state: str | None = None
    last_run_result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """The tasks of one type; all, since the API has one page only."""

    items: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Which private addresses proxies may reach although SSRF protection is on."""

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    enabled: bool
    allowed_domains: tuple[str, ...] = ()
    allowed_ips: Annotated[tuple[str, ...], Field(alias="allowedIPs")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What was counted in one month.

    Attributes:
        metric_date: its beginning, ISO 8601.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CAMEL
    metric_date: str
    component_count: int = 0
    request_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted on one day or in one month."""

    date: str
    value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Counts, oldest first."""

    data: tuple[Count, ...] = field(default=())
