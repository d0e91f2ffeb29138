"""A login to Docker Hub that a mirror is offered (facts/runtimes.md §2.4 Auth, §7 row 12)."""

from __future__ import annotations

from wizard.discovery.facts import HostFacts
from wizard.wording import _


def kubelet_login_warnings(facts: HostFacts) -> tuple[str, ...]:
    """Return that a containerd beside kubelet offers the target kubelet's own login."""
    if not facts.kubelet_login:
        return ()
    return (
        _(
            "kubelet is logged in to Docker Hub, and containerd offers that login to the target: if"
            " the target refuses it, images of pods come from Docker Hub without a word."
        ),
    )
