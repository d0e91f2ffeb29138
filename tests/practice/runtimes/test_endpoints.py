"""Which URLs are asked, by release, store and form of the mirror (facts/runtimes.md §1.4, §2.4)."""

from __future__ import annotations

import pytest

from wizard.practice.runtimes.endpoints import (
    containerd_store_endpoints,
    graph_driver_endpoints,
    old_style_endpoints,
)
from wizard.practice.runtimes.references import parse_reference
from wizard.practice.runtimes.releases import Release

HUB = "https://registry-1.docker.io/v2"


def test_classic_store_puts_the_path_before_v2() -> None:
    """In every release that takes a path; Hub is the last."""
    endpoints = graph_driver_endpoints("docker.io", ["https://h.test/P/", "https://r.test/"])

    assert [one.base for one in endpoints] == ["https://h.test/P/v2", "https://r.test/v2", HUB]


@pytest.mark.parametrize(
    ("release", "mirror", "expected"),
    [
        ((25, 0, 0), "https://h.test/P/", "https://h.test/v2/P"),
        ((27, 5, 1), "https://h.test/P/", "https://h.test/v2/P"),
        ((28, 0, 0), "https://h.test/P/", "https://h.test/P/v2"),
        ((29, 7, 2), "https://h.test/P/", "https://h.test/P/v2"),
        ((29, 7, 2), "https://h.test/P/v2/", "https://h.test/P/v2"),
        ((29, 7, 2), "https://h.test/v2/P/", "https://h.test/v2/P/v2"),
        ((27, 5, 1), "https://h.test/", "https://h.test/v2"),
        ((29, 7, 2), "https://h.test/", "https://h.test/v2"),
    ],
)
def test_containerd_store(release: Release, mirror: str, expected: str) -> None:
    """25 to 27 put the path behind `/v2`, 28 and later before it."""
    endpoints = containerd_store_endpoints("docker.io", [mirror], release)

    assert [one.base for one in endpoints] == [expected, HUB]


@pytest.mark.parametrize("domain", ["ghcr.io", "quay.io", "own.test:5000"])
def test_mirrors_serve_docker_hub_only(domain: str) -> None:
    """§1.1."""
    mirrors = ["https://h.test/"]
    classic = graph_driver_endpoints(domain, mirrors)
    containerd = containerd_store_endpoints(domain, mirrors, (29, 7, 2))

    assert [one.base for one in (*classic, *containerd)] == [f"https://{domain}/v2"] * 2


@pytest.mark.parametrize(
    ("mirrors", "expected"),
    [
        ({}, [HUB]),
        ({"docker.io": {"endpoint": ["https://h.test"]}}, ["https://h.test/v2", HUB]),
        (
            {"docker.io": {"endpoint": ["https://h.test/v2/proj"]}},
            ["https://h.test/v2/proj", HUB],
        ),
        ({"*": {"endpoint": ["https://h.test"]}}, ["https://h.test/v2", HUB]),
        (
            {"*": {"endpoint": ["https://a.test"]}, "docker.io": {"endpoint": ["https://b.test"]}},
            ["https://b.test/v2", HUB],
        ),
        ({"docker.io": {"endpoint": ["https://docker.io"]}}, ["https://docker.io/v2"]),
    ],
)
def test_old_style_of_cri(mirrors: dict[str, object], expected: list[str]) -> None:
    """A path is taken verbatim; `*` counts without an own entry; the default comes last (§2.4)."""
    assert [one.base for one in old_style_endpoints("docker.io", mirrors)] == expected


@pytest.mark.parametrize(
    ("text", "whole", "familiar"),
    [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("local/keeper:1", "docker.io/local/keeper:1", "local/keeper:1"),
        ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"),
        ("quay.io/a/b:2", "quay.io/a/b:2", "quay.io/a/b:2"),
        ("docker.io/library/x:1", "docker.io/library/x:1", "x:1"),
        ("x@sha256:ab", "docker.io/library/x@sha256:ab", "x@sha256:ab"),
    ],
)
def test_names_of_images(text: str, whole: str, familiar: str) -> None:
    """A short name means Docker Hub, with `library` before it (§1.1)."""
    reference = parse_reference(text)

    assert (str(reference), reference.familiar) == (whole, familiar)
