"""Every fault bites: without the product's safeguards a host, or a change, ends up broken.

`test_headless.py` shows the same faults under the product.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from tests.practice.demo.naive import DAEMON_JSON, change, connect
from tests.practice.hosts.operator import Operator
from tests.transaction.await_until import until
from wizard.practice.demo.director import Director
from wizard.practice.demo.endings import Server
from wizard.practice.demo.faults import Fault, Mischief
from wizard.practice.demo.scenarios import SCENARIOS
from wizard.practice.demo.serving import who_serves
from wizard.practice.demo.truth import photograph
from wizard.practice.designs import CATALOGUE
from wizard.practice.fleet import FleetOptions, PracticeFleet
from wizard.practice.home import Home
from wizard.practice.host.host import PracticeHost
from wizard.practice.host.marked_processes import processes_below
from wizard.practice.product_kind import ProductKind
from wizard.run.states import RunState
from wizard.service import open_service

pytestmark = pytest.mark.usefixtures("warm")

SUDO = "docker-27"
PATIENCE = 5.0
"""Seconds that a script in a hurry gives a program."""
OUT_OF_TIME = 124
"""How `timeout` ends for what took too long."""


@asynccontextmanager
async def one_host(
    home: Home,
    flavour: str = "docker-26",
    *,
    podman: str = "",
    product: ProductKind | None = None,
) -> AsyncIterator[tuple[PracticeFleet, PracticeHost, Mischief]]:
    """Run a fleet of one host with nothing wrong; a Podman, if any, would have a say in pulls."""
    design = replace(CATALOGUE[flavour], name="web1", podman=podman)
    options = FleetOptions(product=product)
    async with PracticeFleet.start([design], home, options) as fleet, Mischief(fleet) as mischief:
        yield fleet, fleet.hosts["web1"], mischief


async def served_by(fleet: PracticeFleet) -> Server:
    """Return who answers a real pull on the host."""
    return Server((await who_serves(fleet, ["web1"]))["web1"])


@pytest.mark.parametrize("flavour", ["docker-26", "containerd-1.6"])
async def test_without_a_fault_the_change_by_hand_is_right(home: Home, flavour: str) -> None:
    """So that what goes wrong below is the fault's doing."""
    async with one_host(home, flavour) as (fleet, host, _mischief):
        assert await served_by(fleet) is Server.UPSTREAM

        assert (await host.run(change(fleet, host))).status == 0

        assert await served_by(fleet) is Server.TARGET


async def test_a_podman_that_was_forgotten_is_told_by_its_own_pull(home: Home) -> None:
    """Docker is moved by hand and its Podman is not: neither word alone would be true."""
    async with one_host(home, podman="5.4.2") as (fleet, host, _mischief):
        assert (await host.run(change(fleet, host))).status == 0

        assert await who_serves(fleet, ["web1"]) == {"web1": "docker: target, podman: upstream"}


@pytest.mark.parametrize("flavour", ["docker-26", "containerd-1.6"])
async def test_a_bad_ca_lets_a_host_be_served_by_upstream(home: Home, flavour: str) -> None:
    """Silently: every command says that it went well, and so does a pull."""
    async with one_host(home, flavour) as (fleet, host, mischief):
        await mischief.plant(Fault.BAD_CA, "web1")

        assert (await host.run(change(fleet, host))).status == 0
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend(Fault.BAD_CA, "web1")
        assert await served_by(fleet) is Server.TARGET


@pytest.mark.parametrize(
    ("flavour", "unit"), [("docker-26", "docker"), ("containerd-1.6", "containerd")]
)
async def test_a_daemon_that_stays_down_serves_nobody(home: Home, flavour: str, unit: str) -> None:
    """Its file stays changed, and only a person gets it up again."""
    async with one_host(home, flavour) as (fleet, host, mischief):
        await mischief.plant(Fault.DAEMON_STAYS_DOWN, "web1")

        await host.run(f"{change(fleet, host)}\nsystemctl restart {unit}")

        assert (await host.run(f"systemctl is-active {unit}")).status != 0
        assert await served_by(fleet) is Server.NOTHING

        await mischief.mend(Fault.DAEMON_STAYS_DOWN, "web1")
        assert await served_by(fleet) is Server.TARGET


async def test_an_edit_between_plan_and_change_is_lost(home: Home) -> None:
    """The bytes that were planned go over those that somebody has just written."""
    async with one_host(home) as (fleet, host, mischief):
        before = (host.root / DAEMON_JSON).read_bytes()
        await mischief.plant(Fault.DRIFTED_FILE, "web1")
        [theirs] = mischief.edits.values()
        assert (host.root / DAEMON_JSON).read_bytes() == theirs != before

        assert (await host.run(change(fleet, host))).status == 0

        assert b"max-concurrent-uploads" in theirs
        assert b"max-concurrent-uploads" not in (host.root / DAEMON_JSON).read_bytes()


