"""Rollback at any time later: by somebody else, and past what people changed meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.fleet.jump_host import knowing_names
from tests.story.operator import Operator, host_states
from tests.story.photograph import RESTART_DOCKER, look, mirrors, photograph
from tests.story.terminal import Terminal

# In one group: they share a plan.
pytestmark = [
    pytest.mark.fleet,
    pytest.mark.usefixtures("warm_operator"),
    pytest.mark.xdist_group("rollback"),
]

HOST = "book-docker"
PATH = "/etc/docker/daemon.json"


def test_another_operator_rolls_back_with_only_the_ledgers(
    fleet: Fleet, operator: Operator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Somebody who has no journal of the run takes it back from another machine."""
    operator.write_migration([HOST])
    before = photograph(fleet, HOST)
    run = operator.json("apply", operator.planned(), "--yes")["run"]
    assert photograph(fleet, HOST) != before

    other = Operator(folder=tmp_path_factory.mktemp("other"), fleet=fleet)
    other.write_migration([HOST])
    ended = other.json("rollback", run, "--from-hosts", "--yes")

    assert host_states(ended) == {HOST: "rolled_back"}
    assert photograph(fleet, HOST) == before


def test_a_rollback_is_stepped_through_in_a_terminal(
    fleet: Fleet, operator: Operator, tmp_path: Path
) -> None:
    """Each step is shown and asked about: one is undone, one passed over, and taken back later."""
    hosts = (HOST, "trixie-cri")
    operator.write_migration(hosts, rollout={"canary": {"hosts": [HOST]}, "waves": ["100%"]})
    before = {host: photograph(fleet, host) for host in hosts}
    run = operator.json("apply", operator.planned(), "--yes")["run"]
    changed = {host: photograph(fleet, host) for host in hosts}
    rollback = [sys.executable, "-m", "wizard", "rollback", run]

    def step(answers: dict[str, str]) -> None:
        with Terminal(
            knowing_names(fleet, operator.folder, [*rollback, "--step"]),
            folder=operator.folder,
            environ=operator.environ | {"PYTHONPATH": str(Path.cwd())},
            recording=tmp_path / "screens.txt",
        ) as terminal:
            for number, (host, answer) in enumerate(answers.items(), 1):
                terminal.wait_for(rf"Step {number} of {len(answers)}: {host}[\s\S]*This step\?")
                terminal.type(answer)
                terminal.press("Enter")
            terminal.wait_for(r"ended with \d+", 120)

    step({"trixie-cri": "undo", HOST: "skip"})
    assert {host: photograph(fleet, host) for host in hosts} == changed | {
        "trixie-cri": before["trixie-cri"]
    }
    step({HOST: "undo"})
    assert {host: photograph(fleet, host) for host in hosts} == before


def test_file_that_somebody_changed_since_is_left_alone_unless_told_otherwise(
    fleet: Fleet, operator: Operator
) -> None:
    """A foreign edit is a conflict with three texts; only `--force` overwrites it."""
    operator.write_migration([HOST])
    before = photograph(fleet, HOST)
    run = operator.json("apply", operator.planned(), "--yes")["run"]
    look(fleet, HOST, f"printf '\\n' >>{PATH}")
    edited = photograph(fleet, HOST)

    refused = operator.json("rollback", run, "--yes", expect=5)

    assert host_states(refused) == {HOST: "conflict"}
    [conflict] = refused["hosts"][0]["trouble"]["conflicts"]
    assert conflict["path"] == PATH
    assert conflict["now"] == conflict["ours"] + "\n"
    assert photograph(fleet, HOST) == edited

    forced = operator.json("rollback", run, "--yes", "--force", f"{HOST}:{PATH}")

    assert host_states(forced) == {HOST: "rolled_back"}
    assert photograph(fleet, HOST) == before


def test_ledger_takes_it_back_without_pilotage(fleet: Fleet, operator: Operator) -> None:
    """A person on the host runs `revert.sh` of the ledger, with nothing else."""
    operator.write_migration([HOST])
    before = photograph(fleet, HOST)
    run = operator.json("apply", operator.planned(), "--yes")["run"]

    look(fleet, HOST, f"sh {Path('/var/lib/pilotage', run, 'revert.sh')}")

    assert photograph(fleet, HOST) == before


def test_a_stopped_and_masked_runtime_puts_no_rollback_in_doubt(
    fleet: Fleet, operator: Operator
) -> None:
    """There is no process to take anything out of: the files come back, nothing is started."""
    operator.write_migration([HOST])
    files = photograph(fleet, HOST).files
    run = operator.json("apply", operator.planned(), "--yes")["run"]
    look(fleet, HOST, "systemctl stop docker.socket docker && systemctl mask docker.service")
    try:
        ended = operator.json("rollback", run, "--yes")
        running = look(fleet, HOST, "pidof dockerd || echo none")
    finally:
        look(fleet, HOST, f"systemctl unmask docker.service && {RESTART_DOCKER}")

    assert (host_states(ended), running) == ({HOST: "rolled_back"}, "none\n")
    assert "docker does not run" in ended["hosts"][0]["detail"]
    assert (photograph(fleet, HOST).files, mirrors(fleet, HOST)) == (files, [])
