"""A registry as Harbor is one: a project in the path, tokens from the same host, a portal beside.

docker-registry, the token server and nginx with the generated site run on one address; nginx
plays the host of the registry as well, because only there the two have one name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.fleet.certificates import Authority, ServerIdentity, make_authority, make_server
from tests.fleet.command import run
from tests.fronts.token_server import ISSUER, SERVICE
from wizard.fronts.nginx import FrontServer, nginx_site
from wizard.target import Addressing, Target, TargetKind

HARBOR: Final = "harbor.fleet.test"
FRONT: Final = "hub.fleet.test"
PROGRAMS: Final = ("docker-registry", "nginx", "openssl")
_REGISTRY: Final = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "{address}:{port}", host: "https://{harbor}"}}
auth:
  token:
    realm: https://{harbor}/service/token
    service: {service}
    issuer: {issuer}
    rootcertbundle: {certificate}
"""
_NGINX: Final = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log {folder}/access.log combined;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # The name of the registry, which this machine's resolver does not know.
    upstream {harbor} {{ server {address}:{harbor_port}; }}
    server {{
        listen {address}:{harbor_port} ssl;
        server_name {harbor};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location = /service/token {{ proxy_pass http://{address}:{token_port}; }}
        location /v2/ {{ proxy_pass http://{address}:{registry_port}; }}
        location / {{
            default_type text/html;
            return 200 "<!doctype html><title>Portal</title>";
        }}
    }}
    include {folder}/front.conf;
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each server listens."""

    registry: int
    tokens: int
    harbor: int
    front: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Harbor:
    """The servers of one test; `written` makes their files, `commands` are what to run.

    Attributes:
        folder: their configuration and logs.
        address: on which they listen.
        project: that has the images, and is public.
        data: storage of a docker-registry that has images already.
        authority: who signs for both names; hosts must trust it.
    """

    folder: Path
    address: str
    ports: Ports
    project: str
    data: Path
    authority: Authority

    @property
    def target(self) -> Target:
        """Return the registry as a migration file names it."""
        return Target(
            kind=TargetKind.HARBOR,
            url=f"https://{HARBOR}",
            addressing=Addressing.PREFIX,
            prefix=self.project,
            ca_pem=self.authority.certificate.read_text(),
        )

    def write(self) -> None:
        """Write certificates and configuration, the generated site among it."""
        identity = make_server(self.folder, self.authority, "front", (HARBOR, FRONT), self.address)
        self._write_token_key()
        self._write_registry()
        (self.folder / "front.conf").write_text(nginx_site(self.target, self._front(identity)))
        (self.folder / "nginx.conf").write_text(
            _NGINX.format(
                folder=self.folder,
                address=self.address,
                harbor=HARBOR,
                harbor_port=self.ports.harbor,
                token_port=self.ports.tokens,
                registry_port=self.ports.registry,
                certificate=identity.certificate,
                key=identity.key,
            )
        )

    def _front(self, identity: ServerIdentity) -> FrontServer:
        return FrontServer(
            name=FRONT,
            certificate=str(identity.certificate),
            key=str(identity.key),
            listen=f"{self.address}:{self.ports.front}",
            target_ca=str(self.authority.certificate),
        )

    def _write_registry(self) -> None:
        text = _REGISTRY.format(
            data=self.data,
            address=self.address,
            port=self.ports.registry,
            harbor=HARBOR,
            service=SERVICE,
            issuer=ISSUER,
            certificate=self.folder / "tokens.pem",
        )
        (self.folder / "registry.yml").write_text(text)

    def _write_token_key(self) -> None:
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "30"),
            *("-subj", "/CN=practice tokens", "-keyout", self.folder / "tokens.key"),
            *("-out", self.folder / "tokens.pem"),
        )

    def commands(self, python: str) -> tuple[tuple[Sequence[str | Path], str], ...]:
        """Return each command with the name of the file that its output goes to."""
        tokens = (python, "-m", "tests.fronts.token_server", self.address, str(self.ports.tokens))
        keys = (self.folder / "tokens.key", self.folder / "tokens.pem", self.project)
        return (
            (("docker-registry", "serve", self.folder / "registry.yml"), "registry.log"),
            ((*tokens, *keys), "tokens.log"),
            (("nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"), "nginx.log"),
        )

    def token_questions(self) -> list[dict[str, Any]]:
        """Return what the token server was asked so far."""
        return [json.loads(line) for line in (self.folder / "tokens.log").read_text().splitlines()]


def new_authority(folder: Path) -> Authority:
    """Return a certification authority of its own."""
    return make_authority(folder, "front")


def missing_programs() -> list[str]:
    """Return what is not installed here."""
    search = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"
    return [name for name in PROGRAMS if shutil.which(name, path=search) is None]
