"""Nexus installed from the registry step: asked, looked at, done by the real scripts, adopted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from screens.session import Step
from tests.errand.small_docker import SmallDocker
from tests.screens import samples
from tests.screens.install_service import InstallService
from tests.screens.small_hosts import fit_for_registries
from tests.screens.stage import Stage, on_stage, scripted
from wizard.errand.errand import ErrandName
from wizard.secret import Secret
from wizard.service import UnknownHostKey

_IMAGE = "sonatype/nexus3:3.96.4"
_URL = "https://nexus.example.net"
_INSTALLED = [ErrandName.NEXUS_HOST, ErrandName.NEXUS_INSTALL, ErrandName.NEXUS_LICENCE]


@pytest.fixture
def host(tmp_path: Path) -> SmallDocker:
    """Return a host on which an operator has laid the image's archive."""
    host = SmallDocker(tmp_path / "host")
    fit_for_registries(host.root)
    return host


@asynccontextmanager
async def _registry_step(
    folder: Path, host: SmallDocker, *, is_practice: bool = False, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Stage]:
    plain = scripted(folder)
    given = {one.name: getattr(plain, one.name) for one in fields(plain) if one.init}
    service = InstallService(**given, carry_out=host.carried_out)
    async with on_stage(
        folder, service=service, step=Step.REGISTRY, is_practice=is_practice, size=size
    ) as stage:
        await stage.press("f3")
        await stage.see("▸Nexus CE")
        await stage.press("enter")
        await stage.see("Where none is there yet")
        yield stage


async def _fill(stage: Stage, **values: str) -> None:
    usual = {"host": "web1", "url": _URL, "image": _IMAGE, "archive": "/archive.tar"}
    await stage.focus("#install")
    await stage.press("enter")
    await stage.see("Install Nexus", "Connector ports", "Look at the host")
    for name, value in (usual | values).items():
        stage.part(f"#{name}").value = value
    await stage.focus("#look")
    await stage.press("enter")


async def _confirm(stage: Stage) -> None:
    await stage.see("This would be done.")
    await stage.focus("#yes")
    await stage.press("enter")


async def _keep(stage: Stage) -> str:
    """Take note of the password that is shown once."""
    await stage.see("admin of Nexus on", "It is shown this once.")
    password = str(stage.part("#secret").copy_text())
    await stage.focus("#kept")
    await stage.press("enter")
    return password


async def _answer_licence(stage: Stage, button: str) -> None:
    await stage.see("Do you accept this licence?", "Use “this”")
    await stage.focus(button)
    await stage.press("enter")


def _sent(stage: Stage) -> list[ErrandName]:
    return [call["errand"].name for call in stage.service.called("start_errand")]


async def test_it_is_installed_and_the_target_of_the_migration(
    tmp_path: Path, host: SmallDocker
) -> None:
    """The plan comes first, the password is a person's before it is sent, and in no file."""
    async with _registry_step(tmp_path, host) as stage:
        await _fill(stage)
        await stage.see("1. load sonatype/nexus3:3.96.4 out of /archive.tar", "5. give admin")
        assert _sent(stage) == [ErrandName.NEXUS_HOST]
        await _confirm(stage)
        password = await _keep(stage)
        await _answer_licence(stage, "#yes")
        await stage.see("✓ Nexus is ready on port 8081 of web1.", "The migration has", "F5 sets up")
        await stage.see("✓ done: container nexus")
        shown = [stage.text]
        assert _sent(stage) == _INSTALLED
        await stage.press("enter")
        await stage.see("Which registry do they move to?")
        shown.append(stage.text)

        target = stage.service.saved[tmp_path / "migration.yaml"].target
        assert target is not None
        assert (target.url, target.username, target.password) == (_URL, "admin", "ask")
        fields_shown = [stage.part(f"#{name}").value for name in ("url", "username", "password")]
        assert fields_shown == [_URL, "admin", "ask"]
        assert stage.app.session.secrets["target:password"] == Secret(password)
        words = [str(call["errand"]) for call in stage.service.called("start_errand")]
    assert (host.data / "password").read_text() == password
    ours = _written(tmp_path)
    assert [
        text for text in [*shown, *words, *ours, repr(stage.app.session)] if password in text
    ] == []


