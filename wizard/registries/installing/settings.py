"""What an operator chooses for a Harbor that is to be installed, and what it may not be.

Harbor writes most of these unquoted into other files, where some values turn into others or end
its start with a traceback; so each is checked here, before it is in any file (facts/harbor.md §4).
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import yaml

from wizard.errors import InputError
from wizard.secret import Secret
from wizard.wording import _

_LENGTH: Final = 24
_ALPHABETS: Final = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
_REFUSED_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "reg.mydomain.com"})
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)+")
_PORTS: Final = range(1, 1 << 16)
_CORRUPTED: Final = re.compile(r"[\s$#'\"\\`]")
"""An environment file and a shell read these as something else (GH#16372, GH#8756)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSFiles:
    """Absolute paths on the host; Harbor copies both, so a renewal takes another `prepare`."""

    certificate: str
    private_key: str
    port: int = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A PostgreSQL, 12 or later, that is not Harbor's own."""

    host: str
    port: int = 5432
    name: str = "registry"
    username: str
    password: Secret
    ssl_mode: str = "require"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Storage:
    """Where blobs are kept instead of on the host.

    Attributes:
        endpoint: URL of a MinIO and the like; empty for AWS.
        ca_bundle: absolute path on the host, of what signed the endpoint's certificate.
        redirects: clients are sent to the bucket, which all of them must then reach and trust.
    """

    bucket: str
    region: str
    access_key: str
    secret_key: Secret
    endpoint: str = ""
    ca_bundle: str = ""
    redirects: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trivy:
    """How Trivy gets its data; repositories are known from 2.15 on."""

    skip_update: bool = False
    offline: bool = False
    db_repository: str = ""
    java_db_repository: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPProxy:
    """What core, jobservice and Trivy go out through."""

    url: str
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HarborSettings:
    """What is set in harbor.yml; everything else stays as its version ships it.

    Attributes:
        external_url: how the fleet calls it, where that is not the host name with its port.
        tls: None for plain HTTP, which needs an `external_url` that something else serves by TLS.
        metrics_port: opens metrics without any login, on every address; None for none.
        internal_tls: absolute path of the certificates between components, or empty.
    """

    hostname: str
    admin_password: Secret
    database_password: Secret
    tls: TLSFiles | None
    external_url: str = ""
    http_port: int = 80
    data_volume: str = "/data"
    database: Database | None = None
    storage: S3Storage | None = None
    trivy: Trivy = field(default_factory=Trivy)
    metrics_port: int | None = None
    proxy: HTTPProxy | None = None
    internal_tls: str = ""


def new_password(choose: Callable[[Sequence[str]], str]) -> Secret:
    """Return a password that no file of Harbor corrupts and its own rule takes.

    24 letters and digits with each of upper, lower and digit; `choose` is `secrets.choice`.
    """
    everything = "".join(_ALPHABETS)
    while True:
        text = "".join(choose(everything) for _index in range(_LENGTH))
        if all(set(text) & set(alphabet) for alphabet in _ALPHABETS):
            return Secret(text)


def check(settings: HarborSettings) -> None:
    """Raise InputError for the first value that Harbor would refuse or turn into another."""
    _check_names(settings)
    for port in (settings.http_port, settings.tls and settings.tls.port, settings.metrics_port):
        if port is not None and port not in _PORTS:
            raise _wrong(_("{value} is no port.").format(value=port))
    paths = [settings.data_volume, settings.internal_tls]
    if settings.tls:
        paths += [settings.tls.certificate, settings.tls.private_key]
    if settings.storage:
        paths.append(settings.storage.ca_bundle)
    for path in paths:
        if path and not _PATH.fullmatch(path):
            raise _wrong(
                _("“{value}” is no path that Harbor takes.").format(value=path),
                todo=_("Use an absolute path of letters, digits, “.”, “_” and “-”."),
            )
    _check_secrets(settings)
    if settings.storage:
        _check_raw(settings.storage)


def _check_names(settings: HarborSettings) -> None:
    name = settings.hostname
    if name in _REFUSED_HOSTS or not (_HOST.fullmatch(name) or _is_address(name)):
        raise _wrong(
            _("“{value}” cannot be the host name of Harbor.").format(value=name),
            todo=_("Name it as its clients reach it, without scheme and port."),
        )
    url = _split(settings.external_url)
    if settings.external_url and (url.scheme not in {"http", "https"} or not url.hostname):
        raise _wrong(_("“{value}” is no URL.").format(value=settings.external_url))
    if settings.external_url and url.path:
        raise _wrong(_("The external URL of Harbor has no path."))
    if settings.tls is None and url.scheme != "https":
        raise _wrong(
            _("Hosts trust a registry by TLS, and this one would have none."),
            todo=_("Give a certificate, or the https:// URL of what stands before it."),
        )


def _split(text: str) -> SplitResult:
    """Return the parts of a URL; raises InputError where its host or port cannot be meant."""
    try:
        url = urlsplit(text)
        has_port = url.port != 0
    except ValueError as error:
        raise _wrong(_("“{value}” is no URL.").format(value=text)) from error
    if not has_port:
        raise _wrong(_("“{value}” is no URL.").format(value=text))
    return url


def _check_secrets(settings: HarborSettings) -> None:
    secrets = [settings.admin_password, settings.database_password]
    if settings.database:
        secrets.append(settings.database.password)
    for secret in secrets:
        if not secret or _CORRUPTED.search(secret.reveal()):
            raise _wrong(
                _("A password has a character that Harbor's own files corrupt."),
                todo=_("Use letters and digits, or leave it to Pilotage to make one."),
            )


def _check_raw(storage: S3Storage) -> None:
    """Refuse what is something else as raw YAML: a key of digits would become a number."""
    for name, text in (
        ("bucket", storage.bucket),
        ("region", storage.region),
        ("accesskey", storage.access_key),
        ("secretkey", storage.secret_key.reveal()),
        ("regionendpoint", storage.endpoint or "none"),
    ):
        try:
            read = yaml.safe_load(f"key: {text}")
        except yaml.YAMLError:
            read = None
        if read != {"key": text}:
            raise _wrong(
                _("The {key} of the storage would become something else in Harbor's files.").format(
                    key=name
                ),
                todo=_("Use one that is a plain word of YAML."),
            )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _wrong(what: str, *, todo: str = "") -> InputError:
    return InputError(what, todo=todo)
