"""The operator's ssh_config, read once and asked per alias.

asyncssh would read it at each connect: 266 ms with 5,000 Host blocks (facts/fleet.md §3.1).
Nothing in it is executed: `Match exec` and `ProxyCommand` are reported as not honoured.
"""

from __future__ import annotations

import getpass
import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from wizard.errors import InputError
from wizard.wording import _

_MULTIPLE: Final = frozenset({"identityfile"})
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
        "certificatefile",
        "ciphers",
        "hostkeyalgorithms",
        "kexalgorithms",
        "knownhostscommand",
        "macs",
        "pkcs11provider",
        "proxycommand",
        "remotecommand",
        "stricthostkeychecking",
        "verifyhostkeydns",
    }
)
"""Directives whose absence an operator would notice; the others change nothing for us."""
_MAX_INCLUDES: Final = 16
_NO_FILE: Final = frozenset({"none", "/dev/null"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHOptions:
    """What ssh_config says of one alias; None and empty where it says nothing.

    Attributes:
        known_hosts_files: `none` and `/dev/null` are left out: they would only mean that every
            key is unknown, never that none is checked.
        ignored: directives that are not honoured, as written.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directive:
    keyword: str
    written: str
    values: tuple[str, ...]
    place: str


@dataclass(slots=True, kw_only=True)
class _Block:
    """Directives under one `Host` or `Match` line."""

    is_match: bool
    criteria: tuple[str, ...]
    directives: list[_Directive] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SSHConfig:
    """A parsed ssh_config; `read` makes one.

    Attributes:
        home: for `~` and relative includes.
        local_user: for `%u`, `Match localuser` and hosts without User.
    """

    home: Path
    local_user: str
    _blocks: list[_Block] = field(default_factory=list)
    _literal: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _general: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path, *, home: Path, local_user: str | None = None) -> SSHConfig:
        """Read `file` and what it includes; a file that does not exist is empty.

        Raises InputError with file and line.
        """
        config = cls(home=home, local_user=local_user or getpass.getuser())
        config._blocks.append(_Block(is_match=False, criteria=("*",)))
        config._read_file(file, depth=0)
        config._index()
        return config

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return the concrete aliases of Host lines, in order."""
        return tuple(self._literal)

    def resolve(self, alias: str) -> SSHOptions:
        """Return what is said of `alias`; the first value of each directive wins."""
        found: dict[str, tuple[str, ...]] = {}
        identity_files: list[str] = []
        ignored: list[str] = []
        for directive in self._directives(alias, found):
            if directive.keyword in _MULTIPLE:
                identity_files += directive.values
            elif directive.keyword in _HONOURED:
                found.setdefault(directive.keyword, directive.values)
            elif directive.keyword in _CHANGES_THE_CONNECTION:
                ignored.append(directive.written)
        return self._options(alias, found, identity_files, tuple(dict.fromkeys(ignored)))

    def _directives(self, alias: str, found: dict[str, tuple[str, ...]]) -> Iterator[_Directive]:
        for index in sorted([*self._literal.get(alias, ()), *self._general]):
            block = self._blocks[index]
            applies = (
                self._match_applies(block.criteria, alias, found)
                if block.is_match
                else _matches(block.criteria, alias)
            )
            if applies:
                yield from block.directives

    def _match_applies(
        self, criteria: Sequence[str], alias: str, found: dict[str, tuple[str, ...]]
    ) -> bool:
        words = list(criteria)
        while words:
            word = words.pop(0).lower()
            negated = word.startswith("!")
            word = word.lstrip("!")
            if word == "all":
                continue
            subject = {
                "host": found.get("hostname", (alias,))[0],
                "originalhost": alias,
                "user": found.get("user", (self.local_user,))[0],
                "localuser": self.local_user,
            }.get(word)
            if subject is None or not words:
                return False
            if _matches(tuple(words.pop(0).split(",")), subject) is negated:
                return False
        return True

    def _options(
        self,
        alias: str,
        found: dict[str, tuple[str, ...]],
        identity_files: Sequence[str],
        ignored: tuple[str, ...],
    ) -> SSHOptions:
        def first(keyword: str) -> str | None:
            values = found.get(keyword)
            return values[0] if values else None

        address = (first("hostname") or alias).replace("%h", alias)
        user = first("user") or self.local_user
        port = first("port")
        tokens = {"%d": str(self.home), "%h": address, "%r": user, "%u": self.local_user}
        known = [*found.get("userknownhostsfile", ()), *found.get("globalknownhostsfile", ())]
        jump = first("proxyjump")
        agent = first("identityagent")
        return SSHOptions(
            address=address,
            port=int(port) if port else None,
            user=user,
            identity_files=tuple(
                self._path(file, tokens) for file in identity_files if file not in _NO_FILE
            ),
            identities_only=(first("identitiesonly") or "no").lower() in {"yes", "true"},
            identity_agent=agent if agent in {None, "none"} else self._agent(str(agent), tokens),
            proxy_jump=() if jump in {None, "none"} else tuple(str(jump).split(",")),
            known_hosts_files=tuple(
                self._path(file, tokens) for file in known if file not in _NO_FILE
            ),
            host_key_alias=first("hostkeyalias"),
            ignored=ignored,
        )

    def _agent(self, value: str, tokens: dict[str, str]) -> str | None:
        return None if value == "SSH_AUTH_SOCK" else self._path(value, tokens)

    def _path(self, written: str, tokens: dict[str, str]) -> str:
        for token, value in tokens.items():
            written = written.replace(token, value)
        if written == "~" or written.startswith("~/"):
            written = str(self.home) + written[1:]
        return str(self.home / ".ssh" / written) if not written.startswith("/") else written

    def _read_file(self, file: Path, depth: int) -> None:
        try:
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputError(
                _("The ssh_config cannot be read: {error}").format(error=error.strerror),
                file=str(file),
                todo=_("Make it readable, or name another one."),
            ) from error
        for number, line in enumerate(text.splitlines(), 1):
            self._read_line(line, f"{file}:{number}", depth)

    def _read_line(self, line: str, place: str, depth: int) -> None:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            return
        written, values = _split(stripped, place)
        keyword = written.lower()
        match keyword:
            case "host":
                self._blocks.append(_Block(is_match=False, criteria=values))
            case "match":
                self._blocks.append(_Block(is_match=True, criteria=values))
            case "include":
                self._include(values, place, depth)
            case _:
                _check(keyword, written, values, place)
                self._blocks[-1].directives.append(
                    _Directive(keyword=keyword, written=written, values=values, place=place)
                )

    def _include(self, patterns: Sequence[str], place: str, depth: int) -> None:
        if depth >= _MAX_INCLUDES:
            raise InputError(
                _("Includes go more than {depth} files deep.").format(depth=_MAX_INCLUDES),
                file=place,
                todo=_("Look for a file that includes itself."),
            )
        outer = self._blocks[-1]
        for pattern in patterns:
            path = Path(self._path(pattern, {"%d": str(self.home)}))
            root = Path(path.anchor)
            for file in sorted(root.glob(str(path.relative_to(root)))):
                # What is included stands under the criteria of the block around it.
                self._blocks.append(_Block(is_match=outer.is_match, criteria=outer.criteria))
                self._read_file(file, depth + 1)
        self._blocks.append(_Block(is_match=outer.is_match, criteria=outer.criteria))

    def _index(self) -> None:
        for index, block in enumerate(self._blocks):
            literal = not block.is_match and not any(
                character in pattern for pattern in block.criteria for character in "*?!"
            )
            if not literal:
                self._general.append(index)
            for pattern in block.criteria if not block.is_match else ():
                if not any(character in pattern for character in "*?!"):
                    if literal:
                        self._literal[pattern].append(index)
                    else:
                        self._literal.setdefault(pattern, [])


def _split(line: str, place: str) -> tuple[str, tuple[str, ...]]:
    keyword, _space, rest = line.replace("\t", " ").partition(" ")
    if "=" in keyword:
        keyword, _equals, after = keyword.partition("=")
        rest = f"{after} {rest}"
    rest = rest.strip().removeprefix("=").strip()
    try:
        values = tuple(shlex.split(rest, comments=True, posix=True))
    except ValueError as error:
        raise InputError(
            _("A quotation mark is not closed."), file=place, todo=_("Close it.")
        ) from error
    if not values:
        raise InputError(
            _("{keyword} has no value.").format(keyword=keyword),
            file=place,
            todo=_("Give it one, or remove the line."),
        )
    return keyword, values


def _check(keyword: str, written: str, values: Sequence[str], place: str) -> None:
    if keyword == "port" and not (values[0].isdigit() and 0 < int(values[0]) < 65536):  # noqa: PLR2004  # TCP ports
        raise InputError(
            _("{keyword} is not a TCP port.").format(keyword=written),
            file=place,
            todo=_("Expected a number from 1 to 65535."),
        )


def _matches(patterns: Sequence[str], name: str) -> bool:
    matched = False
    for pattern in patterns:
        if fnmatchcase(name.lower(), pattern.lstrip("!").lower().replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched
