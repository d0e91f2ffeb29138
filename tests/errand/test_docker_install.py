"""Docker out of the distribution: only what lacks, told package by package, cut at any point."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandOutcome
from wizard.errand.script import errand_answer, errand_script

_NONCE: Final = "0123456789abcdef"
_TOOLS: Final = (
    "awk base64 cat chmod comm cut flock head grep mkdir mv od pkill rm sed sleep sort stat tail"
    " timeout tr uname"
)
_APT_GET: Final = """\
#!/bin/sh
cd "$PILOTAGE_ROOT" || exit
case "$*" in
  *update) echo updated >>updates
    [ ! -e etc/apt/sources.list.d/docker.list ] || {
      [ ! -e cut-update ] || { rm cut-update; pkill -9 -s 0; }
      [ ! -e closed ] || { echo 'Could not connect to download.docker.com'; exit 100; }
      cat vendors >>candidates; }
    [ ! -e offline ] || { echo 'Could not resolve'; exit 100; } ;;
  *install*)
    case "$*" in
      *--no-remove*) [ ! -e removes ] || { echo 'Packages need to be removed'; exit 100; } ;;
    esac
    echo "$*" >>installs
    for one; do case $one in docker*|containerd*) echo "$one installed" >>packages ;; esac; done
    echo 'libslirp0 installed' >>packages
    cp docker bin/docker
    [ ! -e cut ] || { rm cut; pkill -9 -s 0; } ;;
esac
"""
_APT_CACHE: Final = """\
#!/bin/sh
version=$(sed -n "s/^$2 //p" "$PILOTAGE_ROOT/candidates")
printf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n' "$2" "${version:-(none)}"
"""
_DOCKER: Final = """\
#!/bin/sh
case "$*" in
  'compose version'*) grep -q compose "$PILOTAGE_ROOT/packages" &&
    { cat "$PILOTAGE_ROOT/compose" 2>/dev/null || echo 2.26.1; } ;;
  version*) cat "$PILOTAGE_ROOT/engine" 2>/dev/null || echo 26.1.5 ;;
  --version) cat "$PILOTAGE_ROOT/vendor" ;;
esac
"""
_TRIXIE: Final = "docker.io 26.1.5+dfsg1-9\ndocker-cli 26.1.5+dfsg1-9\ndocker-compose 2.26.1-4\n"
_VENDORS: Final = "docker-ce 5:28.5.2-1~debian\ndocker-compose-plugin 2.40.3-1~debian\n"
_KEY: Final = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nkey\n-----END PGP PUBLIC KEY BLOCK-----\n"
_DOCKERS: Final = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
_BOOKWORM: Final = "docker.io 20.10.24+dfsg1-1\ndocker-compose 1.29.2-3\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small Debian without Docker."""
    (tmp_path / "bin").mkdir()
    for tool in (*_TOOLS.split(), "cp"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    for name, text in {
        "apt-get": _APT_GET,
        "apt-cache": _APT_CACHE,
        "dpkg": "#!/bin/sh\n",
        "curl": '#!/bin/sh\nfor url; do :; done\necho "$url" >>"$PILOTAGE_ROOT/fetched"\n'
        'cat "$PILOTAGE_ROOT/key"\n',
        "dpkg-query": '#!/bin/sh\ncat "$PILOTAGE_ROOT/packages"\n',
        "systemctl": "#!/bin/sh\n",
    }.items():
        (tmp_path / "bin" / name).write_text(text, encoding="ascii")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "docker").write_text(_DOCKER, encoding="ascii")
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "vendor").write_text("Docker version 26.1.5\n", encoding="ascii")
    (tmp_path / "packages").write_text("bash installed\nold config-files\n", encoding="ascii")
    (tmp_path / "candidates").write_text(_TRIXIE, encoding="ascii")
    (tmp_path / "vendors").write_text(_VENDORS, encoding="ascii")
    (tmp_path / "key").write_text(_KEY, encoding="ascii")
    return tmp_path


