"""A secret that is told once, and a disk that takes no more."""

from __future__ import annotations

import json
import re

import httpx

from tests.cli.provision.place import Place
from tests.registries.harbor.stage import Stage


class Filling(httpx.AsyncBaseTransport):
    """Lets the disk of the file be full once the first robot is made."""

    def __init__(self, direct: httpx.AsyncBaseTransport, place: Place) -> None:
        self._direct = direct
        self._file = place.folder / "robots"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        response = await self._direct.handle_async_request(request)
        if (request.method, request.url.path) == ("POST", "/api/v2.0/robots"):
            self._file.unlink()
            self._file.symlink_to("/dev/full")
        return response


def test_a_secret_that_cannot_be_kept_is_told_with_its_way_out(harbor: Place, stage: Stage) -> None:
    """It is no mistake of ours; the robot has to be given another."""
    harbor.transport = Filling(harbor.transport, harbor)
    lost = harbor.run("--yes", "--json", "--secrets-to", str(harbor.folder / "robots"))
    *_others, error = map(json.loads, re.split(r"(?m)^(?=\{)", lost.out)[1:])
    assert (lost.code, error["error"]["kind"], len(stage.state.robots)) == (9, "SecretLost", 1)
    assert "renew-robot" in error["error"]["todo"]
