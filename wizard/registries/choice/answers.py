"""What may be asked of a registry, and the answers that a product gives; values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wizard.planning.matrix import Cost
from wizard.target import Addressing
from wizard.wording import mark


class Product(Enum):
    """What can be moved to; editions apart, because they differ more than products do."""

    HARBOR = "harbor"
    NEXUS = "nexus"
    JCR = "jcr"
    ARTIFACTORY = "artifactory"
    PLAIN = "plain"


PRODUCT_WORDS: Final = {
    Product.HARBOR: "Harbor",
    Product.NEXUS: "Nexus Repository CE",
    Product.JCR: "JFrog Container Registry",
    Product.ARTIFACTORY: "Artifactory Pro",
    Product.PLAIN: mark("plain OCI registry"),
}


class Need(Enum):
    """What an operator may need beside a place for images."""

    FORMATS = "formats"
    PROXY = "proxy"
    UPSTREAMS = "upstreams"
    ISOLATION = "isolation"
    SIGN_ON = "sign-on"
    ROBOTS = "robots"
    SCANNING = "scanning"
    BLOCKING = "blocking"
    SIGNING = "signing"
    REPLICATION = "replication"
    QUOTAS = "quotas"
    AVAILABILITY = "ha"
    AIR_GAP = "air-gap"
    FREE = "free"
    PROVISIONING = "provisioning"


NEED_WORDS: Final = {
    Need.FORMATS: mark("more than images"),
    Need.PROXY: mark("cache of Docker Hub"),
    Need.UPSTREAMS: mark("many upstreams, one URL"),
    Need.ISOLATION: mark("roles and isolation"),
    Need.SIGN_ON: mark("LDAP, OIDC, SAML"),
    Need.ROBOTS: mark("robots and tokens"),
    Need.SCANNING: mark("scanning"),
    Need.BLOCKING: mark("blocking of downloads"),
    Need.SIGNING: mark("signatures"),
    Need.REPLICATION: mark("replication"),
    Need.QUOTAS: mark("quotas"),
    Need.AVAILABILITY: mark("high availability"),
    Need.AIR_GAP: mark("air gap"),
    Need.FREE: mark("no licence to pay"),
    Need.PROVISIONING: mark("set up by Pilotage"),
}


class Verdict(Enum):
    """How far a product does what is asked."""

    YES = "yes"
    PARTLY = "partly"
    PAID = "paid"
    """Not this edition or not by itself: another edition or an add-on, which is paid for."""
    NO = "no"
    UNKNOWN = "unknown"
    """No source that we know says it."""


VERDICT_WORDS: Final = {
    Verdict.YES: mark("yes"),
    Verdict.PARTLY: mark("partly"),
    Verdict.PAID: mark("paid"),
    Verdict.NO: mark("no"),
    Verdict.UNKNOWN: "?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one product does about one question.

    Attributes:
        reason: one or two sentences, translated.
        source: where that is from, public (`wizard.registries.sources`).
    """

    verdict: Verdict
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which hosts could address a product.

    Attributes:
        condition: what has to be built for it beside the product, translated; empty for nothing.
        counts: hosts by what it costs them; each host is in one of them.
    """

    addressing: Addressing
    condition: str
    counts: Mapping[Cost, int]

    @property
    def served(self) -> int:
        """Return how many hosts are served without any other image name."""
        return sum(n for cost, n in self.counts.items() if cost in SERVED)


SERVED: Final = frozenset({Cost.TRANSPARENT, Cost.RELOAD, Cost.RESTART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much the fleet asks of a registry; what is None is not known and is not guessed.

    Attributes:
        pulls: by each host on a day.
        layers: of an image.
        components: images with their tags that it would hold; None: those seen on the hosts.
    """

    pulls: int = 30
    layers: int = 7
    components: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the fleet would ask of a registry.

    Attributes:
        requests: on a day.
        components: images with their tags.
        seen: components are only those on the hosts today, so rather too few.
    """

    hosts: int
    requests: int
    components: int
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One product, measured.

    Attributes:
        ways: how hosts could address it, the one that serves most of them first.
        hosts: how far the fleet is served, from the first of the ways.
        load: how its licence bears the fleet.
        answers: to every need.
    """

    product: Product
    ways: tuple[Way, ...]
    hosts: Answer
    load: Answer
    answers: Mapping[Need, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All products for one fleet.

    Attributes:
        needs: that the operator named, in the order of `Need`.
        candidates: the one that fits best first.
    """

    needs: tuple[Need, ...]
    load: Load
    candidates: tuple[Candidate, ...]


MET: Final = frozenset({Verdict.YES, Verdict.PARTLY})


def unmet(candidate: Candidate, needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return the needs that a product does not meet, as far as anybody knows."""
    return tuple(need for need in needs if candidate.answers[need].verdict not in MET)
