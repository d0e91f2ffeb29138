"""Practice registries of every face, and clients that trust them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from wizard.clock import SystemClock
from wizard.practice.certificates import KNOWN, UNKNOWN, Authority, Identity
from wizard.practice.registry.content import Content
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign
from wizard.registries.media_types import MANIFEST_TYPES

ALL_MANIFESTS = {"Accept": ", ".join(sorted(MANIFEST_TYPES))}


class SetClock(SystemClock):
    """A clock that stands still until it is moved, and whose waits only move it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Return the time that it was set to."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Remember the wait, and let others run."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What registries of a test are made with."""

    authority: Authority
    identity: Identity
    unknown: Identity
    clock: SetClock

    @property
    def ca_pem(self) -> str:
        """Return the CA of all registries but the impostor."""
        return self.authority.pem

    def trust(self) -> ssl.SSLContext:
        """Return a client's trust in that CA alone."""
        return ssl.create_default_context(cadata=self.ca_pem)

    def registry(
        self, design: RegistryDesign | None = None, *, content: Content | None = None
    ) -> PracticeRegistry:
        """Return a registry that was not started."""
        design = design or RegistryDesign()
        return PracticeRegistry(design, self.identity, clock=self.clock, content=content)

    @asynccontextmanager
    async def client(
        self, registry: PracticeRegistry, *, label: str = ""
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Open a client of a registry that calls itself by a label."""
        headers = {"X-Practice-Host": label} if label else {}
        async with httpx.AsyncClient(
            base_url=registry.url, verify=self.trust(), headers=headers, trust_env=False
        ) as client:
            yield client


@pytest.fixture(scope="session")
def identities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Identity, Identity]:
    """Return the practice CA, a server's identity by it, and one by a CA that nobody trusts."""
    folder = tmp_path_factory.mktemp("certificates")
    clock = SystemClock()
    authority = Authority(KNOWN, clock=clock)
    good = authority.issue(folder, "target")
    return authority, good, Authority(UNKNOWN, clock=clock).issue(folder, "impostor")


@pytest.fixture
def practice(identities: tuple[Authority, Identity, Identity]) -> Practice:
    """Return what registries are made with."""
    authority, identity, unknown = identities
    return Practice(authority=authority, identity=identity, unknown=unknown, clock=SetClock())
