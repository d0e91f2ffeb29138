"""Which shell files of runtimes a plan's steps need; pure.

A ledger keeps just those beside its steps, and every verb takes them from there: what a host is
sent does not grow with each runtime that Pilotage knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from wizard.planning.plan import Step, StepName

RUNTIME_FILES: Final = (
    "same_settings.sh",
    "steps_ca.sh",
    "steps_docker.sh",
    "steps_containerd.sh",
    "steps_crio.sh",
    "steps_podman.sh",
    "steps_k3s.sh",
    "steps_nerdctl.sh",
    "steps_buildkit.sh",
)
"""Each defines the steps of a runtime and what they are made of; one may call another's."""

_DEFINED: Final = re.compile(r"^([a-z_0-9]+)\(\) ?\{", re.MULTILINE)
_WORD: Final = re.compile(r"[a-z_0-9]+")


def needed_files(files: Mapping[str, str], steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the names of those of `RUNTIME_FILES` that define what the steps call."""
    texts = tuple((name, files[name]) for name in RUNTIME_FILES)
    return _needed(texts, frozenset(word for step in steps for word in _calls(step)))


def _calls(step: Step) -> Iterable[str]:
    yield f"step_{step.name.value}"
    if step.name is StepName.SAME_CONTAINERS:
        yield from (f"observe_{step.args[0]}_containers", f"lost_{step.args[0]}_containers")


@cache
def _needed(texts: tuple[tuple[str, str], ...], words: frozenset[str]) -> tuple[str, ...]:
    defined = {name: frozenset(_DEFINED.findall(text)) for name, text in texts}
    used = {name: frozenset(_WORD.findall(text)) for name, text in texts}
    found: set[str] = set()
    while True:
        more = {name for name in defined if name not in found and defined[name] & words}
        if not more:
            return tuple(name for name, _text in texts if name in found)
        found |= more
        words = words.union(*(used[name] for name in more))
