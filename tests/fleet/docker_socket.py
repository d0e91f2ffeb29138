"""Ask a host's Docker daemon over its socket: no program is started on the host for it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fleet.errors import FleetError

SECONDS = 60.0


def answer(socket_path: Path, question: str) -> Any:
    """Return what the daemon answers to `GET question`, `/info` say.

    Raises:
        FleetError: it does not listen, or answers anything but 200.
    """
    connection = _Connection(socket_path)
    try:
        connection.request("GET", question)
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise FleetError(f"{socket_path} does not answer {question}: {error}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise FleetError(f"{socket_path} answers {question} with {response.status}: {content!r}")
    return json.loads(content)


def running_containers(ask: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return what `docker inspect` tells of each running container, in the order of their IDs.

    Args:
        ask: answers a question to the daemon.
    """
    ids = sorted(one["Id"] for one in ask("/containers/json"))
    return [ask(f"/containers/{one}/json") for one in ids]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("docker", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._path))
