"""config.toml is changed in single settings and otherwise kept byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.planning.cases import DUMPS, a_target, host_facts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked
from wizard.planning.host import plan_host
from wizard.planning.plan import BlockReason, Verdict
from wizard.planning.toml_edit import Setting, edited, read_toml
from wizard.planning.toml_statements import KeyPath
from wizard.runtimes import RUNTIMES

_GRPC = "io.containerd.grpc.v1.cri"
_TABLE: KeyPath = ("plugins", _GRPC, "registry")
_MIRRORS: KeyPath = (*_TABLE, "mirrors")
_PATH = "/etc/containerd/certs.d"
_CONFIG = "/etc/containerd/config.toml"

_TOP = st.sampled_from(
    [
        "version = 2",
        "root='/var/lib/containerd' # here",
        "imports = [\n  'a', # one\n]",
        "oom_score = 0",
    ]
)
_BLOCKS = st.sampled_from(
    [
        "# a comment of its own",
        f'[plugins."{_GRPC}"]\n  sandbox_image = "pause:3.8"  # keep',
        f"  [ plugins . '{_GRPC}' . registry ]  # spaced",
        f"[plugins.\"{_GRPC}\".registry]\n    config_path = ''   # unset",
        f'[plugins."{_GRPC}".registry.mirrors]\n# cache',
        f'[plugins."{_GRPC}".registry.mirrors."docker.io"]\nendpoint = [\n "https://m", # ]\n]',
        f'[plugins."{_GRPC}".registry.mirrors."*"]\nendpoint = ["http://m:5000"]',
        f'[plugins."{_GRPC}".registry.headers]\nX-A = ["b"]',
        '[debug]\n\tlevel = "info"\n\taddress = """\n[not.a.table]\n# nor a comment"""',
        "[metrics]\naddress = '''\nx = \"1\"'''\n",
        '[[extra.list]]\na.b.c = { d = [1, 2], e = "}" }',
        '[proxy_plugins."odd \\" key"]\ntype = "snap"',
    ]
)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    blocks = draw(st.lists(_TOP, unique=True)) + draw(st.lists(_BLOCKS, unique=True))
    text = ""
    for block in blocks:
        text += block + draw(st.sampled_from(["\n", "\n\n", "  \n"]))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    text = text.replace("\n", newline)
    assume(_is_toml(text))
    return text


def _is_toml(text: str) -> bool:
    """Return whether the blocks make a file together: a table may be declared once."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _edit(text: str) -> str:
    path = Setting(table=_TABLE, key="config_path", value=_PATH)
    return edited(text, settings=[path], without=[_MIRRORS])


@given(text=_documents())
def test_edit_changes_only_what_it_must(text: str) -> None:
    """The new file has our value and no mirrors; all other values and all comments are there."""
    new = _edit(text)
    values, expected = tomllib.loads(new), tomllib.loads(text)
    registry = _below(expected, _TABLE)
    registry.pop("mirrors", None)
    registry["config_path"] = _PATH
    assert _filled(expected) == _filled(values)
    assert [line for line in text.splitlines() if line.strip().startswith("#")] == [
        line for line in new.splitlines() if line.strip().startswith("#")
    ]


@given(text=_documents())
def test_edit_keeps_the_lines_of_others_in_order(text: str) -> None:
    """Every line that says nothing of mirrors or the path is there, unchanged and in order."""
    new = iter(_edit(text).splitlines(keepends=True))
    kept = [
        line
        for line in text.splitlines(keepends=True)
        if line.strip() and not _ours(line) and line.endswith("\n")
    ]
    assert all(line in new for line in kept)


@given(text=_documents())
def test_edit_of_an_edited_file_changes_nothing(text: str) -> None:
    """Editing twice is editing once, byte for byte."""
    once = _edit(text)
    assert once == _edit(once)


@given(text=st.text(alphabet=st.characters(codec="utf-8")) | _documents())
def test_no_text_breaks_the_plan_or_leads_to_a_wrong_write(text: str) -> None:
    """Whatever config.toml holds, the host is blocked or gets valid TOML with our path."""
    facts = host_facts({"containerd": {"version": "1.7.24"}, "files": {_CONFIG: {"text": text}}})
    plan = plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        return
    after = {change.path: change.after for change in plan.changes}[_CONFIG]
    assert _PATH in after
    assert isinstance(read_toml(after), dict)


@pytest.mark.parametrize("path", sorted(DUMPS.glob("*.toml")), ids=lambda path: path.stem)
def test_real_configuration_keeps_every_other_line(path: Path) -> None:
    """In a whole configuration as containerd prints it one line differs, and no other."""
    text = path.read_bytes().decode()
    plugin = _GRPC if "-1." in path.name else "io.containerd.cri.v1.images"
    table = ("plugins", plugin, "registry")
    setting = Setting(table=table, key="config_path", value=_PATH)
    new = edited(text, settings=[setting], without=[(*table, "mirrors")])
    gone = [line for line in text.splitlines() if line not in new.splitlines()]
    assert all("config_path" in line or "registry.mirrors" in line for line in gone)
    assert f'config_path = "{_PATH}"' in new


def test_a_file_keeps_its_line_ends_where_nothing_else_of_it_stays() -> None:
    """All that it had were mirrors: what comes in their place ends its lines as they did."""
    text = f'[plugins."{_GRPC}".registry.mirrors."quay.io"]\r\n  endpoint = ["https://m"]\r\n'

    new = _edit(text)

    assert f'[plugins."{_GRPC}".registry]\r\n  config_path = "{_PATH}"\r\n' == new


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = [" * 50_000, BlockReason.CONFIG_NOT_TOML),
        ("\N{ZERO WIDTH NO-BREAK SPACE}version = 2", BlockReason.CONFIG_NOT_TOML),
        ("plugins = {}", BlockReason.CONFIG_NOT_EDITABLE),
        (f'[plugins]\n"{_GRPC}" = {{ registry = {{}} }}', BlockReason.CONFIG_NOT_EDITABLE),
        ("plugins = 3", BlockReason.CONFIG_WRONG_TYPE),
        (f'[[plugins."{_GRPC}".registry]]', BlockReason.CONFIG_WRONG_TYPE),
    ],
)
def test_texts_that_cannot_be_edited_are_refused(text: str, reason: BlockReason) -> None:
    """What is not TOML, or would have to be rewritten, is refused with its own reason."""
    with pytest.raises(Blocked) as refused:
        _edit(text)
    assert refused.value.block.reason is reason


def _ours(line: str) -> bool:
    return any(
        words in line for words in ("config_path", "mirrors", "endpoint", '"https://m"')
    ) or (line.strip() == "]")


def _below(values: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    for part in path:
        values = values.setdefault(part, {})
    return values


def _filled(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    below = {key: _filled(value) for key, value in values.items()}
    return {key: value for key, value in below.items() if value != {}}
