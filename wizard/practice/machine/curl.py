"""The `curl` of practice hosts: one request over real HTTPS, failures in curl's own words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.network import Answer, Network, Trust, Unreachable

_VALUED: Final = frozenset({"--noproxy", "--max-time", "-o", "-D", "-H", "--cacert", "-X"})
_FLAGS: Final = frozenset({"-q", "-s", "-S", "-sS", "-f", "-fsS", "-k", "-I"})
_MORE: Final = "More details here: https://curl.se/docs/sslcerts.html\n"
_ERROR_STATUS: Final = 400
_UNTRUSTED: Final = 60
_ANOTHER_NAME: Final = (
    "SSL: no alternative certificate subject name matches target host name '{name}'"
)
_WORDS: Final = (
    ("expired", _UNTRUSTED, "SSL certificate problem: certificate has expired"),
    ("but wanted to match", _UNTRUSTED, _ANOTHER_NAME),
    ("IP SANs", _UNTRUSTED, _ANOTHER_NAME),
    ("x509", _UNTRUSTED, "SSL certificate problem: unable to get local issuer certificate"),
    ("no such host", 6, "Could not resolve host: {name}"),
    (
        "refused",
        7,
        "Failed to connect to {name} port {port} after 0 ms: Couldn't connect to server",
    ),
    ("network is unreachable", 7, "Failed to connect to {name} port {port}: No route to host"),
    ("HTTP response", 35, "error:0A00010B:SSL routines::wrong version number"),
    ("Timeout", 28, "Connection timed out"),
)
"""Words of Go's client, exit status and words of curl; the first match counts."""


@dataclass(slots=True, kw_only=True)
class Curl:
    """A curl as a program of one host.

    Attributes:
        host: name of the host.
        network: the way to servers.
        trusted: the file of the authorities that the host's system trusts.
    """

    host: str
    network: Network
    trusted: Path

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        request = _Request()
        refused = request.read(call.arguments)
        if refused:
            return refused
        authorities = call.given if request.brings_authorities else self.trusted.read_bytes()
        trust = Trust(authorities=(authorities,), verify=not request.insecure)
        try:
            async with (
                asyncio.timeout(request.seconds),
                self.network.client(self.host, trust) as client,
            ):
                answer = await client.get(
                    request.url,
                    headers={"User-Agent": "curl/8.5.0", **request.headers},
                    method=request.method,
                )
        except TimeoutError:
            spent = int((request.seconds or 0) * 1000)
            return _failed(28, f"Operation timed out after {spent} milliseconds")
        except Unreachable as failure:
            return _in_words_of_curl(failure, request.url)
        return request.played(answer)


@dataclass(slots=True)
class _Request:
    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    brings_authorities: bool = False
    insecure: bool = False
    wants_head: bool = False
    wants_body: bool = True
    fails: bool = False

    def read(self, arguments: tuple[str, ...]) -> Reply | None:
        """Take the arguments; return what is said to wrong ones."""
        words = list(arguments)
        while words:
            word = words.pop(0)
            if word in _VALUED and words:
                self._set(word, words.pop(0))
            elif word in _FLAGS:
                self.insecure = self.insecure or word == "-k"
                self.fails = self.fails or word in {"-f", "-fsS"}
                self.method = "HEAD" if word == "-I" else self.method
            elif word.startswith("-"):
                return Reply(status=2, errors=f"curl: option {word}: is unknown\n")
            else:
                self.url = word
        if urlsplit(self.url).scheme not in {"http", "https"}:
            return _failed(3, "URL using bad/illegal format or missing URL")
        return None

    def _set(self, option: str, value: str) -> None:
        match option:
            case "--max-time":
                self.seconds = float(value)
            case "-o":
                self.wants_body = value == "-"
            case "-D":
                self.wants_head = value == "-"
            case "-H":
                name, _colon, text = value.partition(":")
                self.headers[name] = text.strip()
            case "--cacert":
                self.brings_authorities = True
            case "-X":
                self.method = value

    def played(self, answer: Answer) -> Reply:
        """Return what is printed of an answer."""
        if self.fails and answer.status >= _ERROR_STATUS:
            return _failed(22, f"The requested URL returned error: {answer.status}")
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = "".join(f"{line}\r\n" for line in (*lines, "")) if self.wants_head else ""
        body = answer.body.decode(errors="surrogateescape") if self.wants_body else ""
        return Reply(output=head + body)


def _failed(status: int, words: str, more: str = "") -> Reply:
    return Reply(status=status, errors=f"curl: ({status}) {words}\n{more}")


def _in_words_of_curl(failure: Unreachable, url: str) -> Reply:
    parts = urlsplit(url)
    for go, status, words in _WORDS:
        if go in failure.what:
            said = words.format(name=parts.hostname, port=parts.port or 443)
            return _failed(status, said, _MORE if status == _UNTRUSTED else "")
    return _failed(56, "Recv failure: Connection reset by peer")
