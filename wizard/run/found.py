"""What a discovery finds besides facts: keys to approve, secrets to ask for, troubles."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.facts import HostFacts
from wizard.run.view import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownHostKey:
    """A host key that nobody has approved yet; `changed_from` is set when another was known.

    Attributes:
        fingerprint: `SHA256:…` as OpenSSH prints it.
        public_key: one line in OpenSSH format.
    """

    host: str
    address: str
    port: int
    fingerprint: str
    public_key: str
    changed_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSecret:
    """A secret that a discovery needed and did not have; `key` indexes `Secrets`."""

    key: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a finished (or running) discovery found."""

    run: str
    facts: tuple[HostFacts, ...]
    troubles: tuple[Trouble, ...]
    unknown_keys: tuple[UnknownHostKey, ...]
    missing_secrets: tuple[MissingSecret, ...]
