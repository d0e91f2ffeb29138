"""A whole practice registry: its port, its face, its content, its log and its faults."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from wizard.clock import Clock, SystemClock
from wizard.practice.certificates import Identity
from wizard.practice.registry.access_log import AccessLog, LoggedRequest
from wizard.practice.registry.answers import Code, refuse
from wizard.practice.registry.api import DistributionApi
from wizard.practice.registry.connection import Connection, Limits
from wizard.practice.registry.content import Content
from wizard.practice.registry.faces import Face, answer_elsewhere, find_entry, stored_name
from wizard.practice.registry.faults import Dropping, Failing, Faults, Slow
from wizard.practice.registry.images import HELLO, Image, build_image
from wizard.practice.registry.listener import Listener
from wizard.practice.registry.message import Request, Response
from wizard.practice.registry.product import Product
from wizard.practice.registry.tls_channel import TlsChannel
from wizard.practice.registry.tokens import TOKEN_PATH, Authentication, TokenService

_CODES: Final = {
    HTTPStatus.TOO_MANY_REQUESTS: Code.TOOMANYREQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE: Code.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDesign:
    """What a registry is to be.

    Attributes:
        face: how it is addressed.
        prefix: project (`PREFIX`) or path (`PATH`); empty for the other faces.
        authentication: None asks nobody who they are.
        pushable: whether pushes are taken; the upstream takes none in any case.
        host: name in its URL.
        port: its port; 0 for any free one.
        limits: what one client may ask for.
    """

    face: Face = Face.ROOT
    prefix: str = ""
    authentication: Authentication | None = None
    pushable: bool = True
    host: str = "localhost"
    port: int = 0
    limits: Limits = field(default_factory=Limits)


class PracticeRegistry:
    """A registry on loopback; `async with` runs it.

    Args:
        design: what it is to be.
        identity: its certificate.
        clock: dates its log, ends its tokens, and waits where it is slow.
        content: what it has; empty if not given.
        product: answers everything in place of the design's face; None: nothing does.
        random_bytes: where tokens and upload numbers come from.
    """

    def __init__(
        self,
        design: RegistryDesign,
        identity: Identity,
        *,
        clock: Clock | None = None,
        content: Content | None = None,
        product: Product | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.design = design
        self.content = Content() if content is None else content
        self.faults = Faults()
        self._clock = SystemClock() if clock is None else clock
        self._log = AccessLog()
        self._product = product
        self._random_bytes = random_bytes
        self._tokens = (
            TokenService(design.authentication, clock=self._clock, random_bytes=random_bytes)
            if design.authentication
            else None
        )
        self._api = DistributionApi(
            self.content,
            tokens=self._tokens,
            pushable=design.pushable and design.face is not Face.UPSTREAM,
            random_bytes=random_bytes,
        )
        self._listener = Listener(identity, self._serve, clock=self._clock, port=design.port)

    async def __aenter__(self) -> Self:
        """Start it; raises InputError when its port is taken."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Let clients in, on the port that it had before; raises InputError if that is taken."""
        self._listener.open()

    async def go_down(self) -> None:
        """End all connections and refuse new ones; no other program gets the port meanwhile.

        Raises InputError where the port cannot be kept.
        """
        await self._listener.shut()

    async def stop(self) -> None:
        """End all connections and give up the port; content and log are kept."""
        await self._listener.close()

    @property
    def is_running(self) -> bool:
        """Tell whether clients are let in."""
        return self._listener.is_open

    @property
    def address(self) -> str:
        """Return the IP address that it listens on."""
        return self._listener.address

    @property
    def port(self) -> int:
        """Return its port; 0 before the first start if the system is to choose."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Return `https://localhost:<port>`."""
        return f"https://{self.design.host}:{self.port}"

    def mark(self) -> int:
        """Return the present end of the access log, to be given to `requests` later."""
        return self._log.mark()

    def requests(self, since: int = 0) -> tuple[LoggedRequest, ...]:
        """Return the requests that were answered since a mark, in order."""
        return self._log.requests(since)

    def add_image(self, repository: str, tag: str, image: Image) -> str:
        """Keep an image under the name by which upstream knows it; return its digest."""
        name = stored_name(self.design.face, self.design.prefix, repository)
        return self.content.add_image(name, tag, image)

    def add_hello(self, tags: tuple[str, ...]) -> None:
        """Keep the hello image with some tags, each with bytes of its own."""
        for tag in tags:
            self.add_image(HELLO, tag, build_image(f"hello {tag}"))

    def impostor(self, identity: Identity) -> PracticeRegistry:
        """Return a second registry with the same content, another certificate and another port."""
        return PracticeRegistry(
            replace(self.design, port=0),
            identity,
            clock=self._clock,
            content=self.content,
            product=self._product,
            random_bytes=self._random_bytes,
        )

    async def _serve(self, channel: TlsChannel) -> None:
        await Connection(channel, limits=self.design.limits).serve(self._answer)

    async def _answer(self, request: Request) -> Response | None:
        response = await self._respond(request)
        now = self._clock.now()
        self._log.add(
            LoggedRequest(
                time=now,
                client=request.client,
                method=request.method,
                path=request.target,
                status=response.status if response else 0,
                agent=request.headers.get("user-agent", ""),
            )
        )
        if response is None:
            return None
        return replace(response, headers={"Date": formatdate(now, usegmt=True), **response.headers})

    async def _respond(self, request: Request) -> Response | None:
        if self.faults.tripwire:
            await self.faults.tripwire.meet(request.client)
        match self.faults.of(request.client):
            case Dropping():
                return None
            case Failing(status=status):
                return replace(refuse(_CODES.get(status, Code.UNKNOWN)), status=status)
            case Slow(seconds=seconds):
                await self._clock.sleep(seconds)
            case None:
                pass
        if self._product is not None:
            return await self._product.answer(request, self.url)
        if self._tokens is not None and request.path == TOKEN_PATH:
            return self._tokens.give(request)
        face, prefix = self.design.face, self.design.prefix
        entry = find_entry(face, prefix, request.path)
        if entry is None:
            query = request.target.partition("?")[2]
            return answer_elsewhere(face, prefix, request.path, query)
        return self._api.answer(entry, request, self.url)
