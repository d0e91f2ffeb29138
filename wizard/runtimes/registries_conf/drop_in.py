"""Our drop-in for registries.conf: nobody's file is edited, ours is one more, read last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from wizard.planning.toml_text import quoted
from wizard.runtimes.registries_conf.tables import PULLS, Mirror

_MARK: Final = "# Written by Pilotage"


def is_ours(text: str) -> bool:
    """Tell whether Pilotage has written a drop-in."""
    return text.startswith(_MARK)


def drop_in_text(mirrors: Mapping[str, Sequence[Mirror]]) -> str:
    """Return our drop-in: for each upstream its mirrors in order; the same bytes for the same."""
    blocks = [_says(mirrors)]
    for upstream, its_mirrors in mirrors.items():
        table = f"[[registry]]\nprefix = {quoted(upstream)}\nlocation = {quoted(upstream)}"
        blocks += [table, *("\n".join(_mirror_lines(mirror)) for mirror in its_mirrors)]
    return "\n\n".join(blocks).replace("\n\n", "\n", 1) + "\n"


def _says(upstreams: Collection[str]) -> str:
    own = next(iter(upstreams)) if len(upstreams) == 1 else "the registry"
    return f"{_MARK}; mirrors are asked in this order, then {own} itself."


def _mirror_lines(mirror: Mirror) -> Iterable[str]:
    yield "[[registry.mirror]]"
    yield f"location = {quoted(mirror.location)}"
    if mirror.insecure:
        yield "insecure = true"
    if mirror.pulls:
        yield f"{PULLS} = {quoted(mirror.pulls)}"
