"""What is known of runtimes, loaded by nobody but who plans."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.planning.work import RuntimePlanner


def known_runtimes() -> Sequence[RuntimePlanner]:
    """Return what plans each runtime, in the order in which they are told."""
    # Many kinds of files and their libraries, a tenth of what most commands take to start.
    from wizard.runtimes import RUNTIMES  # noqa: PLC0415  # as said above

    return RUNTIMES
