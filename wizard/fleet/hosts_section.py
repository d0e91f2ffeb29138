"""Read `hosts`, `groups`, `defaults` and `ssh_config` of a migration file into a fleet.

An option is taken from the first that sets it: the host, its group, `defaults`, ssh_config.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.errors import MigrationFileError
from wizard.fleet.host import Fleet, Host
from wizard.fleet.host_options import OPTION_KEYS, HostOptions, absolute, read_options
from wizard.fleet.names import MAX_HOSTS, check_name, expand
from wizard.fleet.section import Section
from wizard.fleet.yaml_text import Mapping, Node, Scalar, Sequence, YAMLText, is_empty
from wizard.wording import _

DEFAULT_SSH_CONFIG: Final = "~/.ssh/config"
FLEET_KEYS: Final = ("ssh_config", "defaults", "groups", "hosts")
_HOST_KEYS: Final = ("address", "alias", "group", *OPTION_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHConfigHost:
    """What ssh_config says of an alias.

    Attributes:
        address: HostName, or the alias itself.
        warnings: directives for it that are not honoured.
    """

    address: str
    options: HostOptions
    warnings: tuple[str, ...] = ()


Lookup = Callable[[str, str], SSHConfigHost]
"""From (alias, absolute path of an ssh_config file) to what it says; raises PilotageError."""


def read_ssh_config(top: Section, base: Path) -> str:
    """Return the ssh_config file that all hosts are looked up in, or empty for none."""
    node = top.place("ssh_config")
    if not top.has("ssh_config"):
        return ""
    if isinstance(node, Scalar) and node.plain and node.text in {"true", "false"}:
        return absolute(DEFAULT_SSH_CONFIG, base) if node.text == "true" else ""
    return absolute(top.text("ssh_config") or "", base)


def read_fleet(top: Section, base: Path, lookup: Lookup) -> Fleet:
    """Return the hosts in the order of the file, those of groups after the others.

    Raises MigrationFileError at the place of the first mistake.
    """
    return _FleetReader(top, base, lookup).read()


class _FleetReader:
    def __init__(self, top: Section, base: Path, lookup: Lookup) -> None:
        self._top = top
        self._source = top.source
        self._base = base
        self._lookup = lookup
        self._ssh_config = read_ssh_config(top, base)
        self._defaults = HostOptions()
        self._groups: dict[str, HostOptions] = {}
        self._hosts: dict[str, Host] = {}
        self._lines: dict[str, int] = {}

    def read(self) -> Fleet:
        defaults = self._top.section("defaults", _("the section defaults"), OPTION_KEYS)
        if defaults:
            self._defaults = read_options(defaults, self._base)
        groups = self._top.section("groups", _("the section groups"), None)
        members: list[tuple[str, Node]] = []
        if groups:
            for key, node in groups.node.entries:
                members.extend(self._read_group(key, node))
        if self._top.has("hosts"):
            self._read_hosts(self._top.place("hosts"), "")
        for group, hosts in members:
            self._read_hosts(hosts, group)
        if not self._hosts:
            raise self._source.refuse(
                self._top.place("hosts"),
                _("There are no hosts."),
                todo=_("Name at least one under “hosts:”."),
            )
        return Fleet(hosts=tuple(self._hosts.values()))

    def _read_group(self, key: Scalar, node: Node) -> list[tuple[str, Node]]:
        if not key.text or not key.text.isprintable():
            raise self._source.refuse(key, _("A group needs a name."))
        self._groups[key.text] = HostOptions()
        if is_empty(node):
            return []
        title = _("group {name}").format(name=key.text)
        section = Section(self._source, node, title, ("hosts", *OPTION_KEYS))
        self._groups[key.text] = read_options(section, self._base)
        return [(key.text, section.place("hosts"))] if section.has("hosts") else []

    def _read_hosts(self, node: Node, group: str) -> None:
        if is_empty(node):
            return
        if isinstance(node, Mapping):
            for key, options in node.entries:
                self._read_host(key, options, group)
        elif isinstance(node, Sequence):
            for item in node.items:
                self._read_item(item, group)
        else:
            raise self._source.refuse(
                node, _("“hosts”: expected a list of names, or names with options.")
            )

    def _read_item(self, item: Node, group: str) -> None:
        if isinstance(item, Mapping):
            section = Section(self._source, item, _("a host"), ("name", *_HOST_KEYS))
            name = section.place("name")
            if not section.has("name") or not isinstance(name, Scalar):
                raise self._source.refuse(item, _("This host has no “name”."))
            self._read_host(name, item, group, extra=("name",))
        elif isinstance(item, Scalar):
            self._read_host(item, None, group)
        else:
            raise self._source.refuse(item, _("Expected the name of a host."))

    def _read_host(
        self, name: Scalar, node: Node | None, group: str, *, extra: tuple[str, ...] = ()
    ) -> None:
        names = self._expanded(name, name.text)
        section = None
        if node is not None and not is_empty(node):
            title = _("host {name}").format(name=name.text)
            section = Section(self._source, node, title, (*extra, *_HOST_KEYS))
        if len(self._hosts) + len(names) > MAX_HOSTS:
            raise self._source.refuse(
                name, _("A fleet has at most {limit} hosts.").format(limit=MAX_HOSTS)
            )
        group = self._group_of(section, group)
        own = read_options(section, self._base) if section else HostOptions()
        options = own.over(self._groups.get(group, HostOptions())).over(self._defaults)
        addresses = self._parallel(section, "address", names)
        aliases = self._aliases(section, names)
        for index, one in enumerate(names):
            self._refuse_duplicate(name, one)
            self._hosts[one] = self._host(
                name,
                one,
                address=addresses[index] if addresses else "",
                alias=aliases[index] if aliases else "",
                options=options,
                group=group,
            )

    def _host(
        self,
        place: Scalar,
        name: str,
        *,
        address: str,
        alias: str,
        options: HostOptions,
        group: str,
    ) -> Host:
        if not alias:
            return options.host(name=name, address=address or name, group=group)
        file = self._ssh_config or absolute(DEFAULT_SSH_CONFIG, self._base)
        try:
            found = self._lookup(alias, file)
            check_name(address or found.address)
        except ValueError as error:
            raise self._source.refuse(
                place, _("ssh_config names an impossible address: {reason}").format(reason=error)
            ) from error
        return options.over(found.options).host(
            name=name,
            address=address or found.address,
            group=group,
            alias=alias,
            ssh_warnings=found.warnings,
        )

    def _group_of(self, section: Section | None, group: str) -> str:
        named = section.text("group") if section else None
        if named is None or section is None:
            return group
        if group and named != group:
            raise section.refuse(
                "group", _("The host stands under group “{group}”.").format(group=group)
            )
        if named not in self._groups:
            known = ", ".join(self._groups) or _("none")
            raise section.refuse(
                "group",
                _("There is no group “{name}”.").format(name=named),
                todo=_("Groups of this file: {names}.").format(names=known),
            )
        return named

    def _aliases(self, section: Section | None, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return what to look hosts up as: their names with ssh_config, unless told otherwise."""
        if section and section.has("alias"):
            node = section.place("alias")
            if isinstance(node, Scalar) and node.plain and node.text == "false":
                return ()
            return self._parallel(section, "alias", names)
        return names if self._ssh_config else ()

    def _parallel(
        self, section: Section | None, key: str, names: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return one text for each name: its range must count as many as the name's."""
        text = section.text(key) if section else None
        if text is None or section is None:
            return ()
        texts = self._expanded(section.place(key), text)
        if len(texts) != len(names):
            raise section.refuse(
                key,
                _("“{key}” stands for {count}, but the name for {names}.").format(
                    key=key, count=len(texts), names=len(names)
                ),
                todo=_("Give both ranges the same length."),
            )
        return texts

    def _expanded(self, node: Node, pattern: str) -> tuple[str, ...]:
        try:
            return expand(pattern)
        except ValueError as error:
            raise self._source.refuse(node, str(error)) from error

    def _refuse_duplicate(self, place: Scalar, name: str) -> None:
        if name in self._lines:
            raise _duplicate(self._source, place, name, self._lines[name])
        self._lines[name] = place.line


def _duplicate(source: YAMLText, place: Scalar, name: str, first: int) -> MigrationFileError:
    return source.refuse(
        place,
        _("The host “{name}” is there twice, first in line {line}.").format(name=name, line=first),
        todo=_("Give each host one name and one place."),
    )
