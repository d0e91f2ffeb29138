"""Harbor installed by an installer of the same shape, in each shell, cut at any point."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.errand.small_harbor import (
    INSTALLER,
    NONCE,
    YML,
    calls,
    environ,
    harbor_host,
    install_script,
    installed,
    sent,
)
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import ErrandOutcome
from wizard.errand.script import errand_script
from wizard.errors import InputError
from wizard.registries.installing.install import (
    Installation,
    install_errand,
    ports,
    removal_errand,
)
from wizard.secret import Secret


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a host on which an operator has laid the bundle."""
    return harbor_host(tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_once_and_found_installed_then(root: Path, shell: str) -> None:
    """The installer restarts all of Harbor each time it runs, so it runs once."""
    first = installed(root, shell=shell)
    second = installed(root, shell=shell)

    assert (first.outcome, first.detail) == (ErrandOutcome.DONE, "")
    assert (second.outcome, second.detail) == (ErrandOutcome.UNCHANGED, "")
    assert calls(root) == ["args=--with-trivy host=unset term=dumb"]
    yml = root / "opt/harbor/harbor.yml"
    assert (yml.read_text(encoding="utf-8"), yml.stat().st_mode & 0o077) == (YML.reveal(), 0)
    file = root / "etc/systemd/system/harbor.service"
    unit = file.read_text(encoding="ascii")
    assert unit.startswith("# Written by Pilotage")
    # systemd complains of one that only root may read.
    assert file.stat().st_mode & 0o777 == 0o644
    assert "WorkingDirectory=/opt/harbor\n" in unit
    assert (root / "asked").read_text(encoding="ascii").splitlines()[0] == (
        "https://127.0.0.1:8443/api/v2.0/health"
    )


def test_a_harbor_yml_that_is_there_stays(root: Path) -> None:
    """Its passwords count since the first start, and nobody knows them otherwise."""
    installed(root)
    other = Secret(YML.reveal().replace("Admin0", "Other0"))

    answer = installed(root, yml=other)

    assert answer.outcome is ErrandOutcome.UNCHANGED
    assert (root / "opt/harbor/harbor.yml").read_text(encoding="utf-8") == YML.reveal()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("stays", "asked"),
    [
        (YML.reveal().replace("port: 8443", "port: 9443  # theirs"), "https://127.0.0.1:9443"),
        (
            "hostname: a.example.net\nhttp:\n  port: 8080\ndata_volume: /data\n",
            "http://127.0.0.1:8080",
        ),
    ],
    ids=["tls", "plain"],
)
def test_health_is_asked_at_the_port_of_the_settings_that_stayed(
    root: Path, shell: str, stays: str, asked: str
) -> None:
    """Whatever port the ones that were sent name; that they stayed is told."""
    folder = root / "opt/harbor"
    folder.mkdir()
    (folder / "install.sh").write_text(INSTALLER, encoding="ascii")
    (folder / "install.sh").chmod(0o755)
    (folder / "harbor.yml").write_text(
        f"{stays}\nharbor_admin_password: Admin0Admin0Admin0Admin0\n", encoding="utf-8"
    )

    answer = installed(root, shell=shell)

    assert (answer.outcome, answer.detail) == (ErrandOutcome.DONE, "")
    assert (root / "asked").read_text(encoding="ascii").splitlines()[0] == (
        f"{asked}/api/v2.0/health"
    )
    assert [one.subject for one in answer.steps if "another one was sent" in one.subject] != []


def test_an_installer_that_fails_is_told_with_its_last_words_and_gone_on_with(root: Path) -> None:
    """What came before it is done already."""
    (root / "fails").touch()
    failed = installed(root)
    (root / "fails").unlink()

    again = installed(root)

    assert failed.outcome is ErrandOutcome.FAILED
    assert "no space left" in failed.detail
    assert again.outcome is ErrandOutcome.DONE
    assert [step.subject for step in again.steps if step.result == "same"][:2] == [
        f"{root}/opt/harbor",
        f"{root}/opt/harbor/harbor.yml",
    ]


