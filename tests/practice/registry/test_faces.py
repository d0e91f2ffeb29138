"""What a registry looks like from outside: API here, portal there."""

from __future__ import annotations

import pytest

from tests.practice.registry.conftest import ALL_MANIFESTS, Practice
from wizard.practice.registry.faces import Face, cleaned
from wizard.practice.registry.images import TARGET_TAGS, build_image
from wizard.practice.registry.registry import RegistryDesign
from wizard.registries.digests import digest_of
from wizard.registries.media_types import DOCKER, OCI

HELLO = "library/hello/manifests/latest"
JSON = "application/json; charset=utf-8"
HTML, INDEX, TEXT = "text/html", DOCKER.index, "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("face", "prefix", "path", "answer"),
    [
        (Face.ROOT, "", f"/v2/{HELLO}", (200, INDEX)),
        (Face.ROOT, "", f"/v2/{HELLO}?ns=docker.io", (200, INDEX)),
        (Face.ROOT, "", f"/dockerhub/v2/{HELLO}", (404, TEXT)),
        (Face.UPSTREAM, "", f"/v2/{HELLO}", (200, INDEX)),
        (Face.PREFIX, "dockerhub", "/v2/", (200, JSON)),
        (Face.PREFIX, "dockerhub", f"/v2/dockerhub/{HELLO}", (200, INDEX)),
        (Face.PREFIX, "dockerhub", f"/v2/{HELLO}", (200, HTML)),
        (Face.PREFIX, "dockerhub", f"/dockerhub/v2/{HELLO}", (200, HTML)),
        (Face.PREFIX, "dockerhub", f"/v2/dockerhub/v2/{HELLO}", (404, JSON)),
        (Face.PREFIX, "dockerhub", "/", (200, HTML)),
        (Face.PATH, "repository/hub", f"/repository/hub/v2/{HELLO}", (200, INDEX)),
        (Face.PATH, "repository/hub", f"/v2/repository/hub/{HELLO}", (404, HTML)),
        (Face.PATH, "repository/hub", f"/v2/{HELLO}", (404, HTML)),
        (Face.PATH, "repository/hub", "/", (200, HTML)),
    ],
)
async def test_a_url_is_answered_by_the_api_or_by_the_portal(
    practice: Practice, face: Face, prefix: str, path: str, answer: tuple[int, str]
) -> None:
    """HTTP 200 is not yet a manifest: only the media type tells."""
    async with (
        practice.registry(RegistryDesign(face=face, prefix=prefix)) as registry,
        practice.client(registry) as client,
    ):
        registry.add_hello(TARGET_TAGS)
        found = await client.get(path, headers=ALL_MANIFESTS)

    assert answer == (found.status_code, found.headers["content-type"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("//v2/a", "/v2/a"),
        ("/v2//", "/v2/"),
        ("/", "/"),
        ("", "/"),
        ("/a/../v2/./b", "/v2/b"),
        ("/.hidden", "/.hidden"),
        ("/../..", "/"),
    ],
)
def test_a_path_is_cleaned_as_go_cleans_it(path: str, expected: str) -> None:
    """Empty, `.` and `..` parts go; a slash at the end stays."""
    assert expected == cleaned(path)


async def test_a_pull_finds_all_parts_of_an_image(practice: Practice) -> None:
    """From the tag to the last layer, every digest is that of the bytes."""
    async with practice.registry() as registry, practice.client(registry) as client:
        registry.add_hello(TARGET_TAGS)
        index = await client.get(f"/v2/{HELLO}", headers=ALL_MANIFESTS)
        digests = [entry["digest"] for entry in index.json()["manifests"]]
        found = {}
        for digest in digests:
            manifest = await client.get(f"/v2/library/hello/manifests/{digest}")
            found[digest] = digest_of(manifest.content)
            for part in (manifest.json()["config"], *manifest.json()["layers"]):
                blob = await client.get(f"/v2/library/hello/blobs/{part['digest']}")
                found[part["digest"]] = digest_of(blob.content)
                assert part["size"] == len(blob.content)

    assert index.headers["docker-content-digest"] == digest_of(index.content)
    assert all(asked == got for asked, got in found.items())
    assert len(digests) == 2
    assert len(found) == 2 + 2 + 2


async def test_head_tells_length_and_digest_without_a_body(practice: Practice) -> None:
    """And the connection goes on to be used."""
    image = build_image("hello latest")
    async with practice.registry() as registry, practice.client(registry) as client:
        registry.add_hello(TARGET_TAGS)
        for _time in range(2):
            answer = await client.head(f"/v2/{HELLO}", headers=ALL_MANIFESTS)

            assert answer.headers["content-length"] == str(len(image.index))
            assert answer.headers["docker-content-digest"] == image.digest
            assert answer.content == b""


def test_the_same_label_means_the_same_bytes() -> None:
    """Built anew, nothing differs; another label or dialect, another digest."""
    build_image.cache_clear()
    first = build_image("hello", OCI)
    build_image.cache_clear()

    assert first == build_image("hello", OCI)
    assert first.digest != build_image("hello", DOCKER).digest
    assert first.digest != build_image("hallo", OCI).digest


async def test_names_come_in_pages_that_lead_on(practice: Practice) -> None:
    """The link of one page is the next page's URL."""
    async with practice.registry() as registry, practice.client(registry) as client:
        for name in ("c", "a", "b"):
            registry.add_image(f"library/{name}", "1", build_image(name))
        first = await client.get("/v2/_catalog?n=2")
        second = await client.get(first.links["next"]["url"])

    assert first.json() == {"repositories": ["library/a", "library/b"]}
    assert second.json() == {"repositories": ["library/c"]}
    assert "link" not in second.headers


async def test_a_chunk_out_of_order_is_refused(practice: Practice) -> None:
    """As in version 3 of docker-registry; the upload can go on where it was."""
    async with practice.registry() as registry, practice.client(registry) as client:
        begun = await client.post("/v2/library/a/blobs/uploads/")
        place = begun.headers["location"]
        gap = {"Content-Range": "5-9"}
        refused = await client.patch(place, content=b"abcde", headers=gap)
        taken = await client.patch(place, content=b"abc", headers={"Content-Range": "0-2"})

    assert (refused.status_code, taken.status_code) == (416, 202)
    assert taken.headers["range"] == "0-2"
