"""Errands that install Nexus as a container, have its licence accepted, and take it back; pure.

What it needs to run is facts/nexus_artifactory.md §4.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from wizard.errand.errand import Errand, ErrandAnswer, ErrandName
from wizard.errors import InputError
from wizard.registries.installing.host_path import check_host_path
from wizard.secret import Secret
from wizard.wording import _

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_IMAGE: Final = re.compile(
    r"[a-z0-9][a-z0-9._:/-]*?(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(?P<digest>@sha256:[0-9a-f]{64})?"
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SYSTEM: Final = frozenset(
    {"bin", "boot", "dev", "etc", "home", "lib", "opt", "proc", "root", "run", "srv", "sys"}
    | {"tmp", "usr", "var", "mnt", "media", "sbin"}
)
_LEAST_HEAP: Final = 512
_PATIENCE: Final = 300
_MARGIN: Final = 600.0
_LOADING: Final = 2
"""An image is loaded or pulled within the same time as Nexus has to get ready."""

_JAVA: Final = (
    "-Xms{heap}m -Xmx{heap}m -XX:MaxDirectMemorySize={heap}m"
    " -Djava.util.prefs.userRoot=/nexus-data/javaprefs"
)
"""What is said here replaces all that the image says, so its preferences are named again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusInstallation:
    """What is installed where.

    Attributes:
        image: with its tag or digest, as the operator chose it.
        archive: absolute path of what `docker save` wrote, on the host; empty to pull the image.
        archive_sha256: of that file; empty if it is not to be checked.
        data: directory on the host.
        listen: address that ports are published on; empty for all.
        port: of its pages and its API.
        connectors: of Docker repositories: none can be published later.
        heap: in MiB, and as much again beside it; 0 for what the image says.
        open_files: that it may have: with fewer than 65536 it loses data.
        seconds: until the image is there, and again until Nexus is ready.
    """

    host: str
    image: str
    archive: str = ""
    archive_sha256: str = ""
    name: str = "nexus"
    data: str = "/srv/nexus-data"
    listen: str = ""
    port: int = 8081
    connectors: tuple[int, ...] = (8082, 8083, 8084)
    heap: int = 0
    open_files: int = 65536
    seconds: int = _PATIENCE

    @property
    def ports(self) -> tuple[int, ...]:
        """Return all that are published."""
        return (self.port, *self.connectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The licence that a Nexus asks for.

    Attributes:
        text: to be shown to whoever may accept it.
        shown: SHA-256 of what the API told, which has to be the same when it is accepted.
    """

    text: str
    is_accepted: bool
    shown: str


def look_errand(wanted: NexusInstallation) -> Errand:
    """Return the errand that reads what Nexus needs of a host; raises InputError."""
    _check(wanted)
    ports = " ".join(str(port) for port in wanted.ports)
    return Errand(
        name=ErrandName.NEXUS_HOST, host=wanted.host, arguments=(wanted.name, wanted.data, ports)
    )


def nexus_errand(wanted: NexusInstallation) -> Errand:
    """Return the errand that installs it; its payload is that of `password_payload`."""
    _check(wanted)
    return Errand(
        name=ErrandName.NEXUS_INSTALL,
        host=wanted.host,
        arguments=(
            wanted.name,
            wanted.image,
            wanted.archive,
            wanted.archive_sha256,
            wanted.data,
            wanted.listen,
            str(wanted.port),
            " ".join(str(port) for port in wanted.connectors),
            _JAVA.format(heap=wanted.heap) if wanted.heap else "",
            str(wanted.seconds),
            str(wanted.open_files),
        ),
        has_payload=True,
        seconds=_LOADING * wanted.seconds + _MARGIN,
    )


def licence_errand(wanted: NexusInstallation, licence: Licence) -> Errand:
    """Return the errand that accepts a licence whose words a person accepted."""
    return Errand(
        name=ErrandName.NEXUS_LICENCE,
        host=wanted.host,
        arguments=(wanted.name, wanted.listen, str(wanted.port), licence.shown),
        has_payload=True,
    )


def removal_errand(host: str, *, name: str, data: str) -> Errand:
    """Return the errand that takes an installation back, `data` with it if it is not empty."""
    _check_name(name)
    if data:
        _check_data(data)
    return Errand(name=ErrandName.NEXUS_REMOVE, host=host, arguments=(name, data), seconds=_MARGIN)


def password_payload(password: Secret) -> Secret:
    """Return the password as errands bring it, in words that runs strike out of answers.

    Raises InputError for what can be none.
    """
    text = password.reveal()
    if not text.strip() or not text.isprintable():
        raise InputError(
            _("This cannot be a password of Nexus."),
            todo=_("Use one line that is not empty, without control characters."),
        )
    return Secret(f"password: {text}")


def licence_of(answer: ErrandAnswer) -> Licence | None:
    """Return the licence that the errand told of; None where Nexus asks for none."""
    told = next((step.detail for step in answer.steps if step.subject == "licence"), "")
    shown, _blank, words = told.partition(" ")
    if not words:
        return None
    try:
        document = json.loads(words)
        text, is_accepted = str(document["disclaimer"]), bool(document["accepted"])
    except (ValueError, KeyError, TypeError):
        # A password that is one of its keys was struck out: then a person sees it as it came.
        text, is_accepted = words, False
    return Licence(text=text, is_accepted=is_accepted, shown=shown)


def _check(wanted: NexusInstallation) -> None:
    _check_name(wanted.name)
    _check_data(wanted.data)
    if wanted.archive:
        check_host_path(wanted.archive)
    if wanted.archive_sha256 and not _SHA256.fullmatch(wanted.archive_sha256):
        raise InputError(
            _("“{value}” is no SHA-256.").format(value=wanted.archive_sha256),
            todo=_("It has 64 digits of 0 to 9 and a to f."),
        )
    _check_image(wanted)
    _check_ports(wanted)
    if wanted.heap and wanted.heap < _LEAST_HEAP:
        raise InputError(
            _("Nexus does not run in less than {least} MiB.").format(least=_LEAST_HEAP)
        )


def _check_image(wanted: NexusInstallation) -> None:
    found = _IMAGE.fullmatch(wanted.image)
    if found is None:
        raise InputError(_("“{value}” is no name of an image.").format(value=wanted.image))
    if not found["digest"] and (found["tag"] or ":latest") == ":latest":
        raise InputError(
            _("“{value}” may be another Nexus tomorrow.").format(value=wanted.image),
            todo=_("Name its version, as in sonatype/nexus3:3.96.4, best with its digest."),
        )
    if found["digest"] and wanted.archive:
        raise InputError(
            _("An image out of an archive has no digest of a registry."),
            todo=_("Name it by its tag, and give the SHA-256 of the archive."),
        )


def _check_ports(wanted: NexusInstallation) -> None:
    ports = wanted.ports
    if len(set(ports)) != len(ports) or 8081 in wanted.connectors:  # noqa: PLR2004  # Nexus's own
        raise InputError(
            _("A connector has the port of another one, or of Nexus itself."),
            todo=_("Give each its own; 8081 is taken in the container."),
        )
    if not wanted.listen:
        return
    try:
        ip_address(wanted.listen)
    except ValueError as error:
        raise InputError(_("“{value}” is no address.").format(value=wanted.listen)) from error
    if ":" in wanted.listen:
        raise InputError(
            _("Ports are published on an IPv4 address, or on all."),
            todo=_("Leave --listen out."),
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(_("“{value}” is no name of a container.").format(value=name))


def _check_data(path: str) -> None:
    check_host_path(path)
    parts = path.strip("/").split("/")
    if len(parts) == 1 and parts[0] in _SYSTEM:
        raise InputError(
            _("“{value}” is a directory of the system.").format(value=path),
            todo=_("Name one in it."),
        )
