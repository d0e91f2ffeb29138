"""Follow a run through its journal, narrate it, and let somebody decide where it waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from wizard.cli.event_lines import event_line
from wizard.cli.exit_codes import ExitCode
from wizard.cli.state_words import order_name, word
from wizard.cli.surroundings import Session
from wizard.errors import RunError
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.run.states import HostState, RunState
from wizard.run.view import RunView
from wizard.wording import _, ngettext

Decide = Callable[[RunView], Order | None]
"""Answer a waiting run; None leaves it waiting."""

PAUSED: Final = "pause"
_QUIET: Final = frozenset({EventKind.INTENT, EventKind.HOST_READ, EventKind.ERRAND_TOLD})


@dataclass(slots=True)
class _Reading:
    """How far a journal has been read, and whether a decision in it was already answered."""

    seq: int = 0
    asked_at: int = 0
    answered_at: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether the run asked, or refused an order, since the last answer."""
        return self.asked_at > self.answered_at


def follow(
    session: Session,
    run: str,
    *,
    decide: Decide,
    tell: Callable[[Sequence[Event], RunView], None] | None = None,
) -> RunView:
    """Follow `run` until it has ended or waits for a decision that nobody here takes.

    `tell` is given the new events with each view; by default they are narrated. Raises RunError
    when the run has lost its process.
    """
    reading = _Reading()
    tell = tell or (lambda events, view: narrate(session, events, view))
    session.attached = run
    while True:
        view = session.wait(_until_pressed(session, run, reading, tell))
        if view.state is RunState.ORPHANED:
            lost = _("Run {run} has lost its process.").format(run=run)
            said = _("{lost} It said last: {words}").format(lost=lost, words=view.last_words)
            raise RunError(
                said if view.last_words else lost,
                file=view.log or None,
                state=_("Hosts that were not confirmed revert by themselves."),
                todo=_("Go on from the truth of the hosts: pilotage resume {run}").format(run=run),
            )
        if view.state is not RunState.WAITING:
            break
        session.output.finish()
        order = decide(view)
        if order is None:
            break
        reading.answered_at = reading.asked_at
        session.service.order(run, order)
    session.output.finish()
    session.attached = ""
    return view


def narrate(session: Session, events: Sequence[Event], view: RunView) -> None:
    """Tell on standard error what happened, and where the run is."""
    for event in events:
        if event.kind not in _QUIET:
            session.output.say(event_line(event, view.kind))
    session.output.progress(progress_words(view))


def progress_words(view: RunView) -> str:
    """Return where a run is, in one line."""
    counts = Counter(host.state for host in view.hosts)
    parts = [f"{counts[state]} {word(state)}" for state in HostState if counts[state]]
    return f"{word(view.state)}: {', '.join(parts)}" if parts else word(view.state)


def exit_code(view: RunView) -> ExitCode:
    """Return the exit code for a run that is no longer followed."""
    match view.result:
        case None | RunResult.STOPPED:
            return ExitCode.UNFINISHED
        case RunResult.FAILED:
            return ExitCode.HOSTS
        case RunResult.ROLLED_BACK if view.kind is not RunKind.ROLLBACK:
            return ExitCode.HOSTS
        case RunResult.COMPLETED | RunResult.ROLLED_BACK:
            has_trouble = any(host.trouble for host in view.hosts)
            return ExitCode.HOSTS if has_trouble else ExitCode.DONE


def result_words(view: RunView) -> str:
    """Return how a run ended, or what it waits for."""
    troubled = sum(1 for host in view.hosts if host.trouble)
    words = word(view.result) if view.result else word(view.state)
    if view.state is RunState.WAITING:
        words = _("waiting: {choices}").format(
            choices=", ".join(order_name(choice) for choice in view.choices)
        )
    if not troubled:
        return words
    return ngettext(
        "{words}, {count} host needs a look", "{words}, {count} hosts need a look", troubled
    ).format(words=words, count=troubled)


async def _until_pressed(
    session: Session,
    run: str,
    reading: _Reading,
    tell: Callable[[Sequence[Event], RunView], None],
) -> RunView:
    """Return the view when the run has ended, lost its process or waits for an answer."""
    view = session.service.view(run)
    async for view in session.service.watch(run):
        events = session.service.events(run, after=reading.seq)
        _take_in(reading, events)
        tell(events, view)
        is_waiting = view.state is RunState.WAITING and view.waiting_for != PAUSED
        if view.state is RunState.ORPHANED or (is_waiting and view.choices and reading.is_open):
            break
    return view


def _take_in(reading: _Reading, events: Sequence[Event]) -> None:
    for event in events:
        reading.seq = event.seq
        if event.kind in {EventKind.WAITING, EventKind.ORDER_TAKEN}:
            reading.asked_at = event.seq
