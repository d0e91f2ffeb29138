"""The answers to requests that a host made with one of its tools; pure."""

from __future__ import annotations

from typing import Final

from wizard.discovery.sections import Ran

TOOLS: Final = ("curl", "openssl", "wget")
NO_TOOL: Final = "the host has neither curl nor openssl nor GNU wget"
NO_TIME: Final = "earlier questions took so long that the host was not asked"


def last_answer(tool: str, ran: Ran) -> tuple[int, dict[str, str]] | None:
    """Return status and headers of the last answer, names in lower case; None without one."""
    output = ran.errors if tool == "wget" else ran.output
    start = max(output.rfind("HTTP/1."), output.rfind("HTTP/2"))
    if start < 0:
        return None
    first, *rest = output[start:].replace("\r", "").split("\n")
    words = first.split(" ")
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004  # version, status
        return None
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.strip().partition(":")
        if not colon:
            break
        headers[name.lower()] = value.strip()
    return int(words[1]), headers
