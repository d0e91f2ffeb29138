"""Errands on the host of a Harbor: its timer of backups, and the drill."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.transaction.practice_host import SHELLS
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName, ErrandOutcome
from wizard.errand.script import errand_answer, errand_script
from wizard.registries.installing.backup import NAME, PROGRAM, BackupSettings, backup_files
from wizard.registries.installing.certificate import certificate_errand
from wizard.run.installation_answers import backup_script
from wizard.secret import Secret

_NONCE = "0123456789abcdef"
_SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>"$PILOTAGE_ROOT/calls"
case $1 in
  is-enabled | is-active) [ -e "$PILOTAGE_ROOT/enabled" ] ;;
  enable) [ ! -e "$PILOTAGE_ROOT/broken" ] || { echo 'Unit is masked.'; exit 1; }
    : >"$PILOTAGE_ROOT/enabled" ;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of a host whose systemctl does as the real one where it is asked."""
    program = tmp_path / "bin/systemctl"
    program.parent.mkdir()
    program.write_text(_SYSTEMCTL, encoding="ascii")
    program.chmod(0o755)
    return tmp_path


def _carried_out(
    root: Path, errand: Errand, *, shell: str = "dash", payload: Secret | None = None
) -> ErrandAnswer:
    done = subprocess.run(
        [*SHELLS[shell], "-s"],
        input=errand_script(errand, nonce=_NONCE, payload=payload),
        env={
            "PATH": f"{root}/bin:{os.environ['PATH']}",
            "HOME": str(root),
            "PILOTAGE_ROOT": str(root),
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines, said = done.stdout.splitlines(), done.stderr.decode()
    return errand_answer(lines, nonce=_NONCE, host="harbor", said=said)


def _timer(settings: BackupSettings | None = None) -> Errand:
    script = backup_script("harbor")
    files = backup_files(script, settings or BackupSettings())
    placed = [word for path, (mode, text) in files.items() for word in (path, f"{mode:o}", text)]
    return Errand(name=ErrandName.BACKUP_TIMER, host="harbor", arguments=(f"{NAME}.timer", *placed))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_timer_is_set_up_byte_for_byte_and_a_second_time_changes_nothing(
    root: Path, shell: str
) -> None:
    """Files with their modes, then systemd; a resumed run finds all of it done."""
    first = _carried_out(root, _timer(), shell=shell)
    calls = (root / "calls").read_text(encoding="ascii")
    second = _carried_out(root, _timer(), shell=shell)

    script = backup_script("harbor").encode()
    program = root / PROGRAM.lstrip("/")
    assert (first.outcome, second.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert (program.read_bytes(), f"{program.stat().st_mode & 0o777:o}") == (script, "755")
    assert f"{(root / 'etc/pilotage/harbor-backup.conf').stat().st_mode & 0o777:o}" == "600"
    assert calls.splitlines()[-1] == f"enable --now {NAME}.timer"


def test_other_settings_change_their_file_only(root: Path) -> None:
    """What is as it should be is left alone."""
    _carried_out(root, _timer())

    answer = _carried_out(root, _timer(BackupSettings(keep=3)))

    assert [step.subject for step in answer.steps if step.result == "changed"] == [
        f"{root}/etc/pilotage/harbor-backup.conf"
    ]


def test_a_timer_that_cannot_be_started_is_told_with_what_was_done(root: Path) -> None:
    """The files are there by then."""
    (root / "broken").touch()

    answer = _carried_out(root, _timer())

    assert answer.outcome is ErrandOutcome.FAILED
    assert "Unit is masked." in answer.detail
    assert len([step for step in answer.steps if step.result == "changed"]) == 4


@pytest.mark.parametrize(
    ("code", "outcome", "words"),
    [
        (0, ErrandOutcome.UNCHANGED, ""),
        (1, ErrandOutcome.REFUSED, "3 blobs are missing"),
    ],
)
def test_a_drill_is_told_as_the_hosts_own_script_tells_it(
    root: Path, code: int, outcome: ErrandOutcome, words: str
) -> None:
    """Its words are the proof, or the reason."""
    program = root / PROGRAM.lstrip("/")
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\necho "$*: {words or "backup is whole"}"\nexit {code}\n', encoding="ascii"
    )
    program.chmod(0o755)
    errand = Errand(name=ErrandName.RESTORE_DRILL, host="h", arguments=("20260101T000000Z", ""))

    answer = _carried_out(root, errand)

    assert answer.outcome is outcome
    assert words in answer.detail
    told = [step.subject for step in answer.steps] or [answer.detail]
    assert told[0].startswith("drill 20260101T000000Z: ")


def test_a_host_without_backups_says_so(root: Path) -> None:
    """And what sets them up is told by the command's help."""
    answer = _carried_out(root, _drill(""))

    assert answer.outcome is ErrandOutcome.REFUSED
    assert "no backups of Harbor or Nexus are taken here" in answer.detail


def test_of_two_products_one_is_named_and_of_one_it_is_known(root: Path) -> None:
    """A drill of the other one would prove nothing."""
    for product in ("nexus", "harbor"):
        program = root / f"usr/local/sbin/pilotage-{product}-backup"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho {product} $*\n", encoding="ascii")
        program.chmod(0o755)
    both = _carried_out(root, _drill(""))
    named = _carried_out(root, _drill("nexus"))
    program.unlink()
    known = _carried_out(root, _drill(""))

    assert (both.outcome, "name one (--of)" in both.detail) == (ErrandOutcome.REFUSED, True)
    told = [step.subject for answer in (named, known) for step in answer.steps]
    assert told == ["nexus drill", "nexus drill"]


def _drill(product: str) -> Errand:
    return Errand(name=ErrandName.RESTORE_DRILL, host="h", arguments=("", product))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_certificate_and_its_key_are_placed_once_and_no_other_is_replaced(
    root: Path, shell: str
) -> None:
    """The key is open to root alone."""
    errand = certificate_errand("harbor", folder="/etc/pilotage/tls", chain="CHAIN\n")
    other = certificate_errand("harbor", folder="/etc/pilotage/tls", chain="OTHER\n")
    key = Secret("-----KEY-----\nlines of it\n")

    first = _carried_out(root, errand, shell=shell, payload=key)
    second = _carried_out(root, errand, shell=shell, payload=key)
    refused = _carried_out(root, other, shell=shell, payload=key)

    folder = root / "etc/pilotage/tls"
    assert (first.outcome, second.outcome) == (ErrandOutcome.DONE, ErrandOutcome.UNCHANGED)
    assert (refused.outcome, "another" in refused.detail) == (ErrandOutcome.REFUSED, True)
    assert (folder / "server.crt").read_text(encoding="ascii") == "CHAIN\n"
    assert (folder / "server.key").read_text(encoding="ascii") == key.reveal()
    assert (folder / "server.key").stat().st_mode & 0o077 == 0
