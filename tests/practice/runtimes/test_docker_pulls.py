"""What a pull really asks, of real registries (facts/runtimes.md §1.2, §1.4, §6)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.practice.runtimes.stage import (
    DAEMON_JSON,
    ONLY_TARGET,
    SYSTEM_STORE,
    PracticeMachine,
    Stage,
    staged,
)
from wizard.practice.registry.faces import Face
from wizard.practice.registry.registry import RegistryDesign
from wizard.practice.registry.tokens import Authentication
from wizard.secret import Secret

CLASSIC = ("docker-20.10", "docker-24", "docker-26", "docker-27", "docker-28", "docker-29")
SINCE_28 = ("docker-28-c8d", "docker-29-c8d")
C8D_27 = {DAEMON_JSON: '{"features": {"containerd-snapshotter": true}}'}
HOSTS_TOML = "/etc/docker/certs.d/docker.io/hosts.toml"


async def use_mirror(host: PracticeMachine, url: str, **more: object) -> None:
    """Write a mirror into daemon.json, keep what else decides, and restart."""
    features = {"containerd-snapshotter": host.docker.store.value == "overlayfs"}
    host.write(DAEMON_JSON, json.dumps({"registry-mirrors": [url], "features": features, **more}))
    await host.run("systemctl", "reset-failed", "docker")
    assert (await host.run("systemctl", "restart", "docker")).status == 0


@pytest.mark.parametrize("flavour", CLASSIC)
async def test_classic_store_reads_the_mirrors_own_ca_at_each_pull(
    stage: Stage, flavour: str
) -> None:
    """No restart, no reload: `certs.d/<mirror>/ca.crt` counts at once (§1.4)."""
    host = await stage.machine(flavour)
    await use_mirror(host, stage.mirror)
    refused = await host.run("docker", "pull", ONLY_TARGET)
    host.write(f"/etc/docker/certs.d/{stage.authority}/ca.crt", stage.company_ca)
    pulled = await host.run("docker", "pull", ONLY_TARGET)

    assert (refused.status, pulled.status) == (1, 0)
    assert refused.errors == (
        "Error response from daemon: manifest for hello:only-target not found: manifest unknown: "
        "manifest unknown\n"
    )
    assert pulled.output.splitlines()[-1] == "docker.io/library/hello:only-target"


@pytest.mark.parametrize("flavour", SINCE_28)
async def test_containerd_store_does_not_read_the_mirrors_ca(stage: Stage, flavour: str) -> None:
    """So x509, and then Hub: a success that bypasses the target (§1.4)."""
    host = await stage.machine(flavour)
    await use_mirror(host, stage.mirror)
    host.write(f"/etc/docker/certs.d/{stage.authority}/ca.crt", stage.company_ca)
    mark = stage.target.mark()

    assert (await host.run("docker", "pull", "hello:common")).status == 0
    assert stage.asked(stage.target, mark) == []
    assert "tls: failed to verify certificate: x509: certificate signed by unknown authority" in (
        host.journal()
    )
    assert "trying next host" in host.journal()


async def test_containerd_store_of_27_read_it(stage: Stage) -> None:
    """Releases 25 to 27 loaded the mirror's directory (§1.4)."""
    host = await stage.machine("docker-27", dict(C8D_27))
    await use_mirror(host, stage.mirror)
    host.write(f"/etc/docker/certs.d/{stage.authority}/ca.crt", stage.company_ca)

    assert (await host.run("docker", "pull", ONLY_TARGET)).status == 0


