"""CRI-O takes up registries.conf by a reload, and only its journal tells (§3.3 of the facts)."""

from __future__ import annotations

from tests.practice.runtimes.stage import ONLY_TARGET, PracticeMachine, Stage
from tests.practice.runtimes.test_podman import DROP_IN, registry
from wizard.practice.designs import CRIO

UNIT = "crio.service"
CANARY = f"docker.io/library/{ONLY_TARGET}"


async def _machine(stage: Stage) -> PracticeMachine:
    host = await stage.machine(CRIO)
    host.write(f"/etc/containers/certs.d/{stage.authority}/ca.crt", stage.company_ca)
    return host


async def test_a_drop_in_counts_from_the_reload_on(stage: Stage) -> None:
    """Podman beside it reads it at once; no process is another one."""
    host = await _machine(stage)
    host.write(DROP_IN, registry("docker.io", stage.authority))
    assert host.equipment.crio is not None
    pid = host.equipment.crio.pid

    early = await host.run("crictl", "pull", CANARY)
    by_podman = await host.run("podman", "pull", ONLY_TARGET)
    reloaded = await host.run("systemctl", "reload", UNIT)
    pulled = await host.run("crictl", "pull", CANARY)

    assert (early.status, by_podman.status, reloaded.status, pulled.status) == (1, 0, 0, 0)
    assert f"{{Location:{stage.authority} Insecure:false PullFromMirror:}}" in host.journal(UNIT)
    assert "Configuration reload completed" in host.journal(UNIT)
    assert host.equipment.crio.pid == pid


async def test_a_reload_of_what_cannot_be_read_succeeds_and_changes_nothing(stage: Stage) -> None:
    """The exit code is 0; the old registries stay; the next start fails."""
    host = await _machine(stage)
    host.write(DROP_IN, registry("docker.io", stage.authority))
    await host.run("systemctl", "reload", UNIT)
    host.write(DROP_IN, "[registries.search]\nregistries = []\n")

    reloaded = await host.run("systemctl", "reload", UNIT)
    pulled = await host.run("crictl", "pull", CANARY)
    restarted = await host.run("systemctl", "restart", UNIT)

    assert (reloaded.status, pulled.status, restarted.status) == (0, 0, 1)
    assert "Unable to reload configuration: system registries reload failed" in host.journal(UNIT)


async def test_the_first_table_of_a_file_counts(stage: Stage) -> None:
    """Of two with the same prefix (containers/image, postProcessRegistries)."""
    host = await _machine(stage)
    both = registry("docker.io", stage.authority) + registry("docker.io", "nowhere.test")
    host.write(DROP_IN, both)

    assert (await host.run("podman", "pull", ONLY_TARGET)).status == 0
    assert stage.asked(stage.target) != []


async def test_what_it_says_of_itself(stage: Stage) -> None:
    """Its version, its settings, and its containers through CRI."""
    host = await _machine(stage)

    version = await host.run("crio", "--version")
    settings = await host.run("crio", "status", "--socket", "/var/run/crio/crio.sock", "config")
    server = await host.run("crictl", "version")
    listed = await host.run("crictl", "ps", "-q")

    assert version.output.startswith("crio version 1.30.4\n")
    assert 'log_level = "info"' in settings.output
    assert "RuntimeName:  cri-o\nRuntimeVersion:  1.30.4" in server.output
    assert len(listed.output.split()) == 2
