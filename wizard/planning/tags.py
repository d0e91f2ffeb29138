"""Runtimes that cannot leave tags to upstream (facts/runtimes.md §7 row 19)."""

from __future__ import annotations

from wizard.planning.blocks import Blocked
from wizard.planning.plan import BlockReason
from wizard.target import TagSource, Target


def refuse_tags_of_upstream(target: Target, detail: str = "") -> None:
    """Raise Blocked where upstream shall say what a tag is; for those that ask mirrors for all."""
    if target.tags is TagSource.UPSTREAM:
        raise Blocked(BlockReason.TAGS_NOT_POSSIBLE, detail)
