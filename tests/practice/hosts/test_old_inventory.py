"""The inventory of a fleet behind a jump host: old-fashioned, and read by the product as it is."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from wizard.fleet.host import Host, Sudo
from wizard.fleet.migration import load
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.practice.designs import Login, fleet_designs
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.old_inventory import GROUPS, Entry, migration_text
from wizard.ssh.known_hosts import KnownHosts

SUDO = {
    Login.ROOT: ("root", Sudo.NONE),
    Login.SUDO: ("op", Sudo.PASSWORD),
    Login.SUDO_WITHOUT_PASSWORD: ("op", Sudo.PASSWORDLESS),
}


reads = pytest.mark.asyncio(loop_scope="module")
"""Of tests that only read: they share a fleet."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def old_fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PracticeFleet]:
    """Run the fleet of the demo that nobody asks anything special of."""
    with Home.open(tmp_path_factory.mktemp("base")) as home:
        async with PracticeFleet.start(fleet_designs(24), home, FleetOptions(jump=True)) as fleet:
            yield fleet


def read(old_fleet: PracticeFleet) -> tuple[Host, ...]:
    """Return the hosts as the product reads them."""
    return load(old_fleet.migration_file, lookup=ssh_lookup(old_fleet.operator)).fleet.hosts


@reads
async def test_it_looks_its_age(old_fleet: PracticeFleet) -> None:
    """Groups, a range, an Include, a jump host by its alias, a mix of users, hashed host keys."""
    migration = old_fleet.migration_file.read_text()
    config = (old_fleet.operator / "ssh_config").read_text()
    included = "".join(
        path.read_text() for path in sorted((old_fleet.operator / "ssh_config.d").iterdir())
    )
    keys = (old_fleet.operator / "known_hosts").read_text().splitlines()

    assert '  node[02:03]:\n    alias: "dc1-node[02:03]"\n    group: by-root\n' in migration
    assert str(old_fleet.hosts["node02"].port) not in migration
    assert config.startswith(f'Include "{old_fleet.operator}/ssh_config.d/*.conf"\n')
    assert "ProxyJump bastion\n" in included
    assert ("    User root\n" in config, "    User op\n" in included) == (True, True)
    assert {line[:3] for line in keys[1:]} == {"|1|", "[12"}


@reads
async def test_the_product_reads_who_and_where_every_host_is(old_fleet: PracticeFleet) -> None:
    """In the fleet's order, with nothing in it that is not honoured."""
    hosts = read(old_fleet)

    assert [host.name for host in hosts] == list(old_fleet.hosts)
    for host in hosts:
        real, login = old_fleet.hosts[host.name], old_fleet.designs[host.name].login
        assert (host.address, host.port) == (real.address, real.port)
        assert (host.user, host.sudo) == SUDO[login]
        assert (host.group, dict(host.labels)["login"]) == (GROUPS[login][0],) * 2
        assert (host.alias, host.proxy_jump) == (f"dc1-{host.name}", ("bastion",))
        assert host.identity_files == (str(old_fleet.operator / "id_ed25519"),)
        assert host.ssh_warnings == ()
    assert {host.user for host in hosts} == {"root", "op"}


@reads
async def test_the_product_knows_every_host_key(old_fleet: PracticeFleet) -> None:
    """Hashed or not, and the jump host's too."""
    known = KnownHosts.read([old_fleet.operator / "known_hosts"])
    assert old_fleet.jump is not None
    for host in (*old_fleet.hosts.values(), old_fleet.jump):
        [key] = known.lookup(host.address, host.port).trusted
        assert key.export_public_key().decode().split()[:2] == host.ssh.public_key.split()[:2]


@reads
@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH to compare with")
async def test_openssh_reads_the_same(old_fleet: PracticeFleet) -> None:
    """By the alias and by the name, so that a person can look at a host too."""
    for host in read(old_fleet)[:3]:
        for name in (host.name, host.alias):
            told = await asyncio.to_thread(
                subprocess.run,
                ["ssh", "-F", str(old_fleet.operator / "ssh_config"), "-G", name],
                capture_output=True,
                text=True,
                check=True,
            )
            found = dict(line.split(" ", 1) for line in told.stdout.splitlines())
            assert (found["hostname"], int(found["port"])) == (host.address, host.port)
            assert (found["user"], found["proxyjump"]) == (host.user, "bastion")
            assert found["userknownhostsfile"] == str(old_fleet.operator / "known_hosts")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["web01", "web02", "web03"], ["web[01:03]"]),
        (["web02", "web01"], ["web02", "web01"]),
        (["web99", "web100"], ["web99", "web100"]),
        (["web11", "web12"], ["web11", "web12"]),
        (["web01", "api02", "web03"], ["web01", "api02", "web03"]),
        (["docker-26", "docker-27"], ["docker-26", "docker-27"]),
    ],
    ids=["neighbours", "backwards", "widths", "racks", "roles", "other names"],
)
def test_one_line_stands_for_neighbours_that_are_alike(
    names: list[str], expected: list[str]
) -> None:
    """And for nobody else: order, width and rack are kept."""
    entries = [
        Entry(name=name, address="127.0.0.1", port=1, user="root", login=Login.ROOT)
        for name in names
    ]
    text = migration_text(entries, ssh_config="ssh_config", sections={})
    listed = text.partition("\nhosts:\n")[2].splitlines()

    assert [line.strip(" :") for line in listed if line.endswith(":")] == [
        name.strip(" :") for name in expected
    ]
