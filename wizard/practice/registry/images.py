"""Small images whose bytes follow from their label; pure.

The same label has the same digest in every registry, as with a true copy of the upstream.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from wizard.registries.digests import digest_of
from wizard.registries.media_types import DOCKER, Dialect

ARCHITECTURES: Final = ("amd64", "arm64")
HELLO: Final = "library/hello"
SHARED_TAGS: Final = ("latest", "common")
TARGET_TAGS: Final = (*SHARED_TAGS, "only-target")
_CREATED: Final = "2024-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A multi-platform image.

    Attributes:
        dialect: its media types.
        blobs: layers and configurations.
        manifests: one per platform, JSON.
        index: the list of them, JSON; what a tag points to.
    """

    dialect: Dialect
    blobs: tuple[bytes, ...]
    manifests: tuple[bytes, ...]
    index: bytes

    @property
    def digest(self) -> str:
        """Return the digest of the index, which a pull by tag reports."""
        return digest_of(self.index)


@cache
def build_image(label: str, dialect: Dialect = DOCKER) -> Image:
    """Return the image that prints `label`: a layer that all images share and one of its own."""
    tars = (_tar("etc/practice", "Pilotage practice image\n"), _tar("etc/hello", f"{label}\n"))
    layers = [gzip.compress(tar, mtime=0) for tar in tars]
    blobs, manifests, entries = list(layers), [], []
    for architecture in ARCHITECTURES:
        platform = {"architecture": architecture, "os": "linux"}
        config = _json(
            {
                **platform,
                "created": _CREATED,
                "config": {"Cmd": ["cat", "/etc/hello"], "Env": ["PATH=/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
                "history": [{"created": _CREATED, "created_by": "practice"}] * len(tars),
            }
        )
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": dialect.manifest,
                "config": _descriptor(dialect.config, config),
                "layers": [_descriptor(dialect.layer, layer) for layer in layers],
            }
        )
        blobs.append(config)
        manifests.append(manifest)
        entries.append({**_descriptor(dialect.manifest, manifest), "platform": platform})
    index = _json({"schemaVersion": 2, "mediaType": dialect.index, "manifests": entries})
    return Image(dialect=dialect, blobs=tuple(blobs), manifests=tuple(manifests), index=index)


def _tar(name: str, text: str) -> bytes:
    content = text.encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
