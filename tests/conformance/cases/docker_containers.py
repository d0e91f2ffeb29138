"""What reloads and restarts of Docker do to containers."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Case, Note, Run, Same, Step
from tests.conformance.cases.docker_steps import FACTS, PID, RELOAD, START, daemon, mirrors
from tests.conformance.flavour import CLASSIC, DOCKER, Flavour

_STARTED: Final = "docker inspect -f '{{.Id}} {{.State.StartedAt}}' kept"
_RUNNING: Final = "docker inspect -f '{{.State.Running}}' kept"


def _kept(restart: str) -> Run:
    keep = "sh -c 'trap exit TERM; sleep 1000 & wait'"
    return Run(
        command=f"docker run -d --name kept --network none --restart {restart} hello:latest {keep}"
    )


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CLASSIC,
    section: str = "§1.5",
) -> Case:
    return Case(
        name=name,
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "reload-leaves-containers-alone",
        "A reload restarts no container.",
        _kept("always"),
        Note(command=_STARTED),
        mirrors("https://mirror.example"),
        *RELOAD,
        Same(command=_STARTED),
        section="§1.3",
    ),
    _case(
        "restart-starts-containers-anew",
        "Without live-restore a restart ends containers; restart=always brings them back.",
        daemon('"live-restore": false'),
        *RELOAD,
        _kept("always"),
        Note(command=_STARTED),
        START,
        Run(command=_RUNNING, says=("^true$",), patient=True),
        Same(command=_STARTED, same=False),
    ),
    _case(
        "restart-leaves-unprotected-containers-ended",
        "Without live-restore a container without a restart policy stays ended.",
        daemon('"live-restore": false'),
        *RELOAD,
        _kept("no"),
        Run(command=_RUNNING, says=("^true$",)),
        START,
        Run(command=_RUNNING, says=("^false$",)),
    ),
    _case(
        "restart-after-live-restore-leaves-containers-alone",
        "live-restore by a reload, then a restart: another process, and the same containers.",
        daemon('"live-restore": true'),
        *RELOAD,
        _kept("no"),
        Note(command=_STARTED),
        Note(command=PID),
        START,
        Same(command=PID, same=False),
        Same(command=_STARTED),
        Run(command=_RUNNING, says=("^true$",)),
        flavours=DOCKER,
    ),
    _case(
        "client-starts-docker-by-its-socket",
        "A Docker that was stopped without its socket is started by the next client.",
        Run(command="systemctl stop docker.service"),
        Run(command="systemctl is-active docker || true", says=("inactive",)),
        Run(command="docker ps -q"),
        Run(command="systemctl is-active docker", says=("^active$",)),
    ),
    _case(
        "reload-keeps-the-process",
        "The process of a reloaded Docker is the one it was, and the unit is active.",
        Note(command=PID),
        *RELOAD,
        Same(command=PID),
        Run(command="systemctl is-active docker", says=("^active$",)),
        section="§1.3",
    ),
)
