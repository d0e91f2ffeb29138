"""What holds for any daemon.json: foreign bytes survive, and no bytes do harm."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.planning.cases import a_file, a_target, applied, host_facts
from tests.planning.json_documents import MIRROR_LISTS, json_documents
from wizard.discovery.facts import FileFacts, HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.json_edit import JsonObject, read_object
from wizard.planning.plan import BlockReason, HostPlan, Verdict
from wizard.runtimes import RUNTIMES
from wizard.runtimes.docker.config import MIRRORS_KEY, normal_mirrors

_PATH = "/etc/docker/daemon.json"
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_VERSIONS = st.sampled_from(["20.10.24", "24.0.9", "26.1.5", "28.5.2", "29.7.2"])
_TEXTS = st.builds(
    lambda bom, text: f"{_BOM if bom else ''}{text}", st.booleans(), json_documents()
)
_SPOILT = st.builds(
    lambda text, at, junk: text.encode()[:at] + junk + text.encode()[at:],
    json_documents(),
    st.integers(min_value=0, max_value=40),
    st.binary(min_size=1, max_size=3),
)


def _facts(version: str, file: FileFacts) -> HostFacts:
    """Return a host whose Docker runs with the mirrors of its file, where that has some."""
    mirrors: tuple[str, ...] = ()
    with contextlib.suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
        mirrors = normal_mirrors(json.loads((file.text or "").removeprefix(_BOM))[MIRRORS_KEY])
    docker = {"version": version, "mirrors": list(mirrors)}
    facts = host_facts({"docker": docker})
    files = [one for one in facts.files if one.path != _PATH]
    return dataclasses.replace(facts, files=(*files, file))


def _plan(facts: HostFacts) -> HostPlan:
    return plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)


def _written(plan: HostPlan) -> str | None:
    return next((change.after for change in plan.changes if change.path == _PATH), None)


def _foreign(document: JsonObject) -> list[tuple[str, str]]:
    """Return each foreign key with the bytes of its value, in the file's order."""
    return [
        (document.text[one.key_start : one.key_end], document.text[one.value_start : one.value_end])
        for one in document.members
        if one.key != MIRRORS_KEY
    ]


def _line_ends(text: str) -> tuple[bool, bool]:
    return "\r\n" in text, "\n" in text.replace("\r\n", "")


@given(version=_VERSIONS, text=_TEXTS)
def test_what_is_foreign_survives_an_edit(version: str, text: str) -> None:
    """Keys, their values byte for byte, their order, the byte order mark and line ends stay."""
    plan = _plan(_facts(version, a_file(_PATH, {"text": text})))
    after = _written(plan)
    assume(after is not None)
    assert after is not None
    before, edited = read_object(text.removeprefix(_BOM)), read_object(after.removeprefix(_BOM))
    assert _foreign(edited) == _foreign(before)
    assert after.startswith(_BOM) == text.startswith(_BOM)
    if any(_line_ends(text)):
        assert all(
            there or not here
            for there, here in zip(_line_ends(text), _line_ends(after), strict=True)
        )


@given(version=_VERSIONS, text=_TEXTS)
def test_parting_says_what_the_file_said_without_mirrors(version: str, text: str) -> None:
    """What a revert reloads first differs from the original in the empty list only."""
    facts = _facts(version, a_file(_PATH, {"text": text}))
    partings = [one.parting for one in _plan(facts).changes if one.path == _PATH]
    assume(partings)
    original = json.loads(text.removeprefix(_BOM))
    if partings[0] is None:
        assert MIRRORS_KEY in original
    else:
        assert json.loads(partings[0].removeprefix(_BOM)) == {**original, MIRRORS_KEY: []}


@given(version=_VERSIONS, text=_TEXTS)
def test_twice_is_once(version: str, text: str) -> None:
    """A host on which the plan was applied needs nothing."""
    facts = _facts(version, a_file(_PATH, {"text": text}))
    plan = _plan(facts)
    assume(plan.verdict is Verdict.CHANGE)
    again = _plan(applied(facts, plan))
    assert (again.verdict, again.changes) == (Verdict.NOTHING, ())


@example(version="20.10.24", content=b'{"live-restore":true}')
@given(version=_VERSIONS, content=st.binary(max_size=60) | _SPOILT)
def test_no_bytes_break_the_plan_or_lead_to_a_wrong_write(version: str, content: bytes) -> None:
    """Whatever the file holds, it is written as JSON with our mirror, or blocked with its name.

    Or with the name of a setting in it, where the daemon runs without that.
    """
    said: dict[str, Any] = {"size": len(content), "sha256": "0" * 64, "text": None}
    with contextlib.suppress(UnicodeDecodeError):
        said["text"] = content.decode()
    plan = _plan(_facts(version, a_file(_PATH, said)))
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        assert any(
            _PATH in block.detail
            or MIRRORS_KEY in block.detail
            or block.reason is BlockReason.CONFIG_NOT_LOADED
            for runtime in plan.runtimes
            for block in runtime.blocks
        )
        return
    after = _written(plan)
    assert after is not None
    assert json.loads(after.removeprefix(_BOM))[MIRRORS_KEY][0] == "https://registry.example"


@given(values=MIRROR_LISTS)
def test_mirrors_that_were_there_stay_in_their_order(values: list[str]) -> None:
    """The target comes first, nobody is lost."""
    text = json.dumps({MIRRORS_KEY: values})
    after = _written(_plan(_facts("26.1.5", a_file(_PATH, {"text": text}))))
    assert after is not None
    assert json.loads(after)[MIRRORS_KEY] == ["https://registry.example", *values]
