"""Kill -9, an edit or a pause at a point of the host script.

The shipped script calls `reached POINT` wherever the state on disk or of a process has just
changed, and `reached` does nothing. Here it is replaced by one that kills its own process, once;
or lets somebody edit a file; or waits until a test lets it go on.
"""

from __future__ import annotations

from wizard.transaction.compose import Library, shipped_files

APPLY_POINTS = (
    "prepared",
    "deadline_staged",
    "deadline",
    "armed",
    "watchdog_started",
    "staged_after_1",
    "after_1",
    "after_2",
    "written",
    "activating",
    "activated",
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
    "tidied",
    "reverted",
)
UNWATCHED = APPLY_POINTS[: APPLY_POINTS.index("watchdog_started")]
"""Before any of them a file was changed, or a watchdog started."""


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


def pausing_library(point: str = "nowhere") -> Library:
    """Return the shipped library, but paused where `point` is reached first.

    It says so in `practice/paused` and goes on when `practice/go` is there. Who finds the lock
    held says so in `practice/waiting`.
    """
    files = shipped_files()
    for name, line in (("lock.sh", "    nap\n  done\n"), ("watchdog.sh", "    BLOCKED=$((BLOCKED")):
        assert files[name].count(line) == 1
        files[name] = files[name].replace(line, f"    waits_for_the_lock\n{line}")
    files["ledger.sh"] += f"""
waits_for_the_lock() {{
  echo "$$" >>"$ROOT/practice/waiting"
}}
reached() {{
  if [ "$1" = {point} ] && [ ! -e "$ROOT/practice/paused" ]; then
    echo "$1" >"$ROOT/practice/paused"
    until [ -e "$ROOT/practice/go" ]; do sleep 0.1 || exit; done
  fi
}}
"""
    return Library.of(files)
