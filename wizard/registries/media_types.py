"""Media types of manifests that Docker 20.10, containerd 1.6 and Podman 4 all read; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"

DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"

MANIFEST_TYPES: Final = frozenset({OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The media types that one image is written in."""

    index: str
    manifest: str
    config: str
    layer: str


OCI: Final = Dialect(index=OCI_INDEX, manifest=OCI_MANIFEST, config=OCI_CONFIG, layer=OCI_LAYER)
DOCKER: Final = Dialect(
    index=DOCKER_INDEX, manifest=DOCKER_MANIFEST, config=DOCKER_CONFIG, layer=DOCKER_LAYER
)
DIALECTS: Final = (OCI, DOCKER)
"""Tried in order: every runtime reads both, some registries store only the second."""
