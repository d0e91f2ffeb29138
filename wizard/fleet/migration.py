"""`migration.yaml`: everything an operator chooses, read and written.

    version: 1
    defaults: {user: deploy, sudo: passwordless}
    groups:
      web:
        identity_file: ~/.ssh/web_ed25519
        proxy_jump: bastion.example.net
        labels: {role: web}
    hosts:
      web[01:20].example.net: {group: web}
      db1: {address: 10.0.0.7, port: 2222}
      old: {alias: legacy-box}
    credentials:
      default: {sudo_password: ask}
    target: {url: https://registry.example.net, ca_file: ca.pem}
    rollout:
      canary: {per_flavour: 1}
      waves: [3, 25%, 100%]

Unknown keys are errors. Secrets are references. Relative paths start at the file's folder.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from wizard.errors import MigrationFileError
from wizard.fleet.choice_sections import (
    read_credentials,
    read_passphrases,
    read_rollout,
    read_target,
)
from wizard.fleet.host import Fleet, Host
from wizard.fleet.host_options import HostOptions, absolute
from wizard.fleet.hosts_section import (
    DEFAULT_SSH_CONFIG,
    FLEET_KEYS,
    Lookup,
    read_fleet,
    read_ssh_config,
)
from wizard.fleet.policy import Migration
from wizard.fleet.provision_section import provision_checks
from wizard.fleet.proxy_url import proxy_of
from wizard.fleet.rendering import VERSION, migration_data, render
from wizard.fleet.secret_reference import absolute_reference
from wizard.fleet.section import Section
from wizard.fleet.span_edit import edited, rewritten
from wizard.fleet.value_section import normal_value
from wizard.fleet.whole_file import exists, read_whole, write_whole
from wizard.fleet.yaml_text import YAMLText, parse_yaml
from wizard.wording import _

_TOP_KEYS: Final = (
    "version",
    *FLEET_KEYS,
    "credentials",
    "passphrases",
    "target",
    "rollout",
)


def load(path: Path, *, lookup: Lookup) -> Migration:
    """Read and check the migration file at `path`.

    `lookup` says what ssh_config holds for an alias. Raises MigrationFileError with file, line,
    column and what was expected.
    """
    text = read_whole(
        path, if_missing=_("Name it with --migration FILE, or write one with the wizard.")
    )
    return _read(parse_yaml(text, file=str(path)), path, lookup)


def save(migration: Migration, path: Path, *, lookup: Lookup) -> bool:
    """Write `migration` to `path` atomically and tell whether the file had to change.

    What an existing file holds besides stays: values are replaced where they stand and no
    comment is lost. Raises MigrationFileError, the file untouched, when the existing file cannot
    be read or the migration cannot be written as a file.
    """
    migration = _normal(migration, path)

    def options_of_alias(alias: str) -> tuple[str, HostOptions]:
        file = migration.ssh_config or absolute(DEFAULT_SSH_CONFIG, path.parent)
        found = lookup(alias, file)
        return found.address, found.options

    data = migration_data(migration, options_of_alias)
    if not exists(path):
        text = render(data)
        _prove(text, migration, path, lookup)
        write_whole(path, text)
        return True
    source = parse_yaml(read_whole(path), file=str(path))
    present = _read(source, path, lookup)
    if present == migration:
        return False
    text = edited(source, migration_data(present, options_of_alias), data)
    if not _says(text, migration, path, lookup):
        text = rewritten(source, data)
        _prove(text, migration, path, lookup)
    write_whole(path, text)
    return True


def _read(source: YAMLText, path: Path, lookup: Lookup) -> Migration:
    base = Path(absolute(str(path.parent), Path.cwd()))
    top = Section(source, source.root, _("the file"), _TOP_KEYS)
    _check_version(top)
    fleet = read_fleet(top, base, lookup)
    sudo, login = read_credentials(top, base)
    ssh_config = read_ssh_config(top, base)
    return Migration(
        fleet=fleet,
        target=read_target(top, base),
        policy=read_rollout(top, fleet),
        sudo_passwords=sudo,
        login_passwords=login,
        passphrases=read_passphrases(top, base),
        ssh_config="" if ssh_config == absolute(DEFAULT_SSH_CONFIG, base) else ssh_config,
    )


def _check_version(top: Section) -> None:
    if not top.has("version"):
        raise top.refuse(
            "version",
            _("The file has no “version”."),
            todo=_("Begin it with “version: {version}”.").format(version=VERSION),
        )
    version = top.integer("version", minimum=0, maximum=1_000_000)
    if version != VERSION:
        raise top.refuse(
            "version",
            _("The file has version {found}; this Pilotage reads version {known}.").format(
                found=version, known=VERSION
            ),
            todo=_("Use the Pilotage that wrote it, or a newer one."),
        )


def _normal(migration: Migration, path: Path) -> Migration:
    """Return the migration as reading it back will give it: sorted labels, absolute paths."""
    base = Path(absolute(str(path.parent), Path.cwd()))

    def host(one: Host) -> Host:
        return dataclasses.replace(
            one,
            labels=tuple(sorted(one.labels)),
            identity_files=tuple(absolute(file, base) for file in one.identity_files),
            known_hosts_files=tuple(absolute(file, base) for file in one.known_hosts_files),
        )

    target = migration.target
    try:
        if target:
            target = dataclasses.replace(
                target,
                ca_file=absolute(target.ca_file, base) if target.ca_file else "",
                proxy=proxy_of(target.proxy, base),
                password=absolute_reference(target.password, base) if target.password else "",
                provision=target.provision
                and normal_value(target.provision, provision_checks(base)),
            )
        return dataclasses.replace(
            migration,
            fleet=Fleet(hosts=tuple(host(one) for one in migration.fleet.hosts)),
            target=target,
            sudo_passwords=_references(migration.sudo_passwords, base),
            login_passwords=_references(migration.login_passwords, base),
            passphrases=tuple(
                (absolute(key, base), absolute_reference(text, base))
                for key, text in migration.passphrases
            ),
        )
    except ValueError as error:
        raise MigrationFileError(
            _("A secret cannot be written into the file: {reason}").format(reason=error),
            file=str(path),
        ) from error


def _references(pairs: tuple[tuple[str, str], ...], base: Path) -> tuple[tuple[str, str], ...]:
    return tuple((name, absolute_reference(text, base)) for name, text in pairs)


def _says(text: str, migration: Migration, path: Path, lookup: Lookup) -> bool:
    try:
        return _read(parse_yaml(text, file=str(path)), path, lookup) == migration
    except MigrationFileError:
        return False


def _prove(text: str, migration: Migration, path: Path, lookup: Lookup) -> None:
    """Raise MigrationFileError unless `text`, read back, is exactly `migration`."""
    if _read(parse_yaml(text, file=_("the new {path}").format(path=path)), path, lookup) != (
        migration
    ):
        raise MigrationFileError(
            _("These choices cannot be written as a migration file: they would read differently."),
            file=str(path),
            todo=_("Nothing was written. Simplify host names, labels and addresses."),
        )
