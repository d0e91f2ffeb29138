"""What was changed at registries from this machine: each change noted before it, and how it ended.

One line of JSON each, in one file for its owner alone that is only ever added to. No secret reaches
it: a finding tells none, and neither does an error of a registry.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from secrets import token_hex
from typing import Final

from wizard.clock import Clock
from wizard.errors import InputError, JournalError, PilotageError
from wizard.fleet.whole_file import MAX_BYTES, read_regular
from wizard.jsonform import from_json, to_json
from wizard.registries.provisioning import Action, Difference, Finding
from wizard.run.registry_passes import PassResult, RegistryPass, Turns
from wizard.wording import _

_FOR_ITS_OWNER: Final = 0o600


class ChangeOutcome(Enum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    LEFT = "left"
    """The product leaves it to a person, which only the attempt told."""
    UNKNOWN = "unknown"
    """Nobody noted its end; the next pass reads what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryChange:
    """One change of one subject.

    Attributes:
        at, ended: seconds since the epoch; `ended` is 0 where nobody noted its end.
        by: who was at work, and from where.
        url: of the target, as hosts use it.
        reason: why it failed.
        of: the pass that it is of, by its identity; empty for one by itself.
    """

    at: float
    by: str
    url: str
    subject: str
    action: Action
    differences: tuple[Difference, ...] = ()
    ended: float = 0.0
    outcome: ChangeOutcome = ChangeOutcome.UNKNOWN
    reason: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    opened: RegistryPass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    closed: str
    at: float
    result: PassResult
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    begun: str
    change: RegistryChange


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    ended: str
    at: float
    outcome: ChangeOutcome
    reason: str


class ChangeRecord:
    """The file; what reads or writes it raises JournalError.

    Args:
        by: who is at work.
    """

    def __init__(self, path: Path, *, by: str, clock: Clock) -> None:
        self._path = path
        self._by = by
        self._clock = clock
        self._turns = Turns(path.with_suffix(".turns"))

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Be the only one of this machine at a registry; raises RunError where another is."""
        with self._turns.taken(url, by=self._by):
            yield

    def open(self, url: str) -> str:
        """Note that a pass begins to change something, and return its identity."""
        identity = token_hex(8)
        now = self._clock.now()
        begun = RegistryPass(identity=identity, at=now, by=self._by, url=url)
        self._add(to_json(_Opened(opened=begun)))
        return identity

    def close(self, identity: str, result: PassResult, reason: str = "") -> None:
        """Note how a pass ended."""
        now = self._clock.now()
        self._add(to_json(_Closed(closed=identity, at=now, result=result, reason=reason)))

    def passes(self) -> tuple[RegistryPass, ...]:
        """Return all passes, newest first."""
        found: dict[str, RegistryPass] = {}
        for line in self._lines():
            with suppress(ValueError, InputError):
                told = json.loads(line)
                if "opened" in told:
                    one = from_json(_Opened, line, source=str(self._path)).opened
                    found[one.identity] = one
                elif told.get("closed") in found:
                    end = from_json(_Closed, line, source=str(self._path))
                    found[end.closed] = replace(
                        found[end.closed], ended=end.at, result=end.result, reason=end.reason
                    )
        return tuple(self._as_it_is(one) for one in reversed(found.values()))

    def _as_it_is(self, one: RegistryPass) -> RegistryPass:
        if one.result is not PassResult.UNKNOWN:
            return one
        return replace(one, at_work=self._turns.is_taken(one.url))

    def begin(self, url: str, finding: Finding, *, of: str = "") -> str:
        """Note a change that is about to be made, and return by what its end is noted."""
        identity = token_hex(8)
        change = RegistryChange(
            at=self._clock.now(),
            by=self._by,
            url=url,
            subject=finding.subject,
            action=finding.action,
            differences=finding.differences,
            of=of,
        )
        self._add(to_json(_Begun(begun=identity, change=change)))
        return identity

    def end(self, identity: str, outcome: ChangeOutcome, reason: str = "") -> None:
        """Note how a change ended."""
        ended = _Ended(ended=identity, at=self._clock.now(), outcome=outcome, reason=reason)
        self._add(to_json(ended))

    def changes(self) -> tuple[RegistryChange, ...]:
        """Return all changes, newest first; lines that a full disk cut are passed over."""
        found: dict[str, RegistryChange] = {}
        for line in self._lines():
            with suppress(ValueError, InputError):
                told = json.loads(line)
                if "begun" in told:
                    begun = from_json(_Begun, line, source=str(self._path))
                    found[begun.begun] = begun.change
                if "ended" not in told:
                    continue
                end = from_json(_Ended, line, source=str(self._path))
                if end.ended in found:
                    found[end.ended] = replace(
                        found[end.ended], ended=end.at, outcome=end.outcome, reason=end.reason
                    )
        return tuple(reversed(found.values()))

    def _lines(self) -> Iterator[bytes]:
        try:
            content = read_regular(self._path, limit=MAX_BYTES)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise JournalError(
                _("what was changed at registries cannot be read: {error}").format(error=error),
                file=str(self._path),
            ) from error
        yield from content.splitlines()

    def _add(self, line: str) -> None:
        # It begins a line too: what a full disk cut before must not take this one along.
        content = f"\n{line}\n".encode()
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, _FOR_ITS_OWNER)
            try:
                written = os.write(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._unwritable(error.strerror or str(error)) from error
        if written != len(content):
            raise self._unwritable(_("the disk is full"))

    def _unwritable(self, reason: str) -> JournalError:
        return JournalError(
            _("what is changed at registries cannot be noted: {reason}").format(reason=reason),
            file=str(self._path),
            state=_("What came before it is done; the next pass goes on from there."),
            todo=_("Make room, or set XDG_STATE_HOME to a directory of your own."),
        )


class PassNotes:
    """The notes of one pass over a target, subject by subject; without a record, none."""

    def __init__(self, record: ChangeRecord | None, url: str) -> None:
        self._record = record
        self._url = url
        self._open = ""
        self._pass = ""
        self._is_passing = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Note this as a pass, if it changes anything; raises RunError where another is at it."""
        if self._record is None:
            yield
            return
        with self._record.turn(self._url):
            self._is_passing = True
            try:
                yield
            except BaseException as error:
                self._close(PassResult.of(error), getattr(error, "what", ""))
                raise
            self._close(PassResult.DONE)

    def begun(self, finding: Finding) -> None:
        """Note that a subject is about to be changed; raises JournalError, and then it is not."""
        if self._record:
            self._open = ""
            if self._is_passing and not self._pass:
                self._pass = self._record.open(self._url)
            self._open = self._record.begin(self._url, finding, of=self._pass)

    def ended(self, action: Action = Action.CHANGE) -> None:
        """Note how the subject that was begun ended; nothing of one that was only looked at."""
        self._end(ChangeOutcome.LEFT if action is Action.BY_HAND else ChangeOutcome.DONE)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Note why the subject that was begun failed."""
        try:
            yield
        except PilotageError as error:
            self._end(ChangeOutcome.FAILED, error.what)
            raise

    def _close(self, result: PassResult, reason: str = "") -> None:
        if self._record and self._pass and result is not PassResult.UNKNOWN:
            with suppress(JournalError):
                self._record.close(self._pass, result, reason)

    def _end(self, outcome: ChangeOutcome, reason: str = "") -> None:
        """Note an end; that nobody could is told as unknown, and stops nothing."""
        if self._record and self._open:
            identity, self._open = self._open, ""
            with suppress(JournalError):
                self._record.end(identity, outcome, reason)
