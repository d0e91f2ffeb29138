"""The canary of the real fleet: an image that its target alone has."""

from __future__ import annotations

from tests.fleet.images import make_image
from wizard.target import Canary


def only_target() -> Canary:
    """Return the image whose pull proves that it came from the target.

    Raises:
        FleetError: busybox is not installed, of which the image is made.
    """
    return Canary(
        repository="library/hello",
        tag="only-target",
        digest=make_image("hello only-target").digest,
        pushed=True,
    )
