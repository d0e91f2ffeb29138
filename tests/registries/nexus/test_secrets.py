"""Planted secrets are in no error, no text of a value, no plan and no log."""

from __future__ import annotations

import logging
import traceback

import httpx
import pytest

from tests.registries.nexus.stage import TOKEN, WANTED, Cut, provisioned, staged
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.registries.authority import Login
from wizard.registries.failures import RegistryFailure
from wizard.registries.nexus.subjects import nexus_subjects
from wizard.registries.provisioning import look_at


class Echo(httpx.AsyncBaseTransport):
    """Refuse changes with what was sent, as a product in debug mode might."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, from_: int) -> None:
        self._inner = inner
        self._left = from_

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a request on until it is time."""
        if request.method != "GET":
            self._left -= 1
            if self._left <= 0:
                sent = request.content.decode() + request.headers["authorization"]
                return httpx.Response(400, json=[{"id": "?", "message": sent}], request=request)
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize("at", range(1, 25))
async def test_no_failure_tells_a_secret(at: int, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever a pass is refused or cut, with everything that is sent said back."""
    caplog.set_level(logging.DEBUG)
    server = PracticeNexus()
    login = Login(username="admin", password=server.setting.password)
    planted = (TOKEN, login.password.reveal(), login.basic().removeprefix("Basic "))
    told = []
    inner = httpx.ASGITransport(server)
    for transport in (Echo(inner, from_=at), Cut(inner, at=1, handled=True)):
        async with staged(server, transport=transport) as stage:
            subjects = await nexus_subjects(stage.nexus, WANTED)
            told.append(f"{await look_at(subjects)!r} {WANTED!r} {[vars(s) for s in subjects]!r}")
            try:
                await provisioned(stage.nexus)
            except RegistryFailure as failure:
                told += traceback.format_exception(failure)
                told.append(f"{failure!r} {failure} {vars(failure)!r}")
    everything = "".join(told) + caplog.text
    assert "dockerhub" in everything
    assert [one for one in planted if one in everything] == []