def _carried_out(
    root: Path, *, shell: str = "dash", compose: str = "yes", vendor: str = ""
) -> ErrandAnswer:
    errand = Errand(name=ErrandName.DOCKER_INSTALL, host="h", arguments=(compose, vendor))
    program, *arguments = SHELLS[shell]
    done = subprocess.run(
        [shutil.which(program) or program, *arguments, "-s"],
        input=errand_script(errand, nonce=_NONCE, payload=None),
        env={"PATH": f"{root}/bin", "HOME": str(root), "PILOTAGE_ROOT": str(root)},
        capture_output=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    if done.returncode < 0:
        return ErrandAnswer(outcome=ErrandOutcome.LOST)
    lines, said = done.stdout.splitlines(), done.stderr.decode()
    return errand_answer(lines, nonce=_NONCE, host="h", said=said)


def _list(root: Path) -> list[str]:
    return (root / "etc/pilotage/docker-packages").read_text(encoding="ascii").split()


@pytest.mark.parametrize("shell", SHELLS)
def test_what_lacks_is_installed_once_and_listed_for_the_way_back(root: Path, shell: str) -> None:
    """With what came along, and without what was there."""
    first = _carried_out(root, shell=shell)
    second = _carried_out(root, shell=shell)

    assert (first.outcome, first.detail) == (ErrandOutcome.DONE, "")
    assert (second.outcome, second.detail) == (ErrandOutcome.UNCHANGED, "")
    assert _list(root) == ["docker-cli", "docker-compose", "docker.io", "libslirp0"]
    assert (root / "etc/pilotage/docker-packages").stat().st_mode & 0o777 == 0o644
    [install] = (root / "installs").read_text(encoding="ascii").splitlines()
    assert install.endswith("--no-install-recommends install docker.io docker-cli docker-compose")


def test_one_that_was_cut_lists_all_that_came_with_it(root: Path) -> None:
    """What a cut errand had installed by then was not there before."""
    (root / "cut").touch()
    cut = _carried_out(root)

    again = _carried_out(root)

    assert (cut.outcome, again.outcome) == (ErrandOutcome.LOST, ErrandOutcome.DONE)
    assert _list(root) == ["docker-cli", "docker-compose", "docker.io", "libslirp0"]


def test_what_a_cut_errand_installed_is_listed_though_the_next_one_fails(root: Path) -> None:
    """It was not there before, whenever it comes to be told."""
    (root / "cut").touch()
    _carried_out(root)
    (root / "packages").write_text("bash installed\ndocker.io installed\n", encoding="ascii")
    (root / "offline").touch()
    failed = _carried_out(root)
    (root / "offline").unlink()

    done = _carried_out(root)

    assert (failed.outcome, done.outcome) == (ErrandOutcome.REFUSED, ErrandOutcome.DONE)
    assert "docker.io" in _list(root)


def test_nothing_is_taken_off_the_host_for_it(root: Path) -> None:
    """Docker's own containerd.io, by which a node of Kubernetes runs, conflicts with Debian's."""
    (root / "removes").touch()

    answer = _carried_out(root)

    assert "Packages need to be removed" in answer.detail
    assert not (root / "installs").exists()


def test_a_compose_that_is_too_old_is_refused_before_anything_is_installed(root: Path) -> None:
    """Harbor's installer would fail on it; without Compose the same release will do."""
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")

    refused = _carried_out(root)
    engine = _carried_out(root, compose="")

    assert (refused.outcome, "older than 2.3" in refused.detail) == (ErrandOutcome.REFUSED, True)
    assert (engine.outcome, _list(root)) == (ErrandOutcome.DONE, ["docker.io", "libslirp0"])


def _system(root: Path, text: str) -> None:
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/os-release").write_text(text, encoding="ascii")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("system", "candidates", "place"),
    [
        ('ID=debian\nVERSION_CODENAME="bookworm"\n', _BOOKWORM, "debian bookworm"),
        ("ID=ubuntu\nVERSION_CODENAME=bionic\n", "docker.io 18.09\n", "ubuntu bionic"),
        ("ID=linuxmint\nVERSION_CODENAME=x\nUBUNTU_CODENAME=noble\n", "", "ubuntu noble"),
    ],
    ids=["old compose", "old engine", "none"],
)
def test_dockers_own_repository_is_added_where_it_is_allowed_and_needed(
    root: Path, shell: str, system: str, candidates: str, place: str
) -> None:
    """Signed by its key, engine and Compose of one house; a second time nothing is done."""
    _system(root, system)
    (root / "candidates").write_text(candidates, encoding="ascii")

    done = _carried_out(root, vendor="yes", shell=shell)
    again = _carried_out(root, vendor="yes", shell=shell)

    assert (done.outcome, done.detail) == (ErrandOutcome.DONE, "")
    assert (again.outcome, again.detail) == (ErrandOutcome.UNCHANGED, "")
    source = root / "etc/apt/sources.list.d/docker.list"
    key = root / "etc/apt/keyrings/docker.asc"
    assert source.read_text(encoding="ascii").splitlines()[1] == (
        "deb [signed-by=/etc/apt/keyrings/docker.asc]"
        f" https://download.docker.com/linux/{place} stable"
    )
    assert key.read_text(encoding="ascii") == _KEY
    assert {one.stat().st_mode & 0o777 for one in (source, key)} == {0o644}
    url = f"https://download.docker.com/linux/{place.split(maxsplit=1)[0]}/gpg"
    assert (root / "fetched").read_text(encoding="ascii").splitlines() == [url]
    [install] = (root / "installs").read_text(encoding="ascii").splitlines()
    assert install.endswith("install docker-ce docker-ce-cli containerd.io docker-compose-plugin")


