"""A real registry on loopback with TLS of a CA that only the tests know."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.registries.certificates import Authority, Identity
from wizard.clock import SystemClock
from wizard.registries.distribution import Distribution
from wizard.registries.http import open_client

READY_SECONDS = 10.0


class QuickClock(SystemClock):
    """A clock whose waits take no time and are remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Remember the wait."""
        self.slept.append(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealRegistry:
    """A running docker-registry."""

    url: str
    ca_pem: str
    ca_file: Path


@pytest.fixture
def clock() -> QuickClock:
    """Return a clock that waits for nothing."""
    return QuickClock()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all certificates."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="session")
def authority(certificates: Path) -> Authority:
    """Return the tests' certification authority."""
    return Authority(certificates)


@pytest.fixture(scope="session")
def identity(authority: Authority) -> Identity:
    """Return a good identity for 127.0.0.1."""
    return authority.server("good")


@pytest.fixture
def registry(tmp_path: Path, authority: Authority, identity: Identity) -> Iterator[RealRegistry]:
    """Run an empty docker-registry and end it afterwards."""
    with running_registry(tmp_path, authority, identity) as running:
        yield running


@contextlib.contextmanager
def running_registry(
    folder: Path, authority: Authority, identity: Identity, *settings: str
) -> Iterator[RealRegistry]:
    """Run an empty docker-registry with further top-level settings below `folder`."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed (Debian package docker-registry)")
    port = free_port()
    config = folder / "registry.yml"
    lines = (
        "version: 0.1",
        "log: {level: error}",
        "http:",
        f"  addr: 127.0.0.1:{port}",
        f"  tls: {{certificate: {identity.certificate}, key: {identity.key}}}",
        "storage:",
        f"  filesystem: {{rootdirectory: {folder / 'data'}}}",
        *settings,
    )
    config.write_text("\n".join(lines) + "\n")
    ca_file = folder / "trusted" / "ca.crt"
    ca_file.parent.mkdir()
    ca_file.write_text(authority.pem)
    with running([program, "serve", str(config)], port, folder / "registry.log"):
        yield RealRegistry(url=f"https://127.0.0.1:{port}", ca_pem=authority.pem, ca_file=ca_file)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until it listens on `port`, and end it afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on {port}")


async def put_image(registry: RealRegistry, repository: str, clock: QuickClock) -> str:
    """Store a small image under `repository:latest` and return its digest."""
    async with open_client(registry.ca_pem) as client:
        distribution = Distribution(f"{registry.url}/v2", client=client, clock=clock)
        config = await distribution.push_blob(repository, b"{}")
        manifest = (
            b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",'
            b'"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"'
            + config.encode()
            + b'","size":2},"layers":[]}'
        )
        return await distribution.push_manifest(
            repository,
            "latest",
            manifest,
            media_type="application/vnd.oci.image.manifest.v1+json",
        )
