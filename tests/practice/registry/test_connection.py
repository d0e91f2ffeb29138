"""Clients that do not speak HTTP as they should, over real TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.practice.registry.conftest import Practice
from wizard.practice.registry.connection import Limits
from wizard.practice.registry.registry import PracticeRegistry, RegistryDesign
from wizard.registries.digests import digest_of

QUICK = Limits(head=2048, body=1000, idle=0.05, request=0.1)
PATIENT = Limits(head=2048, body=1000, idle=10, request=10)
POST = b"POST /v2/library/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n"


@asynccontextmanager
async def talking(
    practice: Practice, limits: Limits
) -> AsyncIterator[tuple[PracticeRegistry, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Run a registry and open a connection to it."""
    async with practice.registry(RegistryDesign(limits=limits)) as registry:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", registry.port, ssl=practice.trust(), server_hostname="localhost"
        )
        try:
            yield registry, reader, writer
        finally:
            writer.transport.abort()


async def everything(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the other side ends the connection."""
    async with asyncio.timeout(30):
        return await reader.read()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"nonsense\r\n\r\n", b"400", id="nonsense"),
        pytest.param(b"GET /v2/ HTTP/1.1\r\n\r\n", b"400", id="no host"),
        pytest.param(b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", b"400", id="zero byte"),
        pytest.param(b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"400", id="bad target"),
        pytest.param(
            b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 4000 + b"\r\n\r\n", b"431", id="header"
        ),
        pytest.param(b"GET /" + b"a" * 4000 + b" HTTP/1.1\r\n", b"431", id="long target"),
        pytest.param(POST + b"Content-Length: 1001\r\n\r\n", b"413", id="announced body"),
        pytest.param(
            POST
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + b"200\r\n"
            + b"a" * 512
            + b"\r\n" * 1
            + b"200\r\n"
            + b"a" * 512
            + b"\r\n",
            b"413",
            id="chunked body",
        ),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", b"400", id="negative length"),
        pytest.param(
            POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400", id="two lengths"
        ),
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\n", b"501", id="unknown coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400", id="bad chunk"),
    ],
)
async def test_what_is_no_good_http_is_refused_and_ended(
    practice: Practice, sent: bytes, status: bytes
) -> None:
    """With the right status, no entry in the log, and the registry goes on."""
    async with talking(practice, PATIENT) as (registry, reader, writer):
        writer.write(sent)
        answer = await everything(reader)
        async with practice.client(registry) as client:
            after = await client.get("/v2/")

        assert answer.split(b" ")[:2] == [b"HTTP/1.1", status]
        assert b"connection: close" in answer.lower()
        assert after.status_code == 200
        assert [one.path for one in registry.requests()] == ["/v2/"]


async def test_half_a_request_is_waited_for_only_so_long(practice: Practice) -> None:
    """Then it is answered with 408 and ended."""
    async with talking(practice, QUICK) as (registry, reader, writer):
        writer.write(POST + b"Content-Length: 10\r\n\r\nhalf")
        answer = await everything(reader)

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert registry.requests() == ()


async def test_an_idle_connection_is_ended_without_a_word(practice: Practice) -> None:
    """Before the first request and after an answered one."""
    async with talking(practice, QUICK) as (_registry, reader, _writer):
        assert await everything(reader) == b""
    async with talking(practice, QUICK) as (_registry, reader, writer):
        writer.write(b"HEAD /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await everything(reader)

        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"\r\n\r\n")


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(practice: Practice) -> None:
    """Neither a task nor an entry in the log."""
    before = asyncio.all_tasks()
    async with practice.registry(RegistryDesign(limits=PATIENT)) as registry:
        listening = asyncio.all_tasks() - before
        for sent in (b"", b"GET /v2", POST + b"Content-Length: 10\r\n\r\nhalf"):
            _reader, writer = await asyncio.open_connection(
                "127.0.0.1", registry.port, ssl=practice.trust(), server_hostname="localhost"
            )
            writer.write(sent)
            await writer.drain()
            writer.transport.abort()
        async with practice.client(registry) as client:
            await client.get("/last")
        left = asyncio.all_tasks() - before - listening
        pending = (await asyncio.wait(left, timeout=30))[1] if left else set()

        assert pending == set()
        assert [entry.path for entry in registry.requests()] == ["/last"]


async def test_requests_in_one_go_are_answered_in_order(practice: Practice) -> None:
    """Over one connection, the last one closing it."""
    async with talking(practice, PATIENT) as (registry, reader, writer):
        one = b"GET /%d HTTP/1.1\r\nHost: x\r\n"
        writer.write(b"\r\n".join((one % 1, one % 2, (one % 3) + b"Connection: close\r\n\r\n")))
        answer = await everything(reader)

        assert answer.count(b"HTTP/1.1 404 Not Found") == 3
        assert [entry.path for entry in registry.requests()] == ["/1", "/2", "/3"]


async def test_a_body_is_asked_for_when_the_client_waits(practice: Practice) -> None:
    """`Expect: 100-continue`, as Go and curl send it with large bodies."""
    async with talking(practice, PATIENT) as (_registry, reader, writer):
        writer.write(
            b"PUT /v2/library/a/manifests/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\n"
        )
        async with asyncio.timeout(30):
            interim = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"{}")
        answer = await everything(reader)

        assert interim.startswith(b"HTTP/1.1 100 ")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"MANIFEST_INVALID" in answer


async def test_a_large_blob_arrives_whole_in_both_directions(practice: Practice) -> None:
    """More than one record of TLS and more than the system buffers at once."""
    content = bytes(range(256)) * (20 << 10)
    digest = digest_of(content)
    async with practice.registry() as registry, practice.client(registry) as client:
        begun = await client.post("/v2/library/a/blobs/uploads/")
        place = f"{begun.headers['location']}?digest={digest}"
        pushed = await client.put(place, content=content)
        pulled = await client.get(f"/v2/library/a/blobs/{digest}")

    assert pushed.status_code == 201
    assert content == pulled.content


async def test_a_client_that_takes_no_answer_is_given_up(practice: Practice) -> None:
    """Its connection ends by itself, and others are served all the time."""
    content = bytes(24 << 20)
    before = asyncio.all_tasks()
    limits = Limits(idle=10, request=0.2)
    async with practice.registry(RegistryDesign(limits=limits)) as registry:
        listening = asyncio.all_tasks() - before
        digest = registry.content.add_blob("library/a", content)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", registry.port, ssl=practice.trust(), server_hostname="localhost"
        )
        writer.write(f"GET /v2/library/a/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        async with practice.client(registry) as client:
            answer = await client.get("/v2/")
        left = asyncio.all_tasks() - before - listening
        pending = (await asyncio.wait(left, timeout=30))[1] if left else set()
        received = await everything(reader)
        writer.transport.abort()

    assert answer.status_code == 200
    assert pending == set()
    assert 0 < len(received) < len(content)
