"""Images that a runtime has on its host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.practice.runtimes.references import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image under one name.

    Attributes:
        reference: its name.
        digest: of the manifest or index that the name led to.
        image_id: of its configuration, or of its manifest, as the store counts.
        config: the configuration's content.
        layers: digests of its layers.
        size: bytes of all its layers.
    """

    reference: Reference
    digest: str
    image_id: str
    config: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    size: int = 0


class ImageStore:
    """The images of one runtime, by whole name, in the order in which they came."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def __iter__(self) -> Iterator[Image]:
        """Iterate over the images."""
        return iter(tuple(self._images.values()))

    def find(self, text: str, reference: Reference) -> Image | None:
        """Return an image by its name, its digest or its identifier, whole or shortened."""
        named = self._images.get(str(reference))
        if named:
            return named
        wanted = text.removeprefix("sha256:")
        for image in self:
            if reference.digest and reference.digest == image.digest:
                return image
            if len(wanted) >= 12 and image.image_id.removeprefix("sha256:").startswith(wanted):  # noqa: PLR2004  # as Docker shows it
                return image
        return None

    def add(self, image: Image) -> None:
        """Keep an image, in place of the one that had its name."""
        self._images[str(image.reference)] = image

    def remove(self, image: Image) -> None:
        """Forget the name of an image."""
        self._images.pop(str(image.reference), None)

    def layers(self) -> frozenset[str]:
        """Return the layers that are there already."""
        return frozenset(layer for image in self for layer in image.layers)
