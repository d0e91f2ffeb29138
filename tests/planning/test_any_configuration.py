"""Whatever containerd's file holds: our settings come in, and all else stays as it was."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from tests.planning.cases import a_target, host_facts
from tests.planning.toml_documents import GRPC, IMAGES, configurations
from wizard.discovery.facts import FileFacts, HostFacts
from wizard.discovery.parse_files import parse_files
from wizard.discovery.sections import Section, Sections
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import FilePurpose, HostPlan, Verdict
from wizard.practice.runtimes.containerd_config import load
from wizard.practice.runtimes.containerd_plugins import BadConfig
from wizard.runtimes.containerd.planner import plan_containerd
from wizard.target import Target

CONFIG = "/etc/containerd/config.toml"
READERS = (
    ("1.5.18", 2, GRPC),
    ("1.6.20", 2, GRPC),
    ("1.7.24", 0, "cri"),
    ("1.7.24", 2, GRPC),
    ("2.1.9", 2, GRPC),
    ("2.1.9", 2, IMAGES),
    ("2.1.9", 3, IMAGES),
    ("2.2.7", 3, IMAGES),
)
"""Release, version of the file, plugin that has the registry."""
EVERY_READER = pytest.mark.parametrize(("release", "version", "plugin"), READERS)
_BLANK = re.compile(r"\s*")


def _file(content: bytes) -> FileFacts:
    """Return the facts of a config.toml with these bytes, as discovery makes them."""
    sections = Sections(
        "web1",
        "",
        {
            "path": [Section(words="regular", content=f"{CONFIG}\n{CONFIG}".encode())],
            "stats": [Section(words="", content=f"644 0 0 {len(content)} {CONFIG}".encode())],
            "content": [Section(words=CONFIG, content=content)],
        },
    )
    (file,) = parse_files(sections, {})
    return file


def _facts(root: Path, release: str, content: bytes) -> HostFacts:
    """Return the facts of a host whose containerd runs with that file."""
    (root / "etc/containerd").mkdir(parents=True, exist_ok=True)
    (root / CONFIG.lstrip("/")).write_bytes(content)
    numbers = release.replace("1.5", "1.6").split(".")
    known = {"version": release, "dump": "", "dump_error": ""}
    try:
        known["dump"] = load(root, CONFIG, (int(numbers[0]), int(numbers[1]), 0)).dump()
    except (BadConfig, TypeError, AttributeError, ValueError, LookupError) as error:
        known["dump_error"] = f"containerd: {error!r}"
    file = _file(content)
    said = {"text": file.text, "secrets": file.secrets, "sha256": file.sha256, "size": file.size}
    return host_facts({"containerd": known, "files": {CONFIG: said}})


def _plan(facts: HostFacts, target: Target | None = None) -> HostPlan:
    return plan_host(facts, target or a_target(), RolloutPolicy(), (plan_containerd,))


def _texts(plan: HostPlan) -> dict[str, str]:
    return {change.path: change.after for change in plan.changes}


@EVERY_READER
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_everything_that_is_not_ours_survives(
    tmp_path: Path, release: str, version: int, plugin: str, data: st.DataObject
) -> None:
    """Foreign keys, comments, order, indentation, line ends; and what a revert puts back."""
    text = data.draw(configurations(version=version, plugin=plugin))
    plan = _plan(_facts(tmp_path, release, text.encode()))
    event(plan.verdict.value)
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        return
    changed = [one for one in plan.changes if one.purpose is FilePurpose.CONFIG]
    assume(changed)
    (change,) = changed
    assert change.before is not None
    assert text == change.before.text
    assert _comments(text) == _comments(change.after)
    lines = iter(change.after.splitlines(keepends=True))
    assert all(line in lines for line in text.splitlines(keepends=True) if _is_foreign(line))
    if "\r\n" in text:
        assert change.after.count("\n") == change.after.count("\r\n")
    assert _foreign(text) == _foreign(change.after)


@EVERY_READER
@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_daemon_with_the_new_file_differs_in_the_registry_alone(
    tmp_path: Path, release: str, version: int, plugin: str, data: st.DataObject
) -> None:
    """And needs nothing more: applying twice is applying once."""
    text = data.draw(configurations(version=version, plugin=plugin))
    target = a_target(addressing=data.draw(st.sampled_from(["root", "prefix", "path"])))
    facts = _facts(tmp_path, release, text.encode())
    plan = _plan(facts, target)
    assume(CONFIG in _texts(plan))
    after = _facts(tmp_path, release, _texts(plan)[CONFIG].encode())
    assert facts.containerd is not None
    assert after.containerd is not None
    assert after.containerd.dump_error == ""
    assert _foreign(facts.containerd.dump) == _foreign(after.containerd.dump)
    written = {path: text for path, text in _texts(plan).items() if path != CONFIG}
    again = host_facts(
        {
            "containerd": {"version": release, "dump": after.containerd.dump},
            "files": {**written, CONFIG: {"text": _texts(plan)[CONFIG]}},
        }
    )
    assert _texts(_plan(again, target)) == {}


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    content=st.binary(max_size=60)
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text().map(lambda text: f"\ufeffversion = 2\n{text}".encode("utf-8", "surrogatepass")),
    release=st.sampled_from(["1.5.18", "1.7.24", "2.1.9"]),
)
def test_no_bytes_crash_the_plan_or_lead_to_a_wrong_write(
    tmp_path: Path, content: bytes, release: str
) -> None:
    """The host is blocked with a reason, or gets valid TOML in which all of it is there still."""
    plan = _plan(_facts(tmp_path, release, content))
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        assert [block.detail for runtime in plan.runtimes for block in runtime.blocks]
        return
    after = _texts(plan)[CONFIG]
    before, new = tomllib.loads(content.decode()), tomllib.loads(after)
    assert {**before, "plugins": None} == {**new, "plugins": None}


def _comments(text: str) -> list[str]:
    """Return the lines that are comments; one behind a value that goes, goes with it."""
    return [line for line in text.splitlines() if line.strip().startswith("#")]


def _is_foreign(line: str) -> bool:
    """Return whether a line is about neither a path, an endpoint nor trust."""
    ours = ("config_path", "registry", "endpoint", "https://", "ca_file", "]")
    return not _BLANK.fullmatch(line) and line.endswith("\n") and not any(w in line for w in ours)


def _foreign(text: str) -> Any:
    """Return the values without the tables of the registry that a migration is about."""
    values = tomllib.loads(text)
    plugins = values.get("plugins", {})
    for plugin in ("cri", GRPC, IMAGES):
        registry = plugins.get(plugin, {}).get("registry", {})
        for name in ("config_path", "mirrors", "configs"):
            registry.pop(name, None)
    return _filled(values)


def _filled(values: Any) -> Any:
    if not isinstance(values, dict):
        return repr(values)
    below = {key: _filled(value) for key, value in values.items()}
    return {key: value for key, value in below.items() if value != {}}
