"""hosts.toml: which registries are asked for a namespace, and in what order.

Containerd reads it under `config_path`, Docker since 28 under `/etc/docker/certs.d`. What each
form of it does was run, not read: facts/runtimes.md §2.4.
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

from wizard.discovery.facts import FileFacts, FileKind, HostFacts
from wizard.planning.blocks import Blocked
from wizard.planning.files import text_of
from wizard.planning.plan import BlockReason
from wizard.planning.toml_text import quoted, quoted_key
from wizard.target import Addressing, TagSource, Target

_MARK: Final = "# Written by Pilotage"
DIAL_TIMEOUT: Final = "5s"
"""Else a silent registry costs 30 s for each blob (facts/runtimes.md §2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How a client trusts one registry.

    Attributes:
        ca: absolute paths of PEM files that are trusted beside the system's.
        skip_verify: take any certificate; only ever carried over, never set by us.
        client: a certificate and its key, as absolute paths.
    """

    ca: tuple[str, ...] = ()
    skip_verify: bool = False
    client: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEntry:
    """One registry that is asked for pulling, and mostly for resolving, never for pushing.

    Attributes:
        url: with the path that `/v2` follows, or, with `override_path`, the whole base.
        resolves: it may say what a tag is.
    """

    url: str
    override_path: bool = False
    trust: Trust = Trust()
    dial_timeout: str = ""
    resolves: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsFile:
    """A whole hosts.toml.

    Attributes:
        server: asked last; empty for the namespace's own host.
    """

    server: str
    hosts: tuple[HostEntry, ...]
    server_trust: Trust = Trust()

    def text(self) -> str:
        """Return the file: the same value gives the same bytes."""
        top = [f"server = {quoted(self.server)}"] if self.server else []
        top += _trust_lines(self.server_trust)
        blocks = ["\n".join([f"{_MARK}; hosts are asked in this order, then the server.", *top])]
        blocks += [_host_text(entry) for entry in self.hosts]
        return "\n\n".join(blocks) + "\n"


def target_entry(target: Target, *, ca: str, dial_timeout: bool) -> HostEntry:
    """Return the entry of the target; `ca` is the path of its CA on the host, or empty.

    A project goes before the image name only with `override_path`; a path before `/v2` must
    do without it (facts/runtimes.md §5).
    """
    match target.addressing:
        case Addressing.ROOT:
            url, override = target.url, False
        case Addressing.PREFIX:
            url, override = target.api_base, True
        case Addressing.PATH:
            url, override = f"{target.url}/{target.prefix}", False
        case _:
            assert_never(target.addressing)
    return HostEntry(
        url=url,
        override_path=override,
        trust=Trust(ca=(ca,) if ca else ()),
        dial_timeout=DIAL_TIMEOUT if dial_timeout else "",
        resolves=target.tags is TagSource.TARGET,
    )


def behind(ours: HostEntry, others: Iterable[HostEntry]) -> tuple[HostEntry, ...]:
    """Return the target's entry and, after it, those of others, which say no more of tags than it.

    Each registry once.
    """
    kept = (replace(one, resolves=ours.resolves) for one in others if one.url != ours.url)
    return (ours, *dict.fromkeys(kept))


def wanted_text(file: FileFacts, wanted: HostsFile) -> str:
    """Return the text that `file` gets; its own where that means the same already.

    Raises Blocked when somebody else wrote or edited the file: nothing of it would be read
    any more.
    """
    text = wanted.text()
    found = text_of(file)
    if not found or own_hosts_file(found) is not None:
        return text
    if _meaning(found) == _meaning(text):
        return found
    raise Blocked(BlockReason.FOREIGN_HOSTS_FILE, file.path)


def own_hosts_file(text: str) -> HostsFile | None:
    """Return the value of a file exactly as Pilotage wrote it, None for any other."""
    if not text.startswith(_MARK):
        return None
    try:
        values = tomllib.loads(text)
        hosts = tuple(
            HostEntry(
                url=url,
                override_path=table.get("override_path", False),
                trust=_trust(table),
                dial_timeout=table.get("dial_timeout", ""),
                resolves="resolve" in table.get("capabilities", ()),
            )
            for url, table in values.get("host", {}).items()
        )
        found = HostsFile(server=values.get("server", ""), hosts=hosts, server_trust=_trust(values))
        return found if found.text() == text else None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def is_foreign_hosts_file(facts: HostFacts, path: str) -> bool:
    """Return whether it is somebody else's hosts.toml, which ours would hide."""
    file = facts.file(path)
    if file is None or file.kind is not FileKind.REGULAR or not file.size:
        return False
    return file.text is None or own_hosts_file(file.text) is None


def certificates_beside(facts: HostFacts, path: str) -> tuple[str, ...]:
    """Return what vouches for the registry itself until there is a hosts.toml at `path`.

    Each `*.crt` of its directory, as Docker has them, is read only without one (§2.4).
    """
    file = facts.file(path)
    if file is not None and file.kind is FileKind.REGULAR and file.size:
        return ()
    folder = posixpath.dirname(path)
    return tuple(
        sorted(
            one.path
            for one in facts.files
            if posixpath.dirname(one.path) == folder
            and one.path.endswith(".crt")
            and one.kind is FileKind.REGULAR
        )
    )


def _trust(values: dict[str, Any]) -> Trust:
    ca = values.get("ca", [])
    client = values.get("client")
    return Trust(
        ca=(ca,) if isinstance(ca, str) else tuple(ca),
        skip_verify=values.get("skip_verify", False),
        client=tuple(client[0]) if client else None,
    )


def _host_text(entry: HostEntry) -> str:
    resolve = ', "resolve"' if entry.resolves else ""
    lines = [f"[{quoted_key(('host', entry.url))}]", f'  capabilities = ["pull"{resolve}]']
    lines += [f"  {line}" for line in _trust_lines(entry.trust)]
    if entry.override_path:
        lines.append("  override_path = true")
    if entry.dial_timeout:
        lines.append(f"  dial_timeout = {quoted(entry.dial_timeout)}")
    return "\n".join(lines)


def _trust_lines(trust: Trust) -> list[str]:
    lines = []
    if len(trust.ca) == 1:
        lines.append(f"ca = {quoted(trust.ca[0])}")
    elif trust.ca:
        lines.append(f"ca = [{', '.join(quoted(path) for path in trust.ca)}]")
    if trust.client:
        certificate, key = trust.client
        lines.append(f"client = [[{quoted(certificate)}, {quoted(key)}]]")
    if trust.skip_verify:
        lines.append("skip_verify = true")
    return lines


def _meaning(text: str) -> object:
    """Return what containerd makes of the text; the order of hosts counts."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    hosts = values.get("host")
    return values, list(hosts) if isinstance(hosts, dict) else None
