"""The proxy of the target: every client of ours goes through it, and its login is told nowhere."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.registries.conftest import QuickClock, RealRegistry
from wizard.errors import InputError, PilotageError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import ProvisionChoice
from wizard.registries.failures import Failure, RegistryFailure
from wizard.run.registry_calls import RegistryCalls
from wizard.secret import Secret
from wizard.service import Severity

LOGIN = "company:planted-and-secret"
Call = Callable[[RegistryCalls, TargetChoice], Awaitable[object]]


@dataclass(kw_only=True)
class Proxy:
    """A proxy on loopback that lets everybody by, or nobody.

    Attributes:
        heads: what was asked of it, line by line.
    """

    lets_by: bool
    port: int = 0
    heads: list[list[str]] = field(default_factory=list)
    connections: list[asyncio.Task[object]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        task = asyncio.current_task()
        assert task
        self.connections.append(task)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        self.heads.append(head)
        try:
            if not self.lets_by:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            host, _colon, port = head[0].split()[1].rpartition(":")
            there, back = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        finally:
            await _end(writer)


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    await _end(sink)


async def _end(sink: asyncio.StreamWriter) -> None:
    sink.close()
    with suppress(ConnectionError):
        await sink.wait_closed()


@asynccontextmanager
async def running_proxy(*, lets_by: bool) -> AsyncIterator[Proxy]:
    """Run a proxy."""
    proxy = Proxy(lets_by=lets_by)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*proxy.connections)


def calls(clock: QuickClock, port: int) -> RegistryCalls:
    """Return the door with the proxy's URL in the environment."""
    return RegistryCalls(environ={"PROXY": f"http://{LOGIN}@127.0.0.1:{port}"}, clock=clock)


async def probe(door: RegistryCalls, choice: TargetChoice) -> object:
    """Probe the target."""
    return await door.probe_target(choice, password=None)


async def plan(door: RegistryCalls, choice: TargetChoice) -> object:
    """Plan provisioning."""
    return await door.plan_provisioning(choice, password=Secret("right"), secrets={})


async def renew(door: RegistryCalls, choice: TargetChoice) -> object:
    """Renew the secret of a robot."""
    return await door.renew_robot(choice, password=Secret("right"), robot="ci", project="")


@pytest.mark.parametrize("call", [probe, plan, renew])
async def test_a_proxy_that_lets_nobody_by_is_told_as_such(clock: QuickClock, call: Call) -> None:
    """It is not the registry that refuses; the login goes to the proxy, and into no message."""
    choice = TargetChoice(
        url="https://registry.invalid",
        proxy="env:PROXY",
        username="admin",
        provision=ProvisionChoice(),
    )
    async with running_proxy(lets_by=False) as proxy:
        with pytest.raises(RegistryFailure) as caught:
            await call(calls(clock, proxy.port), choice)
    error = caught.value
    assert error.kind is Failure.PROXY
    assert f"the proxy 127.0.0.1:{proxy.port} does not lead there: 407" in error.what
    assert "planted" not in f"{error.what} {error.state} {error.todo}"
    known = base64.b64encode(LOGIN.encode()).decode()
    assert proxy.heads[0][0] == "CONNECT registry.invalid:443 HTTP/1.1"
    assert f"proxy-authorization: Basic {known}" in [
        line.replace("Proxy-Authorization", "proxy-authorization") for line in proxy.heads[0]
    ]


async def test_a_registry_is_looked_at_through_its_proxy(
    clock: QuickClock, registry: RealRegistry
) -> None:
    """With the registry's own certificate, which the proxy cannot change."""
    async with running_proxy(lets_by=True) as proxy:
        choice = TargetChoice(
            url=registry.url, ca_file=str(registry.ca_file), proxy=f"http://127.0.0.1:{proxy.port}"
        )
        found = await calls(clock, 0).examine_registry(choice, password=None)
    assert Severity.BROKEN not in {one.severity for one in found.observations}
    assert {head[0] for head in proxy.heads} == {
        f"CONNECT {registry.url.removeprefix('https://')} HTTP/1.1"
    }


async def test_nobody_is_asked_past_the_proxy_for_a_certificate_that_is_not_trusted(
    clock: QuickClock, registry: RealRegistry
) -> None:
    """Somebody else may be there, and that one's fingerprint would be compared."""
    async with running_proxy(lets_by=True) as proxy:
        choice = TargetChoice(url=registry.url, proxy=f"http://127.0.0.1:{proxy.port}")
        found = await calls(clock, 0).examine_registry(choice, password=None)
        with pytest.raises(RegistryFailure) as caught:
            await calls(clock, 0).probe_target(choice, password=None)
    [told] = found.observations
    assert caught.value.kind is Failure.UNTRUSTED
    assert ["fingerprint" in words for words in (told.found, caught.value.what)] == [False, False]


async def test_a_proxy_that_is_not_there_is_no_registry_that_is_not_there(
    clock: QuickClock,
) -> None:
    """The examination goes on to say what to check."""
    choice = TargetChoice(url="https://registry.invalid", proxy="http://127.0.0.1:1")
    found = await calls(clock, 0).examine_registry(choice, password=None)
    [told] = found.observations
    assert (told.severity, "proxy 127.0.0.1:1" in told.found) == (Severity.BROKEN, True)
    assert "“proxy” of the target" in told.todo


@pytest.mark.parametrize(
    "text",
    [
        "planted-and-secret",
        f" http://{LOGIN}@proxy:3128",
        f"http://{LOGIN}@pro xy:3128",
        f"http://{LOGIN}\n@proxy:3128",
        f"http://{LOGIN}@10.0.0.300:3128",
        f"http://{LOGIN}@[::1:3128",
    ],
)
async def test_a_reference_to_what_is_no_proxy_is_refused_without_its_words(
    clock: QuickClock, text: str
) -> None:
    """It may be a password in the wrong variable."""
    door = RegistryCalls(environ={"PROXY": text}, clock=clock)
    choice = TargetChoice(url="https://registry.invalid", proxy="env:PROXY")
    with pytest.raises(InputError, match="What env:PROXY names is no proxy") as caught:
        await door.probe_target(choice, password=None)
    assert isinstance(caught.value, PilotageError)
    assert "planted" not in caught.value.what
