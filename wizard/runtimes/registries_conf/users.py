"""Users whose own files take the place of the system's, or come after them (§3.1)."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.planning.blocks import block
from wizard.planning.plan import Block, BlockReason
from wizard.runtimes.registries_conf.reading import user_reading
from wizard.runtimes.registries_conf.serving import Serving, mirrors_of


def user_blocks(files: Serving, homes: Iterable[str]) -> tuple[Block, ...]:
    """Return the files of users that keep what ours says from them; raises Blocked."""
    found = []
    for home in homes:
        reading = user_reading(files.facts, home, files.system)
        for upstream, ours in files.ours.items():
            registry = reading.in_effect.get(upstream)
            if mirrors_of(registry)[:1] == (ours,):
                continue
            if reading.replaces:
                found.append(block(BlockReason.USER_REGISTRIES, reading.path))
            elif registry is not None and registry.path.startswith(f"{reading.path}/"):
                found.append(block(BlockReason.USER_REGISTRIES, registry.path))
    return tuple(dict.fromkeys(found))
