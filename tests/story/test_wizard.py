"""The main job in the wizard: five steps at 80x24 in a real terminal, on the real fleet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from tests.fleet import Fleet
from tests.fleet.jump_host import knowing_names
from tests.story.operator import Operator
from tests.story.photograph import photograph, pull, upstream_requests
from tests.story.terminal import Terminal

pytestmark = pytest.mark.fleet

# The dialog arms its button half a second after it has come up.
ARMED_AFTER = 1.5
# Each way once: a reload of Docker, a restart of containerd, both behind sudo.
# The whole fleet goes headless.
HOSTS = ("trixie-docker", "trixie-sudo", "book-cri", "forky-docker")
COUNT = len(HOSTS)


def test_wizard_takes_the_fleet_through_five_steps(
    fleet: Fleet, operator: Operator, tmp_path: Path
) -> None:
    """Discover, choose the registry, look at the diff, roll out, prove it, roll back."""
    operator.write_migration(
        HOSTS, rollout={"canary": {"hosts": ["trixie-docker"]}, "waves": ["100%"]}
    )
    content = yaml.safe_load(operator.migration_file.read_text())
    del content["target"]
    operator.migration_file.write_text(yaml.safe_dump(content, sort_keys=False))
    before = {host: photograph(fleet, host) for host in HOSTS}
    command = knowing_names(fleet, operator.folder, [sys.executable, "-m", "wizard"])
    environ = operator.environ | {"PYTHONPATH": str(Path.cwd())}

    with Terminal(
        command, folder=operator.folder, environ=environ, recording=tmp_path / "screens.txt"
    ) as terminal:
        discover(terminal)
        choose_registry(terminal, fleet)
        preview(terminal)
        mark = fleet.upstream.mark()
        roll_out(terminal)
        changed = {host: photograph(fleet, host) for host in HOSTS}
        for host in HOSTS:
            runtime = "docker" if "docker" in fleet.hosts[host].roles else "cri"
            code, said = pull(fleet, host, runtime, "docker.io/library/hello:only-target")
            assert code == 0, f"{host}: {said}"
        assert upstream_requests(fleet, mark) == []
        assert all(changed[host] != before[host] for host in HOSTS)
        roll_back(terminal)
        leave(terminal)

    assert {host: photograph(fleet, host) for host in HOSTS} == before


def discover(terminal: Terminal) -> None:
    """Read the hosts that the migration file names."""
    terminal.wait_for(r"step 1/5 Discover")
    terminal.move(2)
    terminal.press("Enter")
    terminal.wait_for(r"F10: Registry", 90)
    for host in HOSTS:
        terminal.wait_for(rf"read +{host}")
    terminal.press("F10")


def choose_registry(terminal: Terminal, fleet: Fleet) -> None:
    """Name the registry by its URL and let it be probed."""
    terminal.wait_for(r"step 2/5 Registry")
    terminal.type(fleet.target.url)
    terminal.move()
    terminal.type("ca.pem")
    terminal.move(2)
    terminal.type("library/hello:only-target")
    terminal.move(3)
    terminal.press("Enter")
    terminal.wait_for(r"addressed at the root")
    terminal.wait_for(r"F10: Preview", 90)
    terminal.press("F10")


def preview(terminal: Terminal) -> None:
    """Look at the change and start the rollout, with the cursor on Cancel at first."""
    screen = terminal.wait_for(rf"step 3/5 Preview[\s\S]*{COUNT} change")
    assert "0 blocked" in screen
    terminal.press("F10")
    terminal.wait_for(r"Start the rollout\?")
    terminal.press("Enter")
    terminal.wait_until_gone(r"Start the rollout\?")
    terminal.press("F10")
    terminal.wait_for(rf"Type {COUNT} +the number of hosts")
    terminal.move(key="BTab")
    terminal.press(str(COUNT))
    terminal.wait_for(rf"Type {COUNT} +{COUNT}")
    terminal.move()
    confirm(terminal, r"Start the rollout\?")


def roll_out(terminal: Terminal) -> None:
    """Watch both waves to the end."""
    terminal.wait_for(r"step 4/5 Roll out")
    terminal.wait_for(rf"completed\s+{COUNT}/{COUNT} done", 120)
    for host in HOSTS:
        terminal.wait_for(rf"confirmed +{host}")


def roll_back(terminal: Terminal) -> None:
    """Take all of it back with one key and one confirmation."""
    terminal.press("F9")
    terminal.wait_for(r"step 5/5 Roll back[\s\S]*the whole run")
    terminal.move(2)
    terminal.press("Enter")
    confirm(terminal, rf"Roll back {COUNT} hosts\?")
    terminal.wait_for(rf"completed\s+{COUNT}/{COUNT} done", 120)
    for host in HOSTS:
        terminal.wait_for(rf"rolled back +{host}")


def leave(terminal: Terminal) -> None:
    """Quit; nothing is going on any more."""
    terminal.press("q")
    confirm(terminal, r"No run is going on")
    terminal.wait_for(r"ended with 0")


def confirm(terminal: Terminal, question: str) -> None:
    """Move from Cancel to the button that does it, let it get armed, and press it once."""
    terminal.wait_for(question)
    terminal.move()
    assert terminal.still(question, seconds=ARMED_AFTER)
    terminal.press("Enter")
    terminal.wait_until_gone(question)
