"""The exact change of each file as a unified diff, equal changes shown once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.planning.plan import Plan


def diff_document(plan: Plan) -> dict[str, Any]:
    return {}

def diff_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from ()
