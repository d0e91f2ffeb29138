"""Facts about files that a plan could want to write; pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

from wizard.discovery.credentials import find_secrets
from wizard.discovery.facts import FileFacts, FileKind
from wizard.discovery.parse_system import Mount, is_read_only
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the script says of all files at once, by real path."""

    status: dict[str, _Status]
    content: dict[str, bytes]
    digests: dict[str, str]
    fixed: frozenset[str]
    extra: frozenset[str]
    mounts: tuple[Mount, ...]


def parse_files(sections: Sections, mounts: tuple[Mount, ...]) -> tuple[FileFacts, ...]:
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
    common = FileFacts(
        path=path,
        real_path=real,
        kind=kind,
        immutable=real in known.fixed or real.rpartition("/")[0] in known.fixed,
        read_only=is_read_only(real, known.mounts),
        bind_mounted=kind is not FileKind.DIRECTORY
        and any(mount.point == real for mount in known.mounts),
        extra_attributes=real in known.extra,
    )
    if kind not in _WITH_STATUS:
        return common
    status = known.status.get(real)
    if status is None:
        raise garbage(host, f"the status of {real} is missing")
    return _with_status(host, common, status, known)


def _with_status(host: str, common: FileFacts, status: _Status, known: _Known) -> FileFacts:
    digest, text = "", None
    if common.kind is FileKind.REGULAR:
        content = known.content.get(common.real_path)
        if content is None and common.real_path not in known.digests:
            raise garbage(host, f"the content of {common.real_path} is missing")
        digest = known.digests.get(common.real_path, "")
        if content is not None:
            digest, text = hashlib.sha256(content).hexdigest(), _text(content)
    secrets = find_secrets(text or "")
    return replace(
        common,
        sha256=digest,
        size=status.size,
        mode=status.mode,
        uid=status.uid,
        gid=status.gid,
        text=None if secrets else text,
        secrets=secrets,
        managed_by=_manager(text or ""),
    )


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
        if len(words) != 5 or not re.fullmatch("[0-7]{1,4}", words[0]):  # noqa: PLR2004  # mode, uid, gid, size, path
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
