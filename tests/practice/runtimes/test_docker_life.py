"""Start, reload, restart of dockerd (facts/runtimes.md §1.1, §1.3, §1.5)."""

from __future__ import annotations

import json

import pytest

from tests.practice.runtimes.stage import DAEMON_JSON, PracticeMachine, Stage

ALL = ("docker-20.10", "docker-24", "docker-26", "docker-27", "docker-28", "docker-29")
MIRROR = '{"registry-mirrors": ["https://m.test"]}'
DROP_IN = "/etc/systemd/system/docker.service.d/flags.conf"


def one_mirror(release: tuple[int, int, int]) -> str:
    """Return how `docker info` tells of no mirror."""
    return "[]" if release < (23, 0, 0) else "null"


async def shown(host: PracticeMachine, *properties: str) -> dict[str, str]:
    """Return properties of docker.service."""
    words = [word for name in properties for word in ("-p", name)]
    reply = await host.run("systemctl", "show", *words, "docker")
    return dict(line.split("=", 1) for line in reply.output.splitlines())


@pytest.mark.parametrize("flavour", ALL)
async def test_reload_takes_up_mirrors_and_a_missing_key_keeps_them(
    stage: Stage, flavour: str
) -> None:
    """Only a present key is applied; `[]` clears; a deleted file changes nothing (§1.3)."""
    host = await stage.machine(flavour)
    pid = host.docker.pid
    host.write(DAEMON_JSON, MIRROR)
    assert (await host.run("systemctl", "reload", "docker")).status == 0
    assert await host.mirrors() == '["https://m.test/"]'
    for gone in ("{}", None):
        if gone is None:
            host.machine.file(DAEMON_JSON).unlink()
        else:
            host.write(DAEMON_JSON, gone)
        await host.run("systemctl", "reload", "docker")
        assert await host.mirrors() == '["https://m.test/"]'
    host.write(DAEMON_JSON, '{"registry-mirrors": []}')
    await host.run("systemctl", "reload", "docker")

    assert await host.mirrors() == one_mirror(host.docker.release)
    assert host.docker.pid == pid


@pytest.mark.parametrize("flavour", ALL)
@pytest.mark.parametrize("content", ["{,}", '{"registry-mirrors": ["host:5000"]}'])
async def test_failed_reload_keeps_the_old_and_says_so_in_the_journal_only(
    stage: Stage, flavour: str, content: str
) -> None:
    """`systemctl reload` ends with 0, no event is sent, and the next start fails (§1.3)."""
    host = await stage.machine(flavour)
    host.write(DAEMON_JSON, MIRROR)
    await host.run("systemctl", "reload", "docker")
    events = len(host.docker.events)
    host.write(DAEMON_JSON, content)

    assert (await host.run("systemctl", "reload", "docker")).status == 0
    assert await host.mirrors() == '["https://m.test/"]'
    assert len(host.docker.events) == events
    assert "level=error" in host.journal()
    assert (await host.run("systemctl", "restart", "docker")).status == 1


async def test_reload_of_24_can_stop_half_way_and_that_of_25_cannot(stage: Stage) -> None:
    """Labels come before mirrors (§1.3)."""
    for flavour, expected in (("docker-24", ["rack=7"]), ("docker-26", [])):
        host = await stage.machine(flavour)
        host.write(DAEMON_JSON, '{"labels": ["rack=7"], "registry-mirrors": ["host:5000"]}')
        await host.run("systemctl", "reload", "docker")
        reply = await host.run("docker", "info", "-f", "{{json .Labels}}")

        assert json.loads(reply.output) == expected


async def test_reload_event_has_time_and_mirrors(stage: Stage) -> None:
    """Sent on success only (§1.3); `{{.Time}}` is in whole seconds."""
    host = await stage.machine("docker-26")
    before = int(host.machine.clock.now())
    host.write(DAEMON_JSON, MIRROR)
    await host.run("systemctl", "reload", "docker")
    asked = ("--filter", "type=daemon", "--filter", "event=reload")
    until = ("--since", str(before), "--until", str(before + 60))
    plain = await host.run("docker", "events", *until, *asked)
    times = await host.run("docker", "events", *until, *asked, "--format", "{{.Time}}")

    assert 'registry-mirrors=["https://m.test"]' in plain.output
    assert before <= int(times.output) <= before + 60


