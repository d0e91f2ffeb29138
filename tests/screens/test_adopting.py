"""The registry step from a URL to a target that is ready, in front of stand-ins of products."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from screens.session import Step
from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, HUB, set_up
from tests.registries.harbor.stage import URL as HARBOR
from tests.registries.nexus.stage import URL as NEXUS
from tests.screens.registry_service import RegistryService
from tests.screens.scripted_service import ScriptedService
from tests.screens.stage import Stage, on_stage, scripted
from wizard.errors import JournalError, RegistryError
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.secret import Secret
from wizard.service import Action, Done, Finding, RegistryPass


def in_front_of(
    folder: Path,
    transport: httpx.AsyncBaseTransport,
    kind: type[RegistryService] = RegistryService,
) -> RegistryService:
    """Return the service of `scripted` with a registry that is there."""
    usual = scripted(folder)
    return kind(
        transport=transport,
        saved=usual.saved,
        discoveries=usual.discoveries,
        discovery_views=usual.discovery_views,
        reports=usual.reports,
        planner=usual.planner,
    )


async def name_registry(stage: Stage, url: str) -> None:
    """Type the URL."""
    await stage.see("Which registry")
    stage.part("#url-input").value = url


async def log_in(stage: Stage, user: str, password: str) -> None:
    """Type the login that is asked for."""
    await stage.see("An administrator of the registry")
    await stage.type(user)
    await stage.press("enter")
    await stage.type(password)
    await stage.press("enter")


async def have_harbor_made(stage: Stage) -> None:
    """Ask for what is missing, with both logins."""
    await name_registry(stage, f"{HARBOR}/v2/dockerhub")
    await stage.press("f5")
    await stage.see("What is wanted of the registry")
    await stage.type(HUB.username)
    await stage.press("enter")
    await log_in(stage, ADMIN.username, ADMIN.password.reveal())
    await stage.see("Password or token of the account at docker.io")
    await stage.type(HUB.password.reveal())
    await stage.press("enter")


def _written(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*") if path.is_file()]


async def test_a_fresh_harbor_is_set_up_and_a_finding_is_mended(tmp_path: Path) -> None:
    """Wanted, logins, plan, progress, a secret once; then one finding, and only that."""
    harbor = set_up(QuickClock(), checked=False)
    service = in_front_of(tmp_path, harbor.transport)
    service.passed = (RegistryPass(identity="1", at=1.0, by="ann@desk", url=HARBOR),)
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await have_harbor_made(stage)
        await stage.see("+ create endpoint dockerhub", "+ type: docker-hub", "ann@desk was cut")
        planned = stage.text
        assert harbor.state.project_named("dockerhub") is None
        assert not any(one.password.reveal() in planned for one in (HUB, ADMIN))
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("subjects are as wanted now.", "✓ created project dockerhub")
        await stage.press("enter")
        await stage.see("Which registry")

        project = harbor.state.project_named("dockerhub")
        assert project is not None
        project.metadata["public"] = "false"
        stage.part("#username-input").value = ADMIN.username
        stage.part("#password-input").value = "ask"
        await stage.press("f4")
        await stage.see("✗ BROKEN  ▸ project dockerhub is private")
        await stage.press("down")
        await stage.see("Make it public")
        await stage.press("enter")
        await stage.see("~ change project dockerhub", "- public: false", "+ public: true")
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("1 subject is as wanted now.")
        await stage.press("enter")
        await stage.see("How the registry is")
        await stage.gone("is private")
        assert project.metadata["public"] == "true"

    written = _written(tmp_path)
    saved = repr(service.saved)
    assert not any(
        one.password.reveal() in text for text in (*written, saved) for one in (HUB, ADMIN)
    )


class Unreadable(RegistryService):
    """Cannot tell what was done to registries from this machine."""

    def registry_passes(self) -> tuple[RegistryPass, ...]:
        """Fail as the file does."""
        raise JournalError("what was changed at registries cannot be read")


async def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Nothing is changed then: it could not be noted either."""
    harbor = set_up(QuickClock(), checked=False)
    service = in_front_of(tmp_path, harbor.transport, Unreadable)
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await have_harbor_made(stage)

        await stage.see("what was changed at registries cannot be read")


