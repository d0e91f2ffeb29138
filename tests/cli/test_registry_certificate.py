"""A certificate from the command line: files here, its key on a host, the authority's nowhere."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.errand.errand import ErrandAnswer, ErrandName, ErrandOutcome

_NAMES = ("--name", "harbor.example.net", "--name", "10.0.0.5")


def test_the_authoritys_key_is_kept_only_where_it_was_asked_for(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Files with keys are their owner's alone."""
    plain, kept = tmp_path / "plain", tmp_path / "kept"
    key = tmp_path / "ca.key"

    first = pilotage("registry", "certificate", *_NAMES, "-o", str(plain))
    second = pilotage("registry", "certificate", *_NAMES, "-o", str(kept), "--ca-key-to", str(key))
    more = ("--ca", str(kept / "ca.crt"), "--ca-key", str(key))
    third = pilotage("registry", "certificate", *_NAMES, "-o", str(tmp_path / "third"), *more)

    assert (first.code, second.code, third.code) == (0, 0, 0)
    assert sorted(one.name for one in plain.iterdir()) == ["ca.crt", "server.crt", "server.key"]
    assert (plain / "server.key").stat().st_mode & 0o077 == 0
    assert key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "third/ca.crt").read_bytes() == (kept / "ca.crt").read_bytes()
    assert "PRIVATE KEY" not in first.out + first.err + second.out + second.err


def test_run_again_it_only_places_the_same_files(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The key goes as a payload; for other names there must be a new directory."""
    service.errand = ErrandAnswer(outcome=ErrandOutcome.DONE)
    folder = tmp_path / "tls"
    place = ("-o", str(folder), "--apply", "db1", "--yes")

    pilotage("registry", "certificate", *_NAMES, *place)
    again = pilotage("registry", "certificate", *_NAMES, *place)
    other = pilotage("registry", "certificate", "--name", "other.net", *place)

    errands = [call["errand"] for call in service.called("start_errand")]
    payloads = {call["payload"].reveal() for call in service.called("start_errand")}
    assert (again.code, other.code, "for other names" in other.err) == (0, 2, True)
    assert {errand.name for errand in errands} == {ErrandName.TLS_FILES}
    chain = (folder / "server.crt").read_text(encoding="ascii")
    assert {errand.arguments for errand in errands} == {("/etc/pilotage/tls", chain)}
    assert payloads == {(folder / "server.key").read_text(encoding="ascii")}
