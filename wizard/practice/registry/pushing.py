"""The writing half of the distribution API, as docker-registry 2.8.2 answers it.

One thing is as in version 3 of it: a chunk out of order is refused instead of appended.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from wizard.practice.registry.answers import API_VERSION, Code, Refusal
from wizard.practice.registry.content import Content
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.routes import Route, is_digest
from wizard.registries.digests import digest_of
from wizard.registries.media_types import DOCKER_INDEX, MANIFEST_TYPES, OCI_INDEX

LARGEST_MANIFEST: Final = 4 << 20
LARGEST_BLOB: Final = 64 << 20
MOST_UPLOADS: Final = 64
"""Unfinished uploads that are kept; the oldest are given up first."""

_RANGE: Final = re.compile(r"(\d+)-(\d+)")
_INDEXES: Final = frozenset({OCI_INDEX, DOCKER_INDEX})


@dataclass(slots=True, kw_only=True)
class _Upload:
    """A blob that is on its way."""

    repository: str
    received: bytearray = field(default_factory=bytearray)


class Pushing:
    """Uploads and manifests of one registry.

    Args:
        content: where they are kept.
        random_bytes: where the numbers of uploads come from.
    """

    def __init__(self, content: Content, *, random_bytes: Callable[[int], bytes]) -> None:
        self._content = content
        self._random_bytes = random_bytes
        self._uploads: dict[str, _Upload] = {}

    def begin(self, base: str, route: Route, request: Request) -> Response:
        """Begin an upload, or take a blob over from another repository.

        Args:
            base: path of the API's root as the client spells it.
            route: of the repository.
            request: with `mount` and `from`, if a blob is to be taken over.
        """
        mounted, source = request.query.get("mount", ""), request.query.get("from", "")
        blob = self._content.blob(source, mounted) if mounted and source else None
        if blob is not None:
            return _created(base, route, "blobs", self._content.add_blob(route.name, blob))
        while len(self._uploads) >= MOST_UPLOADS:
            del self._uploads[next(iter(self._uploads))]
        number = str(uuid.UUID(bytes=self._random_bytes(16), version=4))
        upload = self._uploads[number] = _Upload(repository=route.name)
        return self._progress(HTTPStatus.ACCEPTED, base, number, upload)

    def status(self, base: str, route: Route) -> Response:
        """Tell how far an upload is."""
        upload = self._find(route)
        return self._progress(HTTPStatus.NO_CONTENT, base, route.reference, upload)

    def append(self, base: str, route: Route, request: Request) -> Response:
        """Take a chunk."""
        upload = self._find(route)
        self._receive(route, upload, request)
        return self._progress(HTTPStatus.ACCEPTED, base, route.reference, upload)

    def finish(self, base: str, route: Route, request: Request) -> Response:
        """Take the last chunk, or the whole blob, and keep what has the announced digest."""
        upload = self._find(route)
        announced = request.query.get("digest", "")
        if not announced:
            raise Refusal(Code.DIGEST_INVALID, "digest missing")
        if not is_digest(announced):
            raise Refusal(Code.DIGEST_INVALID, "digest parsing failed")
        self._receive(route, upload, request)
        del self._uploads[route.reference]
        received = bytes(upload.received)
        if digest_of(received) != announced:
            raise Refusal(Code.DIGEST_INVALID, {"Digest": announced, "Reason": {}})
        return _created(base, route, "blobs", self._content.add_blob(route.name, received))

    def cancel(self, route: Route) -> Response:
        """Give an upload up."""
        self._find(route)
        del self._uploads[route.reference]
        headers = {"Docker-Upload-Uuid": route.reference, **API_VERSION}
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    def put_manifest(self, base: str, route: Route, request: Request) -> Response:
        """Keep a manifest whose every part is there already."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if len(request.body) > LARGEST_MANIFEST:
            raise Refusal(Code.MANIFEST_INVALID, "http: request body too large")
        document = _parse(request.body, media_type)
        digest = digest_of(request.body)
        by_digest = ":" in route.reference
        if by_digest and digest != route.reference:
            raise Refusal(Code.DIGEST_INVALID)
        self._check_parts(route.name, media_type, document)
        self._content.add_manifest(route.name, request.body, media_type=media_type)
        if not by_digest:
            self._content.tag(route.name, route.reference, digest)
        return _created(base, route, "manifests", digest)

    def _check_parts(self, repository: str, media_type: str, document: dict[str, Any]) -> None:
        try:
            if media_type in _INDEXES:
                digests = [entry["digest"] for entry in document["manifests"]]
                missing = [one for one in digests if not self._content.manifest(repository, one)]
            else:
                parts = [document["config"], *document["layers"]]
                digests = [part["digest"] for part in parts]
                missing = [one for one in digests if self._content.blob(repository, one) is None]
        except (KeyError, TypeError) as error:
            raise Refusal(Code.MANIFEST_INVALID, {}) from error
        if missing:
            raise Refusal(Code.MANIFEST_BLOB_UNKNOWN, *missing)

    def _find(self, route: Route) -> _Upload:
        upload = self._uploads.get(route.reference)
        if upload is None or upload.repository != route.name:
            raise Refusal(Code.BLOB_UPLOAD_INVALID)
        return upload

    def _receive(self, route: Route, upload: _Upload, request: Request) -> None:
        span = _RANGE.fullmatch(request.headers.get("content-range", ""))
        if span and int(span[1]) != len(upload.received):
            raise Refusal(Code.RANGE_INVALID)
        if len(upload.received) + len(request.body) > LARGEST_BLOB:
            del self._uploads[route.reference]
            raise Refusal(Code.SIZE_INVALID)
        upload.received += request.body

    def _progress(self, status: int, base: str, number: str, upload: _Upload) -> Response:
        return Response(
            status=status,
            headers={
                "Docker-Upload-Uuid": number,
                "Location": f"{base}{upload.repository}/blobs/uploads/{number}",
                "Range": f"0-{max(0, len(upload.received) - 1)}",
                **API_VERSION,
            },
        )


def _parse(body: bytes, media_type: str) -> dict[str, Any]:
    """Return a manifest's document; raises Refusal unless it is what its media type says."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(Code.MANIFEST_INVALID, {}) from error
    if (
        media_type not in MANIFEST_TYPES
        or not isinstance(document, dict)
        or document.get("mediaType", media_type) != media_type
    ):
        raise Refusal(Code.MANIFEST_INVALID, {})
    return document


def _created(base: str, route: Route, kind: str, digest: str) -> Response:
    return Response(
        status=HTTPStatus.CREATED,
        headers={
            "Docker-Content-Digest": digest,
            "Location": f"{base}{route.name}/{kind}/{digest}",
            **API_VERSION,
        },
    )
