"""A migration as the data of its file: defaults left out, shared options factored out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

import yaml

from wizard.fleet.host import Fleet, Host
from wizard.fleet.host_options import HostOptions, options_of
from wizard.fleet.policy import (
    CanaryChoice,
    Migration,
    PlaceChoice,
    RolloutPolicy,
    TargetChoice,
)
from wizard.fleet.value_section import value_data

AliasOptions = Callable[[str], tuple[str, HostOptions]]
"""From an alias to the address and the options that ssh_config gives it."""

VERSION: Final = 1
_KEY_OF_FIELD: Final = {"identity_files": "identity_file", "known_hosts_files": "known_hosts"}
_DEFAULTS: Final = options_of(Host(name="default", address="default"))


class BlockList(list[Any]):
    """A list that is written with one item a line."""


class FlowMapping(dict[str, Any]):
    """A mapping that is written in braces."""


def migration_data(migration: Migration, alias_options: AliasOptions) -> dict[str, Any]:
    """Return the content of the file of `migration`, in the order in which it is written."""
    data: dict[str, Any] = {"version": VERSION}
    data.update(_fleet_data(migration, alias_options))
    data.update(_secrets_data(migration))
    if migration.target:
        data["target"] = _target_data(migration.target)
    data["rollout"] = _rollout_data(migration.policy)
    return data


def render(data: Mapping[str, Any]) -> str:
    """Return data of the file as YAML, sections apart by an empty line."""
    sections = [_dump({key: value}) for key, value in data.items()]
    return "\n".join(sections)


def render_value(value: Any) -> str:
    """Return one value as YAML that fits on the line of its key."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, width=_ONE_LINE, default_flow_style=True
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _fleet_data(migration: Migration, alias_options: AliasOptions) -> dict[str, Any]:
    fleet = migration.fleet
    defaults = _shared(fleet.hosts, _DEFAULTS)
    groups = {
        name: _shared(members, {**_DEFAULTS, **defaults}, inherited=defaults.get("labels", ()))
        for name, members in _by_group(fleet).items()
    }
    data: dict[str, Any] = {}
    if migration.ssh_config:
        data["ssh_config"] = migration.ssh_config
    if defaults:
        data["defaults"] = _yaml_options(defaults)
    if groups:
        data["groups"] = {name: _yaml_options(shared) or None for name, shared in groups.items()}
    hosts: dict[str, FlowMapping | None] = {}
    for host in fleet.hosts:
        inherited = [defaults, groups.get(host.group, {})]
        hosts[host.name] = _host_data(host, inherited, migration, alias_options) or None
    data["hosts"] = hosts if any(hosts.values()) else BlockList(hosts)
    return data


def _host_data(
    host: Host,
    inherited: Sequence[Mapping[str, Any]],
    migration: Migration,
    alias_options: AliasOptions,
) -> FlowMapping:
    data = FlowMapping()
    address = host.name
    base: dict[str, Any] = dict(_DEFAULTS)
    if host.alias:
        address, found = alias_options(host.alias)
        base.update({key: value for key, value in _set_options(found).items() if key != "labels"})
        if host.alias != host.name or not migration.ssh_config:
            data["alias"] = host.alias
    elif migration.ssh_config:
        data["alias"] = False
    if host.address != address:
        data["address"] = host.address
    if host.group:
        data["group"] = host.group
    labels: dict[str, str] = {}
    for level in inherited:
        base.update({key: value for key, value in level.items() if key != "labels"})
        labels.update(level.get("labels", ()))
    own = {key: value for key, value in options_of(host).items() if value != base[key]}
    own["labels"] = tuple(pair for pair in host.labels if pair not in labels.items())
    data.update(_yaml_options(own))
    return data


