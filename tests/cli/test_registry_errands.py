"""Errands from the command line: asked first, followed to their end, told step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.errand.errand import ErrandAnswer, ErrandName, ErrandOutcome, ErrandStep
from wizard.service import Errand

_SECRET = (
    *("registry", "pull-secret", "--apply", "web1", "-n", "shop", "-s", "default"),
    *("--user", "robot$fleet", "--password", "env:ROBOT"),
)
_ENVIRON = {"ROBOT": "s3cret-Word"}
_DONE = ErrandAnswer(
    outcome=ErrandOutcome.DONE, steps=(ErrandStep(subject="secret in shop", result="changed"),)
)


def _errand(service: PracticeService) -> Errand:
    [call] = service.called("start_errand")
    errand = call["errand"]
    assert isinstance(errand, Errand)
    return errand


def test_pull_secrets_go_to_a_host_as_a_payload_and_in_no_word(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The journal keeps the words of an errand, so the login is not among them."""
    service.errand = _DONE

    outcome = pilotage(*_SECRET, "--yes", environ=_ENVIRON)

    errand = _errand(service)
    [call] = service.called("start_errand")
    assert outcome.code == 0
    assert (errand.name, errand.host) == (ErrandName.PULL_SECRET, "web1")
    assert errand.arguments == ("pilotage-pull", "shop", "default")
    assert ".dockerconfigjson" in call["payload"].reveal()
    assert "secret in shop: changed" in outcome.out
    assert "s3cret-Word" not in outcome.out + outcome.err


def test_a_no_starts_nothing(pilotage: Pilotage, service: PracticeService) -> None:
    """A cluster is changed only when a person agreed."""
    outcome = pilotage(*_SECRET, typed="n\n", environ=_ENVIRON)

    assert outcome.code == 8
    assert service.called("start_errand") == []


