"""Podman pulls by registries.conf (facts/runtimes.md §3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.practice.runtimes.stage import ONLY_TARGET, Stage, staged
from wizard.practice.registry.faces import Face
from wizard.practice.registry.registry import RegistryDesign
from wizard.practice.runtimes.references import parse_reference
from wizard.practice.runtimes.registries_conf import places_of

DROP_IN = "/etc/containers/registries.conf.d/50-mirror.conf"


def registry(location: str, *mirrors: str) -> str:
    """Return a table for docker.io."""
    lines = [f'[[registry]]\nprefix = "docker.io"\nlocation = "{location}"\n']
    lines += [f'[[registry.mirror]]\nlocation = "{mirror}"\n' for mirror in mirrors]
    return "".join(lines)


async def test_mirror_with_a_prefix(tmp_path: Path) -> None:
    """`GET /v2/<prefix>/library/…`, and the CA of certs.d without any restart (§3.2)."""
    async with staged(tmp_path, RegistryDesign(face=Face.PREFIX, prefix="hub")) as stage:
        host = await stage.machine("docker-26")
        host.write(DROP_IN, registry("docker.io", f"{stage.authority}/hub"))
        refused = await host.run("podman", "pull", ONLY_TARGET)
        host.write(f"/etc/containers/certs.d/{stage.authority}/ca.crt", stage.company_ca)
        pulled = await host.run("podman", "pull", ONLY_TARGET)

        assert (refused.status, pulled.status) == (125, 0)
        assert stage.asked(stage.target)[0] == "/v2/hub/library/hello/manifests/only-target"


async def test_file_of_the_user_replaces_that_of_the_system(stage: Stage) -> None:
    """§3.1."""
    host = await stage.machine("docker-26")
    host.write(DROP_IN, registry("docker.io", stage.authority))
    host.write(f"/etc/containers/certs.d/{stage.authority}/ca.crt", stage.company_ca)
    host.write("/root/.config/containers/registries.conf", "")

    assert (await host.run("podman", "pull", ONLY_TARGET)).status == 125


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[registries.search]\nregistries = []\n", "must be in v2 format but is in v1"),
        (registry("https://a.test"), "URI schemes are not supported"),
        ("x = [", "loading registries configuration"),
    ],
)
async def test_files_that_are_fatal(stage: Stage, text: str, words: str) -> None:
    """For every pull (§3.1)."""
    host = await stage.machine("docker-26")
    host.write(DROP_IN, text)
    reply = await host.run("podman", "pull", "hello:common")

    assert reply.status == 125
    assert words in reply.errors


def test_redirect_has_no_fallback() -> None:
    """`location` alone (§3.2)."""
    tables = {"docker.io": {"prefix": "docker.io", "location": "h.test/hub"}}

    assert [place.location for place in places_of(parse_reference("hello"), tables)] == [
        "h.test/hub/library/hello"
    ]


def test_longest_prefix_counts() -> None:
    """A table for one repository hides that of the registry (§3.2)."""
    tables: dict[str, dict[str, Any]] = {
        "docker.io": {"mirror": [{"location": "a.test"}], "location": "docker.io"},
        "docker.io/library": {"mirror": [{"location": "b.test/l"}]},
    }

    assert [place.location for place in places_of(parse_reference("hello"), tables)] == [
        "b.test/l/hello",
        "docker.io/library/hello",
    ]
