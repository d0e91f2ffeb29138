"""nerdctl.toml: in which directories nerdctl looks for hosts.toml.

Up to 2.1 the first directory counts that has anything for a registry; since 2.2, where containerd
pulls for it, the first of the list alone (pkg/imgutil/transfer.go of containerd/nerdctl). So what
is written into the first one is read by all of them.
"""

from __future__ import annotations

from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.files import text_of
from wizard.planning.paths import CONTAINERD_CERTS, DOCKER_CERTS
from wizard.planning.plan import BlockReason
from wizard.planning.toml_edit import read_toml
from wizard.wording import _

NERDCTL_FILE: Final = "/etc/nerdctl/nerdctl.toml"
_DIRECTORIES: Final = (CONTAINERD_CERTS, DOCKER_CERTS)


def hosts_directories(facts: HostFacts) -> tuple[str, ...]:
    """Return the directories in order, one at least.

    Raises Blocked where the file cannot be read, names none, or has nerdctl pass hosts.toml over.
    """
    file = facts.file(NERDCTL_FILE)
    text = text_of(file) if file else None
    with naming_file(NERDCTL_FILE):
        said = read_toml(text or "")
        if said.get("insecure_registry") is True:
            raise Blocked(
                BlockReason.INSECURE_EVERYWHERE, _("insecure_registry stands in its file")
            )
        named = said.get("hosts_dir", list(_DIRECTORIES))
        if not isinstance(named, list) or not named or not all(map(_is_directory, named)):
            raise Blocked(BlockReason.CONFIG_WRONG_TYPE, "hosts_dir")
    return tuple(one.rstrip("/") for one in named)


def _is_directory(named: object) -> bool:
    return isinstance(named, str) and named.startswith("/") and bool(named.strip("/"))
