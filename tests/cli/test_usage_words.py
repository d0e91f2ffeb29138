"""Mistakes on the command line are told in the chosen language, and say what would be right."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Pilotage

CASES = {
    "plan --nope": "There is no option --nope.",
    "plan --jsn": "There is no option --jsn. Is one of these meant: --json",
    "nope": "There is no command nope.",
    "rollback --wave x": "'--wave' must be a number from 0 on.",
    "manifest foo": "'[idms|itms]' must be one of idms, itms.",
    "plan -o": "The option -o lacks its value, or takes none.",
    "plan extra": "This is one word too many: extra",
}
CHINESE = {
    "plan --nope": "没有选项 --nope。",
    "plan --jsn": "没有选项 --jsn。 是否指其中之一：--json",
    "nope": "没有命令 nope。",
    "rollback --wave x": "'--wave' 必须是不小于 0 的数字。",
    "manifest foo": "'[idms|itms]' 必须是下列之一：idms, itms。",
    "plan -o": "选项 -o 缺少值，或不接受值。",
    "plan extra": "多余的参数：extra",
}


@pytest.mark.parametrize("line", list(CASES))
@pytest.mark.parametrize("language", ["C", "zh_CN.UTF-8"])
def test_a_mistake_is_told_with_what_would_be_right(
    pilotage: Pilotage, line: str, language: str
) -> None:
    """Names of options and values stay as they are typed; no word of click is left."""
    outcome = pilotage(*line.split(), environ={"LANG": language})
    expected = (CASES if language == "C" else CHINESE)[line]
    assert outcome.code == 2
    assert expected in outcome.err.partition("\n")[0]
