"""The errand that installs Harbor by its own installer; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wizard.errand.errand import Errand, ErrandName
from wizard.errors import InputError
from wizard.registries.installing.template_edit import says
from wizard.wording import _

_PATH: Final = re.compile(r"(/[A-Za-z0-9._+-]+)+")
_PATIENCE: Final = 1800
_MARGIN: Final = 600.0

_UNIT: Final = """\
[Unit]
Description=Harbor
Documentation=https://goharbor.io/docs/
After=docker.service network-online.target
Requires=docker.service
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory={directory}
ExecStart=/usr/bin/env docker compose up -d log
ExecStart=/usr/bin/env docker compose up -d
TimeoutStartSec=10min

[Install]
WantedBy=multi-user.target"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is installed where.

    Attributes:
        bundle: absolute path of the installer's archive on the host, offline or online.
        directory: that will hold the installer, and Harbor's own settings from then on.
        seconds: for the installer, and again until Harbor is healthy.
    """

    host: str
    bundle: str
    directory: str = "/opt/harbor"
    with_trivy: bool = True
    seconds: int = _PATIENCE


def install_errand(wanted: Installation, harbor_yml: str) -> Errand:
    """Return the errand; harbor.yml itself is its payload. Raises InputError."""
    for path in (wanted.bundle, wanted.directory):
        if not _PATH.fullmatch(path):
            raise InputError(_("“{value}” is no absolute path of a host.").format(value=path))
    return Errand(
        name=ErrandName.HARBOR_INSTALL,
        host=wanted.host,
        arguments=(
            wanted.bundle,
            wanted.directory,
            "--with-trivy" if wanted.with_trivy else "",
            _UNIT.format(directory=wanted.directory),
            health_url(harbor_yml),
            str(wanted.seconds),
        ),
        has_payload=True,
        seconds=2 * wanted.seconds + _MARGIN,
    )


def ports(harbor_yml: str) -> tuple[int, ...]:
    """Return the ports that a Harbor with these settings opens to others."""
    data = says(harbor_yml, file="harbor.yml")
    blocks = (data.get(key) for key in ("http", "https", "metric"))
    found = (block.get("port") for block in blocks if isinstance(block, dict))
    return tuple(port for port in found if isinstance(port, int))


def health_url(harbor_yml: str) -> str:
    """Return where the host itself asks for Harbor's health."""
    data = says(harbor_yml, file="harbor.yml")
    scheme = "https" if "https" in data else "http"
    block = data.get(scheme)
    port = block.get("port") if isinstance(block, dict) else None
    if not isinstance(port, int):
        raise InputError(_("It does not say on which port Harbor shall listen."), file="harbor.yml")
    return f"{scheme}://127.0.0.1:{port}/api/v2.0/health"
