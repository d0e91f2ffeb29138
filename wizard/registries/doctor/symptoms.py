"""What a failed request of a client means, product by product: the facts' tables as one table.

Sources: facts/harbor.md §2.11-§2.13, §7 and facts/nexus_artifactory.md §1, §8; `GH#n` is
goharbor/harbor, `NP#n` is sonatype/nexus-public.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wizard.registries.doctor.observation import Observation, Severity, Topic
from wizard.registries.failures import RegistryFailure
from wizard.registries.sources import (
    HARBOR_SIGNING,
    JFROG_ANONYMOUS,
    NEXUS_DOCKER,
    NEXUS_EULA,
    NO_MIRROR_LOGIN,
    PROXY_CACHE,
)
from wizard.registries.subject_name import PULLS_WITHOUT_LOGIN, SubjectKind, SubjectName, named
from wizard.target import TargetKind
from wizard.wording import _, mark

_HARBOR, _NEXUS, _ARTIFACTORY = TargetKind.HARBOR, TargetKind.NEXUS, TargetKind.ARTIFACTORY
_ANY: Final = frozenset(TargetKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One way in which a request fails, and its cause.

    Attributes:
        statuses: of the answer.
        words: found in what the registry said, upper and lower case alike; empty: any.
        kinds: products that it is known of.
        fixed_by: as in `Observation`.
    """

    statuses: frozenset[int]
    words: str = ""
    kinds: frozenset[TargetKind] = _ANY
    cause: str
    todo: str
    source: str
    severity: Severity = Severity.BROKEN
    fixed_by: tuple[SubjectName, ...] = ()


def _symptom(
    statuses: set[int],
    kinds: set[TargetKind],
    words: str,
    severity: Severity = Severity.BROKEN,
    fixed_by: tuple[SubjectName, ...] = (),
    **rest: str,
) -> Symptom:
    return Symptom(
        severity=severity,
        statuses=frozenset(statuses),
        kinds=frozenset(kinds) or _ANY,
        words=words,
        cause=rest["cause"],
        todo=rest["todo"],
        source=rest["source"],
        fixed_by=fixed_by,
    )