async def test_a_licence_is_accepted_by_the_operator_alone(tmp_path: Path) -> None:
    """Esc accepts nothing and leaves it BY HAND; the button lets the rest be done."""
    server = PracticeNexus()
    service = in_front_of(tmp_path, httpx.ASGITransport(server))
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await name_registry(stage, NEXUS)
        await stage.press("f5", "enter")
        await log_in(stage, "admin", server.setting.password.reveal())
        await stage.see("Do you accept this licence?")
        await stage.press("escape")
        await stage.see("! BY HAND licence of the Community Edition", "Do 10 changes")
        await stage.press("escape")
        await stage.see("Which registry")
        await stage.press("f5", "enter")
        await stage.see("Do you accept this licence?")
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("~ change licence of the Community Edition")
        assert not server.system.accepted
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("11 subjects are as wanted now.")
        assert server.system.accepted


async def test_a_wrong_login_changes_nothing_and_is_asked_for_again(tmp_path: Path) -> None:
    """It was tried once, and is not kept as if it were right."""
    server = PracticeNexus()
    service = in_front_of(tmp_path, httpx.ASGITransport(server))
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await name_registry(stage, NEXUS)
        await stage.press("f5", "enter")
        await log_in(stage, "admin", "wrong-and-planted")
        await stage.see("Nexus does not take the login of admin", "Nothing was changed.")
        await stage.press("enter", "f5", "enter")
        await stage.see("An administrator of the registry")
        assert stage.app.session.secrets == {}


async def test_a_secret_is_shown_once_and_esc_does_not_lose_it(tmp_path: Path) -> None:
    """It is on that dialog and nowhere else, not in the file of the last copy either."""
    service = scripted(tmp_path)
    robot = Finding(subject="robot ci", action=Action.CREATE, tells_once=True)
    service.provisioning = replace(service.provisioning, findings=(robot,))
    service.provisioned = (Done(finding=robot, shown_once=("robot$ci", Secret("told-once"))),)
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await name_registry(stage, "https://harbor.example.net")
        await stage.press("f5", "enter")
        await log_in(stage, "admin", "right")
        await stage.see("New secrets will be shown here once")
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("The secret of robot$ci", "told-once", "shown this once")
        await stage.press("enter", "ctrl+c")
        await stage.see("no file has it")
        assert stage.app.clipboard == "told-once"
        await stage.press("escape")
        await stage.see("told-once")
        await stage.press("enter")
        await stage.see("1 subject is as wanted now.")
        assert "told-once" not in stage.text + repr(stage.app.session)

    assert not any("told-once" in text for text in _written(tmp_path))


@dataclass(kw_only=True)
class Held(ScriptedService):
    """Provisioning that waits before its second subject."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)

    async def provision_registry(self, *_given: Any, **_named: Any) -> AsyncGenerator[Done, None]:
        """Do one subject after another."""
        for finding in self.provisioning.findings:
            self.begun.append(finding.subject)
            if len(self.begun) > 1:
                await self.gate.wait()
            self.fail_if_told()
            yield Done(finding=finding)


async def test_stopping_and_failing_leave_nothing_half_done(tmp_path: Path) -> None:
    """Esc lets the subject under way be read back; a failure tells what came before it."""
    names = ("project a", "project b", "project c")
    findings = tuple(Finding(subject=name, action=Action.CREATE) for name in names)
    service = Held(saved=scripted(tmp_path).saved)
    service.provisioning = replace(service.provisioning, findings=findings)
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await name_registry(stage, "https://harbor.example.net")
        await stage.press("f5", "enter")
        await log_in(stage, "admin", "right")
        await stage.see("Do 3 changes")
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("✓ created project a", "◐ create project b", "+ create project c")
        await stage.press("escape")
        await stage.see("Stopping when what is under way is done")
        service.gate.set()
        await stage.see("Stopped. 2 subjects are as wanted now.")
        assert service.begun == ["project a", "project b"]

        await stage.press("enter", "f5", "enter")
        await stage.see("Do 3 changes")
        service.begun.clear()
        service.failure = RegistryError("it is full", todo="Make room.")
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("✗ it is full", "Make room.", "0 done before it failed")