def test_an_installation_that_is_killed_goes_on_where_it_was(root: Path) -> None:
    """Nothing is unpacked or written twice, and the lock went with the killed one."""
    (root / "hangs").touch()
    killed = subprocess.Popen(
        ["dash", "-s"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ(root),
        start_new_session=True,
    )
    assert killed.stdin is not None
    killed.stdin.write(install_script())
    killed.stdin.close()
    while not (root / "hanging").exists():
        assert killed.poll() is None
    busy = installed(root)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    subprocess.run(["pkill", "-9", "-s", str(killed.pid)], check=False)
    (root / "hangs").unlink()
    (root / "opt/harbor.part").mkdir()

    again = installed(root)

    assert busy.outcome is ErrandOutcome.REFUSED
    assert "is at work on this host" in busy.detail
    assert again.outcome is ErrandOutcome.DONE
    assert len(calls(root)) == 2


def test_a_harbor_that_does_not_get_well_is_no_success(root: Path) -> None:
    """Its API answers 200 all the same."""
    (root / "sick").touch()

    answer = installed(root, seconds=5)

    assert answer.outcome is ErrandOutcome.FAILED
    assert "not healthy after 5 s" in answer.detail


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: (root / "bundle.tgz").unlink(), "there is no bundle"),
        (lambda root: (root / "bundle.tgz").write_bytes(b"<html>"), "cannot be unpacked"),
        (lambda root: (root / "opt/harbor").mkdir(), "no installer of Harbor is in it"),
    ],
    ids=["missing", "page", "taken"],
)
def test_what_stands_against_it_leaves_the_host_as_it_was(
    root: Path, spoil: object, words: str
) -> None:
    """Nothing half-done is left."""
    assert callable(spoil)
    spoil(root)
    before = sorted(path.name for path in (root / "opt").iterdir())

    answer = installed(root)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert words in answer.detail
    assert sorted(path.name for path in (root / "opt").iterdir()) == before
    assert calls(root) == []


def test_the_ports_that_harbor_opens_are_read_in_its_file() -> None:
    """For the preflight, which asks about these."""
    assert ports(YML.reveal()) == (80, 8443, 9091)


@pytest.mark.parametrize("wrong", [{"bundle": "bundle.tgz"}, {"directory": "/opt/my harbor"}])
def test_paths_that_a_host_could_misread_are_refused(wrong: dict[str, str]) -> None:
    """Before anything is sent."""
    given = {"host": "h", "bundle": "/b.tgz", **wrong}

    with pytest.raises(InputError, match="no absolute path"):
        install_errand(Installation(**given), YML.reveal())  # type: ignore[arg-type]  # words only


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("place", ["srv/harbor", "opt/harbor"])
def test_a_harbor_of_somebody_else_is_left_alone(root: Path, shell: str, place: str) -> None:
    """The installer's `down -v` ends the Compose project of that name, wherever it is."""
    (root / place).mkdir(parents=True)
    (root / place / "install.sh").write_text(INSTALLER, encoding="ascii")
    (root / place / "harbor.yml").write_text("hostname: theirs\n", encoding="ascii")
    docker = root / "bin/docker"
    docker.write_text('#!/bin/sh\ncase "$*" in *ps*) echo "harbor-core";; esac\n', encoding="ascii")
    before = sorted(str(one) for one in root.rglob("*"))

    answer = installed(root, shell=shell)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "a Harbor is there already" in answer.detail
    assert calls(root) == []
    left = {str(one) for one in root.rglob("*")} - set(before)
    assert {one for one in left if "/var" not in one} == set()


def test_a_healthy_harbor_that_admin_cannot_enter_is_no_success(root: Path) -> None:
    """Health tells nothing of accounts; it is tried once, and no password is told."""
    (root / "changed").touch()

    answer = installed(root)

    assert answer.outcome is ErrandOutcome.FAILED
    assert "another password than harbor.yml says" in answer.detail
    assert "Admin0Admin0" not in str(answer)


def test_a_bundle_is_held_against_its_checksum(root: Path) -> None:
    """One that was cut short, or is another one, is not unpacked."""
    wanted = Installation(host="harbor", bundle="/bundle.tgz", bundle_sha256="0" * 64)
    errand = install_errand(wanted, YML.reveal())

    answer = sent(root, errand_script(errand, nonce=NONCE, payload=YML), "dash")

    assert (answer.outcome, "checksum" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert list((root / "opt").iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"bundle": "https://example.net/harbor.tgz"},
        {"bundle": "http://example.net/harbor.tgz", "bundle_sha256": "0" * 64},
        {"bundle_sha256": "abc"},
    ],
)
def test_a_url_takes_a_checksum(wrong: dict[str, str]) -> None:
    """And TLS; nothing is sent before."""
    given = {"host": "h", "bundle": "/b.tgz", **wrong}

    with pytest.raises(InputError, match=r"no SHA-256|no absolute path"):
        install_errand(Installation(**given), YML.reveal())  # type: ignore[arg-type]  # words only


