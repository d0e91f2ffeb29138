"""The canary image: whole, the same each time, and good for every runtime."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.registries.certificates import Authority, Identity
from tests.registries.conftest import QuickClock, RealRegistry
from tests.registries.stage import Shelf, on_stage
from wizard.errors import InputError
from wizard.registries.canary import (
    REPOSITORY,
    build_canary,
    parse_reference,
    push_canary,
)
from wizard.registries.digests import digest_of
from wizard.registries.distribution import Distribution
from wizard.registries.failures import Failure, RegistryFailure
from wizard.registries.http import open_client
from wizard.registries.media_types import DIALECTS, DOCKER, Dialect


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_descriptor_names_bytes_that_are_there(dialect: Dialect) -> None:
    """Digests, sizes, media types and the unpacked layer's digest all agree."""
    image = build_canary("proof-1", dialect)
    blobs = {digest_of(blob): blob for blob in (*image.blobs, *image.manifests)}
    index = json.loads(image.index)
    platforms = [(one["platform"]["architecture"], one["digest"]) for one in index["manifests"]]
    assert [architecture for architecture, _ in platforms] == ["amd64", "arm64", "arm"]
    assert dialect.index == index["mediaType"]
    for architecture, digest in platforms:
        manifest = json.loads(blobs[digest])
        assert dialect.manifest == manifest["mediaType"]
        for descriptor in (manifest["config"], *manifest["layers"]):
            assert len(blobs[descriptor["digest"]]) == descriptor["size"]
        config = json.loads(blobs[manifest["config"]["digest"]])
        assert architecture == config["architecture"]
        unpacked = gzip.decompress(blobs[manifest["layers"][0]["digest"]])
        expected = [f"sha256:{hashlib.sha256(unpacked).hexdigest()}"]
        assert expected == config["rootfs"]["diff_ids"]


def test_the_same_tag_gives_the_same_bytes_and_another_tag_another_layer() -> None:
    """Two runs agree; a host that has an old canary still has to fetch the new one."""
    assert build_canary("proof-1") == build_canary("proof-1")
    assert build_canary("proof-1").blobs[0] != build_canary("proof-2").blobs[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("library/proof:1", ("library/proof", "1")),
        ("docker.io/library/proof:1", ("library/proof", "1")),
        ("proof:v1.2_3-x", ("library/proof", "v1.2_3-x")),
    ],
)
def test_a_named_canary_is_understood(text: str, expected: tuple[str, str]) -> None:
    """Short names mean what they mean to Docker."""
    assert expected == parse_reference(text)


@pytest.mark.parametrize(
    "text", ["proof", "library/proof", "library/proof:", "Proof:1", "a/b@sha256:00", "a b:1", ":1"]
)
def test_what_names_no_tag_is_refused(text: str) -> None:
    """A digest or a name without a tag proves nothing."""
    with pytest.raises(InputError):
        parse_reference(text)


async def test_another_client_pulls_all_of_a_pushed_canary(
    registry: RealRegistry, clock: QuickClock, tmp_path: Path
) -> None:
    """Skopeo sees the digest that was reported, and copies every platform."""
    skopeo = shutil.which("skopeo")
    if skopeo is None:
        pytest.skip("skopeo is not installed (Debian package skopeo)")
    async with open_client(registry.ca_pem) as client:
        distribution = Distribution(f"{registry.url}/v2/hub", client=client, clock=clock)
        canary = await push_canary(distribution, suffix="1")
    reference = f"docker://{registry.url.removeprefix('https://')}/hub/{REPOSITORY}:{canary.tag}"
    trusted = f"--cert-dir={registry.ca_file.parent}"
    raw = await _said(skopeo, "inspect", "--raw", trusted, reference)
    assert canary.digest == digest_of(raw)
    for architecture in ("amd64", "arm64"):
        shown = await _said(
            skopeo, f"--override-arch={architecture}", "inspect", trusted, reference
        )
        assert architecture == json.loads(shown)["Architecture"]
    trust = f"--src-cert-dir={registry.ca_file.parent}"
    await _said(skopeo, "copy", "--all", trust, reference, f"dir:{tmp_path / 'copied'}")


async def _said(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output


async def test_a_registry_without_oci_gets_dockers_media_types(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """Every runtime reads both; some registries store only one."""
    async with (
        on_stage(Shelf(knows_oci=False).play, identity) as stage,
        open_client(authority.pem) as client,
    ):
        distribution = Distribution(f"{stage.url}/v2", client=client, clock=clock)
        canary = await push_canary(distribution, suffix="1")
    assert build_canary("proof-1", DOCKER).digest == canary.digest


async def test_a_canary_that_comes_back_changed_is_no_canary(
    authority: Authority, identity: Identity, clock: QuickClock
) -> None:
    """What was pushed is read back and compared by its bytes."""
    async with (
        on_stage(Shelf(spoil=True).play, identity) as stage,
        open_client(authority.pem) as client,
    ):
        distribution = Distribution(f"{stage.url}/v2", client=client, clock=clock)
        with pytest.raises(RegistryFailure) as caught:
            await push_canary(distribution, suffix="1")
    assert Failure.WRONG_BYTES is caught.value.kind
