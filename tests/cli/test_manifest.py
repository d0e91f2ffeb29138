"""`pilotage manifest`: on standard output, for `oc apply -f -`."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeService


def test_both_objects_are_printed(pilotage: Pilotage, service: PracticeService) -> None:
    """Nobody is asked: neither hosts nor the target."""
    outcome = pilotage("manifest")

    assert outcome.code == 0
    kinds = [found["kind"] for found in yaml.safe_load_all(outcome.out)]
    assert kinds == ["ImageDigestMirrorSet", "ImageTagMirrorSet"]
    assert '- "registry.example.net"' in outcome.out
    assert service.calls == []


def test_one_object_as_a_document(pilotage: Pilotage) -> None:
    """The YAML is one string of it."""
    document = pilotage("manifest", "idms", "--json").document

    assert (document["document"], document["kinds"]) == ("manifest", ["idms"])
    assert yaml.safe_load(document["yaml"])["kind"] == "ImageDigestMirrorSet"


def test_manifest_needs_a_target(pilotage: Pilotage, tmp_path: Path) -> None:
    """Mirrors are locations of it."""
    migration = tmp_path / "migration.yaml"
    migration.write_text("version: 1\nhosts: [web1, web2, db1]\n", encoding="utf-8")

    outcome = pilotage("manifest")

    assert outcome.code == 2
    assert "names no target" in outcome.err


def test_a_prefix_that_may_be_a_path_is_not_guessed_at(pilotage: Pilotage, tmp_path: Path) -> None:
    """Nobody asks the target here, and a path would be said wrong in every object."""
    migration = tmp_path / "migration.yaml"
    target = "target: {url: 'https://r.example.net', prefix: hub}"
    migration.write_text(f"version: 1\nhosts: [web1]\n{target}\n", encoding="utf-8")

    outcome = pilotage("manifest")

    assert outcome.code == 2
    assert "Whether “prefix” is a project or a path" in outcome.err
