"""Screens look at the wizard, never back; pure modules know no way out of the process."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from fnmatch import fnmatchcase
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT, imports, modules, reach, source, tree

PURE: Final = (
    "wizard.errand.errand",
    "wizard.fleet.host",
    "wizard.fleet.policy",
    "wizard.discovery.facts",
    "wizard.discovery.parse*",
    "wizard.planning",
    "wizard.planning.*",
    "wizard.registries.choice",
    "wizard.registries.choice.*",
    "wizard.registries.installing",
    "wizard.registries.installing.*",
    "wizard.registries.pull_secret",
    "wizard.rollout.waves",
    "wizard.rollout.gate",
    "wizard.rollback.steps",
    "wizard.run.choices",
    "wizard.run.outcomes",
    "wizard.run.reduce",
    "wizard.run.row",
    "wizard.run.states",
    "wizard.run.view",
    "wizard.runtimes",
    "wizard.runtimes.*",
    "wizard.target",
    "wizard.transaction.answers",
    "wizard.transaction.frames",
)
WAYS_OUT: Final = frozenset(
    {"asyncssh", "httpx", "sqlite3", "subprocess", "socket", "shutil", "tempfile", "urllib.request"}
)
FILE_WORK: Final = frozenset(
    {"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob", "unlink", "mkdir"}
)
OTHERS: Final = frozenset({"screens", "tests", "textual", "rich"})
IMPORT_EACH_WITHOUT: Final = """
import importlib, json, sys
for absent in ('textual', 'rich', 'screens'):
    sys.modules[absent] = None
failed = {}
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed[name] = str(error)
print(json.dumps(failed))
"""


def pure_modules() -> list[str]:
    """Return the modules that are to be pure, as far as they exist."""
    return [name for name in modules() if any(fnmatchcase(name, pattern) for pattern in PURE)]


def test_the_wizard_works_where_no_terminal_toolkit_is_installed() -> None:
    """Every module is really imported, with textual, rich and the screens out of reach."""
    names = [name for name in modules() if name.split(".")[0] == "wizard"]

    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH_WITHOUT],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert json.loads(done.stdout) == {}


def test_there_are_pure_modules() -> None:
    """The patterns above name something."""
    unmatched = [
        pattern for pattern in PURE if not any(fnmatchcase(name, pattern) for name in modules())
    ]

    assert [name for name in unmatched if "*" in name] == []
    assert len(pure_modules()) > len(PURE) - len(unmatched)


def test_a_pure_module_reaches_no_way_out() -> None:
    """Neither by itself nor through what it imports."""
    found = {
        f"{name}: {one} imports {target}"
        for name in pure_modules()
        for one in reach(name)
        for target in imports(one)
        if target in WAYS_OUT or target.split(".")[0] in WAYS_OUT
    }

    assert found == set()


def test_a_pure_module_touches_no_file() -> None:
    """Texts come in and go out as values."""
    calls = [
        (name, node.func)
        for name in pure_modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
    ]
    found = [
        f"{name} calls {call.id if isinstance(call, ast.Name) else call.attr}"
        for name, call in calls
        if (isinstance(call, ast.Name) and call.id == "open")
        or (isinstance(call, ast.Attribute) and call.attr in FILE_WORK)
    ]

    assert found == []


def test_the_wizard_never_names_screens_or_tests() -> None:
    """Not even under TYPE_CHECKING or within a function."""
    found = []
    for name in modules():
        if not name.startswith("wizard") or not any(word in source(name) for word in OTHERS):
            continue
        for node in ast.walk(tree(name)):
            targets = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [
                f"{name} imports {target}" for target in targets if target.split(".")[0] in OTHERS
            ]

    assert found == []


def test_no_test_patches_our_own_code() -> None:
    """What a test needs is handed in."""
    found = [
        name
        for name in modules()
        if "mock" in source(name)
        and any(target.split(".")[:2] == ["unittest", "mock"] for target in imports(name))
    ]

    assert found == []


@pytest.mark.parametrize("name", ["wizard.run.local_service", "wizard.cli.program", "screens.app"])
def test_whoever_only_looks_waits_for_no_ssh(name: str) -> None:
    """SSH and HTTP take longer to load than all the rest; only a run and a probe need them."""
    look = f"import sys, {name}; print(*sorted({{'asyncssh', 'httpx'}} & sys.modules.keys()))"

    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.split() == []
