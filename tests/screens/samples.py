"""Values for the screens to show: a fleet, its facts, a plan, and runs at chosen moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wizard.discovery.container_facts import Container
from wizard.discovery.facts import DockerFacts, FileFacts, FileKind, HostFacts
from wizard.fleet.host import Fleet, Host
from wizard.fleet.policy import Migration
from wizard.journal.events import Event, EventKind, RunKind
from wizard.planning.plan import (
    Activation,
    Block,
    BlockReason,
    FileChange,
    FilePurpose,
    FileVersion,
    HostPlan,
    Plan,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)
from wizard.run.states import HostState, RunState
from wizard.run.view import Counters, HostView, RunView, Trouble, WaveView
from wizard.service import Discovery, MissingSecret, TargetReport, UnknownHostKey
from wizard.target import Canary, Target
from wizard.transaction.answers import FileConflict

MOMENT = 1_790_000_000.0
NAMES = ("web1", "web2", "web3", "web4", "db1", "db2", "build1", "old1")
TARGET = Target(
    url="https://registry.example.net",
    canary=Canary(
        repository="library/pilotage-canary",
        tag="c1",
        digest="sha256:" + "ab" * 32,
        pushed=True,
    ),
)
REPORT = TargetReport(
    target=TARGET,
    attempts=(
        "GET https://registry.example.net/v2/ answers 200, a registry",
        "GET …/v2/library/pilotage-canary/manifests/c1 answers the canary's digest",
    ),
    certificate="CN=registry.example.net, issued by Example CA, until 2027-03-01",
)


def fleet(names: Sequence[str] = NAMES) -> Fleet:
    """Return a fleet of these names."""
    return Fleet(hosts=tuple(Host(name=name, address=f"{name}.example.net") for name in names))


def migration(names: Sequence[str] = NAMES) -> Migration:
    """Return a migration of a fleet of these names."""
    return Migration(fleet=fleet(names))


def facts(name: str) -> HostFacts:
    """Return facts of a Debian host with Docker."""
    return HostFacts(
        host=name,
        collected_at=MOMENT,
        os_id="debian",
        os_name="Debian 13",
        architecture="x86_64",
        kernel="6.12.41",
        init="systemd",
        ca_store="debian",
        docker=DockerFacts(
            version="26.1.5+dfsg1",
            live_restore=False,
            containers=(
                Container(id="0af3", name="shop", image="nginx:1.29", started_at="2026-08-01"),
            ),
        ),
        files=(
            FileFacts(
                path="/etc/docker/daemon.json",
                real_path="/etc/docker/daemon.json",
                kind=FileKind.REGULAR,
                size=3,
                text="{}\n",
            ),
            *(
                FileFacts(path=path, real_path=path, kind=FileKind.DIRECTORY)
                for path in ("/etc/docker", "/etc/docker/certs.d")
            ),
        ),
    )


def discovery(
    names: Sequence[str] = NAMES,
    *,
    troubles: Sequence[Trouble] = (),
    unknown_keys: Sequence[UnknownHostKey] = (),
    missing_secrets: Sequence[MissingSecret] = (),
) -> Discovery:
    """Return a discovery that read these hosts."""
    return Discovery(
        run="discovery",
        facts=tuple(facts(name) for name in names),
        troubles=tuple(troubles),
        unknown_keys=tuple(unknown_keys),
        missing_secrets=tuple(missing_secrets),
    )


BEFORE = '{\n  "log-driver": "journald",\n  "live-restore": true\n}\n'
AFTER = (
    '{\n  "log-driver": "journald",\n  "live-restore": true,\n'
    '  "registry-mirrors": ["https://registry.example.net"]\n}\n'
)


def docker_change(before: str | None = BEFORE) -> FileChange:
    """Return the change of a daemon.json."""
    version = None
    if before is not None:
        version = FileVersion(
            sha256="0" * 64, size=len(before), mode=0o644, uid=0, gid=0, text=before
        )
    return FileChange(
        path="/etc/docker/daemon.json",
        real_path="/etc/docker/daemon.json",
        purpose=FilePurpose.CONFIG,
        before=version,
        after=AFTER,
    )


def ca_change() -> FileChange:
    """Return a new CA file."""
    return FileChange(
        path="/etc/docker/certs.d/registry.example.net/ca.crt",
        real_path="/etc/docker/certs.d/registry.example.net/ca.crt",
        purpose=FilePurpose.CA,
        before=None,
        after="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    )


def host_plan(
    name: str,
    *,
    activation: Activation = Activation.RELOAD,
    before: str | None = BEFORE,
    stops: tuple[str, ...] = (),
) -> HostPlan:
    """Return the plan of a host whose Docker changes."""
    return HostPlan(
        host=name,
        runtimes=(
            RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour="docker 26.1 overlay2",
                verdict=Verdict.CHANGE,
                activation=activation,
                stops=stops,
            ),
        ),
        changes=(ca_change(), docker_change(before)),
        validate=(Step(name=StepName.DOCKER_VALIDATE, args=("/etc/docker/daemon.json",)),),
        activate=(Step(name=StepName.DOCKER_RELOAD, args=("docker.service",)),),
        check=(Step(name=StepName.SAME_CONTAINERS, args=("docker",)),),
        probe=(Step(name=StepName.DOCKER_PULL, args=(TARGET.canary.reference, "sha256:ab")),)
        if TARGET.canary
        else (),
    )


def blocked_plan(name: str, reason: BlockReason = BlockReason.FLAGS_CONFLICT) -> HostPlan:
    """Return the plan of a host that cannot be served."""
    block = Block(
        reason=reason,
        detail="The daemon gets mirrors by a flag: with the key in its file it will not start.",
        ways_out=("Move the flag from the unit into daemon.json.", "Leave the host out."),
    )
    return HostPlan(
        host=name,
        runtimes=(
            RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour="docker 20.10 overlay2",
                verdict=Verdict.BLOCKED,
                blocks=(block,),
            ),
        ),
    )


def plan(migration: Migration, found: Sequence[HostFacts], target: Target) -> Plan:
    """Plan like the real planner would: build1 from an empty file, old1 blocked."""
    names = [host.host for host in found]
    hosts = []
    for name in names:
        if name == "old1":
            hosts.append(blocked_plan(name))
        elif name == "build1":
            hosts.append(host_plan(name, before=None))
        else:
            hosts.append(host_plan(name))
    changing = [name for name in names if name != "old1"]
    waves = (tuple(changing[:1]), tuple(changing[1:4]), tuple(changing[4:]))
    return Plan(
        target=target,
        hosts=tuple(hosts),
        waves=tuple(wave for wave in waves if wave),
    )


def trouble(name: str) -> Trouble:
    """Return a trouble after a failed proof."""
    return Trouble(
        host=name,
        what="The canary did not come from the target: x509, unknown authority.",
        state="As before: every file was restored and the daemon reloaded.",
        todo="Check the CA file, then try the failed hosts again.",
        failed_step="docker_pull",
    )


def conflict_trouble(name: str) -> Trouble:
    """Return a trouble with a foreign edit."""
    return replace(
        trouble(name),
        what="daemon.json was changed by somebody since.",
        state="Left alone: the host still uses the target.",
        conflicts=(
            FileConflict(
                path="/etc/docker/daemon.json",
                expected_sha256="1" * 64,
                found_sha256="2" * 64,
                before=BEFORE,
                ours=AFTER,
                now=AFTER.replace("journald", "local"),
            ),
        ),
    )


def run_view(
    states: dict[str, HostState],
    *,
    run: str = "rollout-1",
    state: RunState = RunState.RUNNING,
    seq: int = 1,
    **others: object,
) -> RunView:
    """Return a view of a run over these hosts in waves of one, three and the rest."""
    names = list(states)
    waves = []
    for index, part in enumerate((names[:1], names[1:4], names[4:])):
        counts: dict[HostState, int] = {}
        for name in part:
            counts[states[name]] = counts.get(states[name], 0) + 1
        started = any(states[name] is not HostState.WAITING for name in part)
        if part:
            waves.append(
                WaveView(
                    index=index, hosts=tuple(part), counts=tuple(counts.items()), started=started
                )
            )
    hosts = tuple(
        HostView(
            name=name,
            state=host_state,
            wave=0 if names.index(name) == 0 else 1 if names.index(name) < 4 else 2,
            trouble=trouble(name) if host_state is HostState.REVERTED else None,
            detail="docker_pull failed" if host_state is HostState.REVERTED else "",
        )
        for name, host_state in states.items()
    )
    values: dict[str, object] = {
        "run": run,
        "kind": RunKind.ROLLOUT,
        "state": state,
        "operator": "ana",
        "started_at": MOMENT,
        "seq": seq,
        "hosts": hosts,
        "waves": tuple(waves),
        "current_wave": 0,
        "counters": Counters(),
        "recent": events(seq),
    }
    return RunView(**(values | others))  # type: ignore[arg-type]  # the fields are named above


def events(count: int) -> tuple[Event, ...]:
    """Return so many events."""
    return tuple(
        Event(
            seq=number,
            at=MOMENT + number,
            kind=EventKind.INTENT,
            host="web1",
            data={"verb": "apply"},
        )
        for number in range(1, count + 1)
    )