@pytest.mark.parametrize(
    ("flavour", "content", "expected"),
    [
        ("docker-20.10", b"", ("unable to configure the Docker daemon with file "
         "/etc/docker/daemon.json: EOF")),
        ("docker-20.10", b'{"registry-mirrors":["https://h.test/p"]}',
         ("failed to start daemon: invalid mirror: path, query, or fragment at end of the URI "
         '"https://h.test/p"')),
        ("docker-27", b'{"registry-mirrors":["host:5000"]}',
         'failed to start daemon: invalid mirror: unsupported scheme "host" in "host:5000"'),
        ("docker-29", b'{"registry-mirrors":["host:5000"]}',
         ("unable to configure the Docker daemon with file /etc/docker/daemon.json: merged "
         "configuration validation from file and command line flags failed: invalid mirror: no "
         "scheme specified for \"host:5000\": must use either 'https://' or 'http://'")),
        ("docker-29", b'{"insecure-registries":["ftp://x"]}',
         "failed to start daemon: insecure registry ftp://x should not contain '://'"),
    ],
)  # fmt: skip
async def test_bad_file_keeps_it_from_starting(
    stage: Stage, flavour: str, content: bytes, expected: str
) -> None:
    """The words go to the journal; systemctl says where to look (§1.1)."""
    host = await stage.machine(flavour)
    host.write(DAEMON_JSON, content)
    reply = await host.run("systemctl", "restart", "docker")

    assert reply.status == 1
    assert reply.errors.startswith(
        "Job for docker.service failed because the control process exited with error code."
    )
    assert expected in host.journal().split("\n")


async def test_three_starts_are_the_limit_until_reset_failed(stage: Stage) -> None:
    """StartLimitBurst=3 in 60 s, then only `reset-failed` helps (§1.5)."""
    host = await stage.machine("docker-26")
    await host.run("systemctl", "reset-failed", "docker")
    host.write(DAEMON_JSON, "{,}")
    await host.run("systemctl", "restart", "docker")
    await host.machine.systemd.activate("docker.service")

    assert await shown(host, "ActiveState", "Result", "MainPID") == {
        "MainPID": "0",
        "Result": "start-limit-hit",
        "ActiveState": "failed",
    }
    assert "docker.service: Start request repeated too quickly." in host.journal()
    host.write(DAEMON_JSON, "{}")
    refused = await host.run("systemctl", "start", "docker")
    assert "attempted too often" in refused.errors
    assert (await host.run("systemctl", "reset-failed", "docker")).status == 0
    assert (await host.run("systemctl", "start", "docker")).status == 0
    assert (await host.run("systemctl", "is-active", "docker")).output == "active\n"


async def test_flag_of_the_unit_and_the_file_conflict_at_start_only_logged_at_reload(
    stage: Stage,
) -> None:
    """A drop-in with `--registry-mirror`, then the same key in the file (§1.5)."""
    host = await stage.machine("docker-29")
    host.write(
        DROP_IN,
        "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// "
        "--registry-mirror=https://flag.test\n",
    )
    await host.run("systemctl", "daemon-reload")
    await host.run("systemctl", "restart", "docker")
    assert await host.mirrors() == '["https://flag.test/"]'
    host.write(DAEMON_JSON, MIRROR)

    assert (await host.run("systemctl", "reload", "docker")).status == 0
    assert await host.mirrors() == '["https://flag.test/"]'
    assert (await host.run("systemctl", "restart", "docker")).status == 1
    assert "specified both as a flag and in the configuration file" in host.journal()


async def test_a_drop_in_counts_after_daemon_reload_only(stage: Stage) -> None:
    """As with systemd's own memory of units."""
    host = await stage.machine("docker-29")
    host.write(DROP_IN, "[Service]\nEnvironment=HTTPS_PROXY=http://p.test:3128\n")
    ask = ("docker", "info", "-f", "{{.HTTPSProxy}}")
    await host.run("systemctl", "restart", "docker")
    assert (await host.run(*ask)).output == "\n"
    await host.run("systemctl", "daemon-reload")
    await host.run("systemctl", "restart", "docker")

    assert (await host.run(*ask)).output == "http://p.test:3128\n"


@pytest.mark.parametrize(("live_restore", "kept"), [(True, True), (False, False)])
async def test_restart_and_containers(stage: Stage, *, live_restore: bool, kept: bool) -> None:
    """Without live-restore all stop; a restart policy brings back under a new start (§1.5)."""
    host = await stage.machine("docker-26")
    host.write(DAEMON_JSON, json.dumps({"live-restore": live_restore}))
    await host.run("systemctl", "reload", "docker")
    await host.run("docker", "run", "-d", "--name", "once", "local/keeper:1", "sleep", "300")
    ask = ("docker", "inspect", "-f", "{{.State.StartedAt}} {{.State.Running}} {{.State.Pid}}")
    before = [(await host.run(*ask, name)).output for name in ("keeper", "once")]
    await host.machine.clock.sleep(5)
    await host.run("systemctl", "restart", "docker")
    keeper, once = [(await host.run(*ask, name)).output for name in ("keeper", "once")]

    assert ([keeper, once] == before) is kept
    assert " true " in keeper
    assert (" true " in once) is kept


async def test_a_container_that_was_stopped_on_purpose(stage: Stage) -> None:
    """`unless-stopped` stays down, `always` comes back."""
    host = await stage.machine("docker-26")
    for name in ("always", "unless-stopped"):
        await host.run("docker", "run", "-d", "--name", name, "--restart", name, "local/keeper:1")
    assert (await host.run("docker", "stop", "always", "unless-stopped")).status == 0
    await host.run("systemctl", "restart", "docker")
    reply = await host.run("docker", "ps", "--format", "{{.Names}}")

    assert set(reply.output.split()) == {"keeper", "always"}