@pytest.mark.parametrize("moment", ["cut-update", "cut"])
def test_one_that_was_cut_after_the_repository_was_added_goes_on(root: Path, moment: str) -> None:
    """It is not added twice, and all that came with it is listed."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    (root / moment).touch()
    cut = _carried_out(root, vendor="yes")

    again = _carried_out(root, vendor="yes")

    assert (cut.outcome, again.outcome) == (ErrandOutcome.LOST, ErrandOutcome.DONE)
    assert len((root / "fetched").read_text(encoding="ascii").splitlines()) == 1
    names = "containerd.io docker-ce docker-ce-cli docker-compose-plugin libslirp0"
    assert _list(root) == names.split()


def test_one_that_was_cut_leaves_no_repository_that_cannot_be_used(root: Path) -> None:
    """What was cut was the look at it."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    (root / "cut-update").touch()
    _carried_out(root, vendor="yes")
    (root / "closed").touch()

    refused = _carried_out(root, vendor="yes")
    again = _carried_out(root, compose="")

    assert (refused.outcome, "Could not connect" in refused.detail) == (ErrandOutcome.REFUSED, True)
    assert (again.outcome, _list(root)) == (ErrandOutcome.DONE, ["docker.io", "libslirp0"])


def test_a_list_of_somebody_else_stays(root: Path) -> None:
    """As an upgrade of the release leaves it: all of it a comment."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    (root / "vendors").write_text("", encoding="ascii")
    source = root / "etc/apt/sources.list.d/docker.list"
    source.parent.mkdir(parents=True)
    source.write_text("# deb https://download.docker.com/linux/debian bullseye stable # disabled\n")

    answer = _carried_out(root, vendor="yes")

    assert (answer.outcome, "is not in force" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert source.read_text().startswith("# deb")
    assert not (root / "etc/apt/keyrings").exists()


def test_a_compose_alone_is_added_to_the_engine_that_is_there(root: Path) -> None:
    """What runs by that engine goes on."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    _carried_out(root, compose="")

    done = _carried_out(root, vendor="yes")

    assert done.outcome is ErrandOutcome.DONE
    install = (root / "installs").read_text(encoding="ascii").splitlines()[-1]
    assert install.endswith("--no-install-recommends install docker-compose-plugin")


@pytest.mark.parametrize("engine", ["19.03.15", "1.13.1", "20.04"])
def test_an_engine_that_is_there_and_too_old_is_left_to_whoever_installed_it(
    root: Path, engine: str
) -> None:
    """What runs by it would stop."""
    shutil.copy(root / "docker", root / "bin/docker")
    (root / "engine").write_text(f"{engine}\n", encoding="ascii")

    answer = _carried_out(root, vendor="yes")

    assert (answer.outcome, "older than 20.10" in answer.detail) == (ErrandOutcome.REFUSED, True)
    assert not (root / "installs").exists()


