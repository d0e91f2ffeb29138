"""A registry as a whole: its log, its faults, its port, many clients at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
from http import HTTPStatus

import httpx
import pytest

from tests.practice.registry.conftest import ALL_MANIFESTS, Practice
from wizard.errors import InputError
from wizard.practice.registry.access_log import AccessLog, LoggedRequest
from wizard.practice.registry.faults import Dropping, Failing, Slow
from wizard.practice.registry.images import TARGET_TAGS
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign

HELLO = "/v2/library/hello/manifests/latest"


async def statuses(
    practice: Practice, registry: PracticeRegistry, labels: tuple[str, ...]
) -> list[int]:
    """Return what each client is answered."""
    found = []
    for label in labels:
        async with practice.client(registry, label=label) as client:
            found.append((await client.get("/v2/")).status_code)
    return found


async def test_the_log_says_who_asked_for_what(practice: Practice) -> None:
    """By the label that a practice host sends, by the address for all others."""
    async with practice.registry() as registry:
        registry.add_hello(TARGET_TAGS)
        async with practice.client(registry) as client:
            await client.get("/v2/", headers={"User-Agent": "curl/8"})
        mark = registry.mark()
        async with practice.client(registry, label="host-07") as client:
            await client.head(f"{HELLO}?ns=docker.io", headers=ALL_MANIFESTS)
            await client.get("/nothing")

        everything = registry.requests()
        later = [(one.client, one.method, one.path, one.status) for one in registry.requests(mark)]

    assert later == [
        ("host-07", "HEAD", f"{HELLO}?ns=docker.io", 200),
        ("host-07", "GET", "/nothing", 404),
    ]
    assert everything[0] == LoggedRequest(
        time=practice.clock.time,
        client="127.0.0.1",
        method="GET",
        path="/v2/",
        status=200,
        agent="curl/8",
    )


def test_a_full_log_forgets_the_oldest_and_keeps_its_marks() -> None:
    """A mark counts requests, not places."""
    log = AccessLog(capacity=3)
    marks = []
    for number in range(5):
        marks.append(log.mark())
        log.add(
            LoggedRequest(time=0, client="", method="GET", path=str(number), status=1, agent="")
        )

    assert [one.path for one in log.requests()] == ["2", "3", "4"]
    assert [one.path for one in log.requests(marks[1])] == ["2", "3", "4"]
    assert [one.path for one in log.requests(marks[4])] == ["4"]
    assert log.requests(log.mark()) == ()


async def test_a_fault_hits_one_client_or_everybody(practice: Practice) -> None:
    """The client's own goes first; healing ends it."""
    async with practice.registry() as registry:
        registry.faults.inflict(Failing(), client="a")
        alone = await statuses(practice, registry, ("a", "b"))
        registry.faults.inflict(Failing(status=HTTPStatus.TOO_MANY_REQUESTS))
        both = await statuses(practice, registry, ("a", "b"))
        registry.faults.heal(client="a")
        healed_one = await statuses(practice, registry, ("a", "b"))
        registry.faults.heal()
        healed_all = await statuses(practice, registry, ("a", "b"))

    assert [alone, both, healed_one, healed_all] == [[500, 200], [500, 429], [429, 429], [200, 200]]


async def test_a_slow_registry_waits_on_the_clock(practice: Practice) -> None:
    """Only for the client that it is slow to."""
    async with practice.registry() as registry:
        registry.faults.inflict(Slow(seconds=40), client="a")
        answered = await statuses(practice, registry, ("a", "b"))

    assert answered == [200, 200]
    assert practice.clock.slept == [40]


async def test_a_dropped_connection_has_no_answer(practice: Practice) -> None:
    """The client sees it, and so does the log."""
    async with practice.registry() as registry:
        registry.faults.inflict(Dropping(), client="a")
        with pytest.raises(httpx.TransportError):
            await statuses(practice, registry, ("a",))

        assert [(one.client, one.status) for one in registry.requests()] == [("a", 0)]


