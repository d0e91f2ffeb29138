"""Whether a pull of the canary proves anything on a host: not if upstream answers it alike.

Docker falls back to upstream without a word (facts/runtimes.md §1.4), so what tells one answer
from the other is the digest alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from wizard.discovery.facts import HostFacts, UpstreamState
from wizard.planning.blocks import block
from wizard.planning.plan import Block, BlockReason
from wizard.target import Canary, TagSource, Target, upstream_name
from wizard.wording import _


def proof_blocks(facts: HostFacts, target: Target) -> tuple[Block, ...]:
    """Return the reasons against a host to which upstream gives the very same canary."""
    return tuple(
        block(BlockReason.CANARY_UPSTREAM, canary.reference)
        for canary in _named(target)
        if _digest_there(facts, canary) == canary.digest
    )


def canaries(target: Target, upstreams: Collection[str] | None = None) -> tuple[Canary, ...]:
    """Return the canaries of the target, of these upstreams only where they are given."""
    return tuple(
        one.canary
        for one in target.by_upstream
        if one.canary is not None and (upstreams is None or one.upstream in upstreams)
    )


def proofs(target: Target, upstreams: Collection[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Return by which reference each canary is pulled, and its digest; of these upstreams only."""
    return tuple((pulled(target, one), one.digest) for one in canaries(target, upstreams))


def pulled(target: Target, canary: Canary) -> str:
    """Return the reference to pull: by digest where the target may not say what a tag is."""
    if target.tags is TagSource.TARGET:
        return canary.reference
    return f"{canary.upstream}/{canary.repository}@{canary.digest}"


def _named(target: Target) -> list[Canary]:
    """Return the canaries that the operator named: upstream may have one of the same name."""
    return [canary for canary in canaries(target) if not canary.pushed]


def _digest_there(facts: HostFacts, canary: Canary) -> str:
    tag = facts.upstream_tag(canary.reference)
    return tag.digest if tag else ""


def proof_notes(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return what the operator must know of the proof on this host; none where it is good."""
    doubts = ((canary, _doubt(facts, canary)) for canary in _named(target))
    return tuple(_note(canary, why) for canary, why in doubts if why is not None)


def _note(canary: Canary, why: str) -> str:
    return _(
        "Whether {upstream} has {reference} too is not known ({why}). If it has, and the daemon"
        " gets there, perhaps by a proxy of its own, a pull proves nothing. A canary that Pilotage"
        " pushes leaves no doubt."
    ).format(upstream=upstream_name(canary.upstream), reference=canary.reference, why=why)


def _doubt(facts: HostFacts, canary: Canary) -> str | None:
    """Return why upstream's answer leaves a doubt, None where it leaves none."""
    upstream = facts.upstream_tag(canary.reference)
    if upstream is None:
        return _("the host was not asked")
    match upstream.state:
        case UpstreamState.PRESENT | UpstreamState.ABSENT:
            return None
        case UpstreamState.HIDDEN:
            logged_in = facts.docker is not None and facts.docker.hub_login
            return _("it wants a login, which somebody on the host has") if logged_in else None
        case UpstreamState.UNKNOWN:
            return upstream.detail
        case _:
            assert_never(upstream.state)
