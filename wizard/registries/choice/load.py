"""What the fleet would ask of a registry, against what a licence allows; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.registries.choice.answers import Answer, Load, Product, Usage, Verdict
from wizard.registries.sources import JFROG_SILENT, MEASURED, NEXUS_LIMITS
from wizard.wording import _

REQUESTS_PER_DAY: Final = 100_000
COMPONENTS: Final = 40_000
"""Limits of Nexus Repository CE since 3.87; above either, it takes no new component until it is
below both (facts/nexus_artifactory.md §1.2)."""

NEAR: Final = 60
"""Percent of a limit from which it is warned of: a fleet grows, and failed requests count too."""

_REQUESTS_BESIDE_LAYERS: Final = 4
"""Of one cold pull: challenge, token, index and manifest, configuration (§5, measured)."""

_SOURCE: Final = f"{NEXUS_LIMITS}; requests of a pull: {MEASURED}"


_LICENCES: Final = {
    Product.HARBOR: "goharbor/harbor, LICENSE",
    Product.PLAIN: "distribution/distribution, LICENSE",
}


def estimated(facts: Sequence[HostFacts], usage: Usage) -> Load:
    """Return the load: hosts x pulls x (4 + layers) requests a day (§5)."""
    seen = usage.components is None
    components = len(set(_images(facts))) if usage.components is None else usage.components
    each = usage.pulls * (_REQUESTS_BESIDE_LAYERS + usage.layers)
    return Load(hosts=len(facts), requests=len(facts) * each, components=components, seen=seen)


def load_answer(product: Product, load: Load) -> Answer:
    """Return how the licence of a product bears the load."""
    match product:
        case Product.NEXUS:
            return _metered(load)
        case Product.HARBOR | Product.PLAIN:
            return Answer(
                verdict=Verdict.YES,
                reason=_("Its licence, Apache-2.0, limits nothing."),
                source=_LICENCES[product],
            )
        case Product.JCR | Product.ARTIFACTORY:
            return Answer(
                verdict=Verdict.UNKNOWN,
                reason=_("No limit of requests or components is known; the licence tells."),
                source=JFROG_SILENT,
            )


def _metered(load: Load) -> Answer:
    requests = 100 * load.requests / REQUESTS_PER_DAY
    components = 100 * load.components / COMPONENTS
    highest = max(requests, components)
    told = _(
        "About {requests} requests a day, {share:.0f} percent of {limit}, and {components}"
        " components, {components_share:.0f} percent of {components_limit}."
    ).format(
        requests=load.requests,
        share=requests,
        limit=REQUESTS_PER_DAY,
        components=load.components,
        components_share=components,
        components_limit=COMPONENTS,
    )
    verdict, advice = Verdict.YES, ""
    if highest > 100:  # noqa: PLR2004  # percent
        verdict = Verdict.NO
        advice = _("Above either it takes no new images until it is below both; Pro has no limit.")
    elif highest > NEAR:
        verdict = Verdict.PARTLY
        advice = _("That is near: failed logins and open web pages count as requests too.")
    if load.seen:
        seen = _("Only components that are on the hosts today are counted.")
        advice = f"{advice} {seen}" if advice else seen
    return Answer(verdict=verdict, reason=f"{told} {advice}".rstrip(), source=_SOURCE)


def _images(facts: Sequence[HostFacts]) -> Iterator[str]:
    for host in facts:
        for runtime in (
            host.docker,
            host.containerd,
            host.podman,
            host.crio,
            host.k3s,
            host.nerdctl,
        ):
            if runtime is not None:
                yield from runtime.images
