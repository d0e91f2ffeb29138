"""Whether what a replication brought is what upstream has: tag by tag, by digest.

A run that succeeds says that layers came, not which: a tag that was left as it was is a line in a
log (facts/harbor.md §2.5). Only `HEAD` is asked upstream, which counts as no pull.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from wizard.clock import Clock
from wizard.registries.distribution import Distribution
from wizard.registries.failures import RegistryFailure
from wizard.registries.harbor.calls import Record
from wizard.registries.harbor.client import Harbor
from wizard.registries.harbor.wanted import Endpoint, Replication
from wizard.wording import _

_HUB: Final = "https://registry-1.docker.io"
_MOST_COMPARED: Final = 200
_PATTERN: Final = re.compile(r"\*\*|\*|\?|\{|\}|,")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing told.

    Attributes:
        same: how many tags have upstream's digest.
        others: those that have another one, each with both.
        left_out: how many were not compared, and why.
    """

    same: int = 0
    others: tuple[str, ...] = ()
    left_out: int = 0
    reason: str = ""


def source_of(endpoint: Endpoint, *, client: httpx.AsyncClient, clock: Clock) -> Distribution:
    """Return the registry that an endpoint copies from, asked as Harbor asks it."""
    url = _HUB if endpoint.kind == "docker-hub" else endpoint.url.rstrip("/")
    return Distribution(f"{url}/v2", client=client, clock=clock, login=endpoint.login)


async def compare_digests(
    harbor: Harbor, source: Distribution, wanted: Replication, tasks: Sequence[Record]
) -> Comparison:
    """Compare the tags of what these tasks copied; raises RegistryFailure of Harbor alone.

    That upstream cannot be asked from here leaves the rest out, and is no failure of the copy.
    """
    tags = [
        (repository, tag, digest)
        for repository in sorted({_repository(task) for task in tasks})
        for tag, digest in await _kept(harbor, wanted, repository)
    ]
    same, others, seen = 0, list[str](), 0
    reason = _("more than {count} tags").format(count=_MOST_COMPARED)
    for repository, tag, digest in tags[:_MOST_COMPARED]:
        try:
            upstream = await source.digest(repository, tag)
        except RegistryFailure as failure:
            reason = failure.what
            break
        seen += 1
        # One that upstream does not have any more, or never had, was pushed or copied earlier.
        if upstream == digest:
            same += 1
        elif upstream:
            others.append(f"{repository}:{tag}: {digest} ≠ {upstream}")
    left_out = len(tags) - seen
    return Comparison(
        same=same,
        others=tuple(others),
        left_out=left_out,
        reason=reason if left_out else "",
    )


async def _kept(harbor: Harbor, wanted: Replication, repository: str) -> list[tuple[str, str]]:
    """Return (tag, digest) of what the policy's filter lets through, in the project."""
    artifacts = await harbor.artifacts(wanted.project, repository)
    return sorted(
        (str(tag.get("name")), str(artifact.get("digest")))
        for artifact in artifacts
        for tag in artifact.get("tags") or ()
        if lets_through(wanted.tags, str(tag.get("name")))
    )


def _repository(task: Record) -> str:
    """Return what a task copied; it says `library/nginx [3 item(s) in total]`."""
    return str(task.get("src_resource", "")).partition(" [")[0].partition(":")[0]


def lets_through(pattern: str, tag: str) -> bool:
    """Tell whether a pattern of Harbor takes a tag; an empty one takes all."""
    if not pattern:
        return True
    words, place, depth = "", 0, 0
    for found in _PATTERN.finditer(pattern):
        words += re.escape(pattern[place : found.start()])
        place = found.end()
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        comma = "|" if depth else ","
        words += {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": comma}[found[0]]
    try:
        return re.fullmatch(words + re.escape(pattern[place:]), tag) is not None
    except re.error:
        return False