def _shared(
    hosts: Sequence[Host],
    known: Mapping[str, Any],
    *,
    inherited: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return what all hosts have in common and is not `known`.

    Nothing, if one is looked up in ssh_config: shared options would overrule what it says.
    """
    if len(hosts) < 2 or any(host.alias for host in hosts):  # noqa: PLR2004  # one shares nothing
        return {}
    first = options_of(hosts[0])
    shared = {
        key: value
        for key, value in first.items()
        if key != "labels"
        and value != known[key]
        and all(getattr(host, key) == value for host in hosts)
    }
    labels = [
        pair
        for pair in hosts[0].labels
        if pair not in inherited and all(pair in host.labels for host in hosts)
    ]
    return {**shared, **({"labels": tuple(labels)} if labels else {})}


def _by_group(fleet: Fleet) -> dict[str, list[Host]]:
    groups: dict[str, list[Host]] = {}
    for host in fleet.hosts:
        if host.group:
            groups.setdefault(host.group, []).append(host)
    return groups


def _set_options(options: HostOptions) -> dict[str, Any]:
    return {
        field.name: value
        for field in dataclasses.fields(options)
        if (value := getattr(options, field.name)) is not None
    }


def _yaml_options(options: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in options.items():
        if key == "labels":
            if value:
                data[key] = FlowMapping(value)
        else:
            data[_KEY_OF_FIELD.get(key, key)] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value


def _secrets_data(migration: Migration) -> dict[str, Any]:
    credentials: dict[str, dict[str, str]] = {}
    for name, text in migration.sudo_passwords:
        credentials.setdefault(name, {})["sudo_password"] = text
    for name, text in migration.login_passwords:
        credentials.setdefault(name, {})["login_password"] = text
    data: dict[str, Any] = {}
    if credentials:
        data["credentials"] = credentials
    if migration.passphrases:
        data["passphrases"] = dict(migration.passphrases)
    return data


def _target_data(target: TargetChoice) -> dict[str, Any]:
    data = _chosen(target, always={"kind", "url"})
    if target.upstreams:
        data["upstreams"] = {
            place.upstream: FlowMapping(_chosen(place, never={"upstream"}))
            for place in target.upstreams
        }
    if target.provision:
        data["provision"] = value_data(target.provision)
    return data


def _chosen(
    choice: TargetChoice | PlaceChoice,
    *,
    always: Collection[str] = (),
    never: Collection[str] = (),
) -> dict[str, Any]:
    """Return by name what differs from its default."""
    return {
        field.name: getattr(choice, field.name)
        for field in dataclasses.fields(choice)
        if field.name not in never
        and (field.name in always or getattr(choice, field.name) != field.default)
    }


def _rollout_data(policy: RolloutPolicy) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in dataclasses.fields(policy):
        value = getattr(policy, field.name)
        match field.name:
            case "canary":
                data["canary"] = _canary_data(policy.canary)
            case "waves":
                data["waves"] = [int(size) if size.isdigit() else size for size in value]
            case "allow_restart":
                data["allow_restart"] = list(value)
            case _:
                data[field.name] = _plain(value)
    return data


def _canary_data(canary: CanaryChoice) -> FlowMapping:
    if canary.hosts:
        return FlowMapping(hosts=list(canary.hosts))
    if canary.label:
        return FlowMapping(label=canary.label)
    return FlowMapping(per_flavour=canary.per_flavour)


_ONE_LINE: Final = 1 << 30


class _Dumper(yaml.SafeDumper):
    """Write short lists in brackets, labels in braces, nothing for None."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # pyyaml's own signature
        """Indent lists under their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # pyyaml's own signature
        """Write equal values out each time."""
        return True


_Dumper.add_representer(
    type(None), lambda dumper, _none: dumper.represent_scalar("tag:yaml.org,2002:null", "")
)
_Dumper.add_representer(
    list, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, True)
)
_Dumper.add_representer(
    BlockList,
    lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, False),
)
_Dumper.add_representer(
    FlowMapping,
    lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, True),
)


def _dump(data: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        dict(data),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_ONE_LINE,
        default_flow_style=False,
    )
    return text
