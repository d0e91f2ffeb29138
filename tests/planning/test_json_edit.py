"""daemon.json is changed in one place and otherwise kept byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planning.cases import a_file, a_target, host_facts
from tests.planning.json_documents import MIRROR_LISTS, json_documents
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked
from wizard.planning.host import plan_host
from wizard.planning.json_edit import read_object, with_strings
from wizard.planning.plan import BlockReason, Verdict
from wizard.runtimes import RUNTIMES
from wizard.runtimes.docker.config import read_daemon_config

_KEY = "registry-mirrors"
_PATH = "/etc/docker/daemon.json"


@given(text=json_documents(), values=MIRROR_LISTS)
def test_edit_changes_only_the_key(text: str, values: list[str]) -> None:
    """The edited file means the same but for the key, and an edit of it changes nothing."""
    edited = with_strings(read_object(text), _KEY, values)
    assert json.loads(edited) == {**json.loads(text), _KEY: values}
    assert with_strings(read_object(edited), _KEY, values) == edited


@given(text=json_documents(), values=MIRROR_LISTS)
def test_edit_keeps_every_foreign_byte(text: str, values: list[str]) -> None:
    """What stands outside the key's own value is there before and after, in its place."""
    document = read_object(text)
    edited = with_strings(document, _KEY, values)
    member = document.member(_KEY)
    head, tail = _shared_ends(text, edited)
    if member is not None:
        assert head >= member.value_start
        assert tail >= len(text) - member.value_end
    elif document.members:
        assert head + tail >= len(text)


def _shared_ends(text: str, edited: str) -> tuple[int, int]:
    return _shared(text, edited), _shared(text[::-1], edited[::-1])


def _shared(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


@given(text=st.text(alphabet=st.characters(codec="utf-8")) | json_documents())
def test_no_text_breaks_the_plan_or_leads_to_a_wrong_write(text: str) -> None:
    """Whatever daemon.json holds, the host is blocked or gets valid JSON with our mirror."""
    facts = host_facts({"docker": {"version": "26.1.5"}, "files": {_PATH: {"text": text}}})
    plan = plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        return
    after = {change.path: change.after for change in plan.changes}[_PATH]
    assert json.loads(after)[_KEY][0] == "https://registry.example"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, BlockReason.CONFIG_NOT_JSON),
        ('{"a": ' + "[" * 100_000, BlockReason.CONFIG_NOT_JSON),
        ('{"a": ' + "9" * 5000 + "}", BlockReason.CONFIG_NOT_JSON),
        ('{"a": NaN}', BlockReason.CONFIG_NOT_JSON),
        ('{"a": "\t"}', BlockReason.CONFIG_NOT_JSON),
        ("{'a': 1}", BlockReason.CONFIG_NOT_JSON),
        ("{1: 1}", BlockReason.CONFIG_NOT_JSON),
        ('{"a" 1}', BlockReason.CONFIG_NOT_JSON),
        ('{"a": 1 "b": 2}', BlockReason.CONFIG_NOT_JSON),
        ('{"a": 1', BlockReason.CONFIG_NOT_JSON),
        ('{"debug": true, "debug": false}', BlockReason.CONFIG_DUPLICATE_KEY),
        ('{"registry-mirrors": [1]}', BlockReason.CONFIG_WRONG_TYPE),
        ('{"registry-mirrors": null}', BlockReason.CONFIG_WRONG_TYPE),
        ('{"insecure-registries": {}}', BlockReason.CONFIG_WRONG_TYPE),
        ('{"Registry-Mirrors": []}', BlockReason.CONFIG_MISSPELT_KEY),
        ('{"registry_mirrors": []}', BlockReason.CONFIG_MISSPELT_KEY),
    ],
)
def test_texts_that_docker_would_not_take_are_refused(text: str, reason: BlockReason) -> None:
    """Each wrong text has its own reason, and the file's name in the detail."""
    with pytest.raises(Blocked) as refused:
        read_daemon_config(a_file(_PATH, {"text": text}), (26, 1, 5))
    assert refused.value.block.reason is reason
    assert _PATH in refused.value.block.detail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", '{"m": ["N"]}'),
        ("{\n}\n", '{\n  "m": ["N"]\n}\n'),
        ("  {\r\n  }", '  {\r\n    "m": ["N"]\r\n  }'),
        ('{"a":1}', '{"a":1,"m":["N"]}'),
        ('{"a": 1}', '{"a": 1, "m": ["N"]}'),
        ('{ "a" : 1 }', '{ "a" : 1, "m" : ["N"] }'),
        ('{\n\t"a":\t1\n}', '{\n\t"a":\t1,\n\t"m":\t["N"]\n}'),
        ('{"m":["x"]}', '{"m":["N", "x"]}'),
        ('{"m": ["x","y"]}', '{"m": ["N","x","y"]}'),
        ('{"m": [ "x" ]}', '{"m": [ "N", "x" ]}'),
        ('{"m": [\n    "x"\n  ]}', '{"m": [\n    "N",\n    "x"\n  ]}'),
        ('{"m": [\n  ]}', '{"m": ["N"]}'),
    ],
)
def test_new_value_takes_on_the_style_of_the_file(text: str, expected: str) -> None:
    """Indentation, colons, commas and line ends are those that the file uses already."""
    document = read_object(text)
    member = document.member("m")
    values = ["N", *(member.value if member else [])]
    assert expected == with_strings(document, "m", values)
