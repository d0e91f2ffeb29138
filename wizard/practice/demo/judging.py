"""Whether things are as they should be: what is documented against what was found; pure.

The product's own word is never taken alone: a host's state is checked, and so are its files and
who answers its pulls.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from wizard.planning.plan import HostPlan, Verdict
from wizard.practice.demo.endings import Files, Group, HostEnding, PhaseEnding
from wizard.practice.demo.truth import Entry, HostPhotograph, Kind
from wizard.run.states import HostState
from wizard.run.view import RunView

_PERMISSIONS: Final = 0o7777
_NEEDS_A_PERSON: Final = frozenset({HostState.REVERT_FAILED, HostState.CONFLICT})
"""States in which the ledger stays open until somebody has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        phase: name of the phase after which it was.
        subject: `state`, `files`, `serves`, …
        host: None for what is not about one host.
    """

    phase: str
    subject: str
    host: str | None = None
    expected: str
    found: str

    @property
    def is_met(self) -> bool:
        """Tell whether it was found as expected."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTruth:
    """What is known of one host before anything is done with it, and what is planned for it.

    Attributes:
        before: it, photographed.
        plan: None where nothing was planned yet.
        edited: path and SHA-256 in hex of files as a person left them.
    """

    before: HostPhotograph
    plan: HostPlan | None
    edited: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is on a host after a phase: its files, and who answers its pulls (`Server`)."""

    photograph: HostPhotograph
    serves: str


def check_run(phase: str, ending: PhaseEnding, view: RunView, exit_code: int) -> Iterator[Check]:
    """Yield how a run should have ended and how it has."""
    result = view.result.value if view.result else view.state.value
    yield Check(phase=phase, subject="result", expected=ending.result.value, found=result)
    yield Check(
        phase=phase,
        subject="exit_code",
        expected=str(int(ending.exit_code)),
        found=str(int(exit_code)),
    )


def check_states(
    phase: str, ending: PhaseEnding, groups: Mapping[str, Group], view: RunView
) -> Iterator[Check]:
    """Yield what the run should say of each host and what it says."""
    states = {host.name: host.state.value for host in view.hosts}
    for host, group in groups.items():
        allowed = [state.value for state in ending.of(group).states]
        found = states.get(host, "")
        yield Check(
            phase=phase,
            subject="state",
            host=host,
            expected=found if found in allowed else " or ".join(allowed),
            found=found,
        )


def block_of(plan: HostPlan) -> str:
    """Return why a host is left out, `BlockReason` values; empty for one that is not."""
    reasons = {block.reason.value for runtime in plan.runtimes for block in runtime.blocks}
    return " ".join(sorted(reasons))


def check_plan(plan: HostPlan, left_out: str | None) -> Check:
    """Return what should happen on a host by its plan; `left_out` says why nothing should."""
    found = plan.verdict.value if plan.verdict is not Verdict.BLOCKED else block_of(plan)
    return Check(
        phase="plan",
        subject="plan",
        host=plan.host,
        expected=left_out or Verdict.CHANGE.value,
        found=found,
    )


def check_host(
    phase: str, host: str, ending: HostEnding, truth: HostTruth, found: Found
) -> Iterator[Check]:
    """Yield what should be on a host and what is."""
    wrong = list(wrong_files(ending.files, truth, found.photograph))
    if ending.files in {Files.AS_BEFORE, Files.EDITED_BEFORE}:
        wrong += [f"/var/lib/pilotage/{ledger}" for ledger in found.photograph.confirmed]
    if not _NEEDS_A_PERSON & set(ending.states):
        wrong += [f"/var/lib/pilotage/{ledger}" for ledger in found.photograph.undecided]
    yield Check(
        phase=phase,
        subject="files",
        host=host,
        expected=ending.files.value,
        found=" ".join(wrong) or ending.files.value,
    )
    yield Check(
        phase=phase,
        subject="serves",
        host=host,
        expected=ending.serves.value,
        found=found.serves,
    )


def wrong_files(files: Files, truth: HostTruth, found: HostPhotograph) -> tuple[str, ...]:
    """Return the paths of a host that are not as they must be, sorted."""
    expected = dict(truth.before.entries)
    made_on_the_way: set[str] = set()
    if files in {Files.AS_PLANNED, Files.EDITED_PLANNED} and truth.plan:
        made_on_the_way = _put_plan(expected, truth.plan)
    if files in {Files.EDITED_BEFORE, Files.EDITED_PLANNED}:
        _put_edits(expected, truth.edited, found)
    wrong = {
        path
        for path in {*expected, *found.entries}
        if not _same(expected.get(path), found.entries.get(path), path in made_on_the_way)
    }
    return tuple(sorted(wrong))


def _same(expected: Entry | None, found: Entry | None, is_made: bool) -> bool:  # noqa: FBT001  # one call
    if expected is None and is_made:
        return found is not None and found.kind is Kind.FOLDER
    return expected == found


def _put_plan(expected: dict[str, Entry], plan: HostPlan) -> set[str]:
    """Put planned files into what is expected; return the folders that are made for them."""
    folders: set[str] = set()
    for change in plan.changes:
        path = change.real_path
        before = expected.get(path)
        owner = before.owner if before else expected["/etc"].owner
        expected[path] = Entry(
            kind=Kind.FILE,
            mode=before.mode if before else change.mode & _PERMISSIONS,
            owner=owner,
            content=hashlib.sha256(change.after.encode()).hexdigest(),
        )
        while (path := posixpath.dirname(path)) not in expected:
            folders.add(path)
            if path == "/":
                break
    return folders


def _put_edits(
    expected: dict[str, Entry], edited: Mapping[str, str], found: HostPhotograph
) -> None:
    """Put what people wrote into what is expected; mode and owner are as they left them."""
    for path, content in edited.items():
        entry = expected.get(path) or found.entries.get(path)
        if entry:
            expected[path] = Entry(
                kind=Kind.FILE, mode=entry.mode, owner=entry.owner, content=content
            )
