"""What subjects of provisioning are called, so that whoever names one means that very one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.wording import _, mark


class SubjectKind(Enum):
    """Kinds of subjects that mend something which an examination tells of."""

    ENDPOINT = "endpoint"
    PROJECT = "project"
    QUOTA = "quota"
    GARBAGE_COLLECTION = "garbage_collection"
    LICENCE = "licence"
    REALMS = "realms"
    CLEANUP = "cleanup"
    REPOSITORY = "repository"
    ROLE = "role"
    USER = "user"
    ANONYMOUS = "anonymous"


_WORDS: Final[Mapping[SubjectKind, str]] = {
    SubjectKind.ENDPOINT: mark("endpoint {name}"),
    SubjectKind.PROJECT: mark("project {name}"),
    SubjectKind.QUOTA: mark("quota of {project}"),
    SubjectKind.GARBAGE_COLLECTION: mark("garbage collection"),
    SubjectKind.LICENCE: mark("licence of the Community Edition"),
    SubjectKind.REALMS: mark("realms"),
    SubjectKind.CLEANUP: mark("cleanup policy {name}"),
    SubjectKind.REPOSITORY: mark("repository {name}"),
    SubjectKind.ROLE: mark("role {name}"),
    SubjectKind.USER: mark("user {name}"),
    SubjectKind.ANONYMOUS: mark("anonymous access"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectName:
    """One subject, or each of a kind where `name` is empty; the name is the product's own."""

    kind: SubjectKind
    name: str = ""

    def __str__(self) -> str:
        """Return what people call it."""
        return _(_WORDS[self.kind]).format(name=self.name, project=self.name)

    def covers(self, other: SubjectName | None) -> bool:
        """Tell whether `other` is meant too."""
        return other is not None and self.kind is other.kind and self.name in {"", other.name}


def named(*kinds: SubjectKind) -> tuple[SubjectName, ...]:
    """Return each subject of these kinds, whatever its name."""
    return tuple(SubjectName(kind=kind) for kind in kinds)


def is_meant(one: SubjectName | None, names: Iterable[SubjectName]) -> bool:
    """Tell whether any of `names` covers it."""
    return any(name.covers(one) for name in names)


PULLS_WITHOUT_LOGIN: Final = named(
    SubjectKind.REALMS,
    SubjectKind.REPOSITORY,
    SubjectKind.ROLE,
    SubjectKind.USER,
    SubjectKind.ANONYMOUS,
)
"""Of a Nexus: access as a whole without the narrow role would publish every repository."""
