"""The plan that Podman gets its mirrors by."""

from __future__ import annotations

from tests.transaction.plans import DIGEST, IMAGE
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName
from wizard.runtimes.registries_conf.drop_in import drop_in_text
from wizard.runtimes.registries_conf.tables import Mirror

DROP_IN = "/etc/containers/registries.conf.d/zz-pilotage.conf"
MIRRORS = (Mirror(location="registry.example"), Mirror(location="cache.corp:5000"))


def podman_plan(*, wanted: tuple[Mirror, ...] = MIRRORS) -> HostPlan:
    """Return a plan as it is for Podman: a drop-in, in force at the next pull."""
    locations = tuple(mirror.location for mirror in wanted)
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(
            FileChange(
                path=DROP_IN,
                real_path=DROP_IN,
                purpose=FilePurpose.CONFIG,
                before=None,
                after=drop_in_text({"docker.io": MIRRORS}),
            ),
        ),
        check=(Step(name=StepName.PODMAN_MIRRORS, args=("docker.io", *locations)),),
        probe=(Step(name=StepName.PODMAN_PULL, args=(IMAGE, DIGEST)),),
        check_reverted=(Step(name=StepName.PODMAN_MIRRORS, args=("docker.io",)),),
    )
