"""`pilotage registry doctor`: what was seen, what to do, and an exit code that scripts can use."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.cli.table import cell_width
from wizard.registries.doctor.observation import Topic
from wizard.service import Examination, Observation, Severity
from wizard.target import TargetKind


def examination(severity: Severity, *, found: str = "seen", todo: str = "") -> Examination:
    """Return what was seen, one thing as bad as `severity`."""
    seen = Observation(topic=Topic.PULL, severity=severity, found=found, todo=todo, source="NP#1")
    well = Observation(topic=Topic.TRUST, severity=Severity.WELL, found="trusted")
    return Examination(
        url="https://registry.example.net",
        kind=TargetKind.NEXUS,
        version="3.96.1-01",
        edition="COMMUNITY",
        observations=(well, seen),
    )


@pytest.mark.parametrize(
    ("severity", "code"),
    [(Severity.WELL, 0), (Severity.TROUBLE, 0), (Severity.UNKNOWN, 0), (Severity.BROKEN, 3)],
)
def test_the_exit_code_says_whether_hosts_can_use_it(
    pilotage: Pilotage, service: PracticeService, severity: Severity, code: int
) -> None:
    """Trouble is told, and only what is broken fails a script."""
    service.examination = examination(severity)
    outcome = pilotage("registry", "doctor", "--json")
    assert (outcome.code, outcome.document["worst"]) == (code, severity.value)
    assert [one["topic"] for one in outcome.document["observations"]] == ["trust", "pull"]
    assert [choice["choice"].url for choice in service.called("examine_registry")] == [
        "https://registry.example.net"
    ]


def test_each_observation_comes_with_what_to_do_in_80_cells(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Foreign words are cleaned, and long ones wrapped."""
    service.examination = examination(
        Severity.BROKEN, found="a\x1b[31m registry " * 12, todo="mend it " * 30
    )
    outcome = pilotage("registry", "doctor")
    assert outcome.out.startswith("https://registry.example.net  nexus 3.96.1-01 COMMUNITY\n")
    assert "\nBROKEN: a" in outcome.out
    assert "\n    → mend it" in outcome.out
    assert ("\x1b" in outcome.out, max(map(cell_width, outcome.out.splitlines())) <= 80) == (
        False,
        True,
    )
