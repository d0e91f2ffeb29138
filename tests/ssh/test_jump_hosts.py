"""Jump hosts: their spellings, and one connection that all hosts behind them share."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.ssh.lab import Lab, free_port
from tests.ssh.test_connect import failure_of, say
from wizard.errors import InputError
from wizard.fleet.host import Fleet
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.run.hops import hop_resolver
from wizard.ssh.addresses import Addresses
from wizard.ssh.failures import FailureKind

CONFIG = """
Host gate
    HostName gate.example.org
    User jumper
    Port 2022
    ProxyJump outer
    UserKnownHostsFile ~/gate_hosts
"""


@pytest.mark.parametrize(
    ("hop", "address", "port", "user"),
    [
        ("plain", "plain", 22, "root"),
        ("op@plain:2222", "plain", 2222, "op"),
        ("ssh://op@plain:2222", "plain", 2222, "op"),
        ("gate", "gate.example.org", 2022, "jumper"),
        ("root@gate:22", "gate.example.org", 22, "root"),
        ("fe80::1", "fe80::1", 22, "root"),
        ("[fe80::1]:2222", "fe80::1", 2222, "root"),
        ("op@[::1]", "::1", 22, "op"),
        ("10.0.0.1:22", "10.0.0.1", 22, "root"),
    ],
)
def test_a_hop_is_spelled_as_for_ssh(
    tmp_path: Path, hop: str, address: str, port: int, user: str
) -> None:
    """Names, addresses of both kinds, users, ports, URIs and aliases; the spelling wins."""
    (tmp_path / "config").write_text(CONFIG)
    resolve = hop_resolver(
        Fleet(hosts=()), lookup=ssh_lookup(tmp_path), ssh_config=str(tmp_path / "config")
    )
    host = resolve(hop)

    assert (host.name, host.address, host.port, host.user) == (hop, address, port, user)
    assert host.proxy_jump == (("outer",) if "gate" in hop else ())


@pytest.mark.parametrize("hop", ["", "a b", "host:", "host:99999", "user@", "[::1"])
def test_a_hop_that_is_none_is_told(tmp_path: Path, hop: str) -> None:
    """What cannot be a jump host is quoted, with what was expected."""
    resolve = hop_resolver(
        Fleet(hosts=()), lookup=ssh_lookup(tmp_path), ssh_config=str(tmp_path / "missing")
    )
    with pytest.raises(InputError, match="is not a jump host"):
        resolve(hop)


async def test_a_dead_jump_host_is_tried_once_for_all_behind_it(lab: Lab) -> None:
    """Twenty hosts behind a jump host that says nothing wait one bound, not twenty."""
    calls = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await reader.read()

    jump = lab.host("127.0.1.1", name="jump")
    async with (
        lab.raw_server(say_nothing),
        lab.transport(hops={"jump": jump}, connect=0.5) as transport,
        asyncio.TaskGroup() as tasks,
    ):
        hosts = [lab.host(f"10.0.0.{n}", proxy_jump=("jump",)) for n in range(20)]
        ends = [tasks.create_task(failure_of(transport, host)) for host in hosts]
    failures = [end.result() for end in ends]

    assert calls == 1
    assert {(failure.kind, failure.host) for failure in failures} == {
        (FailureKind.TIMED_OUT, "jump")
    }


async def test_a_lost_jump_host_is_opened_again(lab: Lab) -> None:
    """A jump connection that ended is replaced at the next use."""
    lab.know("127.0.1.1")
    async with (
        lab.virtual_hosts(["127.0.1.1"]),
        lab.sshd() as bastion,
        lab.transport(hops={"bastion": bastion}) as transport,
    ):
        host = lab.host(proxy_jump=("bastion",))
        assert await say(transport, host, "one") == (b"one",)
        jump = await transport._tunnels.through(("bastion",))
        assert jump is not None
        jump.abort()
        assert await say(transport, host, "two") == (b"two",)


async def test_many_hosts_share_one_jump_connection(lab: Lab) -> None:
    """However many hosts there are behind it, the jump host sees one login."""
    addresses = [f"127.0.1.{number}" for number in range(1, 21)]
    for address in addresses:
        lab.know(address)
    async with (
        lab.virtual_hosts(addresses) as seen,
        lab.sshd() as bastion,
        lab.transport(hops={"bastion": bastion}) as transport,
    ):
        async with asyncio.TaskGroup() as tasks:
            for address in addresses:
                host = lab.host(address, proxy_jump=("bastion",))
                tasks.create_task(say(transport, host, "in"))
        ways = {way.connection for way in transport._tunnels._ways.values()}

    assert len(seen.connections) == 20
    assert len(ways) == 1


async def test_what_is_behind_a_jump_host_is_told_as_it_sees_it(lab: Lab) -> None:
    """A refusal or an unknown name behind a jump host is told with who saw it."""
    async with lab.sshd() as bastion, lab.transport(hops={"bastion": bastion}) as transport:
        closed = lab.host("127.0.0.1", port=free_port("127.0.0.1"), proxy_jump=("bastion",))
        refused = await failure_of(transport, closed)
        nameless = lab.host("no-such-host.invalid", proxy_jump=("bastion",))
        unresolved = await failure_of(transport, nameless)

    assert refused.kind is FailureKind.REFUSED
    assert "seen from bastion" in refused.what
    assert unresolved.kind in {FailureKind.UNRESOLVABLE, FailureKind.REFUSED}
    assert "seen from bastion" in unresolved.what


async def test_jump_hosts_in_a_circle_are_refused(lab: Lab) -> None:
    """`Host *` with ProxyJump makes the jump host its own: said, instead of waited for."""
    jump = lab.host("127.0.1.1", proxy_jump=("jump",))
    async with lab.transport(hops={"jump": jump}) as transport:
        with pytest.raises(InputError, match="jump → jump"):
            await transport.connect(lab.host("127.0.1.2", proxy_jump=("jump",)))


async def test_the_first_address_that_answers_is_taken() -> None:
    """A name with a dead address in front is still reached."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        alive = listener.getsockname()
        dead = ("127.0.0.1", free_port("127.0.0.1"))
        addresses = Addresses()
        with await addresses.dial(((socket.AF_INET, dead), (socket.AF_INET, alive)), 2) as dialled:
            assert dialled.getpeername() == alive
        addresses.close()


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".org", "nul\0"])
async def test_a_name_that_cannot_be_one_is_unresolvable(lab: Lab, name: str) -> None:
    """What no name server could answer is a name that cannot be resolved."""
    async with lab.transport() as transport:
        failure = await failure_of(transport, lab.host(name))

    assert failure.kind is FailureKind.UNRESOLVABLE
