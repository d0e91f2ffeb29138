"""Facts about files that a plan could want to write; pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from wizard.discovery.credentials import find_secrets
from wizard.discovery.facts import FileFacts, FileKind
from wizard.discovery.parse_system import Mounts, is_read_only
from wizard.discovery.sections import Sections, garbage, number

MAXIMUM_CONTENT: Final = 1 << 20
"""Bytes; the script sends no more of a file."""

_KINDS: Final = {kind.value: kind for kind in FileKind}
_WITH_STATUS: Final = frozenset({FileKind.REGULAR, FileKind.DIRECTORY, FileKind.OTHER})
_HARMLESS_ATTRIBUTES: Final = frozenset({"security.selinux"})
"""Restored by restorecon after each write (facts/fleet.md §5.3)."""

_MANAGED: Final = re.compile(
    r"\b(ansible|puppet|chef|salt(?:stack)?|cfengine|terraform|cloud-init)\b", re.IGNORECASE
)
_MANAGED_HINT: Final = re.compile(
    r"managed|generated|maintained|do not (?:edit|modify|change)|controlled", re.IGNORECASE
)
_HEAD_LINES: Final = 10
_MODE: Final = re.compile("[0-7]{1,4}")
_NAMES: Final = {
    "ansible": "Ansible",
    "puppet": "Puppet",
    "chef": "Chef",
    "salt": "Salt",
    "saltstack": "Salt",
    "cfengine": "CFEngine",
    "terraform": "Terraform",
    "cloud-init": "cloud-init",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Status:
    mode: int
    uid: int
    gid: int
    size: int


_NO_STATUS: Final = _Status(mode=0, uid=0, gid=0, size=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the script says of all files at once, by real path."""

    status: dict[str, _Status]
    content: dict[str, bytes]
    digests: dict[str, str]
    fixed: frozenset[str]
    extra: frozenset[str]
    mounts: Mounts


def parse_files(sections: Sections, mounts: Mounts) -> tuple[FileFacts, ...]:
    """Return the facts of every path that was asked for; raises ProtocolError."""
    known = _Known(
        status=_statuses(sections),
        content={section.words: section.content for section in sections.all("content")},
        digests=_digests(sections),
        fixed=_fixed(sections),
        extra=_extra(sections),
        mounts=mounts,
    )
    return tuple(
        _file(sections.host, section.text, _kind(sections.host, section.words), known)
        for section in sections.all("path")
    )


def _kind(host: str, word: str) -> FileKind:
    if word not in _KINDS:
        raise garbage(host, f"{word[:40]!r} is no kind of file")
    return _KINDS[word]


def _file(host: str, paths: str, kind: FileKind, known: _Known) -> FileFacts:
    path, _, real = paths.partition("\n")
    if not path.startswith("/") or not real.startswith("/"):
        raise garbage(host, f"{paths[:80]!r} is not a path")
    status, digest, text = _NO_STATUS, "", None
    if kind in _WITH_STATUS:
        if real not in known.status:
            raise garbage(host, f"the status of {real} is missing")
        status = known.status[real]
    if kind is FileKind.REGULAR:
        digest, text = _content(host, real, known)
    secrets = find_secrets(text) if text else ()
    return FileFacts(
        path=path,
        real_path=real,
        kind=kind,
        sha256=digest,
        size=status.size,
        mode=status.mode,
        uid=status.uid,
        gid=status.gid,
        text=None if secrets else text,
        secrets=secrets,
        immutable=real in known.fixed or real.rpartition("/")[0] in known.fixed,
        read_only=is_read_only(real, known.mounts),
        bind_mounted=kind is not FileKind.DIRECTORY and real in known.mounts,
        extra_attributes=real in known.extra,
        managed_by=_manager(text) if text else "",
    )


def _content(host: str, real: str, known: _Known) -> tuple[str, str | None]:
    """Return the sha256 of a regular file and its text, as far as that is kept."""
    content = known.content.get(real)
    if content is not None:
        return hashlib.sha256(content).hexdigest(), _text(content)
    if real not in known.digests:
        raise garbage(host, f"the content of {real} is missing")
    return known.digests[real], None


def _text(content: bytes) -> str | None:
    if len(content) > MAXIMUM_CONTENT:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _manager(text: str) -> str:
    """Return the configuration manager that the first lines name, or nothing."""
    for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        named = _MANAGED.search(line)
        if named and _MANAGED_HINT.search(line):
            return _NAMES[named[1].lower()]
    return ""


def _statuses(sections: Sections) -> dict[str, _Status]:
    found = {}
    for line in sections.lines("stats"):
        words = line.split(" ", 4)
        if len(words) != 5 or not _MODE.fullmatch(words[0]):  # noqa: PLR2004  # mode, uid, gid, size, path
            raise garbage(sections.host, f"{line[:80]!r} is not a status")
        uid, gid, size = (number(sections.host, word) for word in words[1:4])
        found[words[4].removeprefix(sections.root)] = _Status(
            mode=int(words[0], 8), uid=uid, gid=gid, size=size
        )
    return found


def _digests(sections: Sections) -> dict[str, str]:
    found = {}
    for section in sections.all("digest"):
        # sha256sum puts a backslash before the hash of an odd file name.
        digest = section.text.lstrip("\\").partition(" ")[0]
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise garbage(sections.host, f"{digest[:80]!r} is not a sha256")
        found[section.words] = digest
    return found


def _fixed(sections: Sections) -> frozenset[str]:
    """Return paths that lsattr(1) shows as immutable or append-only."""
    fixed = set()
    for line in sections.lines("attributes"):
        flags, _, path = line.partition(" ")
        if set("ia") & set(flags):
            fixed.add(path.lstrip().removeprefix(sections.root))
    return frozenset(fixed)


def _extra(sections: Sections) -> frozenset[str]:
    """Return paths with an ACL (ls(1) marks them with +) or attributes that a copy may lose."""
    extra = set()
    for line in sections.lines("listing"):
        words = line.split(None, 8)
        if len(words) == 9 and words[0].endswith("+"):  # noqa: PLR2004  # ls -ldn: the ninth is the path
            extra.add(words[8].removeprefix(sections.root))
    path = ""
    for line in sections.lines("extended"):
        if line.startswith("# file: "):
            path = line.removeprefix("# file: ").removeprefix(sections.root)
        elif line not in _HARMLESS_ATTRIBUTES:
            extra.add(path)
    return frozenset(extra)
