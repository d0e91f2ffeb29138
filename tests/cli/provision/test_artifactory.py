"""`pilotage registry provision` on a practice Artifactory: made with a licence, else told."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.cli.provision.place import Place, actions
from tests.registries.conftest import QuickClock
from wizard.practice.artifactory.artifactory import PracticeArtifactory, Setting
from wizard.registries.authority import Login
from wizard.secret import Secret

LINES = "    artifactory: {upstreams: {docker.io: {repository: hub}}, locals: [own]}\n"


def place_of(server: PracticeArtifactory, folder: Path, clock: QuickClock) -> Place:
    """Return the command in front of an Artifactory."""
    login = Login(username="admin", password=server.setting.password)
    place = Place(folder=folder, transport=httpx.ASGITransport(server), clock=clock, login=login)
    place.write(LINES, kind="artifactory")
    return place


def test_with_a_licence_repositories_are_made_once(tmp_path: Path, clock: QuickClock) -> None:
    """A second pass finds nothing but what only a person can switch."""
    place = place_of(PracticeArtifactory(), tmp_path, clock)
    first = place.run("--yes", "--json")
    assert (first.code, first.document["done"]) == (
        8,
        ["remote repository hub", "local repository own"],
    )
    second = place.run("--yes", "--json")
    assert (second.code, second.document["done"]) == (8, [])
    assert set(actions(second).values()) <= {"nothing", "by_hand"}


def test_without_a_licence_each_is_told_as_a_form(tmp_path: Path, clock: QuickClock) -> None:
    """Nothing is asked, since nothing can be done; the fields are there to be filled in."""
    place = place_of(PracticeArtifactory(Setting(licence="jcr edition")), tmp_path, clock)
    outcome = place.run()
    assert (outcome.code, "BY HAND: remote repository hub" in outcome.out) == (8, True)
    assert "Repository Key: " in outcome.out
    assert "Nothing is to be done but what is left to you: 3." in outcome.out


def test_a_wrong_password_is_told(tmp_path: Path, clock: QuickClock) -> None:
    """As of the other products."""
    place = place_of(PracticeArtifactory(), tmp_path, clock)
    place.login = Login(username="admin", password=Secret("wr0ng"))
    outcome = place.run("--yes")
    assert (outcome.code, "Artifactory does not take the login" in outcome.err) == (3, True)


def test_what_the_attempt_was_refused_is_not_told_as_done(
    tmp_path: Path, clock: QuickClock
) -> None:
    """A free edition that hides its licence refuses the first one: the form is told then."""
    server = PracticeArtifactory(Setting(licence="jcr edition", tells_licence=False))
    place = place_of(server, tmp_path, clock)
    outcome = place.run("--yes", "--json")
    assert (outcome.code, outcome.document["done"], outcome.document["complete"]) == (8, [], True)
    assert outcome.document["left_by_hand"] == [
        "remote repository hub",
        "local repository own",
        "pulls without an account from hub",
    ]
    told = place.run("--yes")
    assert "created: " not in told.err
    assert "BY HAND: remote repository hub" in told.out + told.err
    assert "0 subjects are as wanted now. 3 left to you" in told.err