def _written(folder: Path) -> list[str]:
    """Return what is in each file, those of the host left out."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return [one.read_text() for one in files if one.relative_to(folder).parts[0] != "host"]


async def test_one_that_failed_or_lacks_its_licence_is_gone_on_with(
    tmp_path: Path, host: SmallDocker
) -> None:
    """The form is as it was, the password is the first one, and nothing is done twice."""
    (host.state / "broken").touch()
    async with _registry_step(tmp_path, host) as stage:
        await _fill(stage)
        await _confirm(stage)
        password = await _keep(stage)
        await stage.see("✗", "exec format error", "Done by then:")
        (host.state / "broken").unlink()
        await _again(stage)
        await _answer_licence(stage, "#no")
        await stage.see("Until its licence is accepted it serves no image.")
        assert stage.service.saved[tmp_path / "migration.yaml"].target is None
        await _again(stage)
        await _answer_licence(stage, "#yes")
        await stage.see("✓ Nexus is ready", "= as it was: container nexus")

    assert (host.data / "password").read_text() == password
    assert (host.state / "created").read_text() == "created\n"


async def _again(stage: Stage) -> None:
    """Close it and take the same way again."""
    await stage.press("escape")
    await stage.see("Where none is there yet")
    await stage.focus("#install")
    await stage.press("enter")
    await stage.see(_IMAGE, "/archive.tar")
    await stage.press("enter")
    await _confirm(stage)


async def test_what_stands_against_it_is_told_and_nothing_is_sent(
    tmp_path: Path, host: SmallDocker
) -> None:
    """The verb is not there, and each finding has a way out."""
    (host.state / "theirs").touch()
    async with _registry_step(tmp_path, host) as stage:
        await _fill(stage)
        await stage.see("It cannot be installed there as it is", "✗ BLOCKED", "way out  ")

        assert _sent(stage) == [ErrandName.NEXUS_HOST]
        assert not stage.part("#yes").display


async def test_a_host_beside_the_migration_is_asked_about_its_key(
    tmp_path: Path, host: SmallDocker
) -> None:
    """Then it is sent the same again; the migration keeps its own hosts."""
    async with _registry_step(tmp_path, host) as stage:
        key = UnknownHostKey(
            host="10.0.0.9", address="10.0.0.9", port=22, fingerprint="SHA256:abc", public_key="k"
        )
        stage.service.key = key  # type: ignore[attr-defined]
        await _fill(stage, host="ops@10.0.0.9")
        await stage.see("Are these your hosts?", "SHA256:abc")
        await stage.focus("#approve")
        await stage.press("enter")
        await stage.see("This would be done.")

        assert [key] == stage.service.approved
        hosts = [call["errand"].host for call in stage.service.called("start_errand")]
        assert hosts == ["10.0.0.9", "10.0.0.9"]
        assert [one.name for one in stage.app.session.migration.fleet.hosts] == list(samples.NAMES)


async def test_what_cannot_work_is_told_in_the_form(tmp_path: Path, host: SmallDocker) -> None:
    """No host is asked before all of it is right."""
    async with _registry_step(tmp_path, host) as stage:
        await _fill(stage, host="")
        await stage.see("this is needed")
        right = {"host": "web1", "image": _IMAGE, "connectors": "8082", "port": "8081", "url": ""}
        for name, value, words in (
            ("host", "web one", "is no host of the migration"),
            ("image", "sonatype/nexus3", "may be another Nexus tomorrow"),
            ("connectors", "8082 eighty", "A port is a number."),
            ("port", "70000", "A port is a number of 1 to 65535."),
            ("url", "http://nexus.example.net", "it must begin with https://"),
        ):
            for field, wanted in (right | {name: value}).items():
                stage.part(f"#{field}").value = wanted
            await stage.focus("#look")
            await stage.press("enter")
            await stage.see(words)

        assert _sent(stage) == []


async def test_a_run_that_is_left_or_killed_says_how_it_goes_on(
    tmp_path: Path, host: SmallDocker
) -> None:
    """Closing the dialog orders nothing, and a kill strands nothing."""
    async with _registry_step(tmp_path, host) as stage:
        await _fill(stage)
        await stage.see("This would be done.")
        stage.service.hangs = True  # type: ignore[attr-defined]
        await _confirm(stage)
        await _keep(stage)
        await stage.see("◐ Nexus is being installed, by run errand-2:", "✓ done: image is here")
        await stage.press("escape")
        await stage.see("Run errand-2 goes on by itself.", "Where none is there yet")
        assert stage.service.orders == []

        await _fill(stage)
        await stage.see("This would be done.")
        stage.service.dies = True  # type: ignore[attr-defined]
        await _confirm(stage)
        await stage.see("Run errand-4 has lost its process.", "Install it again")


async def test_a_practice_fleet_says_that_it_has_no_host_for_it(
    tmp_path: Path, host: SmallDocker
) -> None:
    """The commands are still shown."""
    async with _registry_step(tmp_path, host, is_practice=True) as stage:
        await stage.see("A practice fleet has no host to install it on.", "nexus-preflight HOST")

        assert "Install one" not in stage.text
