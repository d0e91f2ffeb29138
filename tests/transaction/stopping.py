"""Kill -9 at a point of the host script.

The shipped script calls `reached POINT` wherever the state on disk has just changed, and
`reached` does nothing. Here it is replaced by one that kills its own process, once.
"""

from __future__ import annotations

from wizard.transaction.compose import Library, shipped_files

APPLY_POINTS = (
    "prepared",
    "armed",
    "staged_after_1",
    "after_1",
    "after_2",
    "written",
    "activating",
    "probing",
    "proven",
)
REVERT_POINTS = (
    "reverting",
    "staged_parting_2",
    "parting_2",
    "before_1",
    "deactivating",
    "deactivated",
    "staged_before_2",
    "before_2",
)


def stopping_library(point: str, *, folder: str = "$ROOT/practice") -> Library:
    """Return the shipped library, but killed at the first time that `point` is reached.

    `folder` is where on the host it remembers that it was.
    """
    files = shipped_files()
    files["ledger.sh"] += f"""
reached() {{
  if [ "$1" = {point} ] && [ ! -e "{folder}/stopped" ]; then
    echo "$1" >"{folder}/stopped"
    kill -9 $$
  fi
}}
"""
    return Library.of(files)


def editing_library(point: str, *, path: str, edit: str) -> Library:
    """Return the shipped library, but `edit` happens to FILE the first time `point` is reached."""
    files = shipped_files()
    files["ledger.sh"] += f"""
reached() {{
  if [ "$1" = {point} ] && [ ! -e "$ROOT/practice/edited" ]; then
    echo "$1" >"$ROOT/practice/edited"
    FILE=$ROOT{path}
    {edit}
  fi
}}
"""
    return Library.of(files)
