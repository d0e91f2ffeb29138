"""Every reason against a change is said in words, with the ways out."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from tests.planning.cases import a_target, host_facts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked, block, naming_file
from wizard.planning.host import plan_host
from wizard.planning.obstacles import DIGEST_TOOLS, REQUIRED_TOOLS, missing_tools
from wizard.planning.plan import BlockReason, Step, StepName, Verdict
from wizard.runtimes import RUNTIMES


@pytest.mark.parametrize("reason", list(BlockReason))
def test_every_block_says_what_is_wrong_and_a_way_out(reason: BlockReason) -> None:
    """No operator is left with a name only."""
    found = block(reason, "detail")
    assert found.detail.endswith("(detail)")
    assert found.ways_out
    assert all(way.endswith(".") for way in found.ways_out)


def test_file_is_named_once_in_front_of_the_detail() -> None:
    """A block raised while reading a file names that file."""
    with pytest.raises(Blocked) as refused, naming_file("/etc/a"):
        raise Blocked(BlockReason.CONFIG_NOT_JSON, "line 1")
    assert refused.value.detail == "/etc/a: line 1"


def test_missing_tools_are_named_when_tools_are_known() -> None:
    """Nothing is said of hosts whose tools nobody looked for."""
    assert missing_tools(()) == ()
    assert missing_tools((*REQUIRED_TOOLS, "sha256sum")) == ()
    assert missing_tools(("sha256sum", *REQUIRED_TOOLS[1:])) == (REQUIRED_TOOLS[0],)


def _words_of_loop(file: str, variable: str) -> set[str]:
    """Return what a shell loop of the host script goes through."""
    text = (resources.files("assets") / "host" / file).read_text(encoding="utf-8")
    found = re.search(rf"for {variable} in ((?:[^;]|\\\n)+); do", text)
    assert found is not None
    return set(found[1].replace("\\\n", " ").split())


def test_a_plan_wants_the_tools_that_an_apply_wants() -> None:
    """What the host would refuse for is blocked before, with the same names."""
    assert _words_of_loop("preconditions.sh", "program") == set(REQUIRED_TOOLS)


def test_discovery_looks_for_every_tool_that_a_plan_wants() -> None:
    """A tool that discovery never looks for would always be missing."""
    wanted = {*REQUIRED_TOOLS, *DIGEST_TOOLS}
    assert wanted - _words_of_loop("facts.sh", "system_tool") == set()


def test_a_restart_of_k3s_is_none_of_the_containerd_that_docker_is_bound_to() -> None:
    """Docker's unit of old packages stops with containerd.service, which k3s does not use."""
    facts = host_facts(
        {
            "docker": {"version": "26.1.5", "bound_to_containerd": True},
            "k3s": {"version": "1.30.2+k3s1"},
        }
    )
    plan = plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)
    assert [one.verdict for one in plan.runtimes] == [Verdict.CHANGE] * 2
    assert Step(name=StepName.SAME_PROCESS, args=("docker",)) in plan.check
