"""containerd, CRI and its clients on a machine (facts/runtimes.md §2)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.runtimes.stage import (
    CONFIG_TOML,
    ONLY_TARGET,
    SYSTEM_STORE,
    PracticeMachine,
    Stage,
    staged,
)
from wizard.practice.registry.faces import Face
from wizard.practice.registry.registry import RegistryDesign
from wizard.practice.runtimes.containerd_plugins import IMAGES_ID

NODES = ("containerd-1.6", "containerd-1.7", "containerd-2.1", "containerd-2.2")
CERTS = "/etc/containerd/certs.d"
HOSTS_TOML = f"{CERTS}/docker.io/hosts.toml"


def config(host: str, path: str, more: str = "") -> str:
    """Return a config.toml with `config_path`, under the id of the host's containerd."""
    old = host.startswith("containerd-1")
    table = "io.containerd.grpc.v1.cri" if old else IMAGES_ID
    registry = f'[plugins."{table}".registry]'
    return f'version = {2 if old else 3}\n{registry}\n  config_path = "{path}"\n{more}'


def mirrors(host: str) -> str:
    """Return the old table of mirrors."""
    table = "io.containerd.grpc.v1.cri" if host.startswith("containerd-1") else IMAGES_ID
    return f'[plugins."{table}".registry.mirrors."docker.io"]\nendpoint = ["https://h.test"]\n'


async def restarted(host: PracticeMachine) -> None:
    """Restart containerd."""
    assert (await host.run("systemctl", "restart", "containerd")).status == 0


@pytest.mark.parametrize("flavour", NODES)
async def test_hosts_toml_with_a_prefix_and_a_ca(tmp_path: Path, flavour: str) -> None:
    """Read at each pull, no restart; the mirror is told `ns=docker.io` (§2.2, §2.4, §5)."""
    async with staged(tmp_path, RegistryDesign(face=Face.PREFIX, prefix="hub")) as stage:
        host = await stage.machine(flavour, {CONFIG_TOML: config(flavour, CERTS)})
        pid = host.containerd.pid
        host.write(f"{CERTS}/docker.io/ca.pem", stage.company_ca)
        host.write(
            HOSTS_TOML,
            'server = "https://registry-1.docker.io"\n'
            f'[host."{stage.mirror}/v2/hub"]\ncapabilities = ["pull", "resolve"]\n'
            'override_path = true\nca = "ca.pem"\n',
        )
        pulled = await host.run("crictl", "pull", ONLY_TARGET)
        told = await host.run("crictl", "inspecti", ONLY_TARGET)

        assert pulled.status == 0, pulled
        assert "docker.io/library/hello@sha256:" in told.output
        assert stage.asked(stage.target)[0] == (
            "/v2/hub/library/hello/manifests/only-target?ns=docker.io"
        )
        host.machine.file(HOSTS_TOML).unlink()
        assert (await host.run("crictl", "rmi", ONLY_TARGET)).status == 0
        assert (await host.run("crictl", "pull", ONLY_TARGET)).status == 1
        assert host.containerd.pid == pid


@pytest.mark.parametrize("flavour", ["containerd-2.1", "containerd-2.2"])
async def test_colon_list_reads_nothing(stage: Stage, flavour: str) -> None:
    """Pulls succeed all the same, from Hub (§2.2)."""
    text = config(flavour, f"{CERTS}:/etc/docker/certs.d")
    host = await stage.machine(flavour, {CONFIG_TOML: text})
    host.write(HOSTS_TOML, f'[host."{stage.mirror}"]\nskip_verify = true\n')

    assert (await host.run("crictl", "pull", "hello:common")).status == 0
    assert stage.asked(stage.target) == []


@pytest.mark.parametrize("flavour", NODES)
async def test_mirrors_beside_config_path_take_cri_away(stage: Stage, flavour: str) -> None:
    """Containerd is active, tasks run on, CRI answers nobody (§2.2)."""
    host = await stage.machine(flavour)
    tasks = (await host.run("ctr", "-n", "k8s.io", "tasks", "ls")).output
    host.write(CONFIG_TOML, config(flavour, CERTS, mirrors(flavour)))
    await restarted(host)
    plugins = (await host.run("ctr", "plugins", "ls")).output
    states = {tuple(line.split()[:2]): line.split()[-1] for line in plugins.splitlines()[1:]}
    reply = await host.run("crictl", "pull", "hello:common")

    assert (await host.run("systemctl", "is-active", "containerd")).output == "active\n"
    assert (await host.run("ctr", "-n", "k8s.io", "tasks", "ls")).output == tasks
    assert states["io.containerd.grpc.v1", "cri"] == "error"
    assert reply.status == 1
    assert "unknown service runtime.v1.ImageService" in reply.errors
    assert "`mirrors` cannot be set when `config_path` is provided" in host.journal(
        "containerd.service"
    )
    dumped = await host.run(
        "containerd", "-c", str(host.machine.file(CONFIG_TOML)), "config", "dump"
    )
    assert dumped.status == 0


@pytest.mark.parametrize("flavour", NODES)
async def test_restart_keeps_tasks(stage: Stage, flavour: str) -> None:
    """KillMode=process: another containerd, the same tasks (§2.5)."""
    host = await stage.machine(flavour)
    pid, tasks = host.containerd.pid, dict(host.containerd.tasks)
    await restarted(host)

    assert host.containerd.pid != pid
    assert host.containerd.tasks == tasks
    assert all(task.pid in host.machine.processes for task in tasks.values())


