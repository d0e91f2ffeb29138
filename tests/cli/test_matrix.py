"""`pilotage matrix`: counts and reasons, on paper and as a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService
from wizard.discovery.container_facts import PodmanFacts
from wizard.discovery.facts import DockerFacts, ImageStore


def _mixed(service: PracticeService) -> None:
    web1, web2, db1 = service.facts
    service.facts = (
        replace(web1, docker=DockerFacts(version="26.1.5"), containerd=None),
        replace(
            web2,
            docker=DockerFacts(version="28.5.2", image_store=ImageStore.CONTAINERD),
            containerd=None,
        ),
        replace(db1, docker=None, containerd=None, podman=PodmanFacts(version="5.4.2")),
    )


def test_matrix_shows_hosts_counts_and_every_reason_once(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The target itself is not asked."""
    _mixed(service)

    outcome = pilotage("matrix")

    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].split()[:2] == ["HOST", "RUNTIMES"]
    assert "image names must change" in next(line for line in lines if line.startswith("web1"))
    assert "Not under a project: " in outcome.out
    assert outcome.out.count("  hosts    web1") >= 1
    assert service.called("probe_target") == []


def test_matrix_document_counts_each_addressing(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Every host is counted once under each addressing."""
    _mixed(service)

    document = pilotage("matrix", "--json").document

    assert document["document"] == "matrix"
    assert {sum(costs.values()) for costs in document["counts"].values()} == {3}
    [web1, *_others] = document["hosts"]
    assert [cell["addressing"] for cell in web1["cells"]] == ["root", "prefix", "path"]
    assert web1["cells"][1]["cost"] == "names"
    assert web1["cells"][1]["blocks"][0]["reason"] == "prefix_not_possible"


def test_matrix_needs_a_target(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """Whether hosts trust and reach it depends on its URL."""
    migration = tmp_path / "migration.yaml"
    migration.write_text("version: 1\nhosts: [web1, web2, db1]\n", encoding="utf-8")

    outcome = pilotage("matrix")

    assert outcome.code == 2
    assert "names no target" in outcome.err
    assert service.calls == []
