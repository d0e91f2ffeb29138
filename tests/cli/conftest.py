"""A migration of three hosts, and `pilotage` run on it without a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.practice import CANARY, NOW, PracticeRun, PracticeService, answer
from wizard.cli.program import program
from wizard.cli.surroundings import Surroundings
from wizard.discovery.facts import DockerFacts, HostFacts
from wizard.journal.events import EventKind, Order
from wizard.planning.plan import (
    Activation,
    FileChange,
    FilePurpose,
    FileVersion,
    HostPlan,
    Plan,
    Runtime,
    RuntimePlan,
    Verdict,
)
from wizard.target import Target

HOSTS = ("web1", "web2", "db1")
MIGRATION = """\
version: 1
hosts: [web1, web2, db1]
target: {url: "https://registry.example.net"}
rollout: {soak: 0}
"""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one invocation left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Return standard output as one JSON document."""
        data: dict[str, Any] = json.loads(self.out)
        return data


Pilotage = Callable[..., Outcome]


@pytest.fixture
def service() -> PracticeService:
    """Return a practice fleet on which everything goes well."""
    return PracticeService(
        facts=tuple(facts_of(name) for name in HOSTS),
        the_plan=plan_of(HOSTS),
        rollout=rollout_that_succeeds,
        rollback=rollback_that_succeeds,
    )


@pytest.fixture
def pilotage(tmp_path: Path, service: PracticeService) -> Pilotage:
    """Return a function that runs `pilotage` with arguments and what is typed."""
    migration = tmp_path / "migration.yaml"
    migration.write_text(MIGRATION, encoding="utf-8")

    def run(
        *arguments: str,
        typed: str | None = None,
        terminal: bool = False,
        environ: dict[str, str] | None = None,
        start_wizard: Callable[..., int] = no_wizard,
    ) -> Outcome:
        surroundings = Surroundings(
            environ=environ or {},
            is_interactive=terminal or typed is not None,
            is_terminal=terminal,
            open_service=lambda _state_dir: service,
            start_wizard=start_wizard,
        )
        options = ["-m", str(migration), "--state-dir", str(tmp_path / "state")]
        result = CliRunner().invoke(program, [*options, *arguments], input=typed, obj=surroundings)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


def no_wizard(*_arguments: object) -> int:
    """Stand for the wizard where it must not start."""
    raise AssertionError("the wizard was started")


def facts_of(name: str) -> HostFacts:
    """Return facts of a Debian host with Docker."""
    return HostFacts(
        host=name,
        collected_at=NOW,
        os_name="Debian GNU/Linux 12",
        docker=DockerFacts(version="20.10.24"),
    )


def change_of(name: str) -> HostPlan:
    """Return a plan that adds a mirror to daemon.json."""
    before = '{\n\t"log-level": "warn"\n}\n'
    after = '{\n\t"log-level": "warn",\n\t"registry-mirrors": ["https://registry.example.net"]\n}\n'
    return HostPlan(
        host=name,
        runtimes=(
            RuntimePlan(
                runtime=Runtime.DOCKER,
                flavour="docker 20.10 overlay2",
                verdict=Verdict.CHANGE,
                activation=Activation.RELOAD,
            ),
        ),
        changes=(
            FileChange(
                path="/etc/docker/daemon.json",
                real_path="/etc/docker/daemon.json",
                purpose=FilePurpose.CONFIG,
                before=FileVersion(
                    sha256="a" * 64, size=len(before), mode=0o644, uid=0, gid=0, text=before
                ),
                after=after,
            ),
        ),
    )


def plan_of(names: tuple[str, ...]) -> Plan:
    """Return a plan that changes each host, the first one as canary."""
    return Plan(
        target=Target(url="https://registry.example.net", canary=CANARY),
        hosts=tuple(change_of(name) for name in names),
        waves=(names[:1], names[1:]),
    )


def rollout_that_succeeds(run: PracticeRun) -> Generator[None, Order | None, None]:
    """Apply and confirm every wave."""
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    yield
    for wave in run.reducer.waves:
        run.add(EventKind.WAVE_STARTED, at_wave=wave.index, hosts=list(wave.hosts))
        for host in wave.hosts:
            answer(run, host, "apply", "applied", state="armed", deadline=120)
            yield
        run.add(EventKind.GATE, at_wave=wave.index, verdict="ok", reasons=[])
        for host in wave.hosts:
            answer(run, host, "confirm", "confirmed", state="confirmed")
    run.add(EventKind.RUN_ENDED, result="completed")
    yield


def rollback_that_succeeds(run: PracticeRun) -> Generator[None, Order | None, None]:
    """Undo every host."""
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    yield
    for host in run.reducer.rows:
        answer(run, host, "undo", "reverted", state="reverted")
    run.add(EventKind.RUN_ENDED, result="rolled_back")
    yield


def rollout_whose_canary_fails(run: PracticeRun) -> Generator[None, Order | None, None]:
    """Fail on the canary, wait for a decision, and stop or take back as told."""
    canary = run.reducer.waves[0]
    run.add(EventKind.PROCESS_STARTED, pid=1, boot_id="b", started=1)
    run.add(EventKind.WAVE_STARTED, at_wave=0, hosts=list(canary.hosts))
    answer(
        run,
        canary.hosts[0],
        "apply",
        "reverted",
        state="reverted",
        failed_step="docker_pull",
        detail="x509: unknown authority\x1b[31m",
    )
    reasons = ["1 host failed after the change"]
    run.add(EventKind.GATE, at_wave=0, verdict="failed", reasons=reasons)
    choices = ["retry", "skip", "stop"]
    run.add(EventKind.WAITING, for_what="choice", choices=choices)
    order = None
    while order is None:
        order = yield
    result = "stopped" if order is Order.STOP else "failed"
    run.add(EventKind.WENT_ON, by="ops@jump", order=order.value, hosts=[])
    run.add(EventKind.RUN_ENDED, result=result)
    yield
