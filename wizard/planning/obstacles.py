"""What stands against changing a host at all, whichever runtime it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from wizard.discovery.facts import HostFacts, ReachState, TargetReach
from wizard.planning.blocks import block
from wizard.planning.plan import Block, BlockReason
from wizard.planning.proof import proof_blocks
from wizard.target import Target
from wizard.wording import _

REQUIRED_TOOLS: Final = (
    "cat",
    "chmod",
    "cp",
    "date",
    "df",
    "ln",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "rmdir",
    "sleep",
    "stat",
    "sync",
    "tail",
    "tr",
    "wc",
)
"""What an apply needs beside a POSIX shell; check_tools of its script asks again."""

DIGEST_TOOLS: Final = ("sha256sum", "openssl")
"""One of these is needed too."""

_REVERTING: Final = "reverting"
_LEAST_BYTES: Final = 16 * 1024 * 1024
_LEAST_INODES: Final = 64


def host_blocks(facts: HostFacts, target: Target) -> tuple[Block, ...]:
    """Return every reason against changing this host; empty when there is none."""
    found = []
    if facts.immutable_os:
        found.append(block(BlockReason.IMMUTABLE_OS, facts.immutable_os))
    if facts.armed is not None:
        armed = _("run {run} of {holder}").format(run=facts.armed.run, holder=facts.armed.holder)
        reverting = facts.armed.state == _REVERTING
        reason = BlockReason.REVERTING_ELSEWHERE if reverting else BlockReason.ARMED_ELSEWHERE
        found.append(block(reason, armed))
    found += [
        block(BlockReason.NO_CANARY, one.upstream)
        for one in target.by_upstream
        if one.canary is None
    ]
    found += proof_blocks(facts, target)
    missing = missing_tools(facts.tools)
    if missing:
        found.append(block(BlockReason.MISSING_TOOLS, ", ".join(missing)))
    return (*found, *_disk_blocks(facts))


def missing_tools(tools: tuple[str, ...]) -> tuple[str, ...]:
    """Return which required programs are not among those found; none when nothing was found out."""
    if not tools:
        return ()
    missing = tuple(tool for tool in REQUIRED_TOOLS if tool not in tools)
    if not set(DIGEST_TOOLS) & set(tools):
        return (*missing, "sha256sum")
    return missing


def _disk_blocks(facts: HostFacts) -> list[Block]:
    """Return the disks that are full; file systems without inodes, like btrfs, report 0."""
    return [
        block(BlockReason.NO_SPACE, disk.path)
        for disk in facts.disks
        if disk.free_bytes < _LEAST_BYTES or 0 < disk.free_inodes < _LEAST_INODES
    ]


def reach_blocks(facts: HostFacts, target: Target, urls: Iterable[str]) -> tuple[Block, ...]:
    """Return what stands against asking the target at these URLs; unknown ones count as the first.

    200 with another type than a manifest's is none: a portal (facts/runtimes.md §5).
    """
    by_url = {answer.url: answer for answer in facts.answers}
    answers = [by_url.get(url, facts.target) for url in urls]
    found = (one for answer in answers for one in _reach_blocks(answer, target))
    return tuple(dict.fromkeys(found))


def _reach_blocks(reach: TargetReach | None, target: Target) -> list[Block]:
    if reach is None:
        return []
    state = reach.state if target.ca_pem is None else reach.state_with_ca
    match state:
        case ReachState.OK | ReachState.UNKNOWN:
            return []
        case ReachState.UNTRUSTED | ReachState.WRONG_HOST:
            return [block(BlockReason.TARGET_UNTRUSTED, reach.detail)]
        case (
            ReachState.UNRESOLVABLE
            | ReachState.REFUSED
            | ReachState.TIMED_OUT
            | ReachState.NOT_A_REGISTRY
        ):
            return [block(BlockReason.TARGET_UNREACHABLE, reach.detail or state.value)]
        case _:
            assert_never(state)
