"""Images whose names must change: those of runtimes that no setting leads to the target."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planning.cases import a_target, host_facts
from wizard.planning.image_names import ImageChange, images_to_change, new_name
from wizard.planning.plan import Runtime
from wizard.runtimes import RUNTIMES

_WEB = {"id": "aa", "name": "web", "image": "nginx:1.27", "started_at": "t"}
_OVERLAY2 = {
    "version": "26.1.5",
    "images": ["nginx:1.27", "quay.io/coreos/etcd:v3", "ghcr.io/org/app:1", "own.corp:5000/app:1"],
    "containers": [_WEB],
}


def _changes(target: dict[str, Any], **facts: Any) -> tuple[ImageChange, ...]:
    return images_to_change([host_facts(facts)], a_target(**target), RUNTIMES)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "registry.example/hub/library/nginx"),
        ("nginx:1.27", "registry.example/hub/library/nginx:1.27"),
        ("grafana/grafana:11", "registry.example/hub/grafana/grafana:11"),
        ("docker.io/library/nginx:1", "registry.example/hub/library/nginx:1"),
        ("index.docker.io/nginx", "registry.example/hub/library/nginx"),
        ("nginx@sha256:abc", "registry.example/hub/library/nginx@sha256:abc"),
        ("quay.io/coreos/etcd:v3", "registry.example/quay/coreos/etcd:v3"),
        ("own.corp:5000/app:1", None),
        ("localhost/app:1", None),
        ("registry.example/hub/library/nginx", None),
        ("sha256:" + "0a" * 32, None),
    ],
)
def test_a_name_says_where_the_image_is_at_the_target(image: str, expected: str | None) -> None:
    """Short names are Docker Hub's; tags and digests stay; what is not moved keeps its name."""
    target = a_target(
        addressing="prefix",
        prefix="hub",
        places=[{"upstream": "quay.io", "addressing": "prefix", "prefix": "quay"}],
    )
    assert new_name(image, target) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("artifactory", "registry.example/hub/library/nginx"),
        ("nexus", "registry.example/hub/library/nginx"),
        ("plain", ""),
    ],
)
def test_behind_a_path_a_product_knows_the_repository_by_name(kind: str, expected: str) -> None:
    """Of any other registry no name leads behind a path."""
    target = a_target(addressing="path", kind=kind, prefix="artifactory/api/docker/hub")
    assert new_name("nginx", target) == expected


def test_docker_that_cannot_spell_a_project_needs_other_names() -> None:
    """With the containers that use them; images of others are left out."""
    assert _changes({"addressing": "prefix"}, docker=_OVERLAY2) == (
        ImageChange(
            host="web1",
            runtime=Runtime.DOCKER,
            image="nginx:1.27",
            becomes="registry.example/dockerhub-proxy/library/nginx:1.27",
            containers=("web",),
        ),
    )


def test_a_host_that_is_served_needs_none() -> None:
    """At the root the same Docker is led there by its file."""
    assert _changes({}, docker=_OVERLAY2) == ()
    c8d = {**_OVERLAY2, "version": "28.5.2", "image_store": "containerd"}
    assert _changes({"addressing": "prefix"}, docker=c8d) == ()


def test_a_host_that_is_blocked_for_another_reason_is_not_listed() -> None:
    """There a setting would lead to the target, once the reason is gone."""
    files = {"/etc/docker/daemon.json": "{"}
    assert _changes({}, docker=_OVERLAY2, files=files) == ()


def test_images_of_further_upstreams_that_docker_does_not_mirror() -> None:
    """The overlay2 store mirrors Docker Hub alone (facts/runtimes.md §1.1)."""
    places = [{"upstream": "quay.io", "addressing": "prefix", "prefix": "quay"}]
    [etcd] = _changes({"places": places}, docker=_OVERLAY2)
    assert (etcd.image, etcd.becomes) == (
        "quay.io/coreos/etcd:v3",
        "registry.example/quay/coreos/etcd:v3",
    )
    c8d = {**_OVERLAY2, "version": "28.5.2", "image_store": "containerd"}
    assert _changes({"places": places}, docker=c8d) == ()
