"""harbor.yml for one host, out of the template that came with the very installer; pure.

The template of another version lacks keys without which Harbor's `prepare` ends in a KeyError, or
has some that it does not know (facts/harbor.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from wizard.errors import InputError
from wizard.registries.installing import template_edit as edit
from wizard.registries.installing.settings import (
    Database,
    HarborSettings,
    S3Storage,
    Trivy,
    check,
)
from wizard.secret import Secret
from wizard.wording import _

_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.\d+")
OLDEST: Final = (2, 9)
"""Notary and its databases are gone from it on, so that one dump is a whole backup."""

_REPOSITORIES_SINCE: Final = (2, 15)
_JAVA_DB_SINCE: Final = (2, 11)
_REQUIRED: Final = (
    ("hostname",),
    ("harbor_admin_password",),
    ("data_volume",),
    ("jobservice", "max_job_workers"),
    ("jobservice", "job_loggers"),
    ("jobservice", "logger_sweeper_duration"),
    ("notification", "webhook_job_max_retry"),
    ("notification", "webhook_job_http_client_timeout"),
    ("log", "level"),
)
"""A KeyError each, where it is missing."""

_METRICS_PATH: Final = "/metrics"
"""Harbor's nginx matches this one only, whatever the file says (facts/harbor.md §2.18)."""


def template_version(template: str, *, file: str) -> tuple[int, int]:
    """Return major and minor version of a template; raises InputError for older than 2.9."""
    found = _VERSION.fullmatch(str(edit.says(template, file=file).get("_version", "")))
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < OLDEST:
        raise InputError(
            _("This is no template of Harbor 2.9 or later."),
            file=file,
            todo=_("Use harbor.yml.tmpl as it comes with the installer."),
        )
    return version


def harbor_yml(template: str, settings: HarborSettings, *, file: str = "harbor.yml.tmpl") -> Secret:
    """Return the text of harbor.yml, which holds passwords.

    Args:
        template: `harbor.yml.tmpl` of the installer that will be run.
        settings: what the operator chose.
        file: how errors name the template.

    Raises InputError for settings or a template that would not work.
    """
    check(settings)
    version = template_version(template, file=file)
    text = _named(template, settings, file)
    text = edit.with_value(
        text, ["harbor_admin_password"], settings.admin_password.reveal(), file=file
    )
    text = edit.with_value(
        text, ["database", "password"], settings.database_password.reveal(), file=file
    )
    text = edit.with_bare_line(text, "data_volume", settings.data_volume, file=file)
    text = _with_trivy(text, settings.trivy, version, file)
    for key, block in _blocks(settings).items():
        text = edit.with_block(text, key, block, file=file)
    if settings.proxy:
        no_proxy = ",".join(settings.proxy.no_proxy)
        for name in ("http_proxy", "https_proxy"):
            text = edit.with_value(text, ["proxy", name], settings.proxy.url, file=file)
        if no_proxy:
            text = edit.with_value(text, ["proxy", "no_proxy"], no_proxy, file=file)
    _check_keys(text, file)
    return Secret(text)


def _named(text: str, settings: HarborSettings, file: str) -> str:
    text = edit.with_value(text, ["hostname"], settings.hostname, file=file)
    text = edit.with_value(text, ["http", "port"], settings.http_port, file=file)
    if settings.external_url:
        text = edit.with_block(text, "external_url", settings.external_url, file=file)
    if settings.tls is None:
        # Its placeholders are paths that must exist.
        return edit.without(text, "https", file=file)
    text = edit.with_value(text, ["https", "port"], settings.tls.port, file=file)
    text = edit.with_value(text, ["https", "certificate"], settings.tls.certificate, file=file)
    return edit.with_value(text, ["https", "private_key"], settings.tls.private_key, file=file)


def _with_trivy(text: str, trivy: Trivy, version: tuple[int, int], file: str) -> str:
    if (trivy.db_repository or trivy.java_db_repository) and version < _REPOSITORIES_SINCE:
        raise InputError(
            _("Where Trivy takes its data from can be chosen from Harbor 2.15 on."),
            file=file,
            todo=_("Take a newer Harbor, or bring the data in and skip updates."),
        )
    values: dict[str, str | bool] = {}
    if trivy.skip_update:
        values["skip_update"] = True
        if version >= _JAVA_DB_SINCE:
            values["skip_java_db_update"] = True
    if trivy.offline:
        values["offline_scan"] = True
    if trivy.db_repository:
        values["db_repository"] = trivy.db_repository
    if trivy.java_db_repository:
        values["java_db_repository"] = trivy.java_db_repository
    for key, value in values.items():
        text = edit.with_value(text, ["trivy", key], value, file=file)
    return text


def _blocks(settings: HarborSettings) -> Mapping[str, edit.Value]:
    blocks: dict[str, edit.Value] = {}
    if settings.internal_tls:
        blocks["internal_tls"] = {"enabled": True, "dir": settings.internal_tls}
    if settings.storage:
        blocks["storage_service"] = _storage(settings.storage)
    if settings.database:
        blocks["external_database"] = {"harbor": _database(settings.database)}
    if settings.metrics_port is not None:
        blocks["metric"] = {"enabled": True, "port": settings.metrics_port, "path": _METRICS_PATH}
    return blocks


def _storage(storage: S3Storage) -> Mapping[str, edit.Value]:
    s3: dict[str, edit.Value] = {
        "accesskey": storage.access_key,
        "secretkey": storage.secret_key.reveal(),
        "region": storage.region,
        "bucket": storage.bucket,
    }
    if storage.endpoint:
        s3 |= {
            "regionendpoint": storage.endpoint,
            "secure": storage.endpoint.startswith("https://"),
            "v4auth": True,
        }
    bundle: dict[str, edit.Value] = {"ca_bundle": storage.ca_bundle} if storage.ca_bundle else {}
    return {**bundle, "s3": s3, "redirect": {"disable": not storage.redirects}}


def _database(database: Database) -> Mapping[str, edit.Value]:
    return {
        "host": database.host,
        "port": database.port,
        "db_name": database.name,
        "username": database.username,
        "password": database.password.reveal(),
        "ssl_mode": database.ssl_mode,
        "max_idle_conns": 2,
        "max_open_conns": 0,
    }


def _check_keys(text: str, file: str) -> None:
    data = edit.says(text, file=file)
    for path in _REQUIRED:
        value: object = data
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            raise InputError(
                _("The template has no key “{key}”.").format(key=".".join(path)),
                file=file,
                todo=_("Use harbor.yml.tmpl as it comes with the installer."),
            )