def test_a_refusal_is_told_with_the_hosts_words(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """And by the exit code of hosts."""
    service.errand = ErrandAnswer(outcome=ErrandOutcome.REFUSED, detail="there is no kubectl here")

    outcome = pilotage(*_SECRET, "--yes", environ=_ENVIRON)

    assert outcome.code == 5
    assert "there is no kubectl here" in outcome.out


def test_backups_are_placed_with_their_timer(pilotage: Pilotage, service: PracticeService) -> None:
    """The same files that are written without a host."""
    service.errand = _DONE

    outcome = pilotage("registry", "harbor-backup", "--apply", "db1", "--keep", "3", "--yes")

    errand = _errand(service)
    assert (outcome.code, errand.name) == (0, ErrandName.BACKUP_TIMER)
    assert errand.arguments[0] == "pilotage-harbor-backup.timer"
    assert errand.arguments[4:6] == ("/etc/pilotage/harbor-backup.conf", "600")


def test_a_drill_asks_nothing_and_tells_what_was_proven(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """It changes nothing that stays."""
    proof = ErrandStep(subject="backup 20260101T000000Z: 1 projects", result="same")
    service.errand = ErrandAnswer(outcome=ErrandOutcome.UNCHANGED, steps=(proof,))

    outcome = pilotage("registry", "restore-drill", "db1")

    assert (outcome.code, _errand(service).arguments) == (0, ("", ""))
    assert "backup 20260101T000000Z: 1 projects" in outcome.out.splitlines()


@pytest.mark.parametrize(
    "arguments",
    [
        ("pull-secret", "-n", "shop", "--user", "u", "--password", "env:ROBOT"),
        ("pull-secret", "-n", "shop", "-o", "x", "--apply", "web1"),
        ("harbor-backup",),
        ("harbor-backup", "-o", "x", "--apply", "web1"),
    ],
)
def test_where_it_goes_is_said_once(
    pilotage: Pilotage, service: PracticeService, arguments: tuple[str, ...]
) -> None:
    """A file or a host, not both and not neither."""
    outcome = pilotage("registry", *arguments, environ=_ENVIRON)

    assert outcome.code == 2
    assert "Name one of -o" in outcome.err
    assert service.calls == []


def test_a_preflight_tells_each_obstacle_with_its_way_out(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """And ends as a host that needs a look."""
    steps = (
        ErrandStep(subject="architecture", result="same", detail="aarch64"),
        ErrandStep(subject="docker", result="same", detail="28.5.2"),
        ErrandStep(subject="compose", result="same", detail="2.40.0"),
        ErrandStep(subject="systemd", result="same", detail="yes"),
    )
    service.errand = ErrandAnswer(outcome=ErrandOutcome.UNCHANGED, steps=steps)

    outcome = pilotage("registry", "harbor-preflight", "web1")
    document = pilotage("registry", "harbor-preflight", "web1", "--json").document

    assert outcome.code == 5
    assert outcome.out.splitlines()[:2] == [
        "Blocked: Its architecture is aarch64, and Harbor's images are for amd64.",
        "  way out  Take another host.",
    ]
    assert [one["severity"] for one in document["findings"]] == ["block"]


def test_an_installation_looks_at_the_host_first_and_stops_at_what_blocks_it(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The installer would fail halfway."""
    yml = tmp_path / "harbor.yml"
    yml.write_text("hostname: h\nhttps:\n  port: 443\n", encoding="utf-8")
    arm = (ErrandStep(subject="architecture", result="same", detail="aarch64"),)
    service.errand = ErrandAnswer(outcome=ErrandOutcome.UNCHANGED, steps=arm)

    outcome = pilotage(
        *("registry", "harbor-install", "db1", "--bundle", "/b.tgz", "--yml", str(yml), "--yes")
    )

    assert outcome.code == 5
    assert "images are for amd64" in outcome.err
    assert [call["errand"].name for call in service.called("start_errand")] == [
        ErrandName.HARBOR_HOST
    ]


def test_an_installation_brings_harbor_yml_as_a_payload(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """It holds passwords, and the journal keeps the words of an errand."""
    yml = tmp_path / "harbor.yml"
    yml.write_text("hostname: h\nhttps:\n  port: 443\nword: Admin0Admin0\n", encoding="utf-8")
    good = {"architecture": "x86_64", "docker": "28.5.2", "compose": "2.40.0", "systemd": "yes"}
    steps = tuple(
        ErrandStep(subject=name, result="same", detail=text) for name, text in good.items()
    )
    service.errand = ErrandAnswer(outcome=ErrandOutcome.DONE, steps=steps)

    outcome = pilotage(
        *("registry", "harbor-install", "db1", "--bundle", "/b.tgz", "--yml", str(yml), "--yes")
    )

    [_look, call] = service.called("start_errand")
    assert outcome.code == 0
    assert call["errand"].name is ErrandName.HARBOR_INSTALL
    assert "Admin0Admin0" not in " ".join(call["errand"].arguments)
    assert "Admin0Admin0" in call["payload"].reveal()
    assert "from the first day: pilotage registry harbor-backup --apply db1" in outcome.err


def test_harbors_data_go_only_when_they_are_named(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The question says which."""
    service.errand = _DONE

    declined = pilotage(
        *("registry", "harbor-remove", "db1", "--delete-data", "/data"), typed="n\n"
    )
    outcome = pilotage("registry", "harbor-remove", "db1", "--yes")

    assert (declined.code, "delete all in /data" in declined.err) == (8, True)
    assert (outcome.code, _errand(service).arguments[:2]) == (0, ("/opt/harbor", ""))


def test_docker_is_installed_after_a_question_that_tells_the_way_back(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """And what it does to a host besides."""
    service.errand = _DONE

    outcome = pilotage("registry", "docker-install", "db1", "--without-compose", typed="y\n")

    assert "apt-get purge $(cat /etc/pilotage/docker-packages)" in outcome.err
    assert "drops packets" in outcome.err
    assert (_errand(service).name, _errand(service).arguments) == (
        ErrandName.DOCKER_INSTALL,
        ("", ""),
    )


def test_a_repository_of_docker_is_asked_about_with_the_files_that_it_takes(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nobody else is trusted by a host unasked."""
    service.errand = _DONE

    outcome = pilotage("registry", "docker-install", "db1", "--from-docker", typed="y\n")

    assert "/etc/apt/sources.list.d/docker.list" in outcome.err
    assert _errand(service).arguments == ("yes", "yes")
