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
from wizard.errand.errand import ErrandAnswer, ErrandOutcome
from wizard.errand.script import errand_answer, errand_script
from wizard.errors import InputError
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.install import Installation, install_errand, ports
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
"""
_PROGRAMS = {
    "docker": "#!/bin/sh\nexit 0\n",
    "systemctl": """\
#!/bin/sh
case $1 in
  is-enabled) [ -e "$PILOTAGE_ROOT/enabled" ] ;;
  enable) : >"$PILOTAGE_ROOT/enabled" ;;
esac
""",
    "curl": """\
#!/bin/sh
for last; do :; done
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
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=_script(seconds=seconds, yml=yml),
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
