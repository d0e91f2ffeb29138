"""Harbor installed by an installer of the same shape, in each shell, cut at any point."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.registries.installing.template_versions import NEWEST
from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer, ErrandOutcome
from wizard.errand.script import errand_answer, errand_script
from wizard.errors import InputError
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.install import (
    Installation,
    install_errand,
    ports,
    removal_errand,
)
from wizard.registries.installing.settings import HarborSettings, TLSFiles
from wizard.secret import Secret

_NONCE = "0123456789abcdef"
_YML = harbor_yml(
    NEWEST,
    HarborSettings(
        hostname="harbor.example.net",
        admin_password=Secret("Admin0Admin0Admin0Admin0"),
        database_password=Secret("Datab0Datab0Datab0Datab0"),
        tls=TLSFiles(certificate="/tls/crt", private_key="/tls/key", port=8443),
        metrics_port=9091,
    ),
)
_INSTALLER = """\
#!/bin/sh
echo "args=$* host=${host-unset} term=$TERM" >>../../calls
[ ! -e ../../fails ] || { echo 'no space left'; exit 3; }
[ ! -e ../../hangs ] || { : >../../hanging; sleep 60; }
: >../../installed
echo goharbor/harbor-core:v2.15.2 >>../../images
echo 'image: goharbor/harbor-core' >docker-compose.yml
mkdir -p ../../data/secret/keys && echo 0123456789abcdef >../../data/secret/keys/secretkey
"""
_PROGRAMS = {
    "docker": """\
#!/bin/sh
cd "$PILOTAGE_ROOT" || exit
case "$*" in
  'image ls'*) cat images ;;
  'image rm'*) grep -vxF "$3" images >images.new; mv images.new images ;;
  *'ps -a -q'*) [ ! -e installed ] || echo 0123 ;;
  'compose down') rm -f installed ;;
esac
exit 0
""",
    "systemctl": """\
#!/bin/sh
case $1 in
  is-enabled) [ -e "$PILOTAGE_ROOT/enabled" ] ;;
  enable) : >"$PILOTAGE_ROOT/enabled" ;;
  disable) rm -f "$PILOTAGE_ROOT/enabled" ;;
esac
""",
    "curl": """\
