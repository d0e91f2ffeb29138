"""A demo on a registry product: examined, provisioned, and then moved to, in one go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.demo.test_demo_command import told
from wizard.practice.operator_files import MIGRATION

pytestmark = pytest.mark.usefixtures("warm")


def test_a_fresh_product_is_examined_provisioned_and_moved_to(tmp_path: Path) -> None:
    """The doctor finds the gap, a second pass finds nothing to do, and the host pulls from it.

    So it is of Nexus; of Harbor its own scenarios show it (`test_headless.py`).
    """
    status, output, errors = told(
        *(tmp_path, "--headless", "--json", "--hosts", "1", "--registry", "nexus")
    )

    document = json.loads(output)
    assert (status, document["unmet"]) == (0, []), errors
    assert (document["registry"], document["addressing"]) == ("nexus", "root")
    names = [phase["name"] for phase in document["phases"]]
    assert names[2:6] == ["doctor", "provision", "doctor_again", "target"]
    assert document["rollback"] == {"rolled_back": 1}
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


def test_a_scenario_of_a_product_is_not_for_a_plain_target(tmp_path: Path) -> None:
    """Named alone it takes its own product; what was named beside it counts."""
    status, _output, errors = told(
        tmp_path, "--scenario", "registry-read-only", "--headless", "--registry", "plain"
    )

    assert status == 2
    assert "Take --registry with one of: harbor." in errors