def test_a_compose_that_is_there_and_too_old_gets_a_newer_one_beside_it(root: Path) -> None:
    """Harbor wants 2.3 or later."""
    _carried_out(root)
    (root / "compose").write_text("v2.2.3\n", encoding="ascii")

    _carried_out(root)

    install = (root / "installs").read_text(encoding="ascii").splitlines()[-1]
    assert install.endswith("--no-install-recommends install docker-compose")


def test_the_distributions_own_are_taken_where_they_will_do(root: Path) -> None:
    """Although the other ones would be allowed."""
    _system(root, "ID=debian\nVERSION_CODENAME=trixie\n")

    done = _carried_out(root, vendor="yes")

    assert (done.outcome, (root / "etc/apt").exists()) == (ErrandOutcome.DONE, False)
    assert "docker.io" in _list(root)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: (root / "closed").touch(), "cannot be used: Could not connect"),
        (lambda root: (root / "key").write_text("<html>"), "is no key"),
        (lambda root: (root / "bin/curl").unlink(), "neither curl nor wget"),
        (lambda root: _system(root, "ID=devuan\n"), "no repository for devuan"),
        (lambda root: _gpg(root, "0" * 40), "is not Docker's"),
        (lambda root: _gpg(root, _DOCKERS, "0" * 40), "is not Docker's"),
        (lambda root: (root / "vendors").write_text(""), "has none for this host (debian bookworm"),
    ],
    ids=["closed", "page", "tools", "system", "key", "keys", "none"],
)
def test_a_repository_that_cannot_be_used_is_not_left_there(
    root: Path, spoil: Callable[[Path], object], words: str
) -> None:
    """Apt would fail on it from then on, whoever calls it."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    spoil(root)

    answer = _carried_out(root, vendor="yes")

    assert (answer.outcome in {ErrandOutcome.REFUSED, ErrandOutcome.FAILED}, answer.detail) == (
        True,
        answer.detail,
    )
    assert words in answer.detail
    assert [one for one in (root / "etc").rglob("docker*") if one.is_file()] == []
    assert not (root / "installs").exists()


def _gpg(root: Path, *fingerprints: str) -> None:
    words = [f"pub:-: fpr:::::::::{one}: uid:-:{_DOCKERS}: sub:-:" for one in fingerprints]
    text = f"#!/bin/sh\ncat >/dev/null\nprintf '%s\\n' {' '.join(words)}\n"
    (root / "bin/gpg").write_text(text, encoding="ascii")
    (root / "bin/gpg").chmod(0o755)
    (root / "bin/mktemp").symlink_to(shutil.which("mktemp") or "mktemp")


def test_the_key_is_held_against_its_fingerprint(root: Path) -> None:
    """Where there is a gpg to ask."""
    _system(root, "ID=debian\nVERSION_CODENAME=bookworm\n")
    (root / "candidates").write_text(_BOOKWORM, encoding="ascii")
    _gpg(root, _DOCKERS)

    answer = _carried_out(root, vendor="yes")

    assert answer.outcome is ErrandOutcome.DONE
    assert [one for one in answer.steps if "not checked" in one.subject] == []


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("rocky", "dnf install docker-ce"),
        ("opensuse-leap", "zypper install docker docker-compose"),
        ("alpine", "apk add docker docker-cli-compose"),
        ("other", "https://docs.docker.com/engine/install/"),
    ],
)
def test_where_there_is_no_apt_what_to_type_is_told(root: Path, system: str, words: str) -> None:
    """Nothing is guessed there."""
    (root / "bin/apt-get").unlink()
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text(f'ID="{system}"\n', encoding="ascii")

    answer = _carried_out(root)

    assert (answer.outcome, words in answer.detail) == (ErrandOutcome.REFUSED, True)


def test_podman_in_dockers_place_and_a_host_without_a_way_out_are_refused(root: Path) -> None:
    """Each with its reason, and nothing is left."""
    (root / "offline").touch()
    offline = _carried_out(root)
    shutil.copy(root / "docker", root / "bin/docker")
    (root / "vendor").write_text("podman version 5.4.2\n", encoding="ascii")

    podman = _carried_out(root)

    assert (offline.outcome, "Could not resolve" in offline.detail) == (ErrandOutcome.REFUSED, True)
    assert (podman.outcome, "docker is Podman here" in podman.detail) == (
        ErrandOutcome.REFUSED,
        True,
    )
    assert list((root / "etc/pilotage").iterdir()) == []
