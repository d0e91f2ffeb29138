"""A practice host with containerd, and the plan that it gets a config_path by."""

from __future__ import annotations

from tests.transaction.plans import DIGEST, IMAGE
from tests.transaction.practice_host import DAEMON_PID, PracticeHost
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName

CONFIG = "/etc/containerd/config.toml"
SOCKET = "unix:///run/containerd/containerd.sock"
BEFORE = b"version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = ''\n"
AFTER = BEFORE.decode().replace("''", "'/etc/containerd/certs.d'")
PLUGINS_OK = """TYPE                            ID       PLATFORMS      STATUS
io.containerd.content.v1        content  -              ok
io.containerd.snapshotter.v1    btrfs    linux/amd64    skip
io.containerd.cri.v1            images   -              ok
io.containerd.cri.v1            runtime  linux/amd64    ok
io.containerd.grpc.v1           cri      linux/amd64    ok
"""


def with_containerd(host: PracticeHost) -> PracticeHost:
    """Let a host have containerd, its CRI plugin and one running task."""
    host.practice("plugins", PLUGINS_OK)
    host.practice("tasks", f"TASK PID STATUS\npause {DAEMON_PID} RUNNING\nold 9 STOPPED\n")
    host.write(CONFIG, BEFORE)
    return host


def containerd_plan(node: PracticeHost, after: str = AFTER) -> HostPlan:
    """Return a plan as it is for containerd: one file, in force by a restart."""
    restart = (Step(name=StepName.CONTAINERD_RESTART, args=("containerd.service",)),)
    running = (
        Step(name=StepName.CONTAINERD_CRI_OK),
        Step(name=StepName.SAME_CONTAINERS, args=("containerd",)),
    )
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(
            FileChange(
                path=CONFIG,
                real_path=CONFIG,
                purpose=FilePurpose.CONFIG,
                before=node.write(CONFIG, BEFORE),
                after=after,
            ),
        ),
        validate=(Step(name=StepName.CONTAINERD_VALIDATE, args=(CONFIG,)),),
        activate=restart,
        check=(
            *running,
            Step(name=StepName.CONTAINERD_CONFIG_PATH, args=("/etc/containerd/certs.d",)),
        ),
        probe=(Step(name=StepName.CRI_PULL, args=(IMAGE, DIGEST, "crictl", SOCKET)),),
        deactivate=restart,
        check_reverted=(*running, Step(name=StepName.CONTAINERD_CONFIG_PATH, args=("",))),
    )
