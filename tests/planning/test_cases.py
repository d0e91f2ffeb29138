"""Each JSON case under tests/plans gives exactly the bytes and steps that it names."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.planning.cases import (
    PLANS,
    STAGES,
    PlanCase,
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
Holds = Callable[[PlanCase, HostPlan], object]


def _name(path: Path) -> str:
    return str(path.relative_to(PLANS).with_suffix(""))


@cache
def _planned(path: Path) -> HostPlan:
    """Return the plan for the case in that file, made once for all tests."""
    case = load_case(path)
    return plan_host(case.facts, case.target, case.policy, RUNTIMES)


def _cases_without(holds: Holds) -> list[str]:
    """Return the names of the cases for which something does not hold."""
    return [_name(path) for path in _CASES if not holds(load_case(path), _planned(path))]


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


@pytest.mark.parametrize("path", _CASES, ids=_name)
def test_case_gives_exactly_what_it_names(path: Path) -> None:
    """Verdict, blocks, bytes of every file, what a revert writes first, and steps are exact."""
    case, plan = load_case(path), _planned(path)
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


def test_no_credential_of_a_case_is_planned() -> None:
    """Neither the facts nor the plan hold a secret, printed or as JSON."""

    def keeps_it(case: PlanCase, plan: HostPlan) -> bool:
        whole = Plan(target=case.target, hosts=(plan,), waves=())
        texts = [text for value in (case.facts, whole) for text in (repr(value), to_json(value))]
        return not any(secret in text for text in texts for secret in ("S3CRET", "UzNDUkVU"))

    assert _cases_without(keeps_it) == []


def test_every_case_gives_the_same_bytes_again() -> None:
    """The same facts, target and policy give the same plan, byte for byte."""

    def same(case: PlanCase, plan: HostPlan) -> bool:
        again = read_case(case.path)
        plan_again = plan_host(again.facts, again.target, again.policy, RUNTIMES)
        return to_json(plan) == to_json(plan_again)

    assert _cases_without(same) == []


def test_the_migrated_host_of_a_case_needs_nothing() -> None:
    """Planning a host on which the plan was applied changes nothing."""

    def needs_nothing(case: PlanCase, plan: HostPlan) -> bool:
        if plan.verdict is not Verdict.CHANGE:
            return plan.changes == ()
        after = plan_host(applied(case.facts, plan), case.target, case.policy, RUNTIMES)
        return not after.changes and after.verdict is Verdict.NOTHING

    assert _cases_without(needs_nothing) == []


def test_files_of_a_case_are_read_by_real_parsers() -> None:
    """What is written as JSON, TOML or YAML is a valid document, at a revert too."""

    def are_read(_case: PlanCase, plan: HostPlan) -> bool:
        texts = [(one.path, text) for one in plan.changes for text in (one.after, one.parting)]
        return all(_is_valid(path, text) for path, text in texts if text is not None)

    assert _cases_without(are_read) == []


def _is_valid(path: str, text: str) -> bool:
    try:
        if path.endswith(".json"):
            return isinstance(json.loads(text.encode()), dict)
        if path.endswith((".toml", ".conf")):
            return isinstance(tomllib.loads(text), dict)
        return not path.endswith(".yaml") or isinstance(yaml.safe_load(text), dict)
    except (ValueError, yaml.YAMLError):
        return False


def test_every_case_is_found() -> None:
    """There are cases of every runtime, and no file is left out."""
    assert {
        *("docker", "containerd", "crio", "podman", "k3s", "nerdctl", "buildkit"),
        *("by_hand", "host"),
    } == {path.parent.name for path in _CASES}
    assert len(_CASES) == len(list(PLANS.rglob("*.json")))
