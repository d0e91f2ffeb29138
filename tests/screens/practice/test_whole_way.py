"""All five steps on a practice fleet: what the screens say is what is on the hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.practice.practising import Numbered, Practising, practising
from wizard.practice.demo.truth import differences
from wizard.practice.designs import CATALOGUE

pytestmark = pytest.mark.usefixtures("warm")

SIX = {"soak": 0, "lease": 60, "canary": {"hosts": ["web06"]}, "waves": ["3", "100%"]}
FOUR = {"soak": 0, "lease": 60, "canary": {"hosts": ["node01"]}, "waves": ["100%"]}
Differences = dict[tuple[str, str], list[Numbered]]
"""What Preview shows, by host and path."""


async def test_five_steps_there_and_back(tmp_path: Path) -> None:
    """Six hosts of six flavours go to the target in three waves and come back."""
    async with practising(hosts=6, seed=3, rollout=SIX, state_folder=tmp_path) as operator:
        names = list(operator.fleet.hosts)
        before = operator.photograph()

        await operator.read_fleet()
        await operator.see_states(dict.fromkeys(names, "✓ read"))
        await see_versions(operator)

        await operator.probe_registry()
        await operator.see("docker.io/library/hello:only-target", "addressed at the root")
        assert len(names) == sum(
            int(line.split()[0]) for line in operator.shown("#found") if " served " in line
        )
        await operator.look_at_plan()
        await operator.see("6 change · 0 need nothing · 0 blocked")
        promised = await read_differences(operator)
        assert {host for host, _path in promised} == set(names)
        assert_lines_are_there(operator, promised, "before")
        assert differences(before, operator.photograph()) == {}

        await operator.start_rollout()
        await operator.see("completed  6/6 done", "wave 2   ████████ 2/2 ✓ proven")
        await operator.see_states(dict.fromkeys(names, "✓ confirmed"))
        assert_lines_are_there(operator, promised, "after")
        assert await operator.serves() == dict.fromkeys(names, "target")
        changed = differences(before, operator.photograph())
        assert {(host, path) for host, path in promised} <= {
            (host, path) for host, paths in changed.items() for path in paths
        }

        await operator.roll_back_all()
        await operator.see_states(dict.fromkeys(names, "↶ rolled back"))
        assert differences(before, operator.photograph()) == {}
        assert await operator.serves() == dict.fromkeys(names, "upstream")


async def test_a_host_that_somebody_edits_is_refused_and_stays_as_they_left_it(
    tmp_path: Path,
) -> None:
    """The gate closes, names the host and why; skipped, the others go there and back."""
    async with practising(hosts=4, seed=3, rollout=FOUR, state_folder=tmp_path) as operator:
        names = list(operator.fleet.hosts)
        edited = operator.file("cache03", "/etc/docker/daemon.json")
        others = [name for name in names if name != "cache03"]
        await operator.read_fleet()
        await operator.probe_registry()
        await operator.look_at_plan()
        edited.write_bytes(edited.read_bytes() + b"\n")
        before = operator.photograph()

        await operator.start_rollout()
        await operator.see("wave 1 waits for your decision", "✗ refused cache03")
        await operator.press("escape")
        await operator.until(
            lambda: operator.states().get("cache03") == "✗ refused", "cache03 is refused"
        )
        assert "cache03" not in differences(before, operator.photograph())
        await operator.focus("FleetTable")
        await operator.press("home", "enter")
        await operator.see("cache03 needs you", "/etc/docker/daemon.json")
        await operator.press("escape")

        await operator.press("d")
        await operator.see("wave 1 waits for your decision")
        await operator.press("down", "down", "enter")
        await operator.see("completed  3/4 done", "1 in trouble")
        await operator.see_states(dict.fromkeys(others, "✓ confirmed") | {"cache03": "✗ refused"})
        assert await operator.serves() == dict.fromkeys(others, "target") | {"cache03": "upstream"}

        await operator.roll_back_all()
        assert differences(before, operator.photograph()) == {}
        assert await operator.serves() == dict.fromkeys(names, "upstream")


async def see_versions(operator: Practising) -> None:
    """Wait until the table of Discover tells the runtime of each host as its design has it."""
    for host in operator.fleet.hosts.values():
        design = CATALOGUE[host.flavour]
        kind, runtime = ("docker", design.docker) if design.docker else ("", design.containerd)
        assert runtime is not None
        major_minor = ".".join(runtime.version.split(".")[:2])
        words = f"{kind or 'containerd'} {major_minor}"
        await operator.until(
            lambda name=host.name, words=words: any(  # type: ignore[misc]
                f" {name} " in row and words in row for row in operator.shown("FleetTable")
            ),
            f"{host.name} with {words}",
        )


async def read_differences(operator: Practising) -> Differences:
    """Go through the groups of Preview as an operator does: the lines, and whom they concern."""
    found: Differences = {}
    await operator.focus("#parts")
    await operator.press("home")
    while (title := operator.shown("#detail")[0]).startswith("/"):
        lines = operator.difference()
        assert lines, title
        await operator.press("enter")
        await operator.see("Enter shows all that happens there")
        shown = operator.shown("#picking")
        await operator.press("escape")
        await operator.gone("Enter shows all that happens there")
        for row in shown:
            found[row.split()[0], title.split()[0]] = lines
        await operator.press("down")
    return found


def assert_lines_are_there(operator: Practising, promised: Differences, side: str) -> None:
    """Each line that was shown with a number of that side is that line of the host's file now."""
    for (host, path), lines in promised.items():
        real = operator.lines_of(host, path)
        numbered = {getattr(line, side): line.text for line in lines if getattr(line, side)}
        assert numbered == {number: real[number - 1] for number in numbered}, (host, path)
        if side == "after":
            assert numbered, (host, path)
