"""Translations: every word is translated, and the compiled catalogue is the current one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.screens.stage import on_stage
from wizard.wording import choose_language

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assets" / "locale" / "zh_CN" / "LC_MESSAGES"
KEYWORDS = {"_": None, "mark": None, "N_": None, "ngettext": (1, 2)}

Words = str | tuple[str, ...]


def _used() -> set[Words]:
    words: set[Words] = set()
    for package in ("wizard", "screens"):
        for found in extract_from_dir(ROOT / package, keywords=KEYWORDS):
            words.add(tuple(found[2]) if isinstance(found[2], tuple) else found[2])
    return words


def _in_f_strings(path: Path) -> list[str]:
    """Return literal words that stand inside an f-string of a file."""
    calls = (
        call
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    )
    return [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
        if call.args and isinstance(call.args[0], ast.Constant)
    ]


def _catalogue(name: str) -> Catalog:
    with (FOLDER / name).open("rb") as file:
        return read_po(file) if name.endswith(".po") else read_mo(file)


def _translated(catalogue: Catalog) -> dict[Words, tuple[str, ...]]:
    return {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def test_every_word_is_translated_into_chinese() -> None:
    """What `make words` would collect is in the catalogue, with a translation."""
    missing = _used() - set(_translated(_catalogue("pilotage.po")))

    assert set() == missing


def test_no_word_hides_in_an_f_string() -> None:
    """What collects the words does not look into f-strings: such a word is never translated."""
    files = [path for package in ("wizard", "screens") for path in (ROOT / package).rglob("*.py")]

    assert [place for path in files for place in _in_f_strings(path)] == []


def test_translations_have_the_same_values_in_them() -> None:
    """A name in braces that is lost or misspelt would break the screen that shows it."""
    wrong = [
        words
        for words, translated in _translated(_catalogue("pilotage.po")).items()
        if _fields(words if isinstance(words, str) else words[-1]) != _fields(translated[0])
    ]

    assert wrong == []


def test_compiled_catalogue_is_current() -> None:
    """The .mo file that ships says what the .po file says."""
    source, compiled = (
        _translated(_catalogue("pilotage.po")),
        _translated(_catalogue("pilotage.mo")),
    )

    assert {_first(words): text[0] for words, text in source.items()} == {
        _first(words): text[0] for words, text in compiled.items()
    }


def _first(words: Words) -> str:
    return words if isinstance(words, str) else words[0]


def _fields(text: str) -> list[str]:
    return sorted(re.findall(r"\{[^{}]*\}", text))


async def test_chinese_screens_fit_80_columns(tmp_path: Path) -> None:
    """Wide characters keep every line within the terminal, with title and keys complete."""
    choose_language({"LANGUAGE": "zh_CN"})
    async with on_stage(tmp_path, sign="步骤 1/5 发现") as stage:
        await stage.see("步骤 1/5 发现", "尚未读取任何主机", "F10 下一步")
        widths = {strip.cell_length for strip in stage.app.screen._compositor.render_strips()}

        assert {80} == widths