async def test_a_daemon_that_is_killed_is_started_again(stage: Stage) -> None:
    """`Restart=always`; the process is another one."""
    host = await stage.machine("docker-26")
    pid = host.docker.pid
    assert (await host.run("kill", "-9", str(pid))).status == 0
    await host.machine.systemd.activate("docker.service")

    assert host.docker.pid not in {0, pid}
    assert (await shown(host, "NRestarts"))["NRestarts"] == "1"


async def test_hangup_by_hand_reloads(stage: Stage) -> None:
    """`kill -HUP` is what `systemctl reload` does (§1.3)."""
    host = await stage.machine("docker-26")
    host.write(DAEMON_JSON, MIRROR)
    pid = host.machine.file("/run/docker.pid").read_text()

    assert (await host.run("kill", "-HUP", pid)).status == 0
    assert await host.mirrors() == '["https://m.test/"]'


async def test_a_call_wakes_a_stopped_daemon_by_its_socket(stage: Stage) -> None:
    """docker.socket listens on; with both stopped nobody answers."""
    host = await stage.machine("docker-26")
    stopped = await host.run("systemctl", "stop", "docker")
    assert "docker.socket" in stopped.errors
    assert (await host.run("docker", "ps", "-q")).status == 0
    await host.run("systemctl", "stop", "docker.socket", "docker")
    reply = await host.run("docker", "ps", "-q")

    assert reply.errors == (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
        "Is the docker daemon running?\n"
    )


@pytest.mark.parametrize(
    ("flavour", "status", "output"),
    [
        ("docker-20.10", 1, ('[["Cannot connect to the Docker daemon at unix:///var/run/docker.sock.'
         ' Is the docker daemon running?"],{"a":\n')),
        ("docker-26", 0, ('[["Cannot connect to the Docker daemon at unix:///var/run/docker.sock.'
         ' Is the docker daemon running?"],{"a":""}]\n')),
        ("docker-28", 1, '[null,{"a":""}]\n'),
    ],
)  # fmt: skip
async def test_info_without_a_daemon(stage: Stage, flavour: str, status: int, output: str) -> None:
    """Each generation does something else (seen on 20.10.24, 26.1.5, 28.5.2)."""
    host = await stage.machine(flavour)
    await host.run("systemctl", "stop", "docker.socket", "docker")
    template = '[{{json .ServerErrors}},{"a":{{json .ServerVersion}}}]'
    reply = await host.run("docker", "info", "-f", template)

    assert (reply.status, reply.output) == (status, output)


@pytest.mark.parametrize(
    ("flavour", "content", "flags", "expected"),
    [
        ("docker-20.10", "{}", (), (125, "unknown flag: --validate")),
        ("docker-27", '{"registry-mirrors":["host:5000"]}', (), (0, "configuration OK")),
        ("docker-28", '{"registry-mirrors":["host:5000"]}', (), (1, "no scheme specified")),
        ("docker-29", '{"insecure-registries":["ftp://x"]}', (), (0, "configuration OK")),
        ("docker-29", MIRROR, (), (0, "configuration OK")),
        ("docker-29", MIRROR, ("--registry-mirror", "https://f.test"), (1, "both as a flag")),
        ("docker-26", "{,}", (), (1, "daemon.json: invalid character ','")),
    ],
)  # fmt: skip
async def test_validate(
    stage: Stage, flavour: str, content: str, flags: tuple[str, ...], expected: tuple[int, str]
) -> None:
    """Since 23.0; mirrors since 28.3; flags only as far as they are given (§1.3)."""
    host = await stage.machine(flavour)
    host.write(DAEMON_JSON, content)
    reply = await host.run(
        "dockerd", "--validate", "--config-file", str(host.machine.file(DAEMON_JSON)), *flags
    )

    status, words = expected
    assert reply.status == status
    assert words in reply.errors


@pytest.mark.parametrize(
    ("flavour", "content", "expected"),
    [
        ("docker-28", "{}", False),
        ("docker-28", '{"features": {"containerd-snapshotter": true}}', True),
        ("docker-29-c8d", "{}", True),
        ("docker-29-c8d", '{"features": {"containerd-snapshotter": false}}', False),
        ("docker-29-c8d", '{"userns-remap": "default"}', False),
        ("docker-29", "{}", False),
    ],
)
async def test_image_store(stage: Stage, flavour: str, content: str, *, expected: bool) -> None:
    """Chosen at start only; fresh installations of 29 have containerd's (§1.3, §1.4)."""
    host = await stage.machine(flavour, {DAEMON_JSON: content})
    reply = await host.run("docker", "info", "-f", "{{json .DriverStatus}}")

    assert ("io.containerd.snapshotter.v1" in reply.output) is expected
    host.write(DAEMON_JSON, json.dumps({"features": {"containerd-snapshotter": not expected}}))
    await host.run("systemctl", "reload", "docker")
    again = await host.run("docker", "info", "-f", "{{json .DriverStatus}}")
    assert again.output == reply.output
