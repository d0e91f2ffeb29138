"""Whatever registries.conf and policy.json hold: no crash, no wrong write, nothing lost."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.planning.cases import a_target, applied, host_facts
from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked
from wizard.planning.host import plan_host
from wizard.planning.paths import (
    CONTAINERS_CERTS,
    CONTAINERS_CONFIG,
    CONTAINERS_DROP_INS,
    CONTAINERS_OWN,
    SIGNATURE_POLICY,
)
from wizard.planning.plan import HostPlan, Verdict
from wizard.planning.toml_text import quoted
from wizard.runtimes import RUNTIMES
from wizard.runtimes.registries_conf.reading import Reading, system_reading

BOTH = {"podman": {"version": "5.4.2"}, "crio": {"version": "1.30.4"}}
OURS = {CONTAINERS_OWN, f"{CONTAINERS_CERTS}/registry.example/ca.crt"}
PATHS = st.sampled_from(
    [CONTAINERS_CONFIG, f"{CONTAINERS_DROP_INS}/10-site.conf", f"{CONTAINERS_DROP_INS}/zzz.conf"]
)
KEYS = st.sampled_from(
    [
        *("prefix", "location", "mirror", "insecure", "blocked", "mirror-by-digest-only"),
        *("pull-from-mirror", "registries", "search", "comment"),
    ]
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(
        ["", "docker.io", "quay.io", "*.io", "m.corp/x", "https://m.corp", "m.corp/", "tag-only"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
TOP = st.sampled_from(
    ["registry", "registries", "unqualified-search-registries", "short-name-mode", "aliases", "x"]
)


def _facts(files: dict[str, Any]) -> HostFacts:
    return host_facts({**BOTH, "files": files})


def _plan(facts: HostFacts) -> HostPlan:
    return plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)


def _toml(value: Any) -> str:
    """Return a value as TOML writes it within a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


def _reading(facts: HostFacts) -> Reading | None:
    try:
        return system_reading(facts)
    except Blocked:
        return None


def _holds(plan: HostPlan, facts: HostFacts) -> None:
    """Check what must be true of every plan, for files of any kind."""
    written = {change.path for change in plan.changes}
    assert written <= OURS
    if plan.verdict is Verdict.BLOCKED:
        assert written == set()
        return
    before, after = _reading(facts), _reading(applied(facts, plan))
    assert before is not None
    assert after is not None
    assert (after.search, after.short_name_mode) == (before.search, before.short_name_mode)
    others = {name: one for name, one in after.in_effect.items() if name != "docker.io"}
    assert others == {name: one for name, one in before.in_effect.items() if name != "docker.io"}
    assert after.in_effect["docker.io"].mirrors[0].location == "registry.example"


@given(content=st.binary(), path=PATHS)
@example(content=b"\xef\xbb\xbf", path=CONTAINERS_CONFIG)
@example(content=b"\xff\xfe[\x00", path=CONTAINERS_CONFIG)
@example(content=b"x = " + b"[" * 5000, path=CONTAINERS_CONFIG)
def test_no_bytes_crash_the_parser_or_lead_to_a_wrong_write(content: bytes, path: str) -> None:
    """What is no UTF-8 or no TOML blocks the host, for CRI-O as for Podman."""
    try:
        said: Any = content.decode()
    except UnicodeDecodeError:
        said = {"text": None, "size": len(content)}
    facts = _facts({path: said})

    plan = _plan(facts)

    _holds(plan, facts)
    try:
        tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        assert plan.verdict is Verdict.BLOCKED


@given(tree=st.dictionaries(TOP, VALUES, max_size=4), path=PATHS)
def test_no_toml_crashes_the_parser_or_leads_to_a_wrong_write(
    tree: dict[str, Any], path: str
) -> None:
    """Right keys with wrong values, wrong keys with right ones, tables in odd places."""
    facts = _facts({path: "".join(f"{key} = {_toml(value)}\n" for key, value in tree.items())})

    _holds(_plan(facts), facts)


@given(tree=st.dictionaries(TOP, VALUES, max_size=4), path=PATHS)
def test_applying_twice_is_applying_once(tree: dict[str, Any], path: str) -> None:
    """A host that was changed needs nothing more."""
    facts = _facts({path: "".join(f"{key} = {_toml(value)}\n" for key, value in tree.items())})
    plan = _plan(facts)

    again = _plan(applied(facts, plan))

    assert again.changes == ()
    assert (again.verdict is Verdict.BLOCKED) == (plan.verdict is Verdict.BLOCKED)


_POLICY_KEYS = st.sampled_from(["default", "transports", "docker", "docker.io", "", "type", "x"])
_POLICIES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["reject", "signedBy"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_POLICY_KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(policy=st.one_of(st.text(), _POLICIES.map(json.dumps)))
@example(policy="[" * 5000)
@example(policy='{"default": [{"type": ["reject"]}]}')
def test_no_policy_crashes_the_parser_or_is_written(policy: str) -> None:
    """It is only read; what cannot be understood blocks the host."""
    facts = _facts({SIGNATURE_POLICY: policy})

    plan = _plan(facts)

    assert {change.path for change in plan.changes} <= OURS
    assert plan.changes or plan.verdict is Verdict.BLOCKED


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_others_are_nothing_to_us(end: str) -> None:
    """Their files are read, never written."""
    text = end.join(["[[registry]]", 'location = "docker.io"', "# kept", ""])
    facts = _facts({CONTAINERS_CONFIG: text})

    plan = _plan(facts)

    assert plan.verdict is Verdict.CHANGE
    assert CONTAINERS_CONFIG not in {change.path for change in plan.changes}
