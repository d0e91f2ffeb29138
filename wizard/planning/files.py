"""Files of a host as a plan needs them: what is there, whether it can be written, the change."""

from __future__ import annotations

import posixpath
from typing import assert_never

from wizard.discovery.facts import FileFacts, FileKind, HostFacts, SecretPlace
from wizard.planning.blocks import Blocked, block
from wizard.planning.plan import Block, BlockReason, FileChange, FilePurpose, FileVersion
from wizard.wording import _

_LARGEST_READ = 1024 * 1024


def file_at(facts: HostFacts, path: str) -> FileFacts:
    """Return the facts of `path`; a path that discovery covered and did not find is absent.

    Raises Blocked when nothing is known about it: `wizard.planning.paths` says what is covered.
    """
    known = facts.file(path)
    if known is not None:
        return known
    above = posixpath.dirname(path)
    while above not in {"/", ""}:
        directory = facts.file(above)
        if directory is not None:
            return _absent_below(directory, path)
        above = posixpath.dirname(above)
    raise Blocked(BlockReason.CONFIG_UNREADABLE, path)


def _absent_below(directory: FileFacts, path: str) -> FileFacts:
    below = path[len(directory.path) :]
    usable = directory.kind in {FileKind.DIRECTORY, FileKind.ABSENT}
    return FileFacts(
        path=path,
        real_path=directory.real_path + below,
        kind=FileKind.ABSENT if usable else FileKind.OTHER,
        immutable=directory.immutable,
        read_only=directory.read_only,
    )


def text_of(file: FileFacts) -> str | None:
    """Return the text of a file, None when it is absent; raises Blocked when it has none."""
    if file.kind is FileKind.ABSENT:
        return None
    obstacle = _kind_block(file)
    if obstacle is not None:
        raise Blocked(obstacle, file.path)
    if file.has_secrets:
        places = ", ".join(_place_words(place) for place in file.secrets)
        raise Blocked(BlockReason.CONFIG_HAS_SECRETS, f"{file.path}: {places}")
    if file.text is None:
        too_large = file.size > _LARGEST_READ
        raise Blocked(
            BlockReason.CONFIG_TOO_LARGE if too_large else BlockReason.CONFIG_NOT_UTF8, file.path
        )
    return file.text


def _place_words(place: SecretPlace) -> str:
    if not place.line:
        return place.key
    line = _("line {line}").format(line=place.line)
    return f"{place.key} ({line})" if place.key else line


def file_blocks(file: FileFacts) -> tuple[Block, ...]:
    """Return why this file cannot be written (facts/fleet.md §5.3); empty when it can."""
    kind = _kind_block(file)
    found = [
        (kind is not None, kind or BlockReason.NOT_A_FILE),
        (file.immutable, BlockReason.IMMUTABLE_FILE),
        (file.read_only, BlockReason.READ_ONLY),
        (file.bind_mounted, BlockReason.BIND_MOUNTED),
    ]
    return tuple(block(reason, file.path) for present, reason in found if present)


def file_warnings(file: FileFacts) -> tuple[str, ...]:
    """Return what the operator should know before this file is written."""
    warnings = []
    if file.managed_by:
        text = _("{path} says that {owner} manages it: the change is undone at its next run.")
        warnings.append(text.format(path=file.path, owner=file.managed_by))
    if file.extra_attributes:
        text = _("{path} has ACLs or extended attributes, which busybox's cp does not keep.")
        warnings.append(text.format(path=file.path))
    return tuple(warnings)


def file_change(
    file: FileFacts, purpose: FilePurpose, after: str, *, parting: str | None = None
) -> FileChange | None:
    """Return the change that gives `file` the content `after`, None when it has it.

    Raises Blocked when what is there cannot be known or shown.
    """
    if file.kind is FileKind.REGULAR and text_of(file) == after:
        return None
    return FileChange(
        path=file.path,
        real_path=file.real_path,
        purpose=purpose,
        before=_version(file),
        after=after,
        parting=parting,
    )


def _version(file: FileFacts) -> FileVersion | None:
    if file.kind is not FileKind.REGULAR:
        return None
    return FileVersion(
        sha256=file.sha256,
        size=file.size,
        mode=file.mode,
        uid=file.uid,
        gid=file.gid,
        text=file.text or "",
    )


def _kind_block(file: FileFacts) -> BlockReason | None:
    match file.kind:
        case FileKind.ABSENT | FileKind.REGULAR:
            return None
        case FileKind.DANGLING_LINK:
            return BlockReason.DANGLING_LINK
        case FileKind.DIRECTORY | FileKind.OTHER:
            return BlockReason.NOT_A_FILE
        case _:
            assert_never(file.kind)
