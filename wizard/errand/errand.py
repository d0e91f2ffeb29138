"""An errand and what a host answers to it; values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class ErrandName(Enum):
    """What can be done; each is `assets/host/errand_<name>.sh`."""

    PULL_SECRET = "pull_secret"  # noqa: S105  # an errand, not a secret
    """Arguments: name of the secret, namespaces, service accounts; payload: the manifests."""
    BACKUP_TIMER = "backup_timer"
    """Arguments: name of the timer, then path, mode and text of each file."""
    HARBOR_HOST = "harbor_host"
    """Arguments: data volume, ports parted by spaces, directory; each step tells one fact as its
    detail."""
    HARBOR_INSTALL = "harbor_install"
    """Arguments: bundle or its URL, directory, flags, unit, URL of its health, seconds, SHA-256
    of the bundle; payload: harbor.yml."""
    HARBOR_REMOVE = "harbor_remove"
    """Arguments: directory, data that go too, empty where they stay, unit."""
    RESTORE_DRILL = "restore_drill"
    """Arguments: the backup, empty for the newest, and of which product, empty for the only one."""
    DOCKER_INSTALL = "docker_install"
    """Arguments: `yes` where Compose is wanted too, `yes` where Docker's repository is allowed."""
    TLS_FILES = "tls_files"
    """Arguments: directory, certificate with its chain; payload: the key."""
    NEXUS_HOST = "nexus_host"
    """Arguments: name, data, ports parted by spaces; each step tells one fact as its detail."""
    NEXUS_INSTALL = "nexus_install"
    """Arguments: name, image, archive, its SHA-256, data, address, port, connectors parted by
    spaces, options of its Java, seconds, open files; payload: `password: …` of admin."""
    NEXUS_LICENCE = "nexus_licence"
    """Arguments: name, address, port, SHA-256 of what the API told; payload as above."""
    NEXUS_REMOVE = "nexus_remove"
    """Arguments: name, data that go too, empty where they stay."""


PAYLOAD: Final = "errand:payload"
"""Its key in `wizard.service.Secrets`: on its way to the run it is never on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One errand on one host; nothing in it is secret, because journals keep it.

    Attributes:
        arguments: words for the script, each in its own place.
        has_payload: it is sent with what only the run's process is given.
        seconds: after which it is given up on this side.
    """

    name: ErrandName
    host: str
    arguments: tuple[str, ...] = ()
    has_payload: bool = False
    seconds: float = 300.0


class ErrandOutcome(Enum):
    """How an errand ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    """All was as it should be already."""
    REFUSED = "refused"
    """Something stood against it, and nothing was changed."""
    FAILED = "failed"
    """Something failed after a change; the steps tell what was done."""
    LOST = "lost"
    """The host was sent it, and did not answer: it may have been done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandStep:
    """One thing that an errand did: `changed`, `same` or `failed`."""

    subject: str
    result: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandAnswer:
    """What a host answered; `detail` says why it was refused or failed."""

    outcome: ErrandOutcome
    detail: str = ""
    steps: tuple[ErrandStep, ...] = ()
