"""What people are told is known from somewhere that they can look at too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

WIZARD = Path(__file__).resolve().parents[2] / "wizard" / "registries"


def _said(module: Path) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    statements = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        is_text = isinstance(one, ast.Constant) and isinstance(one.value, str)
        if is_text and id(one) not in statements:
            yield str(ast.literal_eval(one))


@pytest.mark.parametrize("folder", ["doctor", "choice", "installing"])
def test_no_source_is_a_file_that_only_we_have(folder: str) -> None:
    """Nor an abbreviation that only we understand."""
    texts = [text for module in (WIZARD / folder).glob("*.py") for text in _said(module)]
    assert len(texts) > 100
    ours = [text for text in texts if "facts/" in text or "GH#" in text or "NP#" in text]
    assert ours == []