_INTERNAL = Secret(
    YML.reveal().replace(
        "data_volume: /data",
        "data_volume: /data\ninternal_tls:\n  enabled: true\n  dir: /tls/internal",
    )
)


def _unpacked(root: Path) -> None:
    """Lay the parts of an offline installer there that the bundle of these tests lacks."""
    folder = root / "opt/harbor"
    folder.mkdir()
    (folder / "install.sh").write_text(INSTALLER, encoding="ascii")
    (folder / "install.sh").chmod(0o755)
    (folder / "harbor.v2.15.2.tar.gz").touch()
    (folder / "prepare").write_text(
        "docker run --rm -v $input_dir:/input --privileged goharbor/prepare:v2.15.2 prepare $@\n",
        encoding="ascii",
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_components_get_the_certificates_that_they_are_to_trust_each_other_by(
    root: Path, shell: str
) -> None:
    """Harbor's installer makes none, and fails without; one that failed is gone on with."""
    _unpacked(root)
    (root / "unmade").touch()
    failed = installed(root, yml=_INTERNAL, shell=shell)
    (root / "unmade").unlink()
    (root / "tls/internal").mkdir(parents=True)
    (root / "tls/internal/half").touch()

    done = installed(root, yml=_INTERNAL, shell=shell)
    again = installed(root, yml=_INTERNAL, shell=shell)
    removal = removal_errand("harbor", directory="/opt/harbor", data="/data")
    gone = sent(root, errand_script(removal, nonce=NONCE, payload=None), shell)

    assert (failed.outcome, "openssl not installed" in failed.detail) == (
        ErrandOutcome.FAILED,
        True,
    )
    assert (done.outcome, done.detail) == (ErrandOutcome.DONE, "")
    assert (again.outcome, gone.outcome) == (ErrandOutcome.UNCHANGED, ErrandOutcome.DONE)
    command = "run --rm -v /:/hostfs goharbor/prepare:v2.15.2 gencert -p /tls/internal -d 3650"
    assert (root / "made").read_text(encoding="ascii").splitlines() == [command, command]
    assert (len(calls(root)), (root / "tls/internal").exists()) == (1, False)


def test_certificates_that_were_only_begun_go_with_the_rest(root: Path) -> None:
    """The next installation would take them for those of an operator."""
    _unpacked(root)
    (root / "unmade").touch()
    installed(root, yml=_INTERNAL)
    (root / "tls/internal").mkdir(parents=True)
    (root / "tls/internal/half").touch()
    removal = removal_errand("harbor", directory="/opt/harbor", data="/data")

    gone = sent(root, errand_script(removal, nonce=NONCE, payload=None), "dash")

    assert (gone.outcome, gone.detail) == (ErrandOutcome.DONE, "")
    assert not (root / "tls/internal").exists()


@pytest.mark.parametrize("note", [b"", b"/tls/internal\n"], ids=["cut", "whole"])
def test_certificates_of_an_operator_stay_beside_a_note_that_was_cut(
    root: Path, note: bytes
) -> None:
    """An empty one says nothing of what was begun; a whole one does."""
    _unpacked(root)
    (root / "opt/harbor/.pilotage").mkdir()
    (root / "opt/harbor/.pilotage/internal.part").write_bytes(note)
    (root / "tls/internal").mkdir(parents=True)
    (root / "tls/internal/some.crt").touch()

    installed(root, yml=_INTERNAL)

    assert (root / "made").exists() == bool(note)


def test_certificates_of_an_operator_stay(root: Path) -> None:
    """They may be of the company's own authority."""
    _unpacked(root)
    (root / "tls/internal").mkdir(parents=True)
    (root / "tls/internal/theirs.crt").touch()

    done = installed(root, yml=_INTERNAL)
    removal = removal_errand("harbor", directory="/opt/harbor", data="/data")
    sent(root, errand_script(removal, nonce=NONCE, payload=None), "dash")

    assert (done.outcome, (root / "made").exists()) == (ErrandOutcome.DONE, False)
    assert (root / "tls/internal/theirs.crt").exists()
