"""The fleet's registries: real servers on the bridge, with access logs that tests read."""

from __future__ import annotations

import contextlib
import secrets
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.fleet import access_log, images
from tests.fleet.access_log import Request
from tests.fleet.catalogue import PREFIX, PREFIX_TARGET_NAME, TARGET_NAME, UPSTREAM_NAMES
from tests.fleet.certificates import ServerIdentity
from tests.fleet.command import COLLECT_SELDOM
from tests.fleet.errors import FleetError
from tests.fleet.process_group import ProcessGroup

READY_SECONDS = 15.0
FENCE_AGENT = "fleet-fence"
SHARED_TAGS = ("latest", "common")
TARGET_TAGS = (*SHARED_TAGS, "only-target")

_REGISTRY_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {data}}}
  delete: {{enabled: true}}
http:
  addr: {address}
  relativeurls: true
"""
_REGISTRY_TLS = "  tls: {{certificate: {certificate}, key: {key}}}\n"

# Harbor has one project in this path, and its portal answers every other URL
# (facts/runtimes.md §1.4, moby issue 47144).
_NGINX_CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log {folder}/access.log combined;
    client_max_body_size 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address}:443 ssl;
        server_name {name};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location = /v2/ {{ proxy_pass http://{address}:5000; }}
        location /v2/{prefix}/ {{ proxy_pass http://{address}:5000; }}
        location / {{
            default_type text/html;
            return 200 "<!doctype html><title>Portal</title>\\n";
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRegistry:
    """A registry of a running fleet.

    Attributes:
        host: its DNS name; only the fleet's hosts resolve it.
        address: its address on the bridge.
        url: `https://<host>`.
        ca_pem: file with the CA that signed its certificate.
        folder: its configuration, data and logs.
        repository: the hello image's name in it.
        tags: tags of that image.
    """

    host: str
    address: str
    url: str
    ca_pem: Path
    folder: Path
    repository: str
    tags: tuple[str, ...]

    @property
    def log(self) -> Path:
        """Return the file of its access log."""
        return self.folder / "access.log"

    def mark(self) -> int:
        """Return the present end of the access log, to be given to `requests` later."""
        self._fence()
        return self.log.stat().st_size

    def requests(self, since: int = 0) -> tuple[Request, ...]:
        """Return the requests answered since a mark, in order.

        A request of our own goes first and is waited for in the log, so what was answered
        before this call is in the result. A stopped registry's log is read as it is.
        """
        self._fence()
        with self.log.open("rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").splitlines()
        found = access_log.parse(lines)
        return tuple(request for request in found if not request.agent.startswith(FENCE_AGENT))

    def answers(self) -> bool:
        """Tell whether it accepts connections."""
        with contextlib.suppress(OSError), socket.create_connection((self.address, 443), 1.0):
            return True
        return False

    def _fence(self) -> None:
        if not self.answers():
            return
        agent = f"{FENCE_AGENT}/{secrets.token_hex(8)}"
        request = urllib.request.Request(
            f"https://{self.address}/v2/", headers={"User-Agent": agent}
        )
        trust = ssl.create_default_context(cafile=str(self.ca_pem))
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
        urllib.request.build_opener(*handlers).open(request, timeout=READY_SECONDS).close()
        deadline = time.monotonic() + READY_SECONDS
        while agent not in self.log.read_text(errors="replace"):
            if time.monotonic() > deadline:
                raise FleetError(f"{self.host} does not write its access log {self.log}")
            time.sleep(0.005)


def describe(kind: str, address: str, folder: Path, ca_pem: Path) -> FleetRegistry:
    """Return a registry's description.

    Args:
        kind: `target`, `prefix-target`, `upstream` or `impostor` (which claims the target's name).
        address: its address on the bridge.
        folder: its folder.
        ca_pem: the CA of its certificate.
    """
    host = {"prefix-target": PREFIX_TARGET_NAME, "upstream": UPSTREAM_NAMES[0]}.get(
        kind, TARGET_NAME
    )
    prefix = f"{PREFIX}/" if kind == "prefix-target" else ""
    return FleetRegistry(
        host=host,
        address=address,
        url=f"https://{host}",
        ca_pem=ca_pem,
        folder=folder,
        repository=f"{prefix}library/hello",
        tags=SHARED_TAGS if kind == "upstream" else TARGET_TAGS,
    )


def start(
    registry: FleetRegistry, identity: ServerIdentity, group: ProcessGroup, *, portal: bool = False
) -> None:
    """Start a registry's servers and wait until it answers; it keeps the data that it has.

    Args:
        registry: which.
        identity: its certificate.
        group: the processes' group.
        portal: put a web server before it that knows one project only, as Harbor does.

    Raises:
        FleetError: it does not come up; the text has the end of its log.
    """
    folder = registry.folder
    folder.mkdir(parents=True, exist_ok=True)
    registry.log.touch()
    address = f"{registry.address}:{5000 if portal else 443}"
    config = _REGISTRY_CONFIG.format(data=folder / "data", address=address)
    if not portal:
        config += _REGISTRY_TLS.format(certificate=identity.certificate, key=identity.key)
    (folder / "registry.yml").write_text(config)
    own_log = folder / "backend.log" if portal else registry.log
    errors = folder / "error.log"
    serve = ("env", COLLECT_SELDOM, "docker-registry", "serve", folder / "registry.yml")
    group.start(serve, own_log, errors)
    if portal:
        (folder / "nginx.conf").write_text(
            _NGINX_CONFIG.format(
                folder=folder,
                address=registry.address,
                name=registry.host,
                certificate=identity.certificate,
                key=identity.key,
                prefix=PREFIX,
            )
        )
        _wait_for_port(registry.address, 5000, errors)
        group.start(["nginx", "-p", folder, "-c", folder / "nginx.conf"], errors)
    _wait_for_port(registry.address, 443, errors)


def fill(registry: FleetRegistry) -> None:
    """Upload the hello image with the tags that this registry has."""
    trust = ssl.create_default_context(cafile=str(registry.ca_pem))
    for tag in registry.tags:
        image = images.make_image(f"hello {tag}")
        images.push(f"https://{registry.address}", registry.repository, tag, image, trust)


def hosts_lines(registries: Iterable[FleetRegistry]) -> str:
    """Return the lines of `/etc/hosts` by which the hosts find the registries."""
    return "".join(
        f"{registry.address}\t{' '.join(names_of(registry))}\n" for registry in registries
    )


def names_of(registry: FleetRegistry) -> tuple[str, ...]:
    """Return every DNS name under which a registry is found."""
    return UPSTREAM_NAMES if registry.host in UPSTREAM_NAMES else (registry.host,)


def _wait_for_port(address: str, port: int, errors: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1.0):
            return
        if time.monotonic() > deadline:
            said = errors.read_text(errors="replace")[-1500:]
            raise FleetError(f"nothing listens on {address}:{port}:\n{said}")
        time.sleep(0.02)
