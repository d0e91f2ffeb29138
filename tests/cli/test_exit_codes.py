"""Exit codes are documented API: the README names each, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from wizard.cli.exit_codes import ExitCode
from wizard.errors import PilotageError


def test_the_readme_names_every_exit_code() -> None:
    """Its list counts 0 done, 1 unexpected, and so on, each with a word of its own."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    listed = " ".join(readme.partition("Exit codes: ")[2].partition(").")[0].split())
    named = {int(code): words for code, words in re.findall(r"(?:^|, )(\d+) ([^,(]+)", listed)}
    assert sorted(named) == sorted(ExitCode)
    assert len(set(named.values())) == len(ExitCode)


def test_errors_end_with_the_codes_of_commands() -> None:
    """Whatever error a command reports, its code is one of the list."""
    found, todo = set(), [PilotageError]
    while todo:
        error = todo.pop()
        found.add(error.exit_code)
        todo += error.__subclasses__()
    assert found <= set(ExitCode)
    assert len(found) > 5