#!/bin/sh
for last; do :; done
if [ "$last" = - ]; then
  CONFIG=$(cat)
  case $CONFIG in
    *api/v2.0/users/current*) word='user = "admin:Admin0Admin0Admin0Admin0"' ;;
    *service/token*) echo '{"token": "a.b", "expires_in": 1800}'; word='user = "admin:Admin0' ;;
    */v2/*) word='Bearer a.b' ;;
  esac
  [ ! -e "$PILOTAGE_ROOT/changed" ] || word=another
  case $CONFIG in *"$word"*) printf '\\n200' ;; *) printf '\\n401' ;; esac
  exit
fi
echo "$last" >>"$PILOTAGE_ROOT/asked"
if [ -e "$PILOTAGE_ROOT/sick" ]; then echo '{"status": "unhealthy"}'; else
echo '{"status":"healthy","components":[{"name":"core","status":"healthy"}]}'; fi
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a host on which an operator has laid the bundle."""
    (tmp_path / "bin").mkdir()
    for name, text in _PROGRAMS.items():
        program = tmp_path / "bin" / name
        program.write_text(text, encoding="ascii")
        program.chmod(0o755)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    (tmp_path / "images").write_text("goharbor/redis-photon:v2.9.0\nnginx:1\n", encoding="ascii")
    with tarfile.open(tmp_path / "bundle.tgz", "w:gz") as tar:
        entry = tarfile.TarInfo("harbor/install.sh")
        entry.size, entry.mode = len(_INSTALLER), 0o755
        tar.addfile(entry, io.BytesIO(_INSTALLER.encode()))
    return tmp_path


def _script(*, seconds: int = 30, yml: Secret = _YML, with_trivy: bool = True) -> bytes:
    wanted = Installation(
        host="harbor", bundle="/bundle.tgz", seconds=seconds, with_trivy=with_trivy
    )
    errand = install_errand(wanted, yml.reveal())
    return errand_script(errand, nonce=_NONCE, payload=yml)


def _environ(root: Path) -> dict[str, str]:
    return {
        "PATH": f"{root}/bin:{os.environ['PATH']}",
        "HOME": str(root),
        "PILOTAGE_ROOT": str(root),
        "host": "evil.example.net",
    }


def _installed(
    root: Path, *, shell: str = "dash", seconds: int = 30, yml: Secret = _YML
) -> ErrandAnswer:
    return _sent(root, _script(seconds=seconds, yml=yml), shell)


def _sent(root: Path, script: bytes, shell: str) -> ErrandAnswer:
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=script,
        env=_environ(root),
        capture_output=True,
        timeout=120,
        check=False,
    )
    lines, said = done.stdout.splitlines(), done.stderr.decode()
    return errand_answer(lines, nonce=_NONCE, host="harbor", said=said)


def _calls(root: Path) -> list[str]:
    file = root / "calls"
    return file.read_text(encoding="ascii").splitlines() if file.exists() else []


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_once_and_found_installed_then(root: Path, shell: str) -> None:
    """The installer restarts all of Harbor each time it runs, so it runs once."""
    first = _installed(root, shell=shell)
    second = _installed(root, shell=shell)

    assert (first.outcome, first.detail) == (ErrandOutcome.DONE, "")
    assert (second.outcome, second.detail) == (ErrandOutcome.UNCHANGED, "")
    assert _calls(root) == ["args=--with-trivy host=unset term=dumb"]
    yml = root / "opt/harbor/harbor.yml"
    assert (yml.read_text(encoding="utf-8"), yml.stat().st_mode & 0o077) == (_YML.reveal(), 0)
    unit = (root / "etc/systemd/system/harbor.service").read_text(encoding="ascii")
    assert unit.startswith("# Written by Pilotage")
    assert "WorkingDirectory=/opt/harbor\n" in unit
    assert (root / "asked").read_text(encoding="ascii").splitlines()[0] == (
        "https://127.0.0.1:8443/api/v2.0/health"
    )


def test_a_harbor_yml_that_is_there_stays(root: Path) -> None:
    """Its passwords count since the first start, and nobody knows them otherwise."""
    _installed(root)
    other = Secret(_YML.reveal().replace("Admin0", "Other0"))

    answer = _installed(root, yml=other)

    assert answer.outcome is ErrandOutcome.UNCHANGED
    assert (root / "opt/harbor/harbor.yml").read_text(encoding="utf-8") == _YML.reveal()


def test_an_installer_that_fails_is_told_with_its_last_words_and_gone_on_with(root: Path) -> None:
    """What came before it is done already."""
    (root / "fails").touch()
    failed = _installed(root)
    (root / "fails").unlink()

    again = _installed(root)

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
        env=_environ(root),
        start_new_session=True,
    )
    assert killed.stdin is not None
    killed.stdin.write(_script())
    killed.stdin.close()
    while not (root / "hanging").exists():
        assert killed.poll() is None
    busy = _installed(root)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    subprocess.run(["pkill", "-9", "-s", str(killed.pid)], check=False)
    (root / "hangs").unlink()
    (root / "opt/harbor.part").mkdir()

    again = _installed(root)

    assert busy.outcome is ErrandOutcome.REFUSED
    assert "is at work on this host" in busy.detail
    assert again.outcome is ErrandOutcome.DONE
    assert len(_calls(root)) == 2


def test_a_harbor_that_does_not_get_well_is_no_success(root: Path) -> None:
    """Its API answers 200 all the same."""
    (root / "sick").touch()

    answer = _installed(root, seconds=2)

    assert answer.outcome is ErrandOutcome.FAILED
    assert "not healthy after 2 s" in answer.detail


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

    answer = _installed(root)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert words in answer.detail
    assert sorted(path.name for path in (root / "opt").iterdir()) == before
    assert _calls(root) == []


def test_the_ports_that_harbor_opens_are_read_in_its_file() -> None:
    """For the preflight, which asks about these."""
    assert ports(_YML.reveal()) == (80, 8443, 9091)


@pytest.mark.parametrize("wrong", [{"bundle": "bundle.tgz"}, {"directory": "/opt/my harbor"}])
def test_paths_that_a_host_could_misread_are_refused(wrong: dict[str, str]) -> None:
    """Before anything is sent."""
    given = {"host": "h", "bundle": "/b.tgz", **wrong}

    with pytest.raises(InputError, match="no absolute path"):
        install_errand(Installation(**given), _YML.reveal())  # type: ignore[arg-type]  # words only


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("place", ["srv/harbor", "opt/harbor"])
def test_a_harbor_of_somebody_else_is_left_alone(root: Path, shell: str, place: str) -> None:
    """The installer's `down -v` ends the Compose project of that name, wherever it is."""
    (root / place).mkdir(parents=True)
    (root / place / "install.sh").write_text(_INSTALLER, encoding="ascii")
    (root / place / "harbor.yml").write_text("hostname: theirs\n", encoding="ascii")
    docker = root / "bin/docker"
    docker.write_text('#!/bin/sh\ncase "$*" in *ps*) echo "harbor-core";; esac\n', encoding="ascii")
    before = sorted(str(one) for one in root.rglob("*"))

    answer = _installed(root, shell=shell)

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "a Harbor is there already" in answer.detail
    assert _calls(root) == []
    left = {str(one) for one in root.rglob("*")} - set(before)
    assert {one for one in left if "/var" not in one} == set()


def _removed(root: Path, data: str = "", *, shell: str = "dash") -> ErrandAnswer:
    return _sent(root, errand_script(_removal(data), nonce=_NONCE, payload=None), shell)


def _removal(data: str) -> Errand:
    return removal_errand("harbor", directory="/opt/harbor", data=data)


def _tree(root: Path) -> set[str]:
    names = {str(path.relative_to(root)) for path in root.rglob("*")}
    return {one for one in names if not one.startswith(("var", "calls", "asked", "bin"))}


@pytest.mark.parametrize("shell", SHELLS)
def test_an_installation_is_taken_back_and_its_data_only_by_name(root: Path, shell: str) -> None:
    """What stays can be installed again; what was there before Pilotage is there then."""
    before = _tree(root)
    _installed(root)

    kept = _removed(root, shell=shell)
    left = {(root / one).exists() for one in ("data/secret", "opt/harbor/harbor.yml")}
    _installed(root)
    wrong = _removed(root, "/srv", shell=shell)
    gone = _removed(root, "/data", shell=shell)
    again = _removed(root, "/data", shell=shell)

    assert (kept.outcome, kept.detail, left) == (ErrandOutcome.DONE, "", {True})
    assert len(_calls(root)) == 2
    assert (wrong.outcome, "its data are in /data" in wrong.detail) == (ErrandOutcome.REFUSED, True)
    assert (gone.outcome, again.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert _tree(root) == before
    assert (root / "images").read_text() == "goharbor/redis-photon:v2.9.0\nnginx:1\n"


def test_data_that_were_there_before_are_not_deleted(root: Path) -> None:
    """Nor is a Harbor that somebody else installed."""
    (root / "data").mkdir()
    (root / "data/photos").touch()
    _installed(root)
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


@pytest.mark.parametrize("theirs", ["data/secret/keys/secretkey", "opt/harbor/docker-compose.yml"])
def test_a_harbor_of_somebody_else_that_is_down_is_left_alone(root: Path, theirs: str) -> None:
    """It has no containers, and passwords that nobody here knows."""
    file = root / theirs
    file.parent.mkdir(parents=True)
    file.write_text("image: goharbor/harbor-core\n", encoding="ascii")

    answer = _installed(root)

    assert (answer.outcome, "though it is down" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert _calls(root) == []


def test_a_unit_of_somebody_else_is_left_alone(root: Path) -> None:
    """It may start another Harbor, or this one in another way."""
    unit = root / "etc/systemd/system/harbor.service"
    unit.write_text("[Service]\nExecStart=theirs\n", encoding="ascii")

    answer = _installed(root)

    assert (answer.outcome, "did not write" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert (unit.read_text(encoding="ascii"), _calls(root)) == (
        "[Service]\nExecStart=theirs\n",
        [],
    )


def test_a_healthy_harbor_that_admin_cannot_enter_is_no_success(root: Path) -> None:
    """Health tells nothing of accounts; it is tried once, and no password is told."""
    (root / "changed").touch()

    answer = _installed(root)

    assert answer.outcome is ErrandOutcome.FAILED
    assert "another password than harbor.yml says" in answer.detail
    assert "Admin0Admin0" not in str(answer)


def test_a_bundle_is_held_against_its_checksum(root: Path) -> None:
    """One that was cut short, or is another one, is not unpacked."""
    wanted = Installation(host="harbor", bundle="/bundle.tgz", bundle_sha256="0" * 64)
    errand = install_errand(wanted, _YML.reveal())

    answer = _sent(root, errand_script(errand, nonce=_NONCE, payload=_YML), "dash")

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
        install_errand(Installation(**given), _YML.reveal())  # type: ignore[arg-type]  # words only