async def test_an_edit_after_the_change_is_lost_with_a_backup(home: Home) -> None:
    """A rollback that copies the old file back asks nobody."""
    async with one_host(home) as (fleet, host, mischief):
        place = host.root / DAEMON_JSON
        await host.run(f"cp -a {place} {place}.orig; {change(fleet, host)}")
        await mischief.plant(Fault.DRIFTED_FILE, "web1")
        assert await served_by(fleet) is Server.TARGET

        await host.run(f"mv {place}.orig {place}")

        assert b"max-concurrent-uploads" not in place.read_bytes()


@pytest.mark.parametrize("flavour", ["docker-26", "docker-28"])
async def test_people_take_their_edit_back(home: Home, flavour: str) -> None:
    """Whether the file was there before or not."""
    async with one_host(home, flavour) as (_fleet, host, mischief):
        roots = {"web1": host.root}
        before = photograph(roots)
        await mischief.plant(Fault.DRIFTED_FILE, "web1")
        assert photograph(roots) != before

        await mischief.mend_all()

        assert photograph(roots) == before
        assert (mischief.edits, mischief.planted) == ({}, ())


async def test_a_full_disk_cuts_a_file_short(home: Home) -> None:
    """What was in it is gone, and the new bytes are not there."""
    async with one_host(home) as (_fleet, host, mischief):
        place = host.root / DAEMON_JSON
        assert place.read_bytes() != b""
        await host.run('echo {} >"$PILOTAGE_ROOT/run/staged"')
        await mischief.plant(Fault.FULL_DISK, "web1")

        copied = await host.run(f'cp "$PILOTAGE_ROOT/run/staged" {place}')

        assert (copied.status, place.read_bytes()) == (1, b"")
        assert copied.errors == f"cp: error writing '{place}': No space left on device\n".encode()

        await mischief.mend(Fault.FULL_DISK, "web1")
        assert (await host.run(f'cp "$PILOTAGE_ROOT/run/staged" {place}')).status == 0


@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_slow_host_outlasts_a_script_s_patience(home: Home, *, is_slow: bool) -> None:
    """The file is written, its daemon never hears of it, and pulls go on to upstream.

    The same script in the same hurry is enough for a host that is not slow.
    """
    async with one_host(home) as (fleet, host, mischief):
        hurried = change(fleet, host).replace("systemctl", f"timeout {PATIENCE} systemctl")
        if is_slow:
            await mischief.plant(Fault.SLOW_HOST, "web1")
            assert 0 < host.machine.slow < PATIENCE
            # So much slower than the fault that a busy machine is not taken for a slow host.
            host.machine.slow = 2 * PATIENCE

        ended = await host.run(hurried)

        await mischief.mend_all()
        assert fleet.target.url.encode() in (host.root / DAEMON_JSON).read_bytes()
        assert (ended.status, await served_by(fleet)) == (
            (OUT_OF_TIME, Server.UPSTREAM) if is_slow else (0, Server.TARGET)
        )


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_connection_lost_after_activation_leaves_a_change_that_nobody_checked(
    home: Home, *, is_lost: bool
) -> None:
    """The script on the host ends at its next word, before it would have looked at itself.

    It says that word only when the connection is known to be lost; one that is not lost goes on.
    """
    async with one_host(home) as (fleet, host, mischief):
        if is_lost:
            await mischief.plant(Fault.LOST_AFTER_ACTIVATION, "web1")
        checked, told = host.root / "run/checked", host.root / "run/told"
        script = f"""\
{change(fleet, host)}
echo '"step":"docker_reload"'
until [ -e {told} ]; do sleep 0.05; done
echo checking
echo still checking
touch {checked}
"""

        async with asyncio.timeout(30), connect(fleet, host) as connection:
            running = asyncio.ensure_future(connection.run(script))
            if is_lost:
                await running
            told.touch()
            ended = await running
        await until(lambda: not processes_below(host.root), "the script goes on")

        assert ended.exit_signal is None
        assert (ended.exit_status, checked.exists()) == ((None, False) if is_lost else (0, True))
        assert await served_by(fleet) is Server.TARGET


async def test_a_host_that_nobody_reaches_any_more_stays_changed(home: Home) -> None:
    """A change by hand has no deadline, and nobody can get there to take it back."""
    async with one_host(home) as (fleet, host, mischief):
        await mischief.plant(Fault.GONE_AFTER_ACTIVATION, "web1")
        script = f'{change(fleet, host)}\necho \'"step":"docker_reload"\'\n'

        async with connect(fleet, host) as connection:
            lost = await connection.run(script)
        with pytest.raises((asyncssh.Error, OSError)):
            await connect(fleet, host)

        assert lost.exit_status is None
        assert await served_by(fleet) is Server.TARGET

        await mischief.mend(Fault.GONE_AFTER_ACTIVATION, "web1")
        async with connect(fleet, host) as connection:
            assert (await connection.run("true")).exit_status == 0


async def test_a_reload_that_changes_nothing_ends_well(home: Home) -> None:
    """By its exit code; pulls go on to upstream."""
    async with one_host(home) as (fleet, host, mischief):
        await mischief.plant(Fault.RELOAD_IGNORED, "web1")

        assert (await host.run(change(fleet, host))).status == 0
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend(Fault.RELOAD_IGNORED, "web1")
        assert (await host.run("systemctl reload docker")).status == 0
        assert await served_by(fleet) is Server.TARGET


