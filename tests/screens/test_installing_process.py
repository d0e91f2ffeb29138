"""What the registry step has installed, in processes of runs and over real SSH on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from textual.screen import Screen

from screens.context import Context
from screens.errands import ErrandSender
from screens.installing import Place
from screens.installing_nexus import InstallingNexus
from screens.session import Session
from tests.errand.small_docker import SmallDocker
from tests.run.test_process import ADDRESSES, migration_of, service_of
from tests.screens.small_hosts import fit_for_registries
from tests.ssh.lab import Behaviour, make_lab
from wizard.clock import SystemClock
from wizard.journal.events import EventKind
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer

_HOST = f"host-{ADDRESSES[0]}"
_PASSWORD = "correct-horse-battery"  # noqa: S105  # of a small Nexus
_VALUES = {
    "url": "https://nexus.example.net",
    "image": "sonatype/nexus3:3.96.4",
    "archive": "/archive.tar",
    "data": "/srv/nexus-data",
    "port": "8081",
    "connectors": "8082",
    "listen": "",
}


@dataclass(kw_only=True)
class _Person:
    """Somebody who accepts the licence, and keeps what is shown once."""

    sender: ErrandSender
    views: list[RunView] = field(default_factory=list)
    kept: list[Secret] = field(default_factory=list)
    answers: list[ErrandAnswer] = field(default_factory=list)

    async def send(
        self, words: str, errand: Errand, *, payload: Secret | None = None
    ) -> ErrandAnswer:
        answer = await self.sender.send(
            errand, screen=Screen[None](), payload=payload, told=self.views.append
        )
        self.answers.append(answer)
        return answer

    async def accepts(self, licence: str) -> bool:
        return "Use “this”" in licence

    async def show_once(self, name: str, secret: Secret) -> None:
        self.kept.append(secret)


async def test_each_part_is_a_run_of_its_own_that_keeps_no_secret(tmp_path: Path) -> None:
    """It is looked at, installed and licensed there; done again it is only looked at."""
    lab = make_lab(tmp_path)
    host = SmallDocker(tmp_path / "host")
    fit_for_registries(host.root)
    service, migration = service_of(lab), migration_of(lab)
    context = Context(
        service=service,
        session=Session(path=tmp_path / "migration.yaml", answers=migration),
        clock=SystemClock(),
        go=lambda _step: None,
        state_folder=lambda: tmp_path,
    )
    installing = InstallingNexus.of(
        service,
        Place(migration=migration, host=_HOST),
        _VALUES,
        password=Secret(_PASSWORD),
        is_new=True,
    )
    person = _Person(sender=ErrandSender(context=context, migration=migration))
    behaviour = Behaviour(
        path=str(host.root / "bin"),
        environment={"PILOTAGE_ROOT": str(host.root), "HOME": str(host.root)},
    )
    async with lab.virtual_hosts(ADDRESSES, behaviour):
        preflight = installing.judged(await person.send("", installing.look()))
        installed = await installing.carry_out(person)
        again = await installing.carry_out(person)

    assert preflight.findings == ()
    assert (installed.is_ready, again.is_ready) == (True, True)
    assert len({view.run for view in person.views}) == 4
    told = [event for view in person.views for event in view.recent]
    assert "container nexus" in {
        event.data["subject"] for event in told if event.kind is EventKind.ERRAND_TOLD
    }
    assert {step.result for step in person.answers[-1].steps} == {"same"}
    assert person.kept[0] == Secret(_PASSWORD)
    assert (host.data / "password").read_text() == _PASSWORD
    written = [one for one in (tmp_path / "state").rglob("*") if one.is_file()]
    assert len(written) >= 4
    assert [one for one in written if _PASSWORD.encode() in one.read_bytes()] == []
