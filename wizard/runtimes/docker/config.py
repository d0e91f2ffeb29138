"""daemon.json: what it says, and its new text with the mirrors that are wanted.

Which texts a daemon accepts depends on its version: facts/runtimes.md §1.1.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import FileFacts
from wizard.planning.blocks import Blocked, naming_file
from wizard.planning.files import text_of
from wizard.planning.json_edit import JsonObject, read_object, with_strings
from wizard.planning.plan import BlockReason
from wizard.planning.versions import Version
from wizard.runtimes.docker.values import refuse_fatal_values
from wizard.wording import _

MIRRORS_KEY: Final = "registry-mirrors"
INSECURE_KEY: Final = "insecure-registries"

_NEW_FILE: Final = "{\n}\n"
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORGIVING: Final = (23, 0, 0)
"""Since then a byte order mark and an empty file are accepted."""
_NEARLY: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonConfig:
    """daemon.json as it is on disk.

    Attributes:
        mirrors: None where the key is absent, which is not the same as an empty list.
        unread: it holds credentials and was not read; its mirrors are those that run.
    """

    file: FileFacts
    document: JsonObject
    mirrors: tuple[str, ...] | None
    insecure_registries: tuple[str, ...]
    unread: bool = False
    _lead: str = ""

    @property
    def values(self) -> Mapping[str, Any]:
        """Return all of its top-level values."""
        return {member.key: member.value for member in self.document.members}

    def with_mirrors(self, mirrors: Sequence[str]) -> str:
        """Return the text of the whole file with these mirrors."""
        return self._lead + with_strings(self.document, MIRRORS_KEY, mirrors)


def read_daemon_config(file: FileFacts, version: Version) -> DaemonConfig:
    """Read daemon.json as a daemon of that version would.

    Raises Blocked when that daemon would not start with it, or would ignore what was meant.
    """
    text = text_of(file)
    lead = ""
    if text is None:
        text = _NEW_FILE
    elif text.startswith(_BOM):
        if version < _FORGIVING:
            raise Blocked(BlockReason.CONFIG_HAS_BOM, file.path)
        lead, text = _BOM, text.removeprefix(_BOM)
    if not text.strip(" \t\r\n") and version >= _FORGIVING:
        text = _NEW_FILE
    with naming_file(file.path):
        document = read_object(text)
        _refuse_misspelt(document)
        mirrors = _strings(document, MIRRORS_KEY)
        insecure_registries = _strings(document, INSECURE_KEY) or ()
        refuse_fatal_values(mirrors or (), insecure_registries, version)
        return DaemonConfig(
            file=file,
            document=document,
            mirrors=mirrors,
            insecure_registries=insecure_registries,
            _lead=lead,
        )


def unread_daemon_config(file: FileFacts, mirrors: Sequence[str] | None) -> DaemonConfig:
    """Return what stands for a file that need not be read, with the mirrors that run."""
    return DaemonConfig(
        file=file,
        document=read_object(_NEW_FILE),
        mirrors=None if mirrors is None else tuple(mirrors),
        insecure_registries=(),
        unread=True,
    )


def normal_mirror(url: str) -> str:
    """Return a mirror as the daemon prints it: with one trailing slash."""
    return url.removesuffix("/") + "/"


def normal_mirrors(urls: Sequence[str]) -> tuple[str, ...]:
    """Return mirrors in order as the daemon prints them."""
    return tuple(normal_mirror(url) for url in urls)


def flag_values(flags: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the values of `--name VALUE` and `--name=VALUE` in dockerd's arguments."""
    values = []
    for position, flag in enumerate(flags):
        option, given, value = flag.partition("=")
        if option.lstrip("-") != name or not option.startswith("-"):
            continue
        if given:
            values.append(value)
        elif position + 1 < len(flags):
            values.append(flags[position + 1])
    return tuple(values)


def without_flag(flags: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the arguments without that flag and its value."""
    kept: list[str] = []
    skip = False
    for flag in flags:
        option, given, _value = flag.partition("=")
        if skip:
            skip = False
        elif option.startswith("-") and option.lstrip("-") == name:
            skip = not given
        else:
            kept.append(flag)
    return tuple(kept)


def _strings(document: JsonObject, key: str) -> tuple[str, ...] | None:
    member = document.member(key)
    if member is None:
        return None
    if not isinstance(member.value, list) or not all(
        isinstance(value, str) for value in member.value
    ):
        raise Blocked(
            BlockReason.CONFIG_WRONG_TYPE, _("{key} must be a list of strings").format(key=key)
        )
    return tuple(member.value)


def _refuse_misspelt(document: JsonObject) -> None:
    for member in document.members:
        if abs(len(member.key) - len(MIRRORS_KEY)) > 3:  # noqa: PLR2004  # cannot be alike
            continue
        plain = re.sub(r"[^a-z]", "", member.key.lower())
        likeness = difflib.SequenceMatcher(None, plain, MIRRORS_KEY.replace("-", "")).ratio()
        if likeness > _NEARLY and member.key != MIRRORS_KEY:
            raise Blocked(BlockReason.CONFIG_MISSPELT_KEY, member.key)
