"""An installation of Harbor that is taken back, in each shell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.errand.small_harbor import (
    INSTALLER,
    NONCE,
    YML,
    calls,
    harbor_host,
    installed,
    sent,
)
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer, ErrandOutcome
from wizard.errand.script import errand_script
from wizard.registries.installing.install import removal_errand
from wizard.secret import Secret


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a host on which an operator has laid the bundle."""
    return harbor_host(tmp_path)


def _removed(root: Path, data: str = "", *, shell: str = "dash") -> ErrandAnswer:
    return sent(root, errand_script(_removal(data), nonce=NONCE, payload=None), shell)


def _removal(data: str) -> Errand:
    return removal_errand("harbor", directory="/opt/harbor", data=data)


def _tree(root: Path) -> set[str]:
    names = {str(path.relative_to(root)) for path in root.rglob("*")}
    return {one for one in names if not one.startswith(("var", "calls", "asked", "bin"))}


@pytest.mark.parametrize("shell", SHELLS)
def test_an_installation_is_taken_back_and_its_data_only_by_name(root: Path, shell: str) -> None:
    """What stays can be installed again; what was there before Pilotage is there then."""
    before = _tree(root)
    installed(root)

    kept = _removed(root, shell=shell)
    left = {(root / one).exists() for one in ("data/secret", "opt/harbor/harbor.yml")}
    installed(root)
    wrong = _removed(root, "/srv", shell=shell)
    gone = _removed(root, "/data", shell=shell)
    again = _removed(root, "/data", shell=shell)

    assert (kept.outcome, kept.detail, left) == (ErrandOutcome.DONE, "", {True})
    assert len(calls(root)) == 2
    assert (wrong.outcome, "its data are in /data" in wrong.detail) == (ErrandOutcome.REFUSED, True)
    assert (gone.outcome, again.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert _tree(root) == before
    assert (root / "images").read_text() == "goharbor/redis-photon:v2.9.0\nnginx:1\n"


def test_data_that_were_there_before_are_not_deleted(root: Path) -> None:
    """Nor is a Harbor that somebody else installed."""
    (root / "data").mkdir()
    (root / "data/photos").touch()
    installed(root)
    answer = _removed(root, "/data")
    (root / "opt/harbor/.pilotage").rename(root / "notes")

    theirs = _removed(root)

    assert (answer.outcome, "before Pilotage came" in answer.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )
    assert (theirs.outcome, "was not installed by Pilotage" in theirs.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )


def _unpacked_by_hand(root: Path) -> None:
    """Lay an installer there as an operator does, with settings that were thought about."""
    folder = root / "opt/harbor"
    folder.mkdir()
    (folder / "install.sh").write_text(INSTALLER, encoding="ascii")
    (folder / "install.sh").chmod(0o755)
    (folder / "harbor.yml").write_text(YML.reveal(), encoding="utf-8")


def test_data_are_those_of_the_settings_that_count(root: Path) -> None:
    """Which are those that were there, whatever volume the ones that were sent name."""
    _unpacked_by_hand(root)
    (root / "data").mkdir()
    (root / "data/photos").touch()
    sent_along = Secret(YML.reveal().replace("data_volume: /data", "data_volume: /data2"))
    installed(root, yml=sent_along)

    answer = _removed(root, "/data")

    assert (answer.outcome, "before Pilotage came" in answer.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )
    assert (root / "data/photos").exists()


def test_an_installer_and_settings_that_an_operator_laid_there_stay(root: Path) -> None:
    """What was cut short in the middle of it is gone on with."""
    _unpacked_by_hand(root)
    before = _tree(root)
    installed(root)

    gone = _removed(root, "/data")
    again = _removed(root, "/data")

    assert (gone.outcome, _tree(root)) == (ErrandOutcome.DONE, before)
    assert (again.outcome, _tree(root)) == (ErrandOutcome.UNCHANGED, before)


def test_a_removal_that_was_cut_after_the_data_went_is_gone_on_with(root: Path) -> None:
    """The settings that name the data go after them."""
    before = _tree(root)
    installed(root)
    shutil.rmtree(root / "data")
    (root / "opt/harbor/harbor.yml").unlink()
    first = _removed(root, "/data")
    (root / "opt/harbor.part").mkdir()

    second = _removed(root, "/data")

    assert (first.outcome, second.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert _tree(root) == before


def test_a_link_to_the_disk_of_the_data_stays_and_the_disk_is_emptied(root: Path) -> None:
    """Neither was made by us; its own directory of what was found is nobody's data."""
    (root / "disk/lost+found").mkdir(parents=True)
    (root / "data").symlink_to("disk")
    installed(root)

    gone = _removed(root, "/data")

    assert (gone.outcome, gone.detail) == (ErrandOutcome.DONE, "")
    assert ((root / "data").is_symlink(), [one.name for one in (root / "disk").iterdir()]) == (
        True,
        ["lost+found"],
    )


def test_why_containers_do_not_end_is_told(root: Path) -> None:
    """Not that an older Compose, which nobody needs, is missing."""
    installed(root)
    docker = root / "bin/docker"
    text = docker.read_text(encoding="ascii").replace("rm -f installed", "echo busy; exit 1")
    docker.write_text(text, encoding="ascii")

    answer = _removed(root)

    assert (answer.outcome, answer.detail) == (
        ErrandOutcome.REFUSED,
        "its containers do not end: busy",
    )


def test_a_unit_of_an_earlier_pilotage_is_known_by_its_words(root: Path) -> None:
    """It did not say who wrote it."""
    installed(root)
    unit = root / "etc/systemd/system/harbor.service"
    unit.write_text(unit.read_text(encoding="ascii").partition("\n")[2], encoding="ascii")

    answer = _removed(root)

    assert (answer.outcome, unit.exists()) == (ErrandOutcome.DONE, False)


@pytest.mark.parametrize("theirs", ["data/secret/keys/secretkey", "opt/harbor/docker-compose.yml"])
def test_a_harbor_of_somebody_else_that_is_down_is_left_alone(root: Path, theirs: str) -> None:
    """It has no containers, and passwords that nobody here knows."""
    file = root / theirs
    file.parent.mkdir(parents=True)
    file.write_text("image: goharbor/harbor-core\n", encoding="ascii")

    answer = installed(root)

    assert (answer.outcome, "though it is down" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert calls(root) == []


def test_a_unit_of_somebody_else_is_left_alone(root: Path) -> None:
    """It may start another Harbor, or this one in another way."""
    unit = root / "etc/systemd/system/harbor.service"
    unit.write_text("[Service]\nExecStart=theirs\n", encoding="ascii")

    answer = installed(root)

    assert (answer.outcome, "did not write" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert (unit.read_text(encoding="ascii"), calls(root)) == (
        "[Service]\nExecStart=theirs\n",
        [],
    )
