"""Errands that install Harbor by its own installer, and take that back; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wizard.errand.errand import Errand, ErrandName
from wizard.errors import InputError
from wizard.registries.installing.host_path import check_host_path
from wizard.registries.installing.preflight import SYSLOG_PORT
from wizard.registries.installing.template_edit import says
from wizard.wording import _

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_URL: Final = re.compile(r"https://[^\s@]+")
_PATIENCE: Final = 1800
_MARGIN: Final = 600.0
_PARTS: Final = 3
"""The bundle is brought, its installer runs, Harbor gets well: each within the same time."""

_UNIT: Final = """\
# Written by Pilotage; "pilotage registry harbor-remove" takes it back.
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
        bundle: the installer's archive, offline or online: its absolute path on the host, or an
            https:// URL that the host can reach.
        bundle_sha256: of it; empty if it is not to be checked, which a URL always is.
        directory: that will hold the installer, and Harbor's own settings from then on.
        seconds: for the bundle, again for the installer, and again until Harbor is healthy.
    """

    host: str
    bundle: str
    bundle_sha256: str = ""
    directory: str = "/opt/harbor"
    with_trivy: bool = True
    seconds: int = _PATIENCE


def look_errand(host: str, *, data: str, opened: Sequence[int], directory: str) -> Errand:
    """Return the errand that reads what Harbor needs of a host, its log's port among `opened`."""
    asked = " ".join(str(port) for port in (*opened, SYSLOG_PORT))
    return Errand(name=ErrandName.HARBOR_HOST, host=host, arguments=(data, asked, directory))


def install_errand(wanted: Installation, harbor_yml: str) -> Errand:
    """Return the errand; harbor.yml itself is its payload. Raises InputError."""
    _check_bundle(wanted)
    check_host_path(wanted.directory)
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
            wanted.bundle_sha256,
        ),
        has_payload=True,
        seconds=_PARTS * wanted.seconds + _MARGIN,
    )


def removal_errand(host: str, *, directory: str, data: str) -> Errand:
    """Return the errand that takes an installation back, `data` with it if it is not empty."""
    for path in (directory, data):
        if path:
            check_host_path(path)
    return Errand(
        name=ErrandName.HARBOR_REMOVE,
        host=host,
        arguments=(directory, data, _UNIT.format(directory=directory)),
        seconds=_MARGIN,
    )


def _check_bundle(wanted: Installation) -> None:
    is_url = bool(_URL.fullmatch(wanted.bundle))
    if not is_url:
        check_host_path(wanted.bundle)
    if (is_url or wanted.bundle_sha256) and not _SHA256.fullmatch(wanted.bundle_sha256):
        raise InputError(
            _("“{value}” is no SHA-256.").format(value=wanted.bundle_sha256),
            todo=_("Name that of the bundle with --bundle-sha256: Harbor's releases list it."),
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
