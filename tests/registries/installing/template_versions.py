"""Templates of older versions, made out of the one of 2.15 by what each version added.

The differences between the tags are those of facts/harbor.md §4.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

NEWEST: Final = (Path(__file__).parent / "templates" / "harbor-2.15.0.yml.tmpl").read_text(
    encoding="utf-8"
)
VERSIONS: Final = ("2.9", "2.10", "2.11", "2.12", "2.13", "2.14", "2.15")
_ADDED: Final = {
    "2.15": ("db_repository", "java_db_repository"),
    "2.13": ("max_job_duration_hours", "tlsOptions", "enable", "rootCA"),
    "2.11": (
        "strong_ssl_ciphers",
        "skip_java_db_update",
        "timeout",
        "ip_family",
        "ipv6",
        "ipv4",
    ),
}


def template_of(version: str) -> str:
    """Return the template of a version."""
    number = VERSIONS.index(version)
    text = NEWEST
    for since, keys in _ADDED.items():
        if VERSIONS.index(since) > number:
            for key in keys:
                text = re.sub(rf"^[# ]*{key}:.*\n", "", text, flags=re.MULTILINE)
    return text.replace("_version: 2.15.0", f"_version: {version}.0")
