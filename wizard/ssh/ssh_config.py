"""The operator's ssh_config, read once and asked per alias.

asyncssh would read it at each connect: 266 ms with 5,000 Host blocks (facts/fleet.md §3.1).
Nothing in it is executed: `Match exec` and `ProxyCommand` are reported as not honoured.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.ssh.ssh_config_file import Block, Condition, Directive, Subject, read_blocks
from wizard.wording import _

_HONOURED: Final = frozenset(
    {
        "globalknownhostsfile",
        "hostkeyalias",
        "hostname",
        "identitiesonly",
        "identityagent",
        "identityfile",
        "port",
        "proxyjump",
        "user",
        "userknownhostsfile",
    }
)
_CHANGES_THE_CONNECTION: Final = frozenset(
    {
        "addressfamily",
        "bindaddress",
        "bindinterface",
        "canonicalizehostname",
        "certificatefile",
        "ciphers",
        "hostkeyalgorithms",
        "kexalgorithms",
        "knownhostscommand",
        "macs",
        "pkcs11provider",
        "preferredauthentications",
        "proxycommand",
        "remotecommand",
        "revokedhostkeys",
        "stricthostkeychecking",
        "verifyhostkeydns",
    }
)
"""Directives whose absence an operator would notice; the others change nothing for us."""
_NOTHING: Final = frozenset({"none", "/dev/null"})
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False}
_TOKEN: Final = re.compile(r"%(.)|\$\{(\w+)\}")
_PORTS: Final = range(1, 65536)
_PORT_DIGITS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHOptions:
    """What ssh_config says of one alias; None and empty where it says nothing.

    Attributes:
        known_hosts_files: `none` and `/dev/null` are left out: they would only mean that every
            key is unknown, never that none is checked.
        ignored: directives that are not honoured, as written, with criteria of `Match` that are
            not (`Match exec`).
    """

    address: str
    port: int | None = None
    user: str | None = None
    identity_files: tuple[str, ...] = ()
    identities_only: bool = False
    identity_agent: str | None = None
    proxy_jump: tuple[str, ...] = ()
    known_hosts_files: tuple[str, ...] = ()
    host_key_alias: str | None = None
    ignored: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Found:
    """What the blocks for one alias said so far; the first value of a directive wins."""

    alias: str
    local_user: str
    first: dict[str, tuple[str, ...]] = field(default_factory=dict)
    identity_files: list[str] = field(default_factory=list)
    ignored: dict[str, None] = field(default_factory=dict)

    def take(self, directive: Directive) -> None:
        keyword = directive.keyword
        if keyword == "identityfile":
            self.identity_files += directive.values[:1]
        elif keyword in _HONOURED:
            if keyword == "proxyjump" and "proxycommand" in self.first:
                return
            self.first.setdefault(keyword, directive.values)
        elif keyword == "proxycommand" and directive.values[0].lower() == "none":
            self.first.setdefault(keyword, directive.values)
        elif keyword in _CHANGES_THE_CONNECTION:
            self.ignored[directive.written] = None

    def value(self, keyword: str) -> str | None:
        """Return the first word of a directive, None where nothing set it."""
        values = self.first.get(keyword)
        return values[0] if values else None

    def holds(self, condition: Condition) -> bool:
        """Tell whether a condition holds by what is known so far."""
        match condition.subject:
            case Subject.ALL:
                return not condition.is_negated
            case Subject.ALIAS:
                return condition.holds_for(self.alias)
            case Subject.ADDRESS:
                address = self.value("hostname") or self.alias
                return condition.holds_for(address.replace("%h", self.alias))
            case Subject.USER:
                return condition.holds_for(self.value("user") or self.local_user)
            case Subject.LOCAL_USER:
                return condition.holds_for(self.local_user)
            case Subject.UNSUPPORTED:
                self.ignored[f"Match {condition.written}"] = None
                return False


@dataclass(slots=True, kw_only=True)
class SSHConfig:
    """A parsed ssh_config; `read` makes one.

    Attributes:
        home: for `~`, relative paths and relative includes.
        local_user: for `%u`, `Match localuser` and hosts without User.
        environ: for `${NAME}`.
    """

    home: Path
    local_user: str
    environ: Mapping[str, str]
    _blocks: list[Block] = field(default_factory=list)
    _aliases: dict[str, None] = field(default_factory=dict)
    _literal: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _general: list[int] = field(default_factory=list)

    @classmethod
    def read(
        cls,
        file: Path,
        *,
        home: Path,
        local_user: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> SSHConfig:
        """Read `file` and what it includes; a file that does not exist is empty.

        Raises InputError with file and line.
        """
        config = cls(
            home=home,
            local_user=local_user or getpass.getuser(),
            environ=os.environ if environ is None else environ,
        )
        config._blocks = read_blocks(file, home)
        for block in config._blocks:
            for directive in block.directives:
                _check(directive)
        config._index()
        return config

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return the concrete aliases of Host lines, in order."""
        return tuple(self._aliases)

    def resolve(self, alias: str) -> SSHOptions:
        """Return what is said of `alias`; the first value of each directive wins."""
        found = _Found(alias=alias, local_user=self.local_user)
        for block in self._candidates(alias):
            if all(found.holds(condition) for condition in block.conditions):
                for directive in block.directives:
                    found.take(directive)
        return self._options(found)

    def _candidates(self, alias: str) -> Iterator[Block]:
        """Yield, in order, the blocks that are not for other aliases only."""
        for index in sorted({*self._literal.get(alias, ()), *self._general}):
            yield self._blocks[index]

    def _index(self) -> None:
        for index, block in enumerate(self._blocks):
            own = next((names for one in block.conditions if (names := one.literals)), ())
            for name in own:
                self._literal[name].append(index)
            if not own:
                self._general.append(index)
            for condition in block.conditions:
                if condition.subject is Subject.ALIAS and not condition.is_criterion:
                    concrete = (name for name in condition.patterns if not set(name) & set("*?!"))
                    self._aliases.update(dict.fromkeys(concrete))

    def _options(self, found: _Found) -> SSHOptions:
        alias = found.alias
        user = found.value("user") or self.local_user
        port = found.value("port")
        tokens = {
            "%": "%",
            "d": str(self.home),
            "h": alias,
            "L": platform.node().partition(".")[0],
            "l": platform.node(),
            "n": alias,
            "p": port or "22",
            "r": user,
            "u": self.local_user,
        }
        address = self._expanded(found.value("hostname") or alias, tokens)
        tokens["h"] = address
        tokens["k"] = found.value("hostkeyalias") or alias
        agent = found.value("identityagent")
        return SSHOptions(
            address=address,
            port=int(port) if port else None,
            user=user,
            identity_files=tuple(
                self._path(file, tokens)
                for file in dict.fromkeys(found.identity_files)
                if file not in _NOTHING
            ),
            identities_only=_BOOLEANS[(found.value("identitiesonly") or "no").lower()],
            identity_agent=self._agent(agent, tokens) if agent else None,
            proxy_jump=self._hops(found.value("proxyjump"), tokens),
            known_hosts_files=self._known_hosts(found, tokens),
            host_key_alias=found.value("hostkeyalias"),
            ignored=tuple(found.ignored),
        )

    def _known_hosts(self, found: _Found, tokens: Mapping[str, str]) -> tuple[str, ...]:
        """Return the files that are named; naming the global ones leaves the user's own in place.

        asyncssh drops the user's own then (facts/fleet.md §3.1).
        """
        system = found.first.get("globalknownhostsfile", ())
        own = found.first.get("userknownhostsfile", ("~/.ssh/known_hosts",) if system else ())
        return tuple(self._path(file, tokens) for file in (*own, *system) if file not in _NOTHING)

    def _hops(self, jump: str | None, tokens: Mapping[str, str]) -> tuple[str, ...]:
        if jump is None or jump.lower() == "none":
            return ()
        hops = self._expanded(jump, tokens).split(",")
        return tuple(hop.strip().removeprefix("ssh://").rstrip("/") for hop in hops)

    def _agent(self, written: str, tokens: Mapping[str, str]) -> str | None:
        if written == "none":
            return written
        if written == "SSH_AUTH_SOCK":
            return None
        if written.startswith("$") and not written.startswith("${"):
            return self.environ.get(written[1:])
        return self._path(written, tokens)

    def _path(self, written: str, tokens: Mapping[str, str]) -> str:
        path = self._expanded(written, tokens)
        if path == "~" or path.startswith("~/"):
            path = str(self.home) + path[1:]
        return str(self.home / path)

    def _expanded(self, written: str, tokens: Mapping[str, str]) -> str:
        """Replace `%x` and `${NAME}` in one pass; what is not known stays as it is."""

        def value(found: re.Match[str]) -> str:
            token, name = found.groups()
            return (tokens.get(token) if token else self.environ.get(name)) or found.group()

        return _TOKEN.sub(value, written)


def _check(directive: Directive) -> None:
    value = directive.values[0]
    expected = ""
    match directive.keyword:
        case "port" if not _is_port(value):
            expected = _("Expected a number from 1 to 65535.")
        case "identitiesonly" if value.lower() not in _BOOLEANS:
            expected = _("Expected yes or no.")
        case "hostname" | "user" | "proxyjump" | "hostkeyalias" if len(directive.values) > 1:
            expected = _("Expected one word.")
    if expected:
        raise InputError(
            _("{keyword} cannot be “{value}”.").format(
                keyword=directive.written, value=" ".join(directive.values)
            ),
            file=directive.place,
            todo=expected,
        )


def _is_port(text: str) -> bool:
    is_short_number = text.isascii() and text.isdigit() and len(text) <= _PORT_DIGITS
    return is_short_number and int(text) in _PORTS
