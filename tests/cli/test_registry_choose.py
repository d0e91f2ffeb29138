"""`pilotage registry choose`: one table for this fleet, and the reasons that decide."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from tests.planning.cases import host_facts
from wizard.cli.table import cell_width
from wizard.discovery.facts import DockerFacts
from wizard.service import Need

_ALL_NEEDS = ",".join(need.value for need in Need)


def test_choose_needs_no_target_and_asks_no_registry(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """It is for those who have not chosen yet."""
    service.facts = tuple(
        replace(host_facts({"docker": {"version": "20.10.24"}}), host=name)
        for name in ("web1", "web2", "db1")
    )
    migration = tmp_path / "migration.yaml"
    migration.write_text("version: 1\nhosts: [web1, web2, db1]\n", encoding="utf-8")

    outcome = pilotage("registry", "choose")

    assert outcome.code == 0
    heads, hosts = (line.split() for line in outcome.out.splitlines()[:2])
    assert dict(zip(heads, hosts[2:], strict=True)) == {
        "nexus": "3/3",
        "plain": "3/3",
        "harbor": "0/3",
        "jcr": "0/3",
        "artifactory": "0/3",
    }
    assert service.called("probe_target") == []


def test_table_and_reasons_fit_into_80_cells_in_both_languages(
    pilotage: Pilotage,
) -> None:
    """Every reason is told by --why, and a narrow terminal shows it whole."""
    for language in ("zh_CN.UTF-8", "C"):
        outcome = pilotage(
            "registry", "choose", "--why", "--needs", _ALL_NEEDS, environ={"LANGUAGE": language}
        )

        assert [line for line in outcome.out.splitlines() if cell_width(line) > 80] == []
        assert outcome.out.count("[") == len(Need) * 5 + 10


def test_reasons_are_told_for_what_is_needed_only(pilotage: Pilotage) -> None:
    """The rest is a word in the table."""
    outcome = pilotage("registry", "choose", "--needs", "formats,scanning")

    assert outcome.out.count("]") == 20
    assert "Nothing meets every need. Closest: " in outcome.out
    assert "scanning *" in outcome.out


def test_an_unknown_need_is_told_with_those_that_are_known(pilotage: Pilotage) -> None:
    """Nothing is read from any host before the options are right."""
    outcome = pilotage("registry", "choose", "--needs", "cheese")

    assert outcome.code == 2
    assert "“cheese” is no need that is known." in outcome.err
    assert "air-gap" in outcome.err


def test_the_help_names_every_need(pilotage: Pilotage) -> None:
    """A need that nobody can find might as well not be there, whoever was helped before."""
    pilotage("registry", "choose", "--help", environ={"LANGUAGE": "zh_CN.UTF-8"})
    words = re.findall(r"[a-z-]+", pilotage("registry", "choose", "--help").out)

    assert {need.value for need in Need} - set(words) == set()


def test_the_document_tells_every_way_with_its_hosts(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Hosts are counted once in each way."""
    service.facts = (replace(service.facts[0], docker=DockerFacts(version="26.1.5")),)

    document = pilotage("registry", "choose", "--needs", "ha", "--json").document

    assert document["document"] == "choice"
    assert document["needs"] == ["ha"]
    assert document["load"]["requests"] == 330
    sums = {sum(way["counts"].values()) for one in document["candidates"] for way in one["ways"]}
    assert sums == {1}
