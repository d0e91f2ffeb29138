"""The JSON documents are an API: whoever reads its page finds each of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import wizard.cli
from wizard.cli import documents

_WRITTEN: Final = re.compile(r"\bdocument\(\s*\"([a-z_]+)\"")
_TOLD: Final = re.compile(r"^    ([a-z_]+)  ?", re.MULTILINE)


def test_every_document_that_a_command_writes_is_told_of() -> None:
    """By its name, and no other is promised."""
    [folder] = wizard.cli.__path__
    texts = [file.read_text(encoding="utf-8") for file in Path(folder).glob("*.py")]

    written = {name for text in texts for name in _WRITTEN.findall(text)}

    assert written == set(_TOLD.findall(documents.__doc__ or ""))
