"""Do with a registry what clients do, and tell what goes wrong: pull without a login, and push."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

import httpx

from wizard.clock import Clock
from wizard.registries.authority import Login, answer_challenge
from wizard.registries.distribution import Distribution
from wizard.registries.doctor.observation import Observation, Severity, Topic
from wizard.registries.doctor.symptoms import explain
from wizard.registries.failures import Failure, RegistryFailure, answer_failure
from wizard.registries.http import send
from wizard.target import Target
from wizard.wording import _

LAYER: Final = 2 << 20
"""Bytes of an upload that is given up again: nginx takes 1 MiB unless it is told otherwise."""


async def pulls(
    target: Target, image: str, *, client: httpx.AsyncClient, clock: Clock
) -> Observation:
    """Return what becomes of `library/name:tag` for a runtime that cannot log in.

    Manifest and configuration blob, for one platform where it is an index.
    """
    repository, _colon, tag = image.rpartition(":")
    anonymous = Distribution(target.api_base, client=client, clock=clock)
    try:
        manifest = await anonymous.manifest(repository, tag)
        content = json.loads(manifest.content)
        if "manifests" in content:
            chosen = content["manifests"][0]["digest"]
            content = json.loads((await anonymous.manifest(repository, chosen)).content)
        await anonymous.blob(repository, content["config"]["digest"])
    except RegistryFailure as error:
        seen = explain(error, target.kind, topic=Topic.PULL)
        return replace(seen, found=_("a pull fails: {found}").format(found=seen.found))
    except (ValueError, LookupError, TypeError):
        return Observation(
            topic=Topic.PULL,
            severity=Severity.BROKEN,
            found=_("{image} has a manifest that makes no sense").format(image=image),
            todo=_("Have the image pushed or cached anew."),
        )
    return Observation(
        topic=Topic.PULL,
        severity=Severity.WELL,
        found=_("{image} can be pulled without a login ({digest})").format(
            image=image, digest=manifest.digest
        ),
    )


async def uploads(
    target: Target, repository: str, *, client: httpx.AsyncClient, clock: Clock, login: Login
) -> Observation:
    """Return whether a layer of LAYER bytes gets through to `repository`; it is given up again."""
    start = f"{target.api_base}/{repository}/blobs/uploads/"
    try:
        await _upload(start, client=client, clock=clock, login=login)
    except RegistryFailure as error:
        seen = explain(error, target.kind, topic=Topic.PUSH)
        return replace(seen, found=_("a push fails: {found}").format(found=seen.found))
    return Observation(
        topic=Topic.PUSH,
        severity=Severity.WELL,
        found=_("an upload of {bytes} bytes gets through").format(bytes=LAYER),
    )


async def _upload(start: str, *, client: httpx.AsyncClient, clock: Clock, login: Login) -> None:
    begun = await send(client, clock, "POST", start)
    authorization: dict[str, str] = {}
    if begun.status_code == httpx.codes.UNAUTHORIZED:
        value = await answer_challenge(client, begun, login, scope="")
        authorization = {"Authorization": value}
        begun = await send(client, clock, "POST", start, headers=authorization)
    if begun.status_code != httpx.codes.ACCEPTED:
        raise answer_failure(begun)
    place = _upload_place(start, begun)
    sent = await send(
        client,
        clock,
        "PATCH",
        place,
        headers=authorization | {"Content-Type": "application/octet-stream"},
        content=bytes(LAYER),
    )
    place = _upload_place(place, sent)
    await send(client, clock, "DELETE", place, headers=authorization)
    if sent.status_code != httpx.codes.ACCEPTED:
        raise answer_failure(sent)


def _upload_place(before: str, response: httpx.Response) -> str:
    """Return where an upload goes on; raises RegistryFailure for a place of somebody else.

    Credentials go to nobody else, and a client would be sent astray as well.
    """
    told: str = response.headers.get("location", before)
    try:
        place = urljoin(before, told)
        is_here = httpx.URL(place).netloc == httpx.URL(before).netloc
    except (ValueError, httpx.InvalidURL):
        place, is_here = told, False
    if not is_here or not place.startswith("https://"):
        raise RegistryFailure(
            Failure.REDIRECTED,
            _("it wants the upload at {place}; set its external URL").format(place=place),
            url=before,
        )
    return place
