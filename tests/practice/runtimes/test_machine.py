"""Boots, processes, scripts of systemd and faults of a practice machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.practice.runtimes.stage import DAEMON_JSON, PracticeMachine, Stage
from wizard.practice.machine.processes import FIRST_PID, ProcessTable
from wizard.practice.machine.units import load_unit, span

UNIT = "/etc/systemd/system/pilotage-revert-r1.service"
LINK = "/etc/systemd/system/multi-user.target.wants/pilotage-revert-r1.service"


def enable_revert(host: PracticeMachine, script: str) -> None:
    """Leave what an armed run leaves for the next boot."""
    ledger = host.machine.file("/var/lib/pilotage/r1")
    ledger.mkdir(parents=True)
    (ledger / "armed").touch()
    (ledger / "revert.sh").write_text(script)
    host.write(
        UNIT,
        "[Unit]\nBefore=docker.service containerd.service\n"
        f"ConditionPathExists=|{ledger}/armed\nConditionPathExists=|{ledger}/reverting\n"
        f"[Service]\nType=oneshot\nExecStart=/bin/sh {ledger}/revert.sh boot\n",
    )
    link = host.machine.file(LINK)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("../pilotage-revert-r1.service")


async def test_boot_takes_back_what_is_armed_before_any_daemon_starts(stage: Stage) -> None:
    """The unit is enabled by its link alone; its conditions are looked at."""
    host = await stage.machine("docker-26")
    host.write(DAEMON_JSON, "{,}")
    file, ledger = host.machine.file(DAEMON_JSON), host.machine.file("/var/lib/pilotage/r1")
    enable_revert(host, f"echo '{{}}' >{file} && mv {ledger}/armed {ledger}/reverted\n")
    await host.machine.reboot()

    assert file.read_text() == "{}\n"
    assert (await host.run("systemctl", "is-active", "docker")).output == "active\n"
    file.write_text('{"debug": true}')
    await host.machine.reboot()
    assert file.read_text() == '{"debug": true}'


async def test_reboot(stage: Stage) -> None:
    """Another boot id, other processes, containers by their policy."""
    host = await stage.machine("docker-26")
    await host.run("docker", "run", "-d", "--name", "once", "local/keeper:1")
    boot_id = host.machine.root / "proc/sys/kernel/random/boot_id"
    before, pids = boot_id.read_text(), {process.pid for process in host.machine.processes}
    await host.run("systemctl", "reboot")
    await host.machine.settle()

    assert boot_id.read_text() != before
    assert pids.isdisjoint({process.pid for process in host.machine.processes})
    assert (await host.run("docker", "ps", "--format", "{{.Names}}")).output == "keeper\n"


async def test_what_power_off_leaves(stage: Stage) -> None:
    """No process, no pid file."""
    host = await stage.machine("docker-26")
    await host.machine.power_off()

    assert list(host.machine.processes) == []
    assert not host.machine.file("/run/docker.pid").exists()
    assert sorted(path.name for path in (host.machine.root / "proc").glob("[0-9]*")) == ["1"]


async def test_systemd_run_starts_a_script_and_starts_it_again_when_it_fails(
    stage: Stage, tmp_path: Path
) -> None:
    """As the watchdog of a transaction is started."""
    host = await stage.machine("docker-26")
    script, told = tmp_path / "watch.sh", tmp_path / "told"
    script.write_text(f'echo "$1" >>{told}\ntest "$(wc -l <{told})" -ge 2\n')
    reply = await host.run(
        *(
            "systemd-run",
            "--collect",
            "--quiet",
            "--unit=pilotage-r1-7",
            "-p",
            "Restart=on-failure",
        ),
        *("-p", "OOMScoreAdjust=-900", "/bin/sh", str(script), "watchdog"),
    )
    listed = await host.run("systemctl", "list-units", "--all", "--no-legend", "pilotage-r1*")
    async with asyncio.timeout(10):
        await host.machine.settle()

    assert (reply.status, reply.output, reply.errors) == (0, "", "")
    assert listed.output.startswith("pilotage-r1-7.service loaded active running")
    assert told.read_text() == "watchdog\nwatchdog\n"


async def test_process_of_the_daemon(stage: Stage) -> None:
    """What discovery reads of it."""
    host = await stage.machine("docker-20.10")
    folder = host.machine.root / f"proc/{host.docker.pid}"
    boot = (host.machine.root / "proc/stat").read_text()

    assert host.docker.pid > FIRST_PID
    assert (folder / "comm").read_text() == "dockerd\n"
    assert (folder / "cmdline").read_text().split("\0")[:3] == ["/usr/sbin/dockerd", "-H", "fd://"]
    assert (folder / "cgroup").read_text() == "0::/system.slice/docker.service\n"
    fields = (folder / "stat").read_text().rpartition(") ")[2].split()
    assert (fields[0], 0 <= int(fields[19]) < 6000) == ("S", True)
    assert boot.startswith("btime ")


def test_process_of_a_container_is_in_another_namespace(tmp_path: Path) -> None:
    """Its `ns/pid` is another file than the reader's, its `ns/user` is the same."""
    table = ProcessTable(tmp_path)
    table.boot("id", 1000.0)
    process = table.start("sleep", ("sleep", "9"), now=1002.5, apart="pid")
    own, theirs = tmp_path / "proc/self/ns", tmp_path / f"proc/{process.pid}/ns"

    assert [(own / name).samefile(theirs / name) for name in ("pid", "user")] == [False, True]
    assert (tmp_path / f"proc/{process.pid}/stat").read_text().split()[21] == "250"


