"""Whether the Docker repositories of a Nexus serve hosts, and how much more everybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from wizard.registries.comparing import at
from wizard.registries.doctor.looking import well
from wizard.registries.doctor.observation import Observation, Severity, Topic
from wizard.registries.sources import NEXUS_API, NEXUS_ROLES
from wizard.registries.subject_name import SubjectKind, SubjectName, named
from wizard.registries.typed import Document
from wizard.wording import _, mark

STOCK_ROLE: Final = "nx-anonymous"
"""It reads every repository of the server (facts/nexus_artifactory.md §1.7)."""

_WRONGS: Final = (
    ("online", (False,), mark("repository {name} is offline"), mark("Put it online.")),
    (
        "httpClient.blocked",
        (True,),
        mark("repository {name} is blocked from its upstream"),
        mark("Unblock it, when it is known why."),
    ),
    (
        # On where nobody says otherwise, and hidden in the interface (NP#921).
        "docker.forceBasicAuth",
        (True, None),
        mark("repository {name} wants an account for every pull"),
        mark("Allow anonymous Docker pulls in its settings."),
    ),
)


def repository_observations(settings: tuple[Document, ...]) -> Iterator[Observation]:
    """Yield how each repository is that hosts could pull from: proxies and groups."""
    served = [
        one
        for one in settings
        if one.get("format") == "docker" and one.get("type") in {"proxy", "group"}
    ]
    if not served:
        yield Observation(
            topic=Topic.UPSTREAM,
            severity=Severity.BROKEN,
            found=_("it has no Docker repository that caches an upstream"),
            todo=_("Make a proxy of Docker Hub, with a connector of its own."),
            source=NEXUS_API,
            fixed_by=named(SubjectKind.REPOSITORY),
        )
    for one in served:
        yield _repository_observation(one)


def _repository_observation(settings: Document) -> Observation:
    name = settings.get("name")
    for place, wrong, found, todo in _WRONGS:
        if at(settings, place) in wrong:
            return Observation(
                topic=Topic.UPSTREAM,
                severity=Severity.BROKEN,
                found=_(found).format(name=name),
                todo=_(todo),
                source="sonatype/nexus-public#921",
                fixed_by=(SubjectName(kind=SubjectKind.REPOSITORY, name=str(name)),),
            )
    return well(Topic.UPSTREAM, _("repository {name} serves").format(name=name))


def width_observation(user: Document | None) -> Observation:
    """Return whether the user who stands for everybody reads more than mirrors."""
    if STOCK_ROLE not in ((user or {}).get("roles") or ()):
        return well(Topic.ANONYMOUS, _("not everything is read without an account"))
    return Observation(
        topic=Topic.ANONYMOUS,
        severity=Severity.TROUBLE,
        found=_("with anonymous access everybody reads every repository, hosted ones too"),
        todo=_("Give the user anonymous a role for the mirrors alone, in place of nx-anonymous."),
        source=NEXUS_ROLES,
        fixed_by=named(SubjectKind.ROLE, SubjectKind.USER),
    )