@pytest.mark.parametrize("ended", ["stop", "go_down"])
async def test_one_that_ended_refuses_and_comes_back_on_its_port(
    practice: Practice, ended: str
) -> None:
    """With content and log as they were, also for a client with an open connection."""
    async with practice.registry() as registry, practice.client(registry) as client:
        registry.add_hello(TARGET_TAGS)
        await client.get(HELLO, headers=ALL_MANIFESTS)
        port = registry.port
        await getattr(registry, ended)()
        with pytest.raises(httpx.TransportError):
            await client.get(HELLO, headers=ALL_MANIFESTS)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        running = registry.is_running
        await registry.start()
        answer = await client.get(HELLO, headers=ALL_MANIFESTS)

        assert (running, registry.is_running) == (False, True)
        assert (200, port) == (answer.status_code, registry.port)
        assert len(registry.requests()) == 2


async def test_while_it_is_down_no_other_program_gets_its_port(practice: Practice) -> None:
    """It could not come back otherwise; once it is stopped, whoever wants the port has it."""
    async with practice.registry() as registry:
        await registry.go_down()
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", registry.port))
        await asyncio.gather(registry.go_down(), registry.go_down())
        await registry.start()
        assert await statuses(practice, registry, ("a",)) == [200]

        await registry.go_down()
        await registry.stop()
        with socket.create_server(("127.0.0.1", registry.port)):
            assert not registry.is_running


async def test_one_that_is_down_before_its_first_start_has_its_port(practice: Practice) -> None:
    """The system has chosen it then, and it comes up there."""
    registry = practice.registry()
    await registry.go_down()
    port = registry.port
    async with registry:
        assert registry.port == port != 0


async def test_a_busy_port_is_named_with_what_to_do(practice: Practice) -> None:
    """Nothing is left running, and the port that was busy is untouched."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        registry = practice.registry(RegistryDesign(port=port))
        with pytest.raises(InputError) as raised:
            await registry.start()

        assert f"Port {port} of 127.0.0.1 is taken" in raised.value.what
        assert f"lsof -i :{port}" in raised.value.todo
        assert not registry.is_running


async def test_nothing_is_left_when_a_registry_ends(practice: Practice) -> None:
    """Not of clients in the middle of a handshake, of a request, or of an answer."""
    before = asyncio.all_tasks()
    async with practice.registry() as registry:
        registry.faults.inflict(Slow(seconds=0), client="a")
        silent = await asyncio.open_connection("127.0.0.1", registry.port)
        half = await asyncio.open_connection("127.0.0.1", registry.port, ssl=practice.trust())
        half[1].write(b"GET /v2/ HTTP/1.1\r\nHost:")
        await half[1].drain()
        async with practice.client(registry) as client:
            await client.get("/v2/")
        tasks = asyncio.all_tasks() - before
        await registry.stop()

        assert len(tasks) >= 3
        assert asyncio.all_tasks() - before == set()
        assert await silent[0].read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", registry.port)
    for _reader, writer in (silent, half):
        writer.transport.abort()


async def test_a_client_that_does_not_trust_it_disturbs_nobody(practice: Practice) -> None:
    """The handshake fails at both ends, and the next client is served."""
    async with practice.registry() as registry:
        strangers = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", registry.port, ssl=strangers, server_hostname="localhost"
            )
        plain = await asyncio.open_connection("127.0.0.1", registry.port)
        plain[1].write(b"GET / HTTP/1.0\r\n\r\n")
        # Either an alert or a bare end: what counts is that it is no HTTP.
        assert not (await plain[0].read()).startswith(b"HTTP")
        plain[1].transport.abort()

        assert await statuses(practice, registry, ("a",)) == [200]


async def test_many_hosts_pull_at_once(practice: Practice) -> None:
    """Each over a connection of its own, and each finds itself in the log."""
    hosts = [f"host-{number:03}" for number in range(100)]
    trust = practice.trust()
    async with practice.registry() as registry:
        registry.add_hello(TARGET_TAGS)
        request = f"GET {HELLO} HTTP/1.1\r\nHost: x\r\nAccept: {ALL_MANIFESTS['Accept']}\r\n"

        async def pull(host: str) -> bytes:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", registry.port, ssl=trust, server_hostname="localhost"
            )
            writer.write(f"{request}X-Practice-Host: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.transport.abort()
            return answer.partition(b"\r\n")[0]

        answers = await asyncio.gather(*(pull(host) for host in hosts))

        assert set(answers) == {b"HTTP/1.1 200 OK"}
        assert sorted(one.client for one in registry.requests()) == hosts
