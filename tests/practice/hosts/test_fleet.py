"""A practice fleet as a whole: hosts of all flavours behind SSH, and what the operator is given."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from wizard.errors import InputError
from wizard.fleet.migration import load
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.practice.designs import CATALOGUE, HostDesign, Login, fleet_designs
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.marked_processes import processes_below
from wizard.practice.machine.calls import Call, Reply

EVERY_FLAVOUR = fleet_designs(len(CATALOGUE))


def connect(
    fleet: PracticeFleet, host: PracticeHost, user: str
) -> asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]:
    """Return a connection with nothing but the operator's own files."""
    return asyncssh.connect(
        host.address,
        host.port,
        username=user,
        client_keys=[str(fleet.operator / "id_ed25519")],
        known_hosts=str(fleet.operator / "known_hosts"),
        config=None,
    )


async def test_every_flavour_can_be_asked_over_ssh(home: Home) -> None:
    """Each host has the runtimes of its design, in their versions."""
    async with PracticeFleet.start(EVERY_FLAVOUR, home) as fleet:
        for design in EVERY_FLAVOUR:
            user = "root" if design.login is Login.ROOT else "op"
            async with connect(fleet, fleet.hosts[design.name], user) as connection:
                told = await connection.run(_question(design))

            assert str(told.stdout).strip() == _version(design), told.stderr


async def test_the_migration_file_names_the_fleet(home: Home) -> None:
    """The product reads it; hosts, target and secrets are those of the fleet."""
    async with PracticeFleet.start(EVERY_FLAVOUR, home, FleetOptions(jump=True)) as fleet:
        migration = load(fleet.migration_file, lookup=ssh_lookup(fleet.operator))

        assert fleet.jump is not None
        assert {host.name: host.port for host in migration.fleet.hosts} == {
            name: host.port for name, host in fleet.hosts.items()
        }
        assert {host.proxy_jump for host in migration.fleet.hosts} == {(fleet.jump.name,)}
        assert migration.target is not None
        assert migration.target.url == fleet.target.url
        assert migration.target.ca_file == str(fleet.operator / "ca.pem")


async def test_hosts_trust_the_public_and_not_the_target(home: Home) -> None:
    """The target's authority is what a migration brings."""
    [design] = fleet_designs(1)
    async with PracticeFleet.start([design], home) as fleet:
        host = fleet.hosts[design.name]

        assert (await host.run("curl https://registry-1.docker.io/v2/")).status == 0
        assert (await host.run(f"curl {fleet.target.url}/v2/")).status == 60


async def test_ports_from_a_first_one_on(home: Home, tmp_path: Path, free_ports: int) -> None:
    """One after the other; one that is taken is named, and nothing is left open."""
    designs = fleet_designs(2)
    options = FleetOptions(first_port=free_ports)

    async with PracticeFleet.start(designs, home, options) as fleet:
        assert [host.port for host in fleet.hosts.values()] == [free_ports, free_ports + 1]
        with (
            Home.open(tmp_path) as other,
            pytest.raises(InputError, match=f"Port {free_ports} of 127.0.0.1 is taken"),
        ):
            async with PracticeFleet.start(designs, other, options):
                pytest.fail("it started")


async def test_too_few_ports(home: Home) -> None:
    """Between the first port and the last one."""
    with pytest.raises(InputError, match="From port 65530 on there are too few for 24 hosts"):
        async with PracticeFleet.start(fleet_designs(24), home, FleetOptions(first_port=65_530)):
            pytest.fail("it started")


async def test_what_a_simulated_program_failed_with_is_raised_at_the_end(home: Home) -> None:
    """A mistake of the simulator can spoil no test unseen."""
    [design] = fleet_designs(1)
    with pytest.raises(ExceptionGroup) as raised:
        await break_a_program(design, home)

    assert [repr(failure) for failure in raised.value.exceptions] == ["KeyError('systemctl')"]


async def break_a_program(design: HostDesign, home: Home) -> None:
    """Run a fleet in which a program makes a mistake."""

    async def broken(call: Call) -> Reply:
        raise KeyError(call.program)

    async with PracticeFleet.start([design], home) as fleet:
        host = fleet.hosts[design.name]
        host.machine.programs["systemctl"] = broken
        assert (await host.run("systemctl status")).status == 125


async def test_nothing_runs_after_the_fleet(home: Home) -> None:
    """Commands, watchdogs and what has a session of its own end with it."""
    [design] = fleet_designs(1)
    async with PracticeFleet.start([design], home) as fleet:
        host = fleet.hosts[design.name]
        await host.run("systemd-run --quiet --unit=w /bin/sh -c 'sleep 60'; setsid sleep 60 &")
        assert len(processes_below(home.path)) >= 2

    assert processes_below(home.path) == []


async def test_a_full_disk(home: Home) -> None:
    """`df` tells it and `cp` fails, until there is room again."""
    [design] = fleet_designs(1)
    async with PracticeFleet.start([design], home) as fleet:
        host = fleet.hosts[design.name]
        host.fill_disk()
        full = await host.run("df -Pk / | tail -n 1; cp /etc/passwd copy")
        host.empty_disk()
        empty = await host.run("cp /etc/passwd copy")

    assert full.output == b"/dev/sda1 99 99 0 100% /\n"
    assert (full.status, full.errors) == (
        1,
        b"cp: error writing 'copy': No space left on device\n",
    )
    assert empty.status == 0


async def test_a_machine_without_proc(home: Home) -> None:
    """The fleet writes the uptime and the start times of shells, and takes the latter away."""
    [design] = fleet_designs(1)
    async with PracticeFleet.start([design], home, FleetOptions(own_proc=True)) as fleet:
        host = fleet.hosts[design.name]
        read = "read -r now rest <$PILOTAGE_ROOT/proc/uptime; echo $now"
        first = await host.run(f"{read}; cat $PILOTAGE_ROOT/proc/$$/stat; echo $$")
        second = await host.run(f"sleep 0.5; {read}")
        noted = list((host.root / "proc").glob("[0-9]*/stat"))

    begun, line, pid = first.output.decode().splitlines()
    ticks = int(line.rpartition(") ")[2].split()[19])
    assert line.startswith(f"{pid} (sh) S ")
    assert abs(float(begun) - ticks / 100) < 2
    assert float(second.output) >= float(begun) + 0.2
    assert pid not in {file.parent.name for file in noted}


def _question(design: HostDesign) -> str:
    if design.docker:
        return "docker info -f '{{.ServerVersion}}'"
    return "containerd --version | cut -d ' ' -f 3 | tr -d v"


def _version(design: HostDesign) -> str:
    if design.docker:
        return design.docker.version
    assert design.containerd is not None
    return design.containerd.version
