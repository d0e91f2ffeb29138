"""Files of a host: absent, linked, and never looked at."""

from __future__ import annotations

import pytest

from tests.planning.cases import host_facts
from wizard.discovery.facts import FileKind
from wizard.planning.blocks import Blocked
from wizard.planning.files import file_at
from wizard.planning.paths import in_hosts_directory, wanted_paths
from wizard.planning.plan import BlockReason


def test_absent_file_below_a_linked_directory_is_where_the_link_leads() -> None:
    """A new file's real path follows the nearest directory that discovery read."""
    facts = host_facts(
        {"files": {"/etc/docker/certs.d": {"kind": "directory", "real_path": "/srv/c"}}}
    )
    file = file_at(facts, "/etc/docker/certs.d/docker.io/hosts.toml")
    assert file.kind is FileKind.ABSENT
    assert file.real_path == "/srv/c/docker.io/hosts.toml"


def test_file_that_discovery_did_not_cover_is_refused() -> None:
    """What was not looked at is not taken for absent."""
    with pytest.raises(Blocked) as refused:
        file_at(host_facts({}), "/srv/certs.d/docker.io/hosts.toml")
    assert refused.value.block.reason is BlockReason.CONFIG_UNREADABLE


def test_wanted_paths_name_no_private_key() -> None:
    """Discovery is never asked to read a key."""
    wanted = (*wanted_paths("registry.example"), *in_hosts_directory("/srv/certs.d"))
    assert not [path for path in wanted if path.endswith((".key", ".cert"))]
    assert "/etc/docker/certs.d/registry.example/ca.crt" in wanted
