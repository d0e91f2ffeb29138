"""A robot's secret renewed from the command line: asked first, told once, where it was said."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService

_RENEW = ("registry", "renew-robot", "fleet-pull")


def test_the_new_secret_is_in_its_file_and_nowhere_else(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """For its owner alone."""
    file = tmp_path / "secrets"

    outcome = pilotage(*_RENEW, "--project", "hub", "--secrets-to", str(file), "--yes")

    [call] = service.called("renew_robot")
    assert (outcome.code, call["robot"], call["project"]) == (0, "fleet-pull", "hub")
    assert file.read_text(encoding="utf-8") == "robot$fleet-pull\trenewed-secret\n"
    assert file.stat().st_mode & 0o077 == 0
    assert "renewed-secret" not in outcome.out + outcome.err


def test_a_no_leaves_the_old_one(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """Everybody who logs in by it would be shut out."""
    file = tmp_path / "secrets"

    outcome = pilotage(*_RENEW, "--secrets-to", str(file), typed="n\n")

    assert (outcome.code, service.called("renew_robot"), file.exists()) == (8, [], False)
