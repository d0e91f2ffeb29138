"""Connections of a run: one per host, opened again only where nothing can have happened."""

from __future__ import annotations

import pytest

from wizard.clock import SystemClock
from wizard.fleet.host import Fleet, Host
from wizard.fleet.host_options import HostOptions
from wizard.fleet.hosts_section import SSHConfigHost
from wizard.run.fleet_hosts import FleetHosts
from wizard.run.hops import hop_resolver
from wizard.run.hosts import Unreached
from wizard.run.operator import operator_name
from wizard.ssh.failures import FailureKind, OfferedKey, SSHFailure
from wizard.ssh.transport import OnLine, ScriptResult
from wizard.transaction.answers import Outcome, Verb

HOST = Host(name="web1", address="192.0.2.1")


class ScriptedConnection:
    """Fits `HostConnection`: raises what it was given, else answers as if confirmed."""

    def __init__(self, failures: list[SSHFailure]) -> None:
        self.failures = failures
        self.is_closed = False

    @property
    def host(self) -> Host:
        """Return the host."""
        return HOST

    async def run_script(
        self,
        script: bytes,
        *,
        nonce: str,
        timeout: float,  # noqa: ASYNC109  # the protocol's own
        on_line: OnLine | None = None,
    ) -> ScriptResult:
        """Fail or answer."""
        if self.failures:
            raise self.failures.pop(0)
        line = f'{nonce} {{"kind":"answer","outcome":"confirmed","run":"r","state":"confirmed"}}'
        return ScriptResult(exit_status=0, lines=(line.encode(),))

    async def close(self) -> None:
        """Remember it."""
        self.is_closed = True


class ScriptedTransport:
    """Fits `Transport`: connections that fail as told; all opened ones are kept."""

    def __init__(self, *plans: list[SSHFailure], refuses: SSHFailure | None = None) -> None:
        self.plans = list(plans)
        self.refuses = refuses
        self.opened: list[ScriptedConnection] = []

    async def connect(self, host: Host) -> ScriptedConnection:
        """Open the next one."""
        if self.refuses:
            raise self.refuses
        self.opened.append(ScriptedConnection(self.plans.pop(0) if self.plans else []))
        return self.opened[-1]

    async def aclose(self) -> None:
        """Keep nothing."""


def hosts_over(transport: ScriptedTransport) -> FleetHosts:
    """Return the actions over that transport."""
    return FleetHosts(
        transport=transport,
        fleet=Fleet(hosts=(HOST,)),
        holder="anna@desk",
        target=None,
        clock=SystemClock(),
    )


def lost(*, sent: bool) -> SSHFailure:
    """Return a lost connection."""
    return SSHFailure(FailureKind.LOST, host="web1", script_sent=sent)


async def test_one_connection_serves_all_verbs_of_a_host() -> None:
    """A second verb opens nothing."""
    transport = ScriptedTransport()
    actions = hosts_over(transport)
    for _time in range(3):
        answer = await actions.ask("web1", Verb.CONFIRM, run="r")
        assert answer.outcome is Outcome.CONFIRMED
    assert len(transport.opened) == 1


async def test_connection_that_died_unnoticed_is_opened_again() -> None:
    """Nothing was sent over the dead one, so asking once more is no guess."""
    transport = ScriptedTransport()
    actions = hosts_over(transport)
    await actions.ask("web1", Verb.STATUS, run="r")
    transport.opened[0].failures = [lost(sent=False)]
    answer = await actions.ask("web1", Verb.CONFIRM, run="r")
    assert answer.outcome is Outcome.CONFIRMED
    assert len(transport.opened) == 2
    assert transport.opened[0].is_closed


async def test_lost_after_sending_is_told_and_never_repeated() -> None:
    """Only asking for the status can tell; that is the caller's business."""
    transport = ScriptedTransport([lost(sent=True)])
    with pytest.raises(Unreached) as told:
        await hosts_over(transport).ask("web1", Verb.CONFIRM, run="r")
    assert told.value.sent
    assert len(transport.opened) == 1


async def test_unknown_key_is_told_with_everything_that_an_approval_needs() -> None:
    """The key travels as data through the journal."""
    offered = OfferedKey(
        name="192.0.2.1", port=22, fingerprint="SHA256:x", public_key="ssh-ed25519 A"
    )
    refusal = SSHFailure(FailureKind.KEY_UNKNOWN, host="web1", offered=offered)
    with pytest.raises(Unreached) as told:
        await hosts_over(ScriptedTransport(refuses=refusal)).read("web1")
    assert not told.value.sent
    assert told.value.offered_key == {
        "host": "web1",
        "address": "192.0.2.1",
        "port": 22,
        "fingerprint": "SHA256:x",
        "public_key": "ssh-ed25519 A",
        "changed_from": "",
    }


def _lookup(alias: str, _file: str) -> SSHConfigHost:
    known = {
        "gate": SSHConfigHost(address="gate.example", options=HostOptions(user="jump", port=2200))
    }
    return known.get(alias, SSHConfigHost(address=alias, options=HostOptions(user="me")))


@pytest.mark.parametrize(
    ("spelled", "address", "user", "port"),
    [
        ("gate", "gate.example", "jump", 2200),
        ("bob@gate:22", "gate.example", "bob", 22),
        ("198.51.100.7", "198.51.100.7", "me", 22),
        ("[2001:db8::1]:2222", "2001:db8::1", "me", 2222),
        ("web1", "192.0.2.1", "root", 22),
    ],
)
def test_hops_are_resolved_by_their_spelling(
    spelled: str, address: str, user: str, port: int
) -> None:
    """Aliases, plain addresses and hosts of the fleet, each with what the spelling overrides."""
    resolve = hop_resolver(Fleet(hosts=(HOST,)), lookup=_lookup, ssh_config="/x")
    hop = resolve(spelled)
    assert (hop.address, hop.user, hop.port) == (address, user, port)


def test_hop_without_keys_of_its_own_uses_those_of_the_hosts_behind_it() -> None:
    """What a migration file says once for all hosts is good for their bastion too."""
    behind = Host(
        name="db1",
        address="10.0.0.1",
        proxy_jump=("bastion",),
        identity_files=("/keys/fleet",),
        known_hosts_files=("/keys/known",),
    )
    resolve = hop_resolver(Fleet(hosts=(behind,)), lookup=_lookup, ssh_config="/x")
    hop = resolve("bastion")
    assert hop.identity_files == ("/keys/fleet",)
    assert hop.known_hosts_files == ("/keys/known",)


def test_operator_is_named_with_where_the_session_came_from() -> None:
    """Behind sudo the person is named, not root."""
    name = operator_name({"SUDO_USER": "anna", "SSH_CONNECTION": "203.0.113.5 5 10.0.0.1 22"})
    assert name.startswith("anna@")
    assert name.endswith("from 203.0.113.5")
