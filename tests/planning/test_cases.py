"""Each JSON case under tests/plans gives exactly the bytes and steps that it names."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.planning.cases import (
    PLANS,
    STAGES,
    applied,
    case_paths,
    load_case,
    read_case,
    step_words,
    text_of_lines,
)
from wizard.jsonform import to_json
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Plan, Verdict
from wizard.runtimes import RUNTIMES

_CASES = case_paths()


def _name(path: Path) -> str:
    return str(path.relative_to(PLANS).with_suffix(""))


@pytest.fixture(params=_CASES, ids=_name)
def path(request: pytest.FixtureRequest) -> Path:
    """Return the file of each case."""
    assert isinstance(request.param, Path)
    return request.param


def _said(plan: HostPlan, expect: dict[str, object]) -> dict[str, object]:
    """Return what the plan says about everything that a case may name."""
    blocks = [block for runtime in plan.runtimes for block in runtime.blocks]
    said: dict[str, object] = {
        "verdict": plan.verdict.value,
        "activation": plan.activation.value,
        "blocks": [block.reason.value for block in blocks],
        "files": {change.path: change.after for change in plan.changes},
        "parting": {c.path: c.parting for c in plan.changes if c.parting is not None},
        "ways_out": [way for block in blocks for way in block.ways_out],
        "stops": [name for runtime in plan.runtimes for name in runtime.stops],
    }
    said["writers"] = sorted({change.writer for change in plan.changes})
    said["docker_uid"] = plan.docker_uid
    for name in ("ways_out", "writers", "docker_uid"):
        if name not in expect:
            del said[name]
    for stage in STAGES:
        if stage in expect:
            said[stage] = [step_words(step) for step in getattr(plan, stage)]
    return said


def test_case_gives_exactly_what_it_names(path: Path) -> None:
    """Verdict, blocks, bytes of every file, what a revert writes first, and steps are exact."""
    case = load_case(path)
    plan = plan_host(case.facts, case.target, case.policy, RUNTIMES)
    expect: dict[str, object] = {"activation": "none", "blocks": [], "stops": []}
    expect |= {"files": {}, "parting": {}, **case.expect}
    warned = expect.pop("warns", None)
    says = expect.pop("says", [])
    ways = expect.pop("ways", [])
    noted = expect.pop("notes", None)
    assert noted is None or isinstance(noted, list)
    assert warned is None or isinstance(warned, list)
    assert isinstance(says, list)
    assert isinstance(ways, list)
    for part in ("files", "parting"):
        texts = expect[part]
        assert isinstance(texts, dict)
        expect[part] = {name: text_of_lines(text) for name, text in texts.items()}
    assert expect == _said(plan, expect)
    warnings = "\n".join(text for runtime in plan.runtimes for text in runtime.warnings)
    if warned == []:
        assert not warnings
    for words in warned or ():
        assert words in warnings
    if noted == []:
        assert plan.notes == ()
    for words in noted or ():
        assert words in "\n".join(plan.notes)
    ways_out = [way for runtime in plan.runtimes for one in runtime.blocks for way in one.ways_out]
    for words in ways:
        assert words in "\n".join(ways_out)
    details = "\n".join(block.detail for runtime in plan.runtimes for block in runtime.blocks)
    for words in says:
        assert words in details


def test_no_credential_of_the_case_is_planned(path: Path) -> None:
    """Neither the facts nor the plan hold a secret, printed or as JSON."""
    case = load_case(path)
    plan = Plan(
        target=case.target,
        hosts=(plan_host(case.facts, case.target, case.policy, RUNTIMES),),
        waves=(),
    )
    for value in (case.facts, plan):
        for text in (repr(value), to_json(value)):
            assert "S3CRET" not in text
            assert "UzNDUkVU" not in text


def test_case_gives_the_same_bytes_again(path: Path) -> None:
    """The same facts, target and policy give the same plan, byte for byte."""
    case = load_case(path)
    first = to_json(plan_host(case.facts, case.target, case.policy, RUNTIMES))
    again = read_case(path)
    assert first == to_json(plan_host(again.facts, again.target, again.policy, RUNTIMES))


def test_migrated_host_of_the_case_needs_nothing(path: Path) -> None:
    """Planning a host on which the plan was applied changes nothing."""
    case = load_case(path)
    plan = plan_host(case.facts, case.target, case.policy, RUNTIMES)
    if plan.verdict is not Verdict.CHANGE:
        assert plan.changes == ()
        return
    after = plan_host(applied(case.facts, plan), case.target, case.policy, RUNTIMES)
    assert not after.changes
    assert after.verdict is Verdict.NOTHING


def test_files_of_the_case_are_read_by_real_parsers(path: Path) -> None:
    """What is written as JSON or TOML is valid JSON or TOML, at a revert too."""
    case = load_case(path)
    for change in plan_host(case.facts, case.target, case.policy, RUNTIMES).changes:
        for text in (change.after, change.parting):
            if text is not None and change.path.endswith(".json"):
                assert isinstance(json.loads(text.encode()), dict)
            if text is not None and change.path.endswith((".toml", ".conf")):
                assert isinstance(tomllib.loads(text), dict)
            if text is not None and change.path.endswith(".yaml"):
                assert isinstance(yaml.safe_load(text), dict)


def test_every_case_is_found() -> None:
    """There are cases of every runtime, and no file is left out."""
    assert {
        *("docker", "containerd", "crio", "podman", "k3s", "nerdctl", "buildkit"),
        *("by_hand", "host"),
    } == {path.parent.name for path in _CASES}
    assert len(_CASES) == len(list(PLANS.rglob("*.json")))
