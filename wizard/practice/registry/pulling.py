"""The reading half of the distribution API, as docker-registry 2.8.2 answers it.

Two things are as in version 3 of it: no manifest is rewritten to schema 1, and tags and names
come in order.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from wizard.practice.registry.answers import API_VERSION, Code, Refusal, json_response
from wizard.practice.registry.content import Content, StoredManifest
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.routes import Route, is_digest
from wizard.registries.media_types import DOCKER_INDEX, OCI_INDEX, OCI_MANIFEST

_MOST_NAMES: Final = 1000
_OCI_WORDS: Final = {
    OCI_MANIFEST: "OCI manifest found, but accept header does not support OCI manifests",
    OCI_INDEX: "OCI index found, but accept header does not support OCI indexes",
}


def ping() -> Response:
    """Answer the API's root."""
    return Response(
        status=HTTPStatus.OK,
        headers={"Content-Type": "application/json; charset=utf-8", **API_VERSION},
        body=b"{}",
    )


def list_names(content: Content, request: Request) -> Response:
    """Answer with the names of repositories, `n` of them after `last`."""
    wanted = request.query.get("n", "")
    limit = min(int(wanted), _MOST_NAMES) if wanted.isascii() and wanted.isdigit() else _MOST_NAMES
    names = [name for name in content.names() if name > request.query.get("last", "")]
    shown, headers = names[:limit], {}
    if shown and len(names) > len(shown):
        headers["Link"] = f'<{request.path}?last={shown[-1]}&n={limit}>; rel="next"'
    return json_response(HTTPStatus.OK, {"repositories": shown}, headers)


def list_tags(content: Content, route: Route) -> Response:
    """Answer with the tags of a repository."""
    tags = content.tags(route.name)
    if tags is None:
        raise Refusal(Code.NAME_UNKNOWN, {"name": route.name})
    return json_response(HTTPStatus.OK, {"name": route.name, "tags": tags})


def give_manifest(content: Content, route: Route, request: Request) -> Response:
    """Answer with a manifest in a media type that the client accepts."""
    stored = content.manifest(route.name, route.reference)
    if stored is None:
        raise Refusal(Code.MANIFEST_UNKNOWN, _what_is_missing(route))
    stored = _negotiate(content, route, stored, _accepted(request))
    return _give(request, stored.media_type, stored.digest, stored.content)


def give_blob(content: Content, route: Route, request: Request) -> Response:
    """Answer with a blob."""
    if not is_digest(route.reference):
        raise Refusal(Code.DIGEST_INVALID, {})
    blob = content.blob(route.name, route.reference)
    if blob is None:
        raise Refusal(Code.BLOB_UNKNOWN, route.reference)
    return _give(request, "application/octet-stream", route.reference, blob)


def _give(request: Request, media_type: str, digest: str, content: bytes) -> Response:
    tag = f'"{digest}"'
    if request.headers.get("if-none-match") in {tag, digest}:
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=API_VERSION)
    headers = {"Content-Type": media_type, "Docker-Content-Digest": digest, "Etag": tag}
    return Response(status=HTTPStatus.OK, headers={**headers, **API_VERSION}, body=content)


def _what_is_missing(route: Route) -> dict[str, str]:
    if is_digest(route.reference):
        return {"Name": route.name, "Revision": route.reference}
    return {"Tag": route.reference}


def _accepted(request: Request) -> frozenset[str]:
    """Return the media types that a client names; the real one too takes `*/*` for none."""
    parts = request.headers.get("accept", "").split(",")
    return frozenset(part.partition(";")[0].strip().lower() for part in parts)


def _negotiate(
    content: Content, route: Route, stored: StoredManifest, accepted: frozenset[str]
) -> StoredManifest:
    if stored.media_type in accepted:
        return stored
    if stored.media_type in _OCI_WORDS:
        raise Refusal(Code.MANIFEST_UNKNOWN, message=_OCI_WORDS[stored.media_type])
    if stored.media_type == DOCKER_INDEX and not is_digest(route.reference):
        return _for_old_clients(content, route, stored)
    return stored


def _for_old_clients(content: Content, route: Route, index: StoredManifest) -> StoredManifest:
    """Return the manifest for linux/amd64: all that a client without lists can mean by a tag."""
    entries: list[dict[str, Any]] = json.loads(index.content)["manifests"]
    for entry in entries:
        platform = entry.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", "amd64"):
            found = content.manifest(route.name, entry["digest"])
            if found is not None:
                return found
    raise Refusal(Code.MANIFEST_UNKNOWN, {"Tag": route.reference})
