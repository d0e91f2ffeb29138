"""A module is one idea, and its name says which."""

from __future__ import annotations

import ast
from typing import Final

from tests.architecture.source_tree import beginning, files, module_name, modules

LONGEST: Final = 400
EMPTY_NAMES: Final = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)


def test_no_module_is_longer_than_one_idea() -> None:
    """About 300 lines are wanted, 400 are the end."""
    lengths = {
        module_name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files()
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    """Neither as a whole nor as a part of the name."""
    found = [
        module_name(file)
        for file in files()
        if EMPTY_NAMES & {word for part in module_name(file).split(".") for word in part.split("_")}
    ]

    assert found == []


def test_every_module_starts_alike() -> None:
    """A docstring first, and postponed annotations wherever there is code."""
    found = []
    for name in modules():
        body = beginning(name).body
        has_code = any(
            isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
            for node in body
        )
        is_postponed = any(
            isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in body
        )
        if (body and not ast.get_docstring(beginning(name))) or (has_code and not is_postponed):
            found.append(name)

    assert found == []
