"""What OpenShift is given instead of files on its hosts: objects that its operator turns into them.

Its machine config operator owns registries.conf (facts/runtimes.md §3.3). Since 4.13 mirrors are
objects of the cluster: one kind for images by digest, one for images by tag.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Final

from wizard.errors import PlanError
from wizard.planning.blocks import block
from wizard.planning.plan import BlockReason
from wizard.target import Addressing, TagSource, Target
from wizard.wording import _

_NAME: Final = "pilotage"
_CA_HINT: Final = (
    "# The nodes must trust the registry's CA: put it into a config map and name that in",
    "# spec.additionalTrustedCA of image.config.openshift.io/cluster first.",
)


class MirrorSet(Enum):
    """A kind of object that holds mirrors."""

    IDMS = "idms"
    """ImageDigestMirrorSet: for images that are named by digest."""
    ITMS = "itms"
    """ImageTagMirrorSet: for images that are named by tag."""


_KINDS: Final = {
    MirrorSet.IDMS: ("ImageDigestMirrorSet", "imageDigestMirrors"),
    MirrorSet.ITMS: ("ImageTagMirrorSet", "imageTagMirrors"),
}


def mirror_sets(target: Target, kinds: Iterable[MirrorSet]) -> str:
    """Return YAML with an object of each kind, which leads every upstream to its place; pure.

    Where upstream says what a tag is, none for tags. Raises PlanError where that leaves none, or
    where an upstream's place is behind a path: no location can say that.
    """
    for one in target.by_upstream:
        if one.addressing is Addressing.PATH:
            raise PlanError(
                _(
                    "{url}: CRI-O puts the path of a mirror after /v2, and this target wants it"
                    " before."
                ).format(url=one.api_base),
                todo=_("Give the registry a host name whose root answers as Docker Hub does."),
            )
    wanted = [one for one in kinds if one not in _left_out(target)]
    if not wanted:
        refusal = block(BlockReason.TAGS_NOT_POSSIBLE, MirrorSet.ITMS.value)
        raise PlanError(refusal.detail, todo=refusal.ways_out[0])
    hint = [*_CA_HINT] if target.ca_pem else []
    lines = [line for kind in wanted for line in ("---", *_object(target, kind))]
    return "\n".join((*hint, *lines)) + "\n"


def _left_out(target: Target) -> frozenset[MirrorSet]:
    of_tags = target.tags is TagSource.UPSTREAM
    return frozenset({MirrorSet.ITMS}) if of_tags else frozenset()


def _object(target: Target, kind: MirrorSet) -> Iterable[str]:
    name, mirrors = _KINDS[kind]
    yield "apiVersion: config.openshift.io/v1"
    yield f"kind: {name}"
    yield "metadata:"
    yield f"  name: {_NAME}"
    yield "spec:"
    yield f"  {mirrors}:"
    for one in target.by_upstream:
        location = f"{one.authority}/{one.prefix}".rstrip("/")
        yield f"  - source: {json.dumps(one.upstream)}"
        yield "    mirrors:"
        yield f"    - {json.dumps(location)}"
        yield "    mirrorSourcePolicy: AllowContactingSource"
