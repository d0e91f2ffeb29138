"""`pilotage registry pull-secret`: a file for its owner, the password by reference only."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.cli.conftest import Pilotage

_ENVIRON = {"ROBOT": "s3cret-Word"}
_LOGIN = ("--user", "robot$fleet", "--password", "env:ROBOT")


def test_the_file_is_for_its_owner_and_nothing_else_tells_the_password(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Mode 0600 from its first byte, and both streams clean."""
    file = tmp_path / "pull.yaml"

    outcome = pilotage(
        *("registry", "pull-secret", "-n", "web", "-s", "default", "-o", str(file)),
        *_LOGIN,
        environ=_ENVIRON,
    )

    assert outcome.code == 0
    assert f"{file.stat().st_mode & 0o777:o}" == "600"
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["metadata"] == {
        "name": "pilotage-pull",
        "namespace": "web",
    }
    assert "s3cret-Word" not in outcome.out + outcome.err
    assert "--type=json" in outcome.out


def test_a_file_that_is_there_stays_as_it_is(pilotage: Pilotage, tmp_path: Path) -> None:
    """Somebody may rely on what it holds."""
    file = tmp_path / "pull.yaml"
    file.write_text("theirs\n", encoding="utf-8")

    outcome = pilotage(
        "registry", "pull-secret", "-n", "web", "-o", str(file), *_LOGIN, environ=_ENVIRON
    )

    assert outcome.code == 2
    assert file.read_text(encoding="utf-8") == "theirs\n"
    assert "The file is there already." in outcome.err


def test_a_password_in_the_arguments_is_refused_without_being_repeated(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Arguments are seen by everybody on a machine."""
    file = tmp_path / "pull.yaml"

    outcome = pilotage(
        *("registry", "pull-secret", "-n", "web", "-o", str(file)),
        *("--user", "robot", "--password", "s3cret-Word"),
    )

    assert outcome.code == 2
    assert "s3cret-Word" not in outcome.out + outcome.err
    assert not file.exists()


def test_a_user_without_a_password_is_not_given_the_one_of_somebody_else(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """The target's password belongs to the target's user."""
    file = tmp_path / "pull.yaml"

    outcome = pilotage("registry", "pull-secret", "-n", "web", "-o", str(file), "--user", "robot")

    assert outcome.code == 2
    assert "Name both with --user and --password." in outcome.err


def test_the_document_names_what_was_written_and_no_login(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """For pipelines that keep their logs."""
    file = tmp_path / "pull.yaml"

    document = pilotage(
        *("registry", "pull-secret", "-n", "web", "-n", "db", "-o", str(file), "--json"),
        *_LOGIN,
        environ=_ENVIRON,
    ).document

    assert document["document"] == "pull_secret"
    assert document["namespaces"] == ["web", "db"]
    assert document["registry"] == "registry.example.net"
