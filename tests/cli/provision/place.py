"""The command `pilotage registry provision` in front of a stand-in of a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from click.testing import CliRunner

from tests.cli.conftest import Outcome
from tests.contracts.contract import contract_file
from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, HUB, Router, Stage
from tests.registries.nexus.contract import REST
from tests.registries.nexus.stage import contracted
from wizard.cli.program import program
from wizard.cli.surroundings import Surroundings
from wizard.practice.harbor.upstream import Upstream
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.registries.authority import Login
from wizard.run.local_service import LocalService

URLS: Final = {
    "harbor": "https://harbor.test",
    "nexus": "https://nexus.test:8081",
    "artifactory": "https://art.test",
}
HEAD: Final = """\
version: 1
hosts: [web1]
target:
  kind: {kind}
  url: {url}
  username: {user}
  password: env:ADMIN
  provision:
    accounts: {{docker.io: {{username: company, password: env:HUB}}}}
"""
HARBOR: Final = """\
    harbor:
      upstreams: {docker.io: {project: hub}}
      robots: {fleet: {}, ci: {project: hub-hosted, push: [hub-hosted], days: 90}}
      replications: {images: {repositories: "library/{nginx,redis}", cron: 0 30 2 * * *}}
"""
NEXUS: Final = """\
    nexus:
      eula: accepted
      quota: 200GiB
      upstreams: {docker.io: {port: 8082}}
"""


@dataclass(kw_only=True)
class Place:
    """The command with a folder of its own and a way to a stand-in.

    Attributes:
        told: everything that any invocation said.
    """

    folder: Path
    transport: httpx.AsyncBaseTransport
    clock: QuickClock
    login: Login = ADMIN
    told: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """Return the secrets as references find them."""
        return {"ADMIN": self.login.password.reveal(), "HUB": HUB.password.reveal()}

    def write(self, lines: str, *, kind: str = "harbor") -> None:
        """Write the migration file."""
        url = URLS[kind]
        head = HEAD.format(kind=kind, url=url, user=self.login.username)
        (self.folder / "migration.yaml").write_text(head + lines, encoding="utf-8")

    def run(
        self,
        *arguments: str,
        typed: str | None = None,
        terminal: bool = False,
        command: str = "provision",
    ) -> Outcome:
        """Run `pilotage registry provision`, or another command about the registry."""
        return self.pilotage("registry", command, *arguments, typed=typed, terminal=terminal)

    def pilotage(
        self, *arguments: str, typed: str | None = None, terminal: bool = False
    ) -> Outcome:
        """Run any command."""
        surroundings = Surroundings(
            environ=self.environ,
            is_interactive=terminal or typed is not None,
            is_terminal=terminal,
            open_service=lambda _state_dir: LocalService(
                state_dir=self.folder / "state",
                environ=self.environ,
                home=self.folder,
                clock=self.clock,
                transport=self.transport,
            ),
        )
        options = ["-m", str(self.folder / "migration.yaml")]
        result = CliRunner().invoke(program, [*options, *arguments], input=typed, obj=surroundings)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        self.told += [result.stdout, result.stderr]
        return Outcome(code=result.exit_code, out=result.stdout, err=result.stderr)


@dataclass
class KnownCalls(httpx.AsyncBaseTransport):
    """Holds calls with a login against the contract; detection asks every product's paths."""

    checked: httpx.AsyncBaseTransport
    direct: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        way = self.checked if "authorization" in request.headers else self.direct
        return await way.handle_async_request(request)


def way_to(server: PracticeNexus) -> httpx.AsyncBaseTransport:
    """Return the way to a Nexus, held against the contract where there is one."""
    direct = httpx.ASGITransport(server)
    hub = Upstream(accounts={HUB.username: HUB.password.reveal()})
    checked = contracted(server) if contract_file(REST).exists() else direct
    return Router(
        {"nexus.test": KnownCalls(checked, direct), "auth.docker.io": httpx.ASGITransport(hub)}
    )


def projects(stage: Stage) -> set[str]:
    """Return the names of Harbor's projects."""
    return {one.name for one in stage.state.projects.values()}


def actions(outcome: Outcome) -> dict[str, str]:
    """Return what each subject needs."""
    return {one["subject"]: one["action"] for one in outcome.document["findings"]}


@dataclass
class Counting(httpx.AsyncBaseTransport):
    """Counts the requests with a login, and may answer some of them otherwise."""

    inner: httpx.AsyncBaseTransport
    other: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
    logins: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.logins += "authorization" in request.headers
        return self.other(request) or await self.inner.handle_async_request(request)