async def test_show_is_in_the_order_of_systemd(stage: Stage) -> None:
    """Whatever order was asked for (as recorded on real hosts)."""
    host = await stage.machine("docker-26")
    words = ("-p", "Id", "-p", "LoadState", "-p", "ActiveState", "-p", "BindsTo")
    reply = await host.run("systemctl", "show", "--no-pager", *words, "docker", "gone.service")

    assert reply.output == (
        "Id=docker.service\nBindsTo=\nLoadState=loaded\nActiveState=active\n\n"
        "Id=gone.service\nBindsTo=\nLoadState=not-found\nActiveState=inactive\n"
    )


async def test_cat_shows_drop_ins(stage: Stage) -> None:
    """With the path of each file."""
    host = await stage.machine("docker-26")
    host.write("/etc/systemd/system/docker.service.d/a.conf", "[Service]\nEnvironment=A=1\n")
    reply = await host.run("systemctl", "cat", "docker")

    assert reply.output.startswith("# /usr/lib/systemd/system/docker.service\n[Unit]\n")
    assert reply.output.endswith(
        "# /etc/systemd/system/docker.service.d/a.conf\n[Service]\nEnvironment=A=1\n"
    )


async def test_what_is_bound_to_containerd_goes_down_with_it(stage: Stage) -> None:
    """Units of 18.09 carry `BindsTo=containerd.service` (facts/runtimes.md §1.5)."""
    host = await stage.machine("docker-26")
    pid = host.docker.pid
    await host.run("systemctl", "restart", "containerd")
    assert host.docker.pid == pid
    host.write(
        "/etc/systemd/system/docker.service.d/old.conf", "[Unit]\nBindsTo=containerd.service\n"
    )
    await host.run("systemctl", "daemon-reload")
    await host.run("systemctl", "restart", "containerd")

    assert host.docker.pid not in {0, pid}


async def test_options_of_debian(stage: Stage) -> None:
    """Debian's unit reads `DOCKER_OPTS` of /etc/default/docker."""
    host = await stage.machine("docker-26")
    host.write("/etc/default/docker", '# ours\nDOCKER_OPTS="--registry-mirror=https://m.test"\n')
    await host.run("systemctl", "restart", "docker")

    assert await host.mirrors() == '["https://m.test/"]'


async def test_a_job_goes_on_when_its_client_is_killed(stage: Stage) -> None:
    """As systemd's own jobs do."""
    host = await stage.machine("docker-26")
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold_up(unit: str) -> None:
        assert unit == "docker.service"
        entered.set()
        await leave.wait()

    host.machine.on_start.append(hold_up)
    client = asyncio.create_task(host.run("systemctl", "restart", "docker"))
    await entered.wait()
    client.cancel()
    with pytest.raises(asyncio.CancelledError):
        await client
    leave.set()

    assert await host.machine.systemd.activate("docker.service")


async def test_faults(stage: Stage) -> None:
    """A daemon that stays down, a reload that does nothing, a program that is not there."""
    host = await stage.machine("docker-26")
    host.machine.ignores_reload.add("docker.service")
    host.write(DAEMON_JSON, '{"registry-mirrors": ["https://m.test"]}')
    assert (await host.run("systemctl", "reload", "docker")).status == 0
    assert await host.mirrors() == "null"
    host.machine.stays_down.add("docker.service")
    assert (await host.run("systemctl", "restart", "docker")).status == 1
    host.machine.stays_down.clear()
    await host.run("systemctl", "reset-failed", "docker")
    assert (await host.run("systemctl", "start", "docker")).status == 0
    assert (await host.run("nosuch")).status == 127


async def test_journal(stage: Stage) -> None:
    """Of one unit, the last lines, plain."""
    host = await stage.machine("docker-26")
    reply = await host.run("journalctl", "-u", "docker", "-o", "cat", "-n", "1")

    assert reply.output == "Started docker.service - Docker Application Container Engine.\n"


async def test_journal_of_one_process(stage: Stage) -> None:
    """Of the daemon alone, without what systemd says of its unit; nothing is quiet if wanted."""
    host = await stage.machine("docker-26")
    pid = next(entry.pid for entry in host.machine.journal.entries() if entry.program == "dockerd")

    reply = await host.run("journalctl", "-q", "-o", "cat", f"_PID={pid}")
    nothing = await host.run("journalctl", "-q", "-o", "cat", "_PID=0")

    assert 'msg="API listen on ' in reply.output
    assert "Started docker.service" not in reply.output
    assert nothing.output == ""


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2.0), ("60s", 60.0), ("100ms", 0.1), ("1min", 60.0)]
)
def test_spans(text: str, expected: float) -> None:
    """As systemd reads them."""
    assert span(text) == pytest.approx(expected)


def test_masked_unit(tmp_path: Path) -> None:
    """A link to nowhere in /etc hides the unit of the package."""
    for place in ("usr/lib/systemd/system", "etc/systemd/system"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "usr/lib/systemd/system/x.service").write_text("[Service]\nExecStart=/bin/x\n")
    (tmp_path / "etc/systemd/system/x.service").symlink_to("/dev/null")
    unit = load_unit(tmp_path, "x.service")

    assert unit is not None
    assert unit.masked


async def test_a_masked_unit_is_not_enabled(stage: Stage) -> None:
    """Nor disabled: systemd says what it is."""
    host = await stage.machine("docker-26")
    units = host.machine.root / "etc/systemd/system"
    units.mkdir(parents=True, exist_ok=True)
    (units / "docker.service").symlink_to("/dev/null")
    await host.run("systemctl", "daemon-reload")
    asked = await host.run("systemctl", "is-enabled", "docker")
    shown = await host.run("systemctl", "show", "-p", "UnitFileState", "docker")

    assert (asked.status, asked.output) == (1, "masked\n")
    assert shown.output == "UnitFileState=masked\n"
