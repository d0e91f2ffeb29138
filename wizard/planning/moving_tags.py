"""Tags that move, at a registry that is no cache of upstream (facts/runtimes.md §7 row 19).

There they are as old as the copy, and whoever copied them may have left platforms out.
"""

from __future__ import annotations

from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.planning.unmoved import images_of, is_moved, registry_of_image
from wizard.target import TagSource, Target, TargetKind
from wizard.wording import _

_NAMED: Final = 5


def moving_tags_notes(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return which images of the host a plain registry may have otherwise than upstream."""
    if target.kind is not TargetKind.PLAIN or target.tags is TagSource.UPSTREAM:
        return ()
    found = sorted({image for image in images_of(facts) if _moves(image, target)})
    if not found:
        return ()
    more = ", …" if len(found) > _NAMED else ""
    text = _(
        "Tags that move are at a copied registry as old as the copy, and their platforms are those"
        " that were copied: {images}. Copy them whole, and compare their digests with upstream's"
        " before this host pulls them; or let upstream say what a tag is: tags: upstream."
    )
    return (text.format(images=", ".join(found[:_NAMED]) + more),)


def _moves(image: str, target: Target) -> bool:
    """Return whether the tag, which has no number, says nothing of a version."""
    registry = registry_of_image(image)
    if not registry or registry == target.authority or not is_moved(registry, target):
        return False
    name, at, _digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return not at and not any(letter.isdigit() for letter in tag)
