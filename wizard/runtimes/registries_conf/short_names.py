"""Names without a registry: what they are looked for at, and when nobody decides (§3.2)."""

from __future__ import annotations

from typing import Final

from wizard.runtimes.registries_conf.reading import Reading
from wizard.wording import _

ENFORCING: Final = "enforcing"
_AMBIGUOUS: Final = 2
"""So many registries to search, and a short name has more than one meaning."""


def short_name_warnings(reading: Reading, mode: str = "") -> tuple[str, ...]:
    """Return what is to be known of short names.

    Args:
        reading: the files that count.
        mode: of the runtime itself, which counts before that of the files.
    """
    if (mode or reading.short_name_mode) != ENFORCING or len(reading.search) < _AMBIGUOUS:
        return ()
    return (
        _(
            "Names without a registry fail here where no alias gives them one: {registries} are"
            " all searched, and short-name-mode is enforcing."
        ).format(registries=", ".join(reading.search)),
    )