async def test_another_host_key_gets_whatever_an_unchecked_login_gives(home: Home) -> None:
    """A script that checks no host keys sends its password and its files to a stranger."""
    async with one_host(home, SUDO) as (fleet, host, mischief):
        await mischief.plant(Fault.HOST_KEY_CHANGED, "web1")
        password = (fleet.operator / "sudo_password").read_text().strip()

        async with asyncssh.connect(
            host.address,
            host.port,
            username="op",
            password=password,
            client_keys=None,
            known_hosts=None,
            config=None,
        ) as connection:
            taken = await connection.run("cat", input="secret")
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            await connect(fleet, host)

        assert taken.stdout == "secret"

        await mischief.mend(Fault.HOST_KEY_CHANGED, "web1")
        async with connect(fleet, host) as connection:
            assert (await connection.run("true")).exit_status == 0


async def test_refused_sudo_goes_unnoticed_in_a_script(home: Home) -> None:
    """Each line but the last fails, the script says that it is done, and nothing has changed."""
    async with one_host(home, SUDO) as (fleet, host, mischief):
        before = (host.root / DAEMON_JSON).read_bytes()
        await mischief.plant(Fault.SUDO_REFUSED, "web1")
        naive = f"""\
echo '{{"registry-mirrors": ["{fleet.target.url}"]}}' | sudo -n tee {host.root / DAEMON_JSON}
sudo -n systemctl reload docker
echo done
"""

        async with connect(fleet, host, user="op") as connection:
            done = await connection.run(naive)

        assert (done.exit_status, done.stdout) == (0, "done\n")
        assert (host.root / DAEMON_JSON).read_bytes() == before
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend(Fault.SUDO_REFUSED, "web1")
        async with connect(fleet, host, user="op") as connection:
            assert (await connection.run("sudo -n true")).exit_status == 0


@pytest.mark.parametrize("flavour", ["docker-26", "containerd-1.6"])
async def test_a_target_that_is_down_is_not_missed(home: Home, flavour: str) -> None:
    """A change made meanwhile looks well: pulls go to upstream, and end with 0."""
    async with one_host(home, flavour) as (fleet, host, mischief):
        await mischief.plant(Fault.TARGET_DOWN)

        assert (await host.run(change(fleet, host))).status == 0
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend(Fault.TARGET_DOWN)
        assert await served_by(fleet) is Server.TARGET


async def test_a_change_that_nobody_confirmed_outlives_a_reboot(home: Home) -> None:
    """Nothing on the host takes it back, whatever has become of who made it."""
    async with one_host(home) as (fleet, host, mischief):
        await host.run(change(fleet, host))
        boot = (host.root / "proc/sys/kernel/random/boot_id").read_text()

        await mischief.plant(Fault.REBOOT, "web1")

        assert (host.root / "proc/sys/kernel/random/boot_id").read_text() != boot
        assert await served_by(fleet) is Server.TARGET


async def test_a_killed_run_leaves_a_host_changed_where_nothing_watches(home: Home) -> None:
    """With its deadline out of reach it stays as nobody has confirmed it; the other reverts."""
    designs = [replace(CATALOGUE["docker-26"], name=name) for name in ("web1", "web2", "web3")]
    options = FleetOptions(rollout={"soak": 0, "lease": 10})
    async with PracticeFleet.start(designs, home, options) as fleet, Mischief(fleet) as mischief:
        service = open_service(state_dir=fleet.home / "state/pilotage", home=fleet.operator)
        director = Director(fleet, SCENARIOS["run-killed"], {}, service, mischief)
        roots = {name: host.root for name, host in fleet.hosts.items() if name != "web1"}
        before = photograph(roots)
        directing = asyncio.create_task(director.run())
        run = (await Operator(fleet=fleet).json("apply", "--yes", "--detach"))["run"]
        async with asyncio.timeout(120):
            await directing
        assert [planted.fault for planted in director.planted] == [Fault.RUN_KILLED]
        ledgers = {name: root / "var/lib/pilotage" / run for name, root in roots.items()}
        for ledger in ledgers.values():
            await until((ledger / "marks/proven").exists, "a host did not go on by itself")
        assert service.view(run).state is RunState.ORPHANED
        uptime, boot = (ledgers["web2"] / "deadline").read_text().split()
        (ledgers["web2"] / "deadline").write_text(f"{int(uptime) + 9999} {boot}\n")

        await until((ledgers["web3"] / "reverted").exists, "the watchdog does nothing")

        after = photograph(roots)
        assert after["web3"] == before["web3"]
        assert after["web2"] != before["web2"]
        assert await who_serves(fleet, roots) == {"web2": "target", "web3": "upstream"}


def test_every_fault_of_a_scenario_is_shown_to_bite() -> None:
    """Here or beside, so that none is added that harms nobody."""
    texts = [place.read_text() for place in Path(__file__).parent.glob("test_*bites.py")]
    shown = set(re.findall(r"Fault\.([A-Z_]+)", "".join(texts)))
    planted = {one.fault.name for each in SCENARIOS.values() for one in each.faults}

    assert planted <= shown
