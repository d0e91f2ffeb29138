"""Whether a pull of the canary proves anything on a host: not if upstream answers it alike.

Docker falls back to upstream without a word (facts/runtimes.md §1.4), so what tells one answer
from the other is the digest alone.
"""

from __future__ import annotations

from typing import assert_never

from wizard.discovery.facts import HostFacts, UpstreamState
from wizard.planning.blocks import block
from wizard.planning.plan import Block, BlockReason
from wizard.target import Canary, Target
from wizard.wording import _


def proof_blocks(facts: HostFacts, target: Target) -> tuple[Block, ...]:
    """Return the reason against a host to which upstream gives the very same canary."""
    canary, upstream = target.canary, facts.upstream
    if canary is None or canary.pushed or upstream is None:
        return ()
    if (upstream.reference, upstream.digest) != (canary.reference, canary.digest):
        return ()
    return (block(BlockReason.CANARY_UPSTREAM, canary.reference),)


def proof_note(facts: HostFacts, target: Target) -> str:
    """Return what the operator must know of the proof on this host; empty where it is good."""
    canary = target.canary
    if canary is None or canary.pushed:
        return ""
    why = _doubt(facts, canary)
    if why is None:
        return ""
    return _(
        "Whether Docker Hub has {reference} too is not known ({why}). If it has, and the daemon"
        " gets there, perhaps by a proxy of its own, a pull proves nothing. A canary that Pilotage"
        " pushes leaves no doubt."
    ).format(reference=canary.reference, why=why)


def _doubt(facts: HostFacts, canary: Canary) -> str | None:
    """Return why upstream's answer leaves a doubt, None where it leaves none."""
    upstream = facts.upstream
    if upstream is None or upstream.reference != canary.reference:
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
