"""The same requests to docker-registry 2.8 and to the practice registry: the same answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.practice.registry.conftest import ALL_MANIFESTS, Practice
from tests.practice.registry.real_registry import real_registry
from wizard.practice.registry.images import build_image
from wizard.registries.digests import digest_of
from wizard.registries.media_types import (
    DOCKER,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI,
    OCI_INDEX,
    OCI_MANIFEST,
)

NO_DIGEST = f"sha256:{'0' * 64}"
COMPARED = (
    "allow",
    "content-type",
    "docker-content-digest",
    "docker-distribution-api-version",
    "etag",
    "location",
    "range",
)
_NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\?_state=[^&]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request; `{upload}` in its path is where the last answer said to go on."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def reading() -> Iterator[Ask]:
    """Yield questions to a registry that has nothing."""
    name = "/v2/library/none"
    for path in (
        *("/", "/v2", "/v2/", "/nothing", "/v2/nothing", "/v2/_catalog"),
        *(f"{name}/tags/list", f"{name}/manifests/latest", f"{name}/manifests/{NO_DIGEST}"),
        *(f"{name}/manifests/-x", f"{name}/blobs/{NO_DIGEST}", f"{name}/blobs/sha256:bad"),
        *(
            "/v2/Upper/manifests/latest",
            "/v2/a//b/tags/list?n=1",
            "//v2/",
            f"{name}/blobs/uploads/nope",
        ),
    ):
        yield Ask(method="GET", path=path)
        yield Ask(method="HEAD", path=path)
    yield Ask(method="POST", path=f"{name}/manifests/latest")
    yield Ask(method="DELETE", path=f"{name}/blobs/{NO_DIGEST}")


def uploading() -> Iterator[Ask]:
    """Yield uploads in one piece and in several, good and bad."""
    uploads = "/v2/library/one/blobs/uploads/"
    half, whole = b"first", b"firstsecond"
    yield Ask(method="POST", path=uploads)
    yield Ask(method="PUT", path=f"{{upload}}&digest={digest_of(whole)}", body=whole)
    for path in (f"library/one/blobs/{digest_of(whole)}", f"library/two/blobs/{digest_of(whole)}"):
        yield Ask(method="GET", path=f"/v2/{path}")
        yield Ask(method="HEAD", path=f"/v2/{path}")
    for query in (f"mount={digest_of(whole)}&from=library/one", f"mount={digest_of(whole)}"):
        yield Ask(method="POST", path=f"/v2/library/two/blobs/uploads/?{query}")
    yield Ask(method="POST", path=uploads)
    yield Ask(method="GET", path="{upload}")
    yield Ask(method="PATCH", path="{upload}", body=half)
    yield Ask(method="PATCH", path="{upload}", body=b"second")
    yield Ask(method="PUT", path=f"{{upload}}&digest={digest_of(whole)}")
    yield Ask(method="POST", path=uploads)
    yield Ask(method="PUT", path=f"{{upload}}&digest={NO_DIGEST}", body=whole)
    for query in ("", "&digest=", "&digest=sha256:bad", "&digest=md5:bad"):
        yield Ask(method="POST", path=uploads)
        yield Ask(method="PUT", path=f"{{upload}}{query}", body=whole)
    yield Ask(method="POST", path=uploads)
    yield Ask(method="DELETE", path="{upload}")
    yield Ask(method="PUT", path=f"{uploads}nope?digest={NO_DIGEST}")


def pushing() -> Iterator[Ask]:
    """Yield whole images in both dialects, then manifests that nobody should take."""
    for dialect, name in ((OCI, "/v2/library/oci"), (DOCKER, "/v2/library/docker")):
        image = build_image("hello", dialect)
        index = {"Content-Type": dialect.index}
        for blob in image.blobs:
            yield Ask(method="POST", path=f"{name}/blobs/uploads/")
            yield Ask(method="PUT", path=f"{{upload}}&digest={digest_of(blob)}", body=blob)
        yield Ask(method="PUT", path=f"{name}/manifests/x", body=image.index, headers=index)
        for one in image.manifests:
            path = f"{name}/manifests/{digest_of(one)}"
            media_type = {"Content-Type": dialect.manifest}
            yield Ask(method="PUT", path=path, body=one, headers=media_type)
        yield Ask(method="PUT", path=f"{name}/manifests/latest", body=image.index, headers=index)
        yield Ask(method="GET", path=f"{name}/tags/list")
        references = ["latest", "none", image.digest, digest_of(image.manifests[0])]
        for reference in references:
            for accept in (OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, ALL_MANIFESTS["Accept"]):
                if accept.startswith("application/vnd.oci") and dialect is DOCKER:
                    continue  # 2.8 rewrites to schema 1 here, version 3 does not
                headers = {"Accept": f"{accept};q=0.5, {DOCKER_MANIFEST}"}
                yield Ask(method="GET", path=f"{name}/manifests/{reference}", headers=headers)
        headers = {**ALL_MANIFESTS, "If-None-Match": f'"{image.digest}"'}
        yield Ask(method="GET", path=f"{name}/manifests/latest", headers=headers)
    yield from spoilt_manifests(image.manifests[0])


def spoilt_manifests(good: bytes) -> Iterator[Ask]:
    """Yield manifests with one thing wrong each."""
    name, docker = "/v2/library/docker/manifests", {"Content-Type": DOCKER_MANIFEST}
    layer = json.loads(good)["layers"][0]["digest"].encode()
    yield Ask(method="PUT", path=f"{name}/x", body=good, headers={"Content-Type": OCI_MANIFEST})
    yield Ask(method="PUT", path=f"{name}/x", body=good)
    yield Ask(method="PUT", path=f"{name}/x", body=good, headers={"Content-Type": "text/plain"})
    yield Ask(method="PUT", path=f"{name}/{NO_DIGEST}", body=good, headers=docker)
    for body in (b"", b"no JSON", good.replace(layer, NO_DIGEST.encode()), b" " * ((4 << 20) + 1)):
        yield Ask(method="PUT", path=f"{name}/x", body=body, headers=docker)


def seen(response: httpx.Response) -> dict[str, Any]:
    """Return what of an answer is compared."""
    headers = {name: response.headers.get(name) for name in COMPARED}
    headers["location"] = _NUMBER.sub("NUMBER", headers["location"] or "")
    body = response.content
    errors: list[tuple[str, str]] = []
    if response.status_code >= 400 and "json" in (headers["content-type"] or "") and body:
        errors = [(one["code"], one["message"]) for one in response.json()["errors"]]
        body = b""
    return {
        "status": response.status_code,
        "headers": {name: value for name, value in headers.items() if value},
        "errors": errors,
        "body": b"" if response.is_redirect else body.strip(),
    }


async def answers(client: httpx.AsyncClient, asks: Iterator[Ask]) -> dict[str, object]:
    """Put all questions in order and return what is compared of the answers."""
    found: dict[str, object] = {}
    upload = ""
    for ask in asks:
        path = ask.path.replace("{upload}&", upload + ("&" if "?" in upload else "?"))
        response = await client.request(
            ask.method,
            path.replace("{upload}", upload),
            content=ask.body,
            headers={"Accept": "", **ask.headers},
        )
        upload = response.headers.get("location", upload)
        found[f"{len(found)}: {ask.method} {ask.path} {ask.headers}"] = seen(response)
    return found


@pytest.mark.parametrize("asks", [reading, uploading, pushing])
async def test_answers_are_those_of_docker_registry(
    practice: Practice, tmp_path: Path, asks: Any
) -> None:
    """Status, headers, error codes and bytes, one question after the other."""
    with real_registry(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            expected = await answers(client, asks())
    async with practice.registry() as registry, practice.client(registry) as client:
        actual = await answers(client, asks())

    assert expected.keys() == actual.keys()
    for ask, answer in expected.items():
        assert (ask, answer) == (ask, actual[ask])
