"""The image that exists at the target and nowhere else: found, or made and pushed.

Its layer is unique too, so that a host which pulled an earlier canary has to fetch this one.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import Any, Final

from wizard.errors import InputError
from wizard.registries.digests import digest_of
from wizard.registries.distribution import Distribution, Manifest
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.media_types import DIALECTS, OCI, Dialect
from wizard.target import UPSTREAM, Canary
from wizard.wording import _

REPOSITORY: Final = "library/pilotage-canary"
_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_EPOCH: Final = "1970-01-01T00:00:00Z"
_REFUSED_TYPE: Final = frozenset({400, 404, 406, 415})
"""Answers of registries that do not know OCI media types."""


PLATFORMS: Final = (
    {"architecture": "amd64", "os": "linux"},
    {"architecture": "arm64", "os": "linux"},
    {"architecture": "arm", "os": "linux", "variant": "v7"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryImage:
    """All bytes of a canary, in the order in which they are pushed."""

    dialect: Dialect
    blobs: tuple[bytes, ...]
    manifests: tuple[bytes, ...]
    index: bytes

    @property
    def digest(self) -> str:
        """Return the digest of the index."""
        return digest_of(self.index)


def build_canary(tag: str, dialect: Dialect = OCI) -> CanaryImage:
    """Return the image for a tag: same tag and dialect, same bytes; pure."""
    layer, unpacked = _layer(tag)
    blobs, manifests, entries = [layer], [], []
    for platform in PLATFORMS:
        config = _json(
            {
                **platform,
                "created": _EPOCH,
                "config": {"Labels": {"org.opencontainers.image.title": "pilotage-canary"}},
                "rootfs": {"type": "layers", "diff_ids": [unpacked]},
                "history": [{"created": _EPOCH, "created_by": "pilotage"}],
            }
        )
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": dialect.manifest,
                "config": _descriptor(dialect.config, config),
                "layers": [_descriptor(dialect.layer, layer)],
            }
        )
        blobs.append(config)
        manifests.append(manifest)
        entries.append({**_descriptor(dialect.manifest, manifest), "platform": platform})
    index = _json({"schemaVersion": 2, "mediaType": dialect.index, "manifests": entries})
    return CanaryImage(dialect=dialect, blobs=tuple(blobs), manifests=tuple(manifests), index=index)


def _layer(tag: str) -> tuple[bytes, str]:
    """Return a compressed layer with one file in it, and the digest of it unpacked."""
    text = f"This image proves that a pull was answered by its own registry.\n{tag}\n".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("pilotage-canary")
        entry.size, entry.mode = len(text), 0o444
        tar.addfile(entry, io.BytesIO(text))
    unpacked = packed.getvalue()
    return gzip.compress(unpacked, mtime=0), f"sha256:{hashlib.sha256(unpacked).hexdigest()}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def parse_reference(text: str, upstream: str = UPSTREAM) -> tuple[str, str]:
    """Return repository and tag of `library/name:tag`, with or without the upstream before it.

    Raises InputError for anything else: a digest proves no tag, a host is not upstream's.
    """
    name = text.strip().removeprefix(f"{upstream}/")
    repository, colon, tag = name.rpartition(":")
    if colon and "/" not in repository and upstream == UPSTREAM:
        repository = f"library/{repository}"
    if not colon or not _REPOSITORY.fullmatch(repository) or not _TAG.fullmatch(tag):
        raise InputError(
            _("{text!r} names no canary").format(text=text),
            state=_("Nothing was changed."),
            todo=_("Write it as library/name:tag, or leave it empty to have one pushed."),
        )
    return repository, tag


async def find_canary(
    distribution: Distribution, reference: str, upstream: str = UPSTREAM
) -> Canary:
    """Return the canary that the target already has; raises InputError and RegistryFailure."""
    repository, tag = parse_reference(reference, upstream)
    manifest = await distribution.manifest(repository, tag)
    return Canary(repository=repository, tag=tag, digest=manifest.digest, upstream=upstream)


async def push_canary(
    distribution: Distribution, *, suffix: str, upstream: str = UPSTREAM
) -> Canary:
    """Push a canary, read it back and return it.

    Args:
        distribution: spelled as hosts will spell the target.
        suffix: random letters and digits; the tag becomes `proof-<suffix>`.
        upstream: whose image it pretends to be.

    Raises RegistryFailure when it cannot be pushed, or comes back as other bytes.
    """
    tag = f"proof-{suffix}"
    for dialect in DIALECTS:
        image = build_canary(tag, dialect)
        try:
            await _push(distribution, image, tag)
        except RegistryFailure as error:
            if dialect is DIALECTS[-1] or error.status not in _REFUSED_TYPE:
                raise
            continue
        await _compare(distribution, image, await distribution.manifest(REPOSITORY, tag))
        return Canary(
            repository=REPOSITORY, tag=tag, digest=image.digest, pushed=True, upstream=upstream
        )
    raise AssertionError("the last dialect either works or raises")


async def _push(distribution: Distribution, image: CanaryImage, tag: str) -> None:
    for blob in image.blobs:
        await distribution.push_blob(REPOSITORY, blob)
    for manifest in image.manifests:
        await distribution.push_manifest(
            REPOSITORY, digest_of(manifest), manifest, media_type=image.dialect.manifest
        )
    await distribution.push_manifest(REPOSITORY, tag, image.index, media_type=image.dialect.index)


async def _compare(distribution: Distribution, image: CanaryImage, found: Manifest) -> None:
    if found.content != image.index or found.media_type != image.dialect.index:
        raise RegistryFailure(
            Failure.WRONG_BYTES,
            _("the canary came back as {found}, not {pushed}").format(
                found=found.digest, pushed=image.digest
            ),
            url=distribution.api_base,
        )
    for manifest in image.manifests:
        await distribution.manifest(REPOSITORY, digest_of(manifest))
    for blob in image.blobs:
        await distribution.blob(REPOSITORY, digest_of(blob))
