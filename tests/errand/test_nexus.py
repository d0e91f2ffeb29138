"""Nexus installed as a container and taken back, in each shell, cut at any change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.errand.small_docker import FIRST, SmallDocker
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import ErrandOutcome
from wizard.registries.installing.nexus import (
    NexusInstallation,
    licence_errand,
    licence_of,
    look_errand,
    nexus_errand,
    password_payload,
    removal_errand,
)
from wizard.registries.installing.nexus_preflight import NexusHost, nexus_host
from wizard.secret import Secret, redact

_WANTED = NexusInstallation(
    host="h", image="sonatype/nexus3:3.96.4", archive="/archive.tar", seconds=30
)
_PASSWORD = 'pass"word\\with: @all'  # noqa: S105  # of nobody
_PAYLOAD = password_payload(Secret(_PASSWORD))
_INSTALL = nexus_errand(_WANTED)


@pytest.fixture
def host(tmp_path: Path) -> SmallDocker:
    """Return a host on which an operator has laid the image's archive."""
    return SmallDocker(tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_once_found_installed_then_and_taken_back(
    host: SmallDocker, shell: str
) -> None:
    """All that it needs is published and allowed; what is left then is what was there before."""
    before = host.tree()

    first = host.carried_out(_INSTALL, _PAYLOAD, shell=shell)
    second = host.carried_out(_INSTALL, _PAYLOAD, shell=shell)
    kept = host.carried_out(removal_errand("h", name="nexus", data=""), shell=shell)
    is_kept = host.data.exists()
    remove = removal_errand("h", name="nexus", data="/srv/nexus-data")
    gone = host.carried_out(remove, shell=shell)
    again = host.carried_out(remove, shell=shell)

    assert (first.outcome, first.detail) == (ErrandOutcome.DONE, "")
    assert (second.outcome, second.detail) == (ErrandOutcome.UNCHANGED, "")
    [create] = host.calls("docker create")
    assert "--restart unless-stopped" in create
    assert "--ulimit nofile=65536:65536" in create
    assert f"-v {host.data}:/nexus-data:Z -p 8081:8081 -p 8082:8082 -p 8083:8083" in create
    assert (kept.outcome, is_kept) == (ErrandOutcome.DONE, True)
    assert (gone.outcome, again.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert host.tree() == before | {"etc": None, "etc/pilotage": None}
    assert not (host.state / "image").exists()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "change",
    [
        "docker load",
        "chown 200:200",
        "docker create",
        "docker start",
        "PUT http://127.0.0.1:8081/service/rest/v1/security/users/admin/change-password",
    ],
)
def test_an_installation_that_is_cut_goes_on_where_it_was(
    host: SmallDocker, moment: str, change: str
) -> None:
    """Nothing is made twice, the password is the chosen one, and all of it can be taken back."""
    before = host.tree()
    host.say("cut", f"{moment} {change}\n")
    code, _said = host.sent(_INSTALL, _PAYLOAD)

    again = host.carried_out(_INSTALL, _PAYLOAD)

    assert code == -9
    assert (again.detail, again.outcome in {ErrandOutcome.DONE, ErrandOutcome.UNCHANGED}) == (
        "",
        True,
    )
    assert (host.state / "created").read_text() == "created\n"
    assert (host.data / "password").read_text() == _PASSWORD
    notes = (host.root / "etc/pilotage/nexus-nexus.notes").read_text().splitlines()
    assert notes == ["image sonatype/nexus3:3.96.4 loaded", "data /srv/nexus-data new"]
    host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus-data"))
    assert host.tree() == before | {"etc": None, "etc/pilotage": None}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("change", ["docker stop", "docker rm", "docker image", "chown 0:0"])
def test_a_removal_that_is_cut_goes_on_where_it_was(
    host: SmallDocker, moment: str, change: str
) -> None:
    """What it was to leave is all that there is then."""
    host.data.mkdir()
    before = host.tree()
    host.carried_out(_INSTALL, _PAYLOAD)
    owner = f"{host.data.stat().st_uid}:{host.data.stat().st_gid}"
    host.say("cut", f"{moment} {change.replace('0:0', owner)}\n")
    remove = removal_errand("h", name="nexus", data="/srv/nexus-data")

    code, _said = host.sent(remove, None)
    again = host.carried_out(remove)

    assert (code, again.detail) == (-9, "")
    assert host.tree() == before | {"etc": None, "etc/pilotage": None}
    assert (host.state / "image").exists() is False


def test_no_password_is_in_a_word_of_a_command_or_in_what_is_told(host: SmallDocker) -> None:
    """Everybody on a host reads the words of its processes."""
    _code, said = host.sent(_INSTALL, _PAYLOAD)

    calls = "\n".join(host.calls(""))
    notes = (host.root / "etc/pilotage/nexus-nexus.notes").read_text()
    assert [one for one in (_PASSWORD, FIRST) if one in calls + said + notes] == []


def test_a_password_that_is_not_the_one_is_tried_once(host: SmallDocker) -> None:
    """It may be of an operator who has changed it; nothing is guessed."""
    host.carried_out(_INSTALL, _PAYLOAD)
    (host.state / "calls").write_text("")

    answer = host.carried_out(_INSTALL, password_payload(Secret("another")))

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "another password of admin" in answer.detail
    assert len(host.calls("curl")) == 2


def test_the_licence_is_accepted_in_the_words_that_were_shown(host: SmallDocker) -> None:
    """Byte for byte; other words than those are not."""
    licence = licence_of(host.carried_out(_INSTALL, _PAYLOAD))
    assert licence is not None
    other = replace(licence, shown="0" * 64)

    refused = host.carried_out(licence_errand(_WANTED, other), _PAYLOAD)
    done = host.carried_out(licence_errand(_WANTED, licence), _PAYLOAD)
    again = host.carried_out(licence_errand(_WANTED, licence), _PAYLOAD)

    assert (licence.is_accepted, licence.text) == (
        False,
        'Use “this”, "accepted" : false\\n or not.',
    )
    assert (refused.outcome, "no longer" in refused.detail) == (ErrandOutcome.REFUSED, True)
    assert (done.outcome, again.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert (host.state / "licence").read_text() == (host.state / "accepted").read_text()


@pytest.mark.parametrize("word", ["this", "accepted"])
def test_a_password_that_is_a_word_of_the_licence_stands_in_nobodys_way(
    host: SmallDocker, word: str
) -> None:
    """It is struck out of what is shown; what is accepted are the words that Nexus told."""
    answer = host.carried_out(_INSTALL, _PAYLOAD)
    struck = (replace(one, detail=redact(one.detail, (Secret(word),))) for one in answer.steps)
    licence = licence_of(replace(answer, steps=tuple(struck)))
    assert licence is not None

    done = host.carried_out(licence_errand(_WANTED, licence), _PAYLOAD)

    assert (word in licence.text, licence.is_accepted) == (False, False)
    assert (done.outcome, done.detail) == (ErrandOutcome.DONE, "")


def test_an_image_that_did_not_come_is_not_taken_back_when_somebody_else_brings_it(
    host: SmallDocker,
) -> None:
    """What is noted as loaded may be removed, so it is noted no more."""
    before = host.tree()
    host.say("full", "")
    answer = host.carried_out(_INSTALL, _PAYLOAD)

    (host.state / "full").unlink()
    host.say("image", "amd64\n")
    host.carried_out(removal_errand("h", name="nexus", data=""))
    assert answer.outcome is ErrandOutcome.REFUSED
    assert (host.state / "image").exists()
    (host.state / "image").unlink()
    assert host.tree() == before | {"etc": None, "etc/pilotage": None}


def _taken(host: SmallDocker) -> None:
    line = "   0: 00000000:1F92 00000000:0000 0A\n"
    (host.root / "proc/net/tcp").write_text(line, encoding="ascii")


def _strange_data(host: SmallDocker) -> None:
    host.data.mkdir()
    (host.data / "photos").touch()


def _link_to_strange_data(host: SmallDocker) -> None:
    (host.root / "disk").mkdir()
    (host.root / "disk/photos").touch()
    host.data.symlink_to("../disk")


_OBSTACLES: dict[str, tuple[Callable[[SmallDocker], object], str]] = {
    "a container": (lambda host: host.say("theirs", ""), "Pilotage did not make it"),
    "a port": (_taken, "port 8082 is taken"),
    "data": (_strange_data, "not the data of a Nexus"),
    "a link to data": (_link_to_strange_data, "not the data of a Nexus"),
    "no archive": (lambda host: (host.root / "archive.tar").unlink(), "there is no archive"),
}


@pytest.mark.parametrize("case", _OBSTACLES)
def test_what_stands_against_it_leaves_the_host_as_it_was(host: SmallDocker, case: str) -> None:
    """Nothing half-done is left."""
    spoil, words = _OBSTACLES[case]
    spoil(host)
    before = host.tree()

    answer = host.carried_out(_INSTALL, _PAYLOAD)

    assert (answer.outcome, words in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert host.tree() == before
    assert host.calls("docker create", "docker load", "docker pull") == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("full", "", "no space left on device"),
        ("architecture", "arm64\n", "is for arm64, and this host is amd64"),
        ("broken", "", "exec format error"),
    ],
)
def test_what_fails_on_the_way_is_told_and_can_be_taken_back(
    host: SmallDocker, name: str, text: str, words: str
) -> None:
    """A full disk, an image for other machines, a container that does not start."""
    before = host.tree()
    host.say(name, text)

    failed = host.carried_out(_INSTALL, _PAYLOAD)
    host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus-data"))

    assert failed.outcome in {ErrandOutcome.FAILED, ErrandOutcome.REFUSED}
    assert words in failed.detail
    assert host.tree() == before | {"etc": None, "etc/pilotage": None}


def test_a_container_that_ends_by_itself_is_told_with_its_last_words(host: SmallDocker) -> None:
    """At once, and not when its time is up."""
    host.say("crash", "java.lang.OutOfMemoryError\n")

    answer = host.carried_out(_INSTALL, _PAYLOAD)

    assert answer.outcome is ErrandOutcome.FAILED
    assert answer.detail == "it ends by itself: java.lang.OutOfMemoryError"


def test_a_directory_that_was_there_is_emptied_and_given_back(host: SmallDocker) -> None:
    """A file system of its own for the data: the directory is not ours to remove."""
    (host.data / "lost+found").mkdir(parents=True)
    before = host.tree()
    host.carried_out(_INSTALL, _PAYLOAD)

    host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus-data"))

    assert host.tree() == before | {"etc": None, "etc/pilotage": None}
    owner = f"{host.data.stat().st_uid}:{host.data.stat().st_gid}"
    assert host.calls("chown")[-1] == f"chown {owner} {host.data}"


def test_data_that_pilotage_did_not_make_are_not_deleted(host: SmallDocker) -> None:
    """By whatever name they are asked for."""
    _strange_data(host)

    answer = host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus-data"))

    assert (answer.outcome, "was not made by Pilotage" in answer.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )
    assert (host.data / "photos").exists()


def _facts(host: SmallDocker, shell: str = "dash") -> NexusHost:
    return nexus_host(host.carried_out(look_errand(_WANTED), shell=shell).steps)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_look_at_a_host_tells_whose_everything_is(host: SmallDocker, shell: str) -> None:
    """Before, when somebody else was there, and when it is installed; and it changes nothing."""
    before = host.tree()
    clean = _facts(host, shell)
    unchanged = host.tree() == before
    _taken(host)
    _strange_data(host)
    host.say("theirs", "")
    host.say("security", "[name=userns]\n")
    taken = _facts(host, shell)

    assert (clean.container, clean.data, clean.taken, clean.is_remapped) == (
        *("nobody", "none"),
        (),
        False,
    )
    assert (taken.container, taken.data, taken.taken, taken.is_remapped) == (
        *("theirs", "theirs"),
        (8082,),
        True,
    )
    assert (clean.docker, clean.starts_at_boot, unchanged) == ("28.5.2", True, True)
    assert clean.available_kib > 0
    assert clean.disk_kib > 0


@pytest.mark.parametrize(
    ("capabilities", "files"), [("000001ffffffffff", 1_000_000), ("000001fffeffffff", 20_000)]
)
def test_open_files_are_those_that_dockers_daemon_can_allow(
    host: SmallDocker, capabilities: str, files: int
) -> None:
    """One that may not raise its limit, in a container itself, allows no more than it has."""
    host.program("pidof", "#!/bin/sh\necho 7\n")
    for name, text in {
        "proc/sys/fs/nr_open": "1000000\n",
        "proc/7/status": f"Name:\tdockerd\nCapEff:\t{capabilities}\n",
        "proc/7/limits": "Max open files            20000                20000      files\n",
    }.items():
        (host.root / name).parent.mkdir(parents=True, exist_ok=True)
        (host.root / name).write_text(text, encoding="ascii")

    assert _facts(host).open_files == files


def test_its_own_installation_is_told_as_such(host: SmallDocker) -> None:
    """Its own ports and data are no obstacle."""
    host.carried_out(_INSTALL, _PAYLOAD)

    facts = _facts(host)

    assert (facts.container, facts.data) == ("ours", "ours")


def test_a_note_of_one_directory_is_none_of_another_that_is_called_alike(host: SmallDocker) -> None:
    """A full stop in a name stands for itself alone."""
    host.carried_out(_INSTALL, _PAYLOAD)
    (host.root / "srv/nexus.data").mkdir()
    (host.root / "srv/nexus.data/photos").touch()

    answer = host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus.data"))
    gone = host.carried_out(removal_errand("h", name="nexus", data="/srv/nexus-data"))

    assert (answer.outcome, "was not made by Pilotage" in answer.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )
    assert (host.root / "srv/nexus.data/photos").exists()
    assert (gone.outcome, host.data.exists()) == (ErrandOutcome.DONE, False)