@pytest.mark.parametrize("flavour", NODES)
async def test_there_is_no_reload(stage: Stage, flavour: str) -> None:
    """Anything in config.toml needs a restart (§2.2)."""
    host = await stage.machine(flavour)
    reply = await host.run("systemctl", "reload", "containerd")

    assert reply.status == 1
    assert "Job type reload is not applicable" in reply.errors


@pytest.mark.parametrize(
    "text",
    ['[host."https://h.test"', '[host."https://h.test"]\ncapabilities = ["fly"]\n'],
)
async def test_broken_hosts_toml_means_upstream(stage: Stage, text: str) -> None:
    """An error in the journal, and the pull succeeds (§2.2)."""
    host = await stage.machine("containerd-1.7", {CONFIG_TOML: config("containerd-1.7", CERTS)})
    host.write(HOSTS_TOML, text)

    assert (await host.run("crictl", "pull", "hello:common")).status == 0
    assert "failed to decode hosts.toml" in host.journal("containerd.service")


async def test_missing_ca_is_a_hard_error(stage: Stage) -> None:
    """No fallback (§2.2)."""
    host = await stage.machine("containerd-2.1", {CONFIG_TOML: config("containerd-2.1", CERTS)})
    host.write(HOSTS_TOML, f'[host."{stage.mirror}"]\nca = "/gone.pem"\n')
    reply = await host.run("crictl", "pull", "hello:common")

    assert reply.status == 1
    assert "open /gone.pem: no such file or directory" in reply.errors


async def test_default_is_shadowed(stage: Stage) -> None:
    """A directory of the registry's own hides `_default` (§2.4)."""
    host = await stage.machine("containerd-1.7", {CONFIG_TOML: config("containerd-1.7", CERTS)})
    host.write(f"{CERTS}/_default/hosts.toml", f'[host."{stage.mirror}"]\nskip_verify = true\n')
    assert (await host.run("crictl", "pull", ONLY_TARGET)).status == 0
    await host.run("crictl", "rmi", ONLY_TARGET)
    host.machine.file(f"{CERTS}/docker.io").mkdir()

    assert (await host.run("crictl", "pull", ONLY_TARGET)).status == 1


async def test_no_fallback_where_the_server_is_the_mirror(stage: Stage) -> None:
    """Upstream is not asked (§2.4)."""
    host = await stage.machine(
        "containerd-1.7",
        {
            CONFIG_TOML: config("containerd-1.7", CERTS),
            SYSTEM_STORE: stage.hub_ca + stage.company_ca,
            HOSTS_TOML: f'server = "{stage.mirror}"\n[host."{stage.mirror}"]\n',
        },
    )

    assert (await host.run("crictl", "pull", "hello:only-upstream")).status == 1
    assert stage.asked(stage.upstream) == []


async def test_ctr_knows_no_settings_of_cri(stage: Stage) -> None:
    """Only `--hosts-dir` (§2.4)."""
    host = await stage.machine("containerd-1.7", {CONFIG_TOML: config("containerd-1.7", CERTS)})
    host.write(HOSTS_TOML, f'[host."{stage.mirror}"]\nskip_verify = true\n')
    name = "docker.io/library/hello:only-target"
    plain = await host.run("ctr", "-n", "k8s.io", "images", "pull", name)
    told = await host.run("ctr", "-n", "k8s.io", "images", "pull", "--hosts-dir", CERTS, name)

    assert (plain.status, told.status) == (1, 0)
    assert name in (await host.run("ctr", "-n", "k8s.io", "images", "ls", "-q")).output


@pytest.mark.parametrize(("flavour", "told"), [("containerd-1.7", True), ("containerd-2.1", False)])
async def test_crictl_info_of_2_x_has_no_registry(
    stage: Stage, flavour: str, *, told: bool
) -> None:
    """§2.4."""
    host = await stage.machine(flavour)
    reply = await host.run("crictl", "info")

    assert ("registry" in json.loads(reply.output)["config"]) is told


async def test_a_bad_file_keeps_it_from_starting(stage: Stage) -> None:
    """A dump says so beforehand, with exit code 1 (§2.5)."""
    host = await stage.machine("containerd-1.7")
    host.write(CONFIG_TOML, "x = [")
    dumped = await host.run(
        "containerd", "-c", str(host.machine.file(CONFIG_TOML)), "config", "dump"
    )

    assert dumped.status == 1
    assert dumped.errors.startswith(
        "containerd: failed to load TOML: /etc/containerd/config.toml: "
    )
    assert (await host.run("systemctl", "restart", "containerd")).status == 1


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        ("containerd-1.6", "containerd github.com/containerd/containerd v1.6.20 "),
        ("containerd-2.1", "containerd github.com/containerd/containerd/v2 v2.1.9 "),
    ],
)
async def test_version(stage: Stage, flavour: str, expected: str) -> None:
    """2.x is another module."""
    host = await stage.machine(flavour)

    assert (await host.run("containerd", "--version")).output.startswith(expected)


async def test_cri_is_not_listed_where_it_is_disabled(stage: Stage) -> None:
    """As the packages of Docker leave it (§2.3)."""
    host = await stage.machine("docker-28")
    listed = (await host.run("ctr", "plugins", "ls")).output

    assert " cri " not in listed
    assert "io.containerd.cri.v1" in listed
