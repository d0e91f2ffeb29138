"""Whatever buildkitd.toml or nerdctl.toml hold: no crash, and all that is not ours stays."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from tests.planning.cases import a_target, host_facts
from tests.planning.toml_documents import configurations
from wizard.discovery.credentials import find_secrets
from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Verdict
from wizard.runtimes.buildkit.planner import plan_buildkit
from wizard.runtimes.nerdctl.planner import plan_nerdctl

FILE = "/etc/buildkit/buildkitd.toml"
NERDCTL_FILE = "/etc/nerdctl/nerdctl.toml"
_TABLES = (
    '[registry."docker.io"] # ours\n  mirrors = ["mirror.gcr.io", # fast\n  "cache.corp/hub",]',
    "[registry.'docker.io']\nhttp = false",
    '[registry."registry.example"]\n\tca = ["/etc/pki/a.pem"]',
    '[registry."quay.io"]\n  mirrors = []',
    "[registry]",
    '[worker.oci]\n  gckeepstorage = "9GB" # [registry]',
)


@st.composite
def _files(draw: st.DrawFn) -> str:
    """Draw a whole file; the usual settings of a daemon stand between those of registries."""
    text = draw(configurations(version=0, plugin="none"))
    newline = "\r\n" if "\r\n" in text else "\n"
    tables = draw(st.lists(st.sampled_from(_TABLES), max_size=4, unique=True))
    for table in tables:
        text += ("" if not text or text.endswith("\n") else newline) + table + newline
    text = text.replace("\r\n", "\n").replace("\n", newline)
    try:
        tomllib.loads(text)
    except ValueError:
        assume(False)
    assume(not find_secrets(text))
    return text


def _facts(text: str) -> HostFacts:
    return host_facts({"buildkit": {"version": "0.17.0"}, "files": {FILE: text}})


def _plan(facts: HostFacts) -> HostPlan:
    return plan_host(facts, a_target(), RolloutPolicy(), (plan_buildkit, plan_nerdctl))


def _foreign(text: str) -> dict[str, Any]:
    """Return what the text says beside the settings that are ours to set."""
    values = tomllib.loads(text)
    registries = values.pop("registry", {})
    for name, key in (("docker.io", "mirrors"), ("registry.example", "ca")):
        registries.get(name, {}).pop(key, None)
    return {**values, "registry": {name: said for name, said in registries.items() if said}}


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def _may_change(line: str) -> bool:
    return line.strip().startswith(("mirrors =", "ca ="))


@settings(max_examples=60)
@given(text=_files())
def test_everything_that_is_not_ours_survives(text: str) -> None:
    """Lines in their order and with their ends; then nothing is left to do."""
    plan = _plan(_facts(text))
    event(plan.verdict.value)
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        return
    after = {change.path: change for change in plan.changes}[FILE]
    assert after.before is not None
    assert after.before.text == text
    assert _foreign(after.after) == _foreign(text)
    kept = iter(_lines(after.after))
    foreign = [line for line in _lines(text) if not _may_change(line)]
    assert [line for line in foreign if line not in kept] == []
    if "\r\n" in text:
        assert after.after.count("\n") == after.after.count("\r\n")
    files = {change.path: change.after for change in plan.changes}
    again = host_facts({"buildkit": {"version": "0.17.0"}, "files": files})
    assert _plan(again).verdict is Verdict.NOTHING


@settings(max_examples=100)
@given(text=st.text(max_size=60) | st.text().map(lambda words: f"[registry]\n{words}"))
def test_no_text_crashes_a_plan_or_leads_to_a_wrong_write(text: str) -> None:
    """The host is blocked with a reason, or gets valid TOML in which all of it is there still."""
    assume(not find_secrets(text))
    for facts in (
        _facts(text),
        host_facts({"nerdctl": {"version": "2.0.3"}, "files": {NERDCTL_FILE: text}}),
    ):
        plan = _plan(facts)
        if plan.verdict is Verdict.BLOCKED:
            assert plan.changes == ()
            assert [block.detail for runtime in plan.runtimes for block in runtime.blocks]
        elif facts.buildkit:
            after = {change.path: change.after for change in plan.changes}[FILE]
            assert _foreign(after) == _foreign(text)
