"""Harbor installed from the registry step, by the real scripts, with TLS from a CA of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from screens.session import Step
from tests.errand.small_harbor import NONCE, harbor_host, sent
from tests.registries.installing.template_versions import NEWEST
from tests.screens.install_service import InstallService
from tests.screens.small_hosts import fit_for_registries
from tests.screens.stage import Stage, on_stage, scripted
from wizard.errand.errand import Errand, ErrandAnswer, ErrandName
from wizard.errand.script import errand_script
from wizard.secret import Secret

_PASSWORD = "Admin0Admin0Admin0Admin0"  # noqa: S105  # of a small Harbor
_OTHER = _PASSWORD.replace("Admin", "Other")
_NAME = "harbor.example.net"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a host with Docker, and the bundle that an operator has laid there."""
    (tmp_path / "host").mkdir()
    root = harbor_host(tmp_path / "host")
    fit_for_registries(root)
    docker = root / "bin/docker"
    rest = docker.read_text(encoding="ascii").removeprefix("#!/bin/sh\n")
    versions = """case "$1 $2" in
  version*) echo 28.5.2; exit ;;
  'compose version') echo 2.40.0; exit ;;
esac"""
    docker.write_text(f"#!/bin/sh\n{versions}\n{rest}", encoding="ascii")
    (tmp_path / "harbor.yml.tmpl").write_text(NEWEST, encoding="utf-8")
    return root


@asynccontextmanager
async def _form(folder: Path, root: Path) -> AsyncIterator[Stage]:
    def carried_out(errand: Errand, payload: Secret | None) -> ErrandAnswer:
        return sent(root, errand_script(errand, nonce=NONCE, payload=payload), "dash")

    plain = scripted(folder)
    given = {one.name: getattr(plain, one.name) for one in fields(plain) if one.init}
    service = InstallService(**given, carry_out=carried_out)
    async with on_stage(folder, service=service, step=Step.REGISTRY) as stage:
        await stage.press("f3")
        await stage.see("▸Nexus CE")
        while "▸Harbor" not in stage.text:
            await stage.press("right")
        await stage.press("enter")
        await _open(stage)
        yield stage


async def _open(stage: Stage) -> None:
    await stage.see("harbor-install HOST")
    await stage.focus("#install")
    await stage.press("enter")
    await stage.see("Install Harbor", "Data directory", "Look at the host")


async def _fill(stage: Stage, folder: Path, **values: str) -> None:
    usual = {
        "host": "web1",
        "hostname": _NAME,
        "bundle": "/bundle.tgz",
        "template": str(folder / "harbor.yml.tmpl"),
        "password": _PASSWORD,
    }
    for name, value in (usual | values).items():
        stage.part(f"#{name}").value = value
    await stage.focus("#look")
    await stage.press("enter")


async def _confirm(stage: Stage) -> None:
    await stage.see("This would be done.")
    await stage.focus("#yes")
    await stage.press("enter")


def _sent(stage: Stage) -> list[ErrandName]:
    return [call["errand"].name for call in stage.service.called("start_errand")]


async def test_it_is_installed_with_tls_of_its_own_and_gone_on_with_after_a_failure(
    tmp_path: Path, root: Path
) -> None:
    """The second time it goes on with the same certificate; no key and no password is in a file."""
    (root / "fails").touch()
    async with _form(tmp_path, root) as stage:
        await _fill(stage, tmp_path)
        await stage.see("1. place a certificate for harbor.example.net", "2. unpack /bundle.tgz")
        assert _sent(stage) == [ErrandName.HARBOR_HOST]
        await _confirm(stage)
        await stage.see("✗", "no space left", "Done by then:")
        (root / "fails").unlink()
        await stage.press("escape")
        await stage.see("harbor-install HOST")
        await _open(stage)
        assert stage.part("#password").value == ""
        await _fill(stage, tmp_path)
        await _confirm(stage)
        await stage.see("✓ Harbor is ready at https://harbor.example.net.", "✓ The migration has")
        await stage.press("enter")
        await stage.see("Which registry do they move to?")

        target = stage.service.saved[tmp_path / "migration.yaml"].target
        authority = tmp_path / f"{_NAME}-on-web1/ca.crt"
        assert target is not None
        assert (target.url, target.username, target.ca_file) == (
            *(f"https://{_NAME}", "admin"),
            str(authority),
        )
        assert stage.part("#ca_file").value == str(authority)
        assert stage.app.session.secrets["target:password"] == Secret(_PASSWORD)
        errands = [str(call["errand"]) for call in stage.service.called("start_errand")]
        assert (root / "calls").read_text(encoding="ascii").count("\n") == 2
        key = (root / "etc/pilotage/tls/server.key").read_text(encoding="ascii")
        secrets = (_PASSWORD, key.splitlines()[1])
        texts = [*errands, *_written(tmp_path), repr(stage.app.session)]
        assert [text for text in texts for secret in secrets if secret in text] == []
    chain = (tmp_path / f"{_NAME}-on-web1/server.crt").read_text(encoding="ascii")
    assert (root / "etc/pilotage/tls/server.crt").read_text(encoding="ascii") == chain


def _written(folder: Path) -> list[str]:
    """Return what is in each file, those of the host left out."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return [one.read_text() for one in files if one.relative_to(folder).parts[0] != "host"]


async def test_the_operators_certificate_and_a_harbor_yml_that_stays(
    tmp_path: Path, root: Path
) -> None:
    """No CA is made then; and a password that did not count is not taken for the one."""
    async with _form(tmp_path, root) as stage:
        own = {"certificate": "/tls/crt", "key": "/tls/key"}
        await _fill(stage, tmp_path, **own)
        await stage.see("1. unpack /bundle.tgz into /opt/harbor")
        await _confirm(stage)
        await stage.see("✓ Harbor is ready")
        await stage.press("escape")
        await stage.see("Which registry do they move to?")
        target = stage.service.saved[tmp_path / "migration.yaml"].target
        assert target is not None
        assert target.ca_file == ""
        del stage.app.session.secrets["target:password"]

        await stage.press("f3")
        await stage.see("Which registry fits this fleet")
        while "▸Harbor" not in stage.text:
            await stage.press("right")
        await stage.press("enter")
        await _open(stage)
        await _fill(stage, tmp_path, password=_OTHER)
        await _confirm(stage)
        await stage.see("harbor.yml was there and stays: admin's password")
        await stage.press("escape")
        await stage.see("Which registry do they move to?")

        assert "target:password" not in stage.app.session.secrets
        assert ErrandName.TLS_FILES not in _sent(stage)


async def test_what_cannot_work_is_told_in_the_form(tmp_path: Path, root: Path) -> None:
    """No host is asked before all of it is right."""
    async with _form(tmp_path, root) as stage:
        right = {"hostname": _NAME, "bundle": "/bundle.tgz", "certificate": "", "data": "/data"}
        for name, value, words in (
            ("hostname", "localhost", "localhost"),
            ("bundle", "https://example.net/harbor.tgz", "is no SHA-256"),
            ("certificate", "/tls/crt", "A certificate and its key go together."),
            ("template", str(tmp_path / "none"), "none"),
        ):
            await _fill(stage, tmp_path, **(right | {name: value}))
            await stage.see(words)

        assert _sent(stage) == []
