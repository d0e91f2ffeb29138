"""What was seen of a registry, how bad it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wizard.registries.subject_name import SubjectName
from wizard.target import TargetKind


class Severity(Enum):
    """How bad it is, from well to worst."""

    WELL = "well"
    NOTE = "note"
    """Nothing is wrong; somebody should know it."""
    TROUBLE = "trouble"
    """It works, and will not for long, or not for everybody."""
    BROKEN = "broken"
    """Hosts cannot use it like this."""
    UNKNOWN = "unknown"
    """It could not be looked at; nobody knows."""


class Topic(Enum):
    """What it is about, in the order in which it is told."""

    TRUST = "trust"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    LOGIN = "login"
    TOKENS = "tokens"
    PULL = "pull"
    PUSH = "push"
    HEALTH = "health"
    ADDRESS = "address"
    READ_ONLY = "read_only"
    LICENCE = "licence"
    RIGHTS = "rights"
    ANONYMOUS = "anonymous"
    STORAGE = "storage"
    QUEUE = "queue"
    USAGE = "usage"
    UPSTREAM = "upstream"
    SCANNER = "scanner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing that was seen.

    Attributes:
        topic: what it is about.
        severity: how bad it is.
        found: what was seen, one sentence; foreign words in it are cleaned when shown.
        todo: what to do, the exact words or commands; empty where nothing is to be done.
        source: where the cause is known from: a facts section, an issue, a document.
        fixed_by: the subjects of provisioning that mend it, empty where a person must.
    """

    topic: Topic
    severity: Severity
    found: str
    todo: str = ""
    source: str = ""
    fixed_by: tuple[SubjectName, ...] = ()


class Measure(Enum):
    """What is measured, each time somebody looks."""

    ANSWER = "answer"
    """Seconds until the API's root has answered."""
    FREE = "free"
    """Bytes that are free on the fullest volume."""
    QUEUE = "queue"
    """Jobs that wait."""
    USED = "used"
    """Bytes of all images together."""
    REQUESTS = "requests"
    """Requests of the last 24 hours, as licences count them."""
    COMPONENTS = "components"
    """Components that are kept, as licences count them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measured value.

    Attributes:
        limit: what it must not exceed (`FREE`: fall below), None where there is none.
    """

    measure: Measure
    value: float
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one part of an examination saw."""

    observations: tuple[Observation, ...] = ()
    readings: tuple[Reading, ...] = ()


_RANK = {severity: rank for rank, severity in enumerate(Severity)}
# Not knowing is worse than a note, and no proof that hosts cannot use it.
_RANK[Severity.UNKNOWN] = _RANK[Severity.NOTE]


def worst(observations: tuple[Observation, ...]) -> Severity:
    """Return the worst severity, WELL where nothing was seen."""
    return max((one.severity for one in observations), key=_RANK.__getitem__, default=Severity.WELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was seen of a registry.

    Attributes:
        url: that hosts use.
        kind, version, edition: as in `Detected`.
        observations: in the order in which a client would meet them.
        readings: what was measured, each measure at most once.
        attempts: what was asked to find out the kind.
    """

    url: str
    kind: TargetKind
    version: str = ""
    edition: str = ""
    observations: tuple[Observation, ...] = ()
    readings: tuple[Reading, ...] = ()
    attempts: tuple[str, ...] = ()

    @property
    def is_login_refused(self) -> bool:
        """Tell whether the login was refused, so that it must not be tried again."""
        return any(
            one.topic is Topic.LOGIN and one.severity is Severity.BROKEN
            for one in self.observations
        )
