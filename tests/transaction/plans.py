"""Plans that the transaction tests apply."""

from __future__ import annotations

from wizard.planning.plan import (
    Activation,
    FileChange,
    FilePurpose,
    FileVersion,
    HostPlan,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)

DAEMON_JSON = "/etc/docker/daemon.json"
CA = "/etc/docker/certs.d/registry.corp:5000/ca.crt"
MIRROR = "https://registry.corp:5000"
IMAGE = "docker.io/library/pilotage-canary:1"
DIGEST = "sha256:" + "ab" * 32
BEFORE = b'{\r\n\t"debug": false,\n  "labels": ["\xc3\xa9=\'$x`\\\\"]\n}'
"""Tabs, both line endings, quotes, a non-ASCII letter, no final newline."""
AFTER = (
    f'{{\r\n\t"debug": false,\n  "labels": ["é=\'$x`\\\\"],\n  "registry-mirrors": ["{MIRROR}"]\n}}'
)
PARTING = '{\r\n\t"debug": false,\n  "labels": ["é=\'$x`\\\\"],\n  "registry-mirrors": []\n}'


def docker_plan(before: FileVersion | None, *, path: str = DAEMON_JSON) -> HostPlan:
    """Return a plan as it is for Docker with reload: a CA in new directories, then daemon.json."""
    unchanged = (
        Step(name=StepName.SAME_PROCESS, args=("docker",)),
        Step(name=StepName.SAME_CONTAINERS, args=("docker",)),
    )
    return HostPlan(
        host="practice",
        runtimes=(
            RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour="docker 28",
                verdict=Verdict.CHANGE,
                activation=Activation.RELOAD,
            ),
        ),
        changes=(
            FileChange(
                path=CA, real_path=CA, purpose=FilePurpose.CA, before=None, after="the CA\n"
            ),
            FileChange(
                path=DAEMON_JSON,
                real_path=path,
                purpose=FilePurpose.CONFIG,
                before=before,
                after=AFTER,
                parting=PARTING,
            ),
        ),
        validate=(Step(name=StepName.DOCKER_VALIDATE, args=(DAEMON_JSON, "--debug")),),
        activate=(Step(name=StepName.DOCKER_RELOAD, args=("docker.service",)),),
        check=(Step(name=StepName.DOCKER_MIRRORS, args=(MIRROR,)), *unchanged),
        probe=(Step(name=StepName.DOCKER_PULL, args=(IMAGE, DIGEST)),),
        deactivate=(Step(name=StepName.DOCKER_RELOAD, args=("docker.service",)),),
        check_reverted=(Step(name=StepName.DOCKER_MIRRORS), *unchanged),
    )


def file_plan(*changes: FileChange) -> HostPlan:
    """Return a plan that only writes files."""
    return HostPlan(host="practice", runtimes=(), changes=changes)
