"""What is upstream of a practice Harbor: Docker Hub's accounts and what they may pull."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from wizard.practice.hub import Hub
from wizard.practice.registry.tokens import read_basic

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Upstream:
    """Docker Hub: accounts with their passwords, repositories with their tags.

    Attributes:
        repositories: what replications find.
        hub: what proxies pull from; None: any URL is taken for it, and has no images.
        moved: digests of tags that are others than they were, by `repository:tag`.
        logins: who asked the token service, in order; empty for nobody.
    """

    accounts: dict[str, str] = field(default_factory=dict)
    repositories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hub: Hub | None = None
    moved: dict[str, str] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)

    def digest(self, repository: str, tag: str) -> str:
        """Return the digest of a tag where there is no `hub`."""
        return self.moved.get(f"{repository}:{tag}") or digest_of(repository, tag)

    def answers_at(self, url: str) -> bool:
        """Tell whether a URL leads here."""
        return self.hub is None or self.hub.answers_at(url)

    def knows(self, credential: Mapping[str, Any] | None) -> bool:
        """Tell whether an endpoint's account is good; nobody may look around."""
        given = credential or {}
        name = given.get("access_key", "")
        return not name or self.accounts.get(name) == given.get("access_secret")

    def matching(self, name: str, tag: str) -> dict[str, tuple[str, ...]]:
        """Return the repositories and tags that two filters let through; empty lets all."""
        found = {
            repository: tuple(one for one in tags if _matches(tag, one))
            for repository, tags in self.repositories.items()
            if _matches(name, repository)
        }
        return {repository: tags for repository, tags in found.items() if tags}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer as `auth.docker.io/token`, an ASGI application."""
        headers = {key.decode().lower(): value.decode() for key, value in scope["headers"]}
        name, known = self._login(headers.get("authorization", ""))
        self.logins.append(name)
        status = 200 if known else 401
        body = {"token": "practice"} if known else {"details": "incorrect username or password"}
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    def _login(self, authorization: str) -> tuple[str, bool]:
        name, password = read_basic(authorization)
        return name, not name or self.accounts.get(name) == password


def digest_of(repository: str, tag: str) -> str:
    """Return the digest that an image has everywhere."""
    return f"sha256:{hashlib.sha256(f'{repository}:{tag}'.encode()).hexdigest()}"


def _matches(pattern: str, text: str) -> bool:
    """Tell whether a doublestar pattern with `{a,b}` takes a text."""
    if not pattern:
        return True
    expression = ""
    for piece in re.split(r"(\*\*|\*|\?|\{|\}|,)", pattern):
        expression += {
            "**": ".*",
            "*": "[^/]*",
            "?": "[^/]",
            "{": "(?:",
            "}": ")",
            ",": "|" if "{" in pattern else ",",
        }.get(piece, re.escape(piece))
    return re.fullmatch(expression, text) is not None