@pytest.mark.parametrize(
    ("flavour", "path", "expected"),
    [
        ("docker-24", "P", "/P/v2/library/hello/manifests/common"),
        ("docker-27", "P", "/P/v2/library/hello/manifests/common"),
        ("docker-29", "P", "/P/v2/library/hello/manifests/common"),
        ("docker-27-c8d", "P", "/v2/P/library/hello/manifests/common?ns=docker.io"),
        ("docker-28-c8d", "P", "/P/v2/library/hello/manifests/common?ns=docker.io"),
        ("docker-29-c8d", "P", "/P/v2/library/hello/manifests/common?ns=docker.io"),
        ("docker-29-c8d", "P/v2", "/P/v2/library/hello/manifests/common?ns=docker.io"),
        ("docker-29-c8d", "v2/P", "/v2/P/v2/library/hello/manifests/common?ns=docker.io"),
    ],
)
async def test_url_of_a_pull(stage: Stage, flavour: str, path: str, expected: str) -> None:
    """The matrix of releases and stores, seen in the target's own log (§1.4)."""
    files: dict[str, str | bytes] = {SYSTEM_STORE: stage.hub_ca + stage.company_ca}
    if flavour == "docker-27-c8d":
        files |= C8D_27
    host = await stage.machine(flavour.replace("27-c8d", "27"), files)
    await use_mirror(host, f"{stage.mirror}/{path}")
    await host.run("docker", "pull", "hello:common")

    assert stage.asked(stage.target)[0] == expected


@pytest.mark.parametrize("flavour", ["docker-20.10", "docker-27", "docker-29-c8d"])
async def test_fallback_is_silent(stage: Stage, flavour: str) -> None:
    """A mirror that is down costs nothing but a line in the journal: exit code 0 (§1.4, §7)."""
    host = await stage.machine(flavour)
    await use_mirror(host, stage.mirror)
    await stage.target.go_down()
    reply = await host.run("docker", "pull", "hello:common")

    assert (reply.status, reply.errors) == (0, "")
    assert "connect: connection refused" in host.journal()
    assert len(stage.asked(stage.upstream)) > 0


@pytest.mark.parametrize(
    ("flavour", "prefix", "status", "words"),
    [
        ("docker-24", "P", 0, ""),
        ("docker-27", "P", 0, ""),
        ("docker-28-c8d", "P", 1, "unexpected media type text/html for sha256:"),
        ("docker-29-c8d", "P", 1, "unexpected media type text/html for sha256:"),
    ],
)
async def test_a_page_of_html(
    tmp_path: Path, flavour: str, prefix: str, status: int, words: str
) -> None:
    """Harbor's portal: the classic store goes on to Hub, containerd's fails hard (§1.4)."""
    async with staged(tmp_path, RegistryDesign(face=Face.PREFIX, prefix=prefix)) as stage:
        host = await stage.machine(flavour, {SYSTEM_STORE: stage.hub_ca + stage.company_ca})
        await use_mirror(host, f"{stage.mirror}/{prefix}")
        reply = await host.run("docker", "pull", "hello:common")

        assert reply.status == status
        assert words in reply.errors


@pytest.mark.parametrize("flavour", SINCE_28)
async def test_hosts_toml_is_read_at_each_pull(tmp_path: Path, flavour: str) -> None:
    """With a prefix target, its CA beside the file, no reload (§1.4, §5)."""
    async with staged(tmp_path, RegistryDesign(face=Face.PREFIX, prefix="hub")) as stage:
        host = await stage.machine(flavour)
        host.write("/etc/docker/certs.d/docker.io/ca.pem", stage.company_ca)
        host.write(
            HOSTS_TOML,
            'server = "https://registry-1.docker.io"\n'
            f'[host."{stage.mirror}/v2/hub"]\ncapabilities = ["pull", "resolve"]\n'
            'override_path = true\nca = "/etc/docker/certs.d/docker.io/ca.pem"\n',
        )

        assert (await host.run("docker", "pull", ONLY_TARGET)).status == 0
        assert stage.asked(stage.upstream) == []


async def test_hosts_toml_is_nothing_to_27_and_to_the_classic_store(stage: Stage) -> None:
    """§1.4."""
    for flavour, files in (("docker-27", C8D_27), ("docker-29", {})):
        host = await stage.machine(flavour, dict(files))
        host.write(HOSTS_TOML, f'[host."{stage.mirror}"]\nskip_verify = true\n')

        assert (await host.run("docker", "pull", ONLY_TARGET)).status == 1
    assert stage.asked(stage.target) == []


