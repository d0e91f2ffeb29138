"""A certificate from the command line: files here, its key on a host, the authority's nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("placed", [0, 1, 2, 3])
def test_one_that_was_cut_is_ended_by_the_same_command(
    pilotage: Pilotage, tmp_path: Path, placed: int
) -> None:
    """At any point: with nothing written whole, with some files placed, one of them in half."""
    folder, key = tmp_path / "tls", tmp_path / "ca.key"
    order = [key, *(folder / name for name in ("ca.crt", "server.key", "server.crt"))]
    command = ("registry", "certificate", *_NAMES, "-o", str(folder), "--ca-key-to", str(key))
    pilotage(*command)
    made = [one.read_text(encoding="ascii") for one in order]
    whole = folder / ".pilotage"
    whole.mkdir()
    for one, text in zip(order, made, strict=True):
        (whole / one.name).write_text(text, encoding="ascii")
        (whole / one.name).chmod(one.stat().st_mode)
    for one in order[placed:]:
        one.unlink()
    order[placed].write_text(made[placed][:9], encoding="ascii")
    (folder / ".pilotage.part").mkdir()

    again = pilotage(*command)

    assert (again.code, [one.read_text(encoding="ascii") for one in order]) == (0, made)
    assert [one.stat().st_mode & 0o777 for one in order] == [0o600, 0o644, 0o600, 0o644]
    assert not whole.exists()


def test_what_was_cut_before_all_was_written_is_made_anew(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """And files of somebody else stay, nothing written beside them."""
    folder = tmp_path / "tls"
    (folder / ".pilotage.part").mkdir(parents=True)
    (folder / ".pilotage.part/ca.crt").write_text("half", encoding="ascii")
    command = ("registry", "certificate", *_NAMES, "-o", str(folder))
    (folder / "server.key").write_text("theirs", encoding="ascii")
    refused = pilotage(*command)
    (folder / "server.key").unlink()

    made = pilotage(*command)

    assert (refused.code, "is there already" in refused.err, made.code) == (2, True, 0)
    assert sorted(one.name for one in folder.iterdir()) == ["ca.crt", "server.crt", "server.key"]


def test_an_authoritys_key_that_was_to_be_kept_is_not_thrown_away_by_the_next(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Who forgets where it goes is asked."""
    whole = tmp_path / "tls/.pilotage"
    whole.mkdir(parents=True)
    (whole / "ca.key").write_text("key", encoding="ascii")

    refused = pilotage("registry", "certificate", *_NAMES, "-o", str(tmp_path / "tls"))

    assert (refused.code, "nothing says where it goes" in refused.err) == (2, True)
    assert (whole / "ca.key").exists()
