"""Exit codes of `pilotage`; documented API.

Codes 1 to 7 and 9 are those of the errors (`wizard.errors`): a command ends with the code of the
error that it reports, and where a run reports several hosts, with `HOSTS`.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    UNEXPECTED = 1
    """A mistake in Pilotage; a report was written."""
    INPUT = 2
    """A file or an option is wrong; nothing was changed."""
    REGISTRY = 3
    """The target does not answer as a registry must; nothing was changed."""
    PLAN = 4
    """The plan is blocked, or no longer matches; nothing was changed."""
    HOSTS = 5
    """Hosts could not be reached, read or changed, or a rollout was taken back."""
    RUN = 6
    """A run cannot be started, found or resumed, or lost its process."""
    NEEDS_TERMINAL = 7
    """A question came up and there is no terminal to ask it on."""
    UNFINISHED = 8
    """Declined, stopped, waiting for a decision, or with something left that a person must do."""
    OUTPUT = 9
    """Standard output or error takes no more; a run that was followed goes on."""
    INTERRUPTED = 130
    """Ctrl-C here; a detached run goes on."""