async def test_two_endpoints_in_hosts_toml_leave_daemon_json_out(stage: Stage) -> None:
    """One endpoint, the server alone, has daemon.json's mirrors before it (§1.4)."""
    host = await stage.machine("docker-29-c8d", {SYSTEM_STORE: stage.hub_ca + stage.company_ca})
    await use_mirror(host, stage.mirror)
    hub = "https://registry-1.docker.io"
    host.write(HOSTS_TOML, f'server = "{hub}"\n[host."{hub}"]\n')
    assert (await host.run("docker", "pull", "hello:common")).status == 0
    assert stage.asked(stage.target) == []
    host.write(HOSTS_TOML, f'server = "{hub}"\n')

    assert (await host.run("docker", "pull", ONLY_TARGET)).status == 0


async def test_system_store_is_read_once_per_start(stage: Stage) -> None:
    """A new bundle counts after a restart of the daemon, once it has looked at the old one (§6)."""
    host = await stage.machine("docker-29-c8d")
    await use_mirror(host, stage.mirror)
    assert (await host.run("docker", "pull", "hello:common")).status == 0
    host.write(SYSTEM_STORE, stage.hub_ca + stage.company_ca)
    before = await host.run("docker", "pull", ONLY_TARGET)
    await host.run("systemctl", "restart", "docker")
    after = await host.run("docker", "pull", ONLY_TARGET)

    assert (before.status, after.status) == (1, 0)


@pytest.mark.parametrize(
    ("flavour", "hub_trusted"), [("docker-29-c8d", True), ("docker-29", False)]
)
async def test_insecure_mirror_makes_hub_insecure_in_the_containerd_store(
    stage: Stage, flavour: str, *, hub_trusted: bool
) -> None:
    """The trap of 28 and later: a Hub with a bad certificate is believed (§1.2)."""
    host = await stage.machine(flavour, {SYSTEM_STORE: ""})
    await use_mirror(host, stage.mirror, **{"insecure-registries": [stage.authority]})
    reply = await host.run("docker", "pull", "hello:only-upstream")

    assert (reply.status == 0) is hub_trusted


@pytest.mark.parametrize(
    ("flavour", "status"), [("docker-20.10", 0), ("docker-29", 0), ("docker-29-c8d", 1)]
)
@pytest.mark.parametrize("server", ["", "mirror"])
async def test_login_at_hub_is_offered_to_mirrors_by_the_classic_store_only(
    tmp_path: Path, flavour: str, status: int, server: str
) -> None:
    """The mirror gets Hub's password, and a login at the mirror is never used (§1.4)."""
    users = Authentication(users={"me": Secret("secret")}, anonymous_pull=False)
    async with staged(tmp_path, RegistryDesign(authentication=users)) as stage:
        host = await stage.machine(flavour, {SYSTEM_STORE: stage.hub_ca + stage.company_ca})
        await use_mirror(host, stage.mirror)
        where = (stage.authority,) if server else ()
        login = ("docker", "login", "-u", "me", "--password-stdin", *where)
        assert (await host.run(*login, given=b"secret\n")).status == 0
        reply = await host.run("docker", "pull", ONLY_TARGET)

        assert reply.status == (1 if server else status)


async def test_image_is_looked_at_and_removed(stage: Stage) -> None:
    """What the probe of a rollout does: look, pull, remove."""
    host = await stage.machine("docker-26")
    before = await host.run("docker", "image", "inspect", "hello:common")
    pulled = await host.run("docker", "pull", "hello:common")
    digest = next(line for line in pulled.output.splitlines() if line.startswith("Digest: "))
    listed = await host.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}")
    told = await host.run(
        "docker", "image", "inspect", "-f", "{{json .RepoDigests}}", "hello:common"
    )
    removed = await host.run("docker", "rmi", "hello:common")

    assert before.errors == "Error: No such image: hello:common\n"
    assert listed.output == "hello:common\nlocal/keeper:1\n"
    assert json.loads(told.output) == [f"hello@{digest.removeprefix('Digest: ')}"]
    assert removed.status == 0
    assert (await host.run("docker", "image", "inspect", "hello:common")).status == 1


async def test_the_log_of_the_registry_names_the_host(stage: Stage) -> None:
    """By a header, because all hosts have one address."""
    host = await stage.machine("docker-26")
    await host.run("docker", "pull", "hello:common")

    assert {request.client for request in stage.upstream.requests()} == {"docker-26"}
