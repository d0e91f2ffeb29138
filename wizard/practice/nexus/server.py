"""A whole practice Nexus behind one port: its front, its API and pages, and its connector.

The front hands `/v2` to the connector's port and all else to that of the pages, as one of nginx
does (facts/nexus_artifactory.md §3). Where no repository has that connector, nobody listens there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from wizard.practice.hub import Hub
from wizard.practice.nexus.images import NexusImages
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import Setting
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.product import ask_application

CONNECTOR: Final = 5000
"""The port behind the front that a repository must have as its connector."""
_PAGES: Final = 8081
_CONTENT: Final = ("/service/rest/", "/repository/")
_HTML: Final = {"Content-Type": "text/html"}


class NexusServer:
    """A Nexus as its front shows it; everything that it keeps is in `nexus`."""

    def __init__(
        self,
        setting: Setting,
        hub: Hub,
        *,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.nexus = PracticeNexus(setting)
        self.nexus.content.images = NexusImages(
            hub, self.nexus.repositories, self.nexus.system, random_bytes=random_bytes
        )

    async def answer(self, request: Request, url: str) -> Response:
        """Return the answer to a request."""
        if request.path == "/v2" or request.path.startswith("/v2/"):
            if not self._has_connector():
                body = b"<html><head><title>502 Bad Gateway</title></head></html>\n"
                return Response(status=502, headers=_HTML, body=body)
            return await ask_application(self.nexus, request, url, port=CONNECTOR)
        if request.path.startswith(_CONTENT):
            return await ask_application(self.nexus, request, url, port=_PAGES)
        headers = {**_HTML, **self.nexus.setting.headers}
        if request.path != "/":
            return Response(status=404, headers=headers, body=b"<title>404</title>\n")
        return Response(status=200, headers=headers, body=b"<title>Nexus Repository</title>\n")

    def _has_connector(self) -> bool:
        return any(
            one["format"] == "docker" and one["docker"].get("httpPort") == CONNECTOR
            for one in self.nexus.repositories.all.values()
        )
