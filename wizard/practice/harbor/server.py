"""A whole practice Harbor behind one port: management API, token service, images, and a portal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from wizard.practice.harbor.app import PracticeHarbor
from wizard.practice.harbor.distribution import HarborDistribution
from wizard.practice.harbor.doorkeeper import HarborDoorkeeper
from wizard.practice.harbor.message import BASE
from wizard.practice.harbor.state import State
from wizard.practice.registry.faces import Face, answer_elsewhere
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.product import ask_application
from wizard.practice.registry.tokens import TOKEN_PATH, TokenService

_API: Final = f"{BASE}/"


class HarborServer:
    """A Harbor as its front shows it; everything that it keeps is in `state`."""

    def __init__(
        self,
        state: State,
        *,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.state = state
        self._api = PracticeHarbor(state)
        doorkeeper = HarborDoorkeeper(state)
        self._tokens = TokenService(doorkeeper, clock=state.clock, random_bytes=random_bytes)
        self._distribution = HarborDistribution(
            state, doorkeeper=doorkeeper, tokens=self._tokens, random_bytes=random_bytes
        )

    async def answer(self, request: Request, url: str) -> Response:
        """Return the answer to a request; the portal answers whatever nobody else does (§2.1)."""
        if request.path.startswith(_API):
            return await ask_application(self._api, request, url)
        if request.path == TOKEN_PATH:
            return self._tokens.give(request)
        if request.path == "/v2" or request.path.startswith("/v2/"):
            return self._distribution.answer(request, url)
        return answer_elsewhere(Face.PREFIX, "", request.path, "")
