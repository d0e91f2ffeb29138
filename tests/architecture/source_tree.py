"""The modules of this repository and what they import, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import wizard

ROOT: Final = Path(wizard.__file__).resolve().parents[1]
PACKAGES: Final = ("wizard", "screens", "tests")


def files() -> Iterator[Path]:
    """Yield every Python file of the product and its tests."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def module_name(file: Path) -> str:
    """Return the dotted name of the module in `file`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def source(name: str) -> str:
    """Return the text of a module."""
    return modules()[name].read_text(encoding="utf-8")


@cache
def modules() -> dict[str, Path]:
    """Return files by module name."""
    return {module_name(file): file for file in files()}


@cache
def tree(name: str) -> ast.Module:
    """Return the parsed source of a module."""
    return ast.parse(source(name))


def beginning(name: str) -> ast.Module:
    """Return the parsed source of a module as far as its postponed annotations, or all of it."""
    before, postponed, _ = source(name).partition("\nfrom __future__ import annotations\n")
    return ast.parse(before + postponed) if postponed else tree(name)


@cache
def imports(name: str) -> frozenset[str]:
    """Return what a module names in imports, `if TYPE_CHECKING` left out."""
    found: set[str] = set()
    for node in _run_at_import(tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


@cache
def reach(name: str) -> frozenset[str]:
    """Return the modules of this repository that importing `name` loads, itself included."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in seen or one not in modules():
            continue
        seen.add(one)
        parents = [one.rsplit(".", count)[0] for count in range(1, one.count(".") + 1)]
        waiting += [*imports(one), *parents]
    return frozenset(seen)


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run_at_import(child)
