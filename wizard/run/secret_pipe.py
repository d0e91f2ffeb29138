"""Secrets on their way to a run's process: one JSON document through a pipe, nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from wizard.errors import RunError
from wizard.secret import Secret
from wizard.wording import _


def write_secrets(descriptor: int, secrets: Mapping[str, Secret]) -> None:
    """Write the document and close the pipe; raises BrokenPipeError when nobody reads it."""
    document = json.dumps({key: secret.reveal() for key, secret in secrets.items()})
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(document.encode())


def read_secrets(descriptor: int) -> dict[str, Secret]:
    """Read the document to its end and close the pipe; raises RunError if it is none."""
    try:
        with os.fdopen(descriptor, "rb") as pipe:
            document = json.load(pipe)
        return {str(key): Secret(str(value)) for key, value in document.items()}
    except (OSError, ValueError, AttributeError):
        # The error's own words could quote the document.
        raise RunError(
            _("the secrets of the run could not be read from their pipe"),
            state=_("Nothing was changed."),
            todo=_("Start the run again, or resume it."),
        ) from None
