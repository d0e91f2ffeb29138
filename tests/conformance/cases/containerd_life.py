"""Restarts of containerd, the system's certificates, and who reads what."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Append,
    Asked,
    Begins,
    Case,
    NotAsked,
    Note,
    Registry,
    Run,
    Same,
    Step,
    Write,
)
from tests.conformance.cases.containerd_steps import (
    CRI_ANSWERS,
    FACTS,
    FOLDER,
    HOSTS,
    PID,
    RESTART,
    SERVER,
    SYSTEM_CA,
    configured,
    hosts,
    manifest,
    pull,
    served_by_target,
    served_by_upstream,
)
from tests.conformance.flavour import CONTAINERD, CONTAINERD_1, SINCE_CONTAINERD_22, Flavour

_TARGET, _UPSTREAM = Registry.TARGET, Registry.UPSTREAM
_CTR: Final = "ctr -n k8s.io images pull"
_FORGET: Final = Run(command="ctr -n k8s.io images rm docker.io/library/hello:latest")
_TASKS: Final = "ctr -n k8s.io tasks ls"


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CONTAINERD,
    section: str = "§2.5",
    given: tuple[Step, ...] = (),
) -> Case:
    return Case(
        name=f"containerd-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=Begins.ANYHOW if given else Begins.CLEAN,
        given=given,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "without-configuration-asks-upstream",
        "Without any of it everything comes from Docker Hub.",
        pull(),
        *served_by_upstream(),
        section="§2.4",
    ),
    _case(
        "restart-keeps-containers",
        "A restart leaves containers alone: the same tasks with the same processes.",
        Run(command=_TASKS, says=(r"^\w+\s+\d+\s+RUNNING",)),
        Note(command=_TASKS),
        Note(command=PID),
        RESTART,
        CRI_ANSWERS,
        Same(command=PID, same=False),
        Same(command=_TASKS),
        flavours=frozenset({Flavour.CONTAINERD_15, Flavour.CONTAINERD_16, *SINCE_CONTAINERD_22}),
    ),
    _case(
        "system-ca-is-read-once",
        "A CA that comes into the system's store later counts after a restart only.",
        Write(path=HOSTS, content=f'{SERVER}[host."{{target}}"]\n'),
        pull("common"),
        *served_by_upstream("common"),
        Append(path=SYSTEM_CA, content="\n{target_ca}\n"),
        pull(),
        *served_by_upstream(),
        RESTART,
        CRI_ANSWERS,
        pull("only-target"),
        *served_by_target("only-target"),
        given=configured(),
        section="§6",
    ),
    _case(
        "ctr-ignores-config_path",
        "ctr images pull does not read what CRI reads: it asks Docker Hub.",
        *hosts(),
        Run(command=f"{_CTR} docker.io/library/hello:latest"),
        *served_by_upstream(),
        _FORGET,
        given=configured(),
        section="§2.4",
    ),
    _case(
        "ctr-reads-its-hosts-dir",
        "ctr images pull reads the directory that it is given.",
        *hosts(),
        Run(command=f"{_CTR} --hosts-dir {FOLDER} docker.io/library/hello:latest"),
        Asked(registry=_TARGET, pattern=manifest()),
        NotAsked(registry=_UPSTREAM),
        _FORGET,
        section="§2.4",
    ),
    _case(
        "crictl-shows-config_path-in-1.x",
        "In 1.x crictl info shows the config_path that is in use.",
        Run(command="crictl info", says=(rf'"configPath": *"{FOLDER}"',)),
        given=configured(),
        flavours=CONTAINERD_1,
        section="§2.4",
    ),
)
