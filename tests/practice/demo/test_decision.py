"""What the exit code of a headless demo is decided by: what is on the hosts, not what is hoped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.demo.demonstration import SECONDS, demonstration

pytestmark = pytest.mark.usefixtures("warm")

STRAY = "/etc/docker/stray"


def test_a_host_that_is_not_as_documented_is_told_and_decides(tmp_path: Path) -> None:
    """Somebody writes a file meanwhile that no plan has: exit code 5, and where it was found."""
    with demonstration(tmp_path, "--json", "--seed", "3") as demo:
        demo.wait_until_it_runs()
        roots = (demo.home / "hosts").glob("*/root")
        [root] = [one for one in roots if one.parent.name != "bastion"]
        stray = root / STRAY.lstrip("/")
        stray.parent.mkdir(exist_ok=True)
        stray.touch()
        output, errors = demo.process.communicate(timeout=SECONDS)

    document = json.loads(output)
    assert (demo.process.returncode, document["as_documented"]) == (5, False), errors
    assert document["rollout"] == {"confirmed": 1}
    found = [(one["phase"], one["subject"], one["expected"]) for one in document["unmet"]]
    assert found == [
        ("proof", "files", "as_planned"),
        ("proof_of_rollback", "files", "as_before"),
    ]
    assert {(one["host"], one["found"].split()[-1]) for one in document["unmet"]} == {
        (root.parent.name, STRAY)
    }
    assert document["checks"] > len(document["unmet"])
