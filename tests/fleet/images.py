"""Images made here from the machine's static busybox, and their way into a registry.

The bytes of an image depend on its tag and on busybox only, so the same tag has the same digest
in every registry, as with a true copy of the upstream.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import ssl
import tarfile
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.fleet.errors import FleetError

CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
APPLETS = ("sh", "sleep", "echo", "cat", "ls", "true")
SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image for linux/amd64.

    Attributes:
        layers: gzipped tar files, bottom first.
        config: the image's configuration, JSON.
        manifest: what refers to both, JSON.
        index: a list with that one manifest, JSON; what a tag points to.
    """

    layers: tuple[bytes, ...]
    config: bytes
    manifest: bytes
    index: bytes

    @property
    def digest(self) -> str:
        """Return the digest of the index, which a pull by tag reports."""
        return _digest(self.index)


@cache
def make_image(label: str) -> Image:
    """Return the image that prints `label`: busybox, and a layer of its own."""
    busybox = shutil.which("busybox")
    if busybox is None:
        raise FleetError("busybox is not installed: see python -m tests.fleet packages")
    tars = (_busybox_tar(Path(busybox).read_bytes()), _tar({"etc/hello": label.encode() + b"\n"}))
    layers = tuple(gzip.compress(tar, compresslevel=1, mtime=0) for tar in tars)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["cat", "/etc/hello"], "Env": ["PATH=/bin"]},
            "created": "2024-01-01T00:00:00Z",
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "fleet"}] * len(tars),
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer) for layer in layers],
        }
    )
    entry = _descriptor(MANIFEST, manifest)
    entry["platform"] = {"architecture": "amd64", "os": "linux"}
    index = _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]})
    return Image(layers=layers, config=config, manifest=manifest, index=index)


def archive(label: str, name: str) -> bytes:
    """Return the image as a tar file that `docker load` and `ctr images import` read."""
    image = make_image(label)
    layers = {f"{number}.tar.gz": layer for number, layer in enumerate(image.layers)}
    listing = [{"Config": "config.json", "RepoTags": [name], "Layers": list(layers)}]
    return _tar({"config.json": image.config, **layers, "manifest.json": _json(listing)})


def program_archive(name: str, files: Mapping[str, bytes], **config: Any) -> bytes:
    """Return an image of busybox with all its applets and `files`, as `docker load` reads it.

    Args:
        name: with its tag.
        files: by their paths; all may be executed.
        config: of its containers, as `Cmd` and `User`.
    """
    busybox = shutil.which("busybox")
    if busybox is None:
        raise FleetError("busybox is not installed: see python -m tests.fleet packages")
    layer = _tar(
        {"bin/busybox": Path(busybox).read_bytes(), "tmp/.keep": b"", **files},
        links=(*APPLETS, "base64", "cp", "head", "nc", "rm", "tr"),
    )
    content = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/bin"], **config},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    listing = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return _tar(
        {"config.json": _json(content), "layer.tar": layer, "manifest.json": _json(listing)}
    )


def push(registry: str, repository: str, tag: str, image: Image, trust: ssl.SSLContext) -> None:
    """Upload an image to a registry.

    Args:
        registry: its URL.
        repository: name without the tag.
        tag: tag that will point to the image's index.
        image: what to upload.
        trust: whom to believe that it is the registry.
    """
    base = f"{registry}/v2/{repository}"
    for blob in (*image.layers, image.config):
        _push_blob(base, blob, trust)
    manifest = f"{base}/manifests/{_digest(image.manifest)}"
    _send("PUT", manifest, trust, image.manifest, MANIFEST)
    _send("PUT", f"{base}/manifests/{tag}", trust, image.index, INDEX)


def _push_blob(base: str, blob: bytes, trust: ssl.SSLContext) -> None:
    uploads = f"{base}/blobs/uploads/"
    location = urllib.parse.urljoin(uploads, _send("POST", uploads, trust, b"", ""))
    joint = "&" if "?" in location else "?"
    upload = f"{location}{joint}digest={_digest(blob)}"
    _send("PUT", upload, trust, blob, "application/octet-stream")


def _send(method: str, url: str, trust: ssl.SSLContext, body: bytes, media_type: str) -> str:
    headers = {"Content-Type": media_type} if media_type else {}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 - the fleet's own registry
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return str(answer.headers.get("Location", ""))
    except OSError as error:
        raise FleetError(f"{method} {url}: {error}") from error


def _busybox_tar(busybox: bytes) -> bytes:
    return _tar({"bin/busybox": busybox, "tmp/.keep": b""}, links=APPLETS)


def _tar(files: Mapping[str, bytes], links: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
        for applet in links:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return out.getvalue()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
