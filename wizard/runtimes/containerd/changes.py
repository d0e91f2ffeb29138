"""The file changes that lead containerd's pulls to the target.

Where `config_path` names one directory already, a hosts.toml is all: it is read at each pull.
Else containerd's own configuration is edited too (facts/runtimes.md §2.2, §2.4).
"""

from __future__ import annotations

import re
from typing import Final

from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.files import file_at, file_change, text_of
from wizard.planning.paths import hosts_file
from wizard.planning.plan import BlockReason, FileChange, FilePurpose
from wizard.planning.toml_edit import Setting, edited
from wizard.planning.toml_statements import KeyPath
from wizard.runtimes.containerd.config import ConfigFile
from wizard.runtimes.containerd.effective import VERSION_2, mirrors_of, trusts_of
from wizard.runtimes.containerd.endpoints import endpoint_settings, needs_ca
from wizard.runtimes.containerd.mirror_tables import other_namespaces, own_hosts, upstream_hosts
from wizard.runtimes.containerd.situation import Situation
from wizard.runtimes.hosts_toml import (
    HostsFile,
    Trust,
    behind,
    certificates_beside,
    own_hosts_file,
    target_entry,
    wanted_text,
)
from wizard.target import Target, upstream_server

_DIAL_TIMEOUTS: Final = (2, 0, 7)
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?|_default")


def file_changes(here: Situation) -> tuple[FileChange, ...]:
    """Return the file changes: the CA, then what refers to it, then what refers to that.

    Raises Blocked where a file cannot be changed as it must be.
    """
    changes = []
    if here.ca is not None and (not here.by_endpoints or needs_ca(here)):
        changes.append(file_change(here.ca.file, FilePurpose.CA, here.ca.text))
    for namespace, wanted in _hosts_files(here).items():
        if not _NAMESPACE.fullmatch(namespace):
            raise Blocked(BlockReason.CONFIG_NOT_EDITABLE, f"mirrors.{namespace}")
        file = file_at(here.facts, hosts_file(here.directory, namespace))
        changes.append(file_change(file, FilePurpose.HOSTS, wanted_text(file, wanted)))
    if here.config is not None:
        file = file_at(here.facts, here.config.path)
        changes.append(file_change(file, FilePurpose.CONFIG, _config_text(here, here.config)))
    return tuple(change for change in changes if change is not None)


def _hosts_files(here: Situation) -> dict[str, HostsFile]:
    """Return the hosts.toml files by namespace: those that are moved, then old settings."""
    if here.by_endpoints:
        return {}
    moved = {one.upstream: _moved(here, one) for one in here.target.by_upstream}
    others = other_namespaces(here.registry.mirrors, _trusts(here))
    return {**moved, **{name: file for name, file in others.items() if name not in moved}}


def _moved(here: Situation, target: Target) -> HostsFile:
    """Return what leads one upstream's images to the target: ours, what was there, itself."""
    ours = target_entry(
        target,
        ca=here.ca.path if here.ca else "",
        dial_timeout=here.version >= _DIAL_TIMEOUTS,
    )
    file = file_at(here.facts, hosts_file(here.directory, target.upstream))
    kept = own_hosts_file(text_of(file) or "") or HostsFile(server="", hosts=())
    trusts = _trusts(here)
    found = upstream_hosts(target.upstream, here.registry.mirrors, trusts)
    api, _name = own_hosts(target.upstream)
    is_read = here.config is None
    beside = certificates_beside(here.facts, file.path) if is_read else ()
    return HostsFile(
        server=upstream_server(target.upstream),
        hosts=behind(ours, (*found, *kept.hosts[1:])),
        server_trust=trusts.get(api, kept.server_trust) if not beside else Trust(ca=beside),
    )


def _trusts(here: Situation) -> dict[str, Trust]:
    """Return the old `tls` settings that must move with `config_path`."""
    return dict(here.registry.trusts) if here.config is not None else {}


def _config_text(here: Situation, config: ConfigFile) -> str:
    _refuse_foreign_settings(here, config)
    settings = (
        endpoint_settings(here, config)
        if here.by_endpoints
        else (Setting(table=config.table, key="config_path", value=here.directory),)
    )
    without = () if here.by_endpoints else _old_tables(here, config)
    with naming_file(config.path):
        return edited(config.text, settings=settings, without=without)


def _old_tables(here: Situation, config: ConfigFile) -> tuple[KeyPath, ...]:
    """Return the tables beside which CRI takes no `config_path`."""
    mirrors = [(*config.table, "mirrors")] if mirrors_of(config.values) else []
    trusts = trusts_of(config.values) if here.version < VERSION_2 else {}
    return (*mirrors, *((*config.table, "configs", host, "tls") for host in trusts))


def _refuse_foreign_settings(here: Situation, config: ConfigFile) -> None:
    """Refuse when the file does not explain what is in effect."""
    registry = here.registry
    path = "" if registry.path_is_default else registry.config_path
    in_file = str(config.values.get("config_path") or "")
    explained = registry.path_is_default or path == in_file
    if not explained or set(registry.mirrors) != set(mirrors_of(config.values)):
        raise Blocked(BlockReason.CONFIG_IN_IMPORT, config.path)
    if here.version >= VERSION_2 and config.read_later:
        tables = ", ".join(".".join(table) for table in config.read_later)
        raise Blocked(BlockReason.CONFIG_WRONG_TABLE, tables)