# The first that fits is told, so what has words comes before what has only a status.
SYMPTOMS: Final = (
    _symptom(
        {412},
        {_HARBOR},
        "signed",
        cause=mark("the project lets only signed images out, and this one has no signature"),
        todo=mark(
            "Switch the project's cosign policy off, or sign the images there with"
            " `cosign sign -r`; mirrored public images hardly ever are signed."
        ),
        source=HARBOR_SIGNING,
    ),
    _symptom(
        {412},
        {_HARBOR},
        "",
        cause=mark("the project holds back what is vulnerable, or not scanned yet"),
        todo=mark(
            "Scan everything first, then prevent; attestations in an index of Docker Hub are"
            " never scanned and stay held back."
        ),
        source="goharbor/harbor, src/server/middleware/vulnerable; goharbor/harbor#22408",
    ),
    _symptom(
        {403, 404, 500, 502, 503},
        {_NEXUS},
        "auto blocked",
        cause=mark("Nexus has blocked its upstream by itself after an outage, a 401 or a 429"),
        todo=mark("Check the upstream account of the proxy repository; autoBlock lifts by itself."),
        source="osism/testbed#2357",
    ),
    _symptom(
        {403},
        {_NEXUS},
        "",
        cause=mark("Nexus refuses content: its licence agreement may not be accepted yet"),
        todo=mark(
            "Read and accept the agreement; if it is, see that the anonymous role may read this"
            " repository."
        ),
        source=NEXUS_EULA,
        fixed_by=named(SubjectKind.LICENCE),
    ),
    _symptom(
        {401},
        {_NEXUS},
        "",
        cause=mark("anonymous pulls are off at one of their three switches, or by role"),
        todo=mark(
            "Switch on anonymous access, the realm DockerToken, and forceBasicAuth=false on the"
            " repository; the user anonymous needs a role that may read it."
        ),
        source="sonatype/nexus-public#410, sonatype/nexus-public#311, sonatype/nexus-public#922",
        fixed_by=PULLS_WITHOUT_LOGIN,
    ),
    _symptom(
        {401},
        {_HARBOR},
        "",
        cause=mark("the project is private, or does not exist"),
        todo=mark("Make the project public: runtimes cannot log in to a mirror."),
        source=f"{PROXY_CACHE}; {NO_MIRROR_LOGIN}",
        fixed_by=named(SubjectKind.PROJECT),
    ),
    _symptom(
        {401},
        {_ARTIFACTORY},
        "",
        cause=mark("anonymous access is off, or not permitted on the repository"),
        todo=mark(
            "Allow anonymous access for that repository alone; the default permission"
            " “Anything” would publish all of them."
        ),
        source=JFROG_ANONYMOUS,
    ),
    _symptom(
        {401, 403},
        set(),
        "",
        cause=mark("nobody may pull without a login"),
        todo=mark("Let everybody read: runtimes cannot log in to a mirror."),
        source=NO_MIRROR_LOGIN,
    ),
    _symptom(
        {404},
        {_HARBOR},
        "",
        cause=mark("Harbor does not have it, and its upstream gave it nothing"),
        todo=mark(
            "See that the registry endpoint is healthy: while it is not, a proxy project serves"
            " only what it keeps already. A login per manifest makes Docker Hub refuse bursts:"
            " warm the cache slowly."
        ),
        source="goharbor/harbor#23750",
        fixed_by=named(SubjectKind.ENDPOINT),
    ),
    _symptom(
        {429},
        set(),
        "",
        cause=mark("the upstream's pull limit is used up"),
        todo=mark("Give the upstream an account with a token; warm the cache slowly."),
        source="goharbor/harbor#19899, docker/hub-feedback#2464",
        fixed_by=named(SubjectKind.ENDPOINT),
    ),
    _symptom(
        {400},
        {_NEXUS},
        "content type could not be determined",
        cause=mark("strict validation of content types refuses what the client sends"),
        todo=mark("Set strictContentTypeValidation to false on the repository."),
        source="dragonflyoss/nydus#1705",
    ),
    _symptom(
        {413},
        set(),
        "",
        cause=mark("the front refuses large bodies"),
        todo=mark("In its nginx: `client_max_body_size 0; proxy_request_buffering off;`"),
        source="goharbor/harbor#3270",
    ),
    _symptom(
        {403, 405},
        {_HARBOR},
        "proxy project",
        Severity.NOTE,
        cause=mark("the project is a cache of its upstream and takes no pushes"),
        todo=mark("Push what is your own to a hosted project beside it."),
        source=PROXY_CACHE,
    ),
    _symptom(
        {405},
        {_NEXUS},
        "",
        Severity.NOTE,
        cause=mark("the repository is a cache of its upstream, or a group, and takes no pushes"),
        todo=mark("Push what is your own to a hosted repository beside it."),
        source="sonatype/nexus-public, ProxyHandler.java",
    ),
    _symptom(
        {405},
        set(),
        "",
        cause=mark("it takes nothing: it is read-only, or a cache"),
        todo=mark("End its maintenance, or push to a place that takes images."),
        source="distribution configuration, storage.maintenance.readonly and proxy",
    ),
    _symptom(
        {502},
        {_NEXUS},
        "",
        cause=mark("the front reaches no connector behind it"),
        todo=mark("Give a repository the port, as its connector, that the front leads to."),
        source=NEXUS_DOCKER,
        fixed_by=named(SubjectKind.REPOSITORY),
    ),
    _symptom(
        {502, 503, 504},
        set(),
        "",
        cause=mark("the front reaches no registry behind it"),
        todo=mark(
            "See that all its parts run; after a reboot Harbor needs `docker compose up -d`."
        ),
        source="goharbor/harbor#9382, goharbor/harbor#13233",
    ),
    _symptom(
        {500},
        {_HARBOR},
        "",
        cause=mark("Harbor hides the cause of an internal error"),
        todo=mark("Look for the request's id in core.log."),
        source="goharbor/harbor, src/lib/http/error.go",
    ),
)


def explain(failure: RegistryFailure, kind: TargetKind, *, topic: Topic) -> Observation:
    """Return what a failed request means, or only what was said where nothing is known; pure."""
    for symptom in SYMPTOMS:
        if failure.status not in symptom.statuses or kind not in symptom.kinds:
            continue
        if not re.search(re.escape(symptom.words), failure.reason, re.IGNORECASE):
            continue
        return Observation(
            topic=topic,
            severity=symptom.severity,
            found=_("{cause} ({said})").format(cause=_(symptom.cause), said=failure.reason),
            todo=_(symptom.todo),
            source=symptom.source,
            fixed_by=symptom.fixed_by,
        )
    return Observation(
        topic=topic, severity=Severity.BROKEN, found=failure.reason, todo=failure.todo
    )
