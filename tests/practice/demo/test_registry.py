"""A demo on a registry product: examined, provisioned, and then moved to, in one go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.demo.test_demo_command import told
from wizard.practice.operator_files import MIGRATION


@pytest.mark.parametrize(
    ("registry", "addressing", "hosts", "served"),
    [("harbor", "prefix", 3, 2), ("nexus", "root", 1, 1)],
)
def test_a_fresh_product_is_examined_provisioned_and_moved_to(
    tmp_path: Path, registry: str, addressing: str, hosts: int, served: int
) -> None:
    """The doctor finds the gap, a second pass finds nothing to do, and hosts pull from it.

    Below Harbor's project a Docker with its own store is left out.
    """
    status, output, errors = told(
        *(tmp_path, "--headless", "--json", "--hosts", str(hosts), "--registry", registry)
    )

    document = json.loads(output)
    assert (status, document["unmet"]) == (0, []), errors
    assert (document["registry"], document["addressing"]) == (registry, addressing)
    names = [phase["name"] for phase in document["phases"]]
    assert names[2:6] == ["doctor", "provision", "doctor_again", "target"]
    assert document["rollback"] == {"rolled_back": served}
    assert MIGRATION in errors


@pytest.mark.parametrize(("registry", "addressing"), [("harbor", "root"), ("nexus", "prefix")])
def test_a_product_is_addressed_in_its_own_way(
    tmp_path: Path, registry: str, addressing: str
) -> None:
    """The message says which option is in the way; nothing is started."""
    status, _output, errors = told(tmp_path, "--registry", registry, "--addressing", addressing)

    assert status == 2
    assert "Leave --addressing out." in errors
    assert list(tmp_path.iterdir()) == []
