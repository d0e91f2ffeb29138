"""The real kubectl, where this machine has one that is not too old for the tests' API server."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import Final

import pytest

OLDEST: Final = 27
"""1.27 asks for OpenAPI v3; older ones, as Debian 12's 1.20, for v2, which the stand-in lacks."""


def need_kubectl() -> str:
    """Return its path; skips the test where there is none of 1.27 or newer."""
    path = _kubectl()
    if path is None:
        pytest.skip("there is no kubectl of 1.27 or newer here")
    return path


@cache
def _kubectl() -> str | None:
    path = shutil.which("kubectl")
    if path is None:
        return None
    told = subprocess.run(
        [path, "version", "--client", "-o", "json"], capture_output=True, text=True, check=True
    )
    version = json.loads(told.stdout)["clientVersion"]
    return path if int(version["minor"].rstrip("+")) >= OLDEST else None
