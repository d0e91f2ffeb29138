"""A demo on a target below a project: who can be moved there and back, and who is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.demo.test_demo_command import told
from tests.practice.hosts.test_process import fleet_process
from wizard.fleet.migration import load
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.practice.demo.left_out import left_out
from wizard.practice.designs import CATALOGUE, fleet_designs
from wizard.practice.surroundings import PROJECT

pytestmark = pytest.mark.usefixtures("warm")

CLASSIC = {
    *("docker-20.10", "docker-24", "docker-26", "docker-26-sudo", "docker-27"),
    *("docker-28", "docker-29"),
}
"""Docker with its own image store (facts/runtimes.md §5)."""
ALL = len(CATALOGUE)


def test_all_that_can_be_moved_below_a_project_are_and_come_back(tmp_path: Path) -> None:
    """containerd, Docker with its store and the Podman beside it; classic Docker is blocked."""
    status, output, errors = told(
        tmp_path, "--headless", "--json", "--hosts", str(ALL), "--addressing", "prefix"
    )

    document = json.loads(output)
    flavours = {design.name: design.flavour for design in fleet_designs(ALL)}
    assert (status, document["unmet"], document["addressing"]) == (0, [], "prefix"), errors
    assert {flavours[one["host"]] for one in document["blocked"]} == CLASSIC
    assert {one["reason"] for one in document["blocked"]} == {"prefix_not_possible"}
    moved = ALL - len(CLASSIC)
    assert document["rollout"] == {"unchanged": len(CLASSIC), "confirmed": moved}
    assert document["rollback"] == {"rolled_back": moved}


def test_a_root_leaves_nobody_out() -> None:
    """Every flavour of the catalogue can be served by a target that answers at its root."""
    assert left_out(CATALOGUE.values(), prefix=False) == {}


@pytest.mark.parametrize(("options", "prefix"), [((), ""), (("--prefix",), PROJECT)])
def test_the_fleet_of_a_process_has_the_target_that_is_wanted(
    tmp_path: Path, options: tuple[str, ...], prefix: str
) -> None:
    """The migration file names that one of the two registries, and its project."""
    with fleet_process(tmp_path, *options) as (_process, described):
        migration = load(
            Path(described["migration_file"]), lookup=ssh_lookup(Path(described["operator"]))
        )

    assert migration.target is not None
    named = described["prefix_target" if prefix else "target"]
    assert (migration.target.url, migration.target.prefix) == (named, prefix)


def test_a_drill_is_held_on_a_root(tmp_path: Path) -> None:
    """The message says which option is in the way; nothing is started."""
    status, _output, errors = told(tmp_path, "--drill", "--addressing", "prefix")

    assert status == 2
    assert "Leave --addressing and --registry out." in errors
    assert list(tmp_path.iterdir()) == []
