"""The target's CA, put where each runtime reads it at every pull (facts/runtimes.md §6)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Final

from wizard.discovery.facts import FileFacts, HostFacts
from wizard.planning.blocks import block
from wizard.planning.files import file_at, text_of
from wizard.planning.paths import hosts_ca, own_registry_ca, registry_ca
from wizard.planning.plan import Block, BlockReason
from wizard.target import Target

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CAFile:
    """Where the CA is for a runtime, and what the file shall hold."""

    file: FileFacts
    text: str

    @property
    def path(self) -> str:
        """Return its path as `ca =` names it."""
        return self.file.path


def registry_ca_file(facts: HostFacts, target: Target, directory: str) -> CAFile | None:
    """Return the CA file below the `certs.d` of Docker or Podman, None when there is no need.

    They read each `*.crt` of the target's directory: somebody else's `ca.crt` is left
    alone, and is enough when it has our certificates.
    """
    if target.ca_pem is None:
        return None
    file = file_at(facts, registry_ca(directory, target.authority))
    wanted = _with_line_end(target.ca_pem)
    # A key beside the certificates: somebody else's, and no reason to know more of it.
    found = "" if file.has_secrets else text_of(file)
    if found is None:
        return CAFile(file=file, text=wanted)
    if has_certificates(found, wanted):
        return CAFile(file=file, text=found)
    return CAFile(file=file_at(facts, own_registry_ca(directory, target.authority)), text=wanted)


def containerd_ca_file(facts: HostFacts, target: Target, directory: str) -> CAFile | None:
    """Return the CA file beside the hosts.toml in `directory`, None when there is no need.

    Not in a directory of the target's own name: that would hide `_default` from it
    (facts/runtimes.md §2.4).
    """
    if target.ca_pem is None:
        return None
    return CAFile(file=file_at(facts, hosts_ca(directory)), text=_with_line_end(target.ca_pem))


def lone_client_files(facts: HostFacts, folder: str) -> tuple[Block, ...]:
    """Return the client certificates without a key, and keys alone, in a registry's directory.

    Docker, Podman and CRI-O then ask that registry nothing (facts/runtimes.md §1.6; containers
    image/pkg/tlsclientconfig); for Docker every pull of Docker Hub fails (moby service_v2.go).
    """
    halves = {".cert": ".key", ".key": ".cert"}
    there = [posixpath.splitext(path) for path in facts.client_files]
    return tuple(
        block(BlockReason.LONE_CLIENT_FILE, name + ending)
        for name, ending in there
        if posixpath.dirname(name) == folder and (name, halves[ending]) not in there
    )


def has_certificates(found: str, wanted: str) -> bool:
    """Return whether every certificate of the PEM `wanted` is in `found` too."""
    return _certificates(wanted) <= _certificates(found)


def _certificates(pem: str) -> frozenset[str]:
    return frozenset("".join(body.split()) for body in _CERTIFICATE.findall(pem))


def _with_line_end(pem: str) -> str:
    return pem if pem.endswith("\n") else pem + "\n"
