"""How states, choices and numbers read on every screen: sign, word and colour together."""

from __future__ import annotations

from dataclasses import dataclass
from time import localtime, strftime
from typing import Final

from screens.glyphs import Glyph, draw
from wizard.journal.events import Order, RunKind, RunResult
from wizard.run.states import HostState, RunState
from wizard.wording import _, mark, ngettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a state is shown.

    Attributes:
        tone: `ok`, `warn`, `bad`, `live` or `muted`: a colour of the theme.
        rank: rows of a lower rank come first in the fleet table.
    """

    glyph: Glyph
    word: str
    tone: str
    rank: int


def _look(glyph: Glyph, word: str, tone: str, rank: int) -> Look:
    return Look(glyph=glyph, word=word, tone=tone, rank=rank)


LOOKS: Final[dict[HostState, Look]] = {
    HostState.LOST: _look(Glyph.LOST, mark("lost"), "bad", 0),
    HostState.CONFLICT: _look(Glyph.CONFLICT, mark("conflict"), "bad", 1),
    HostState.REVERT_FAILED: _look(Glyph.BAD, mark("in doubt"), "bad", 1),
    HostState.NOT_DONE: _look(Glyph.BAD, mark("not done"), "bad", 2),
    HostState.REFUSED: _look(Glyph.BAD, mark("refused"), "bad", 2),
    HostState.REVERTED: _look(Glyph.BACK, mark("reverted"), "warn", 3),
    HostState.UNREACHABLE: _look(Glyph.BAD, mark("unreachable"), "bad", 4),
    HostState.REVERTING: _look(Glyph.BACK, mark("reverting"), "warn", 5),
    HostState.ARMED: _look(Glyph.ARMED, mark("armed"), "warn", 6),
    HostState.APPLYING: _look(Glyph.BUSY, mark("changing"), "live", 7),
    HostState.CONFIRMING: _look(Glyph.BUSY, mark("confirming"), "live", 7),
    HostState.UNDOING: _look(Glyph.BACK, mark("undoing"), "live", 7),
    HostState.READING: _look(Glyph.BUSY, mark("reading"), "live", 7),
    HostState.BUSY: _look(Glyph.BUSY, mark("at work"), "live", 7),
    HostState.WAITING: _look(Glyph.OPEN, mark("waiting"), "muted", 8),
    HostState.CONFIRMED: _look(Glyph.DONE, mark("confirmed"), "ok", 9),
    HostState.DONE: _look(Glyph.DONE, mark("done"), "ok", 9),
    HostState.READ: _look(Glyph.DONE, mark("read"), "ok", 9),
    HostState.ROLLED_BACK: _look(Glyph.BACK, mark("rolled back"), "ok", 9),
    HostState.UNCHANGED: _look(Glyph.SAME, mark("unchanged"), "muted", 10),
}

TROUBLED: Final = frozenset(state for state, look in LOOKS.items() if look.rank <= 4)  # noqa: PLR2004  # ranks above
BUSY: Final = frozenset(state for state, look in LOOKS.items() if look.tone == "live")

ORDER_VERBS: Final[dict[Order, str]] = {
    Order.PAUSE: mark("Pause"),
    Order.GO_ON: mark("Go on"),
    Order.STOP: mark("Stop here"),
    Order.STOP_NOW: mark("Stop now, without the soak"),
    Order.RETRY: mark("Try the failed hosts again"),
    Order.SKIP: mark("Leave the failed hosts and go on"),
    Order.ROLL_BACK_WAVE: mark("Roll back this wave"),
    Order.ROLL_BACK_ALL: mark("Roll back everything"),
}
ORDER_SHORT: Final[dict[Order, str]] = ORDER_VERBS | {
    Order.STOP_NOW: mark("Stop now"),
    Order.RETRY: mark("Retry failed"),
    Order.SKIP: mark("Skip failed"),
    Order.ROLL_BACK_WAVE: mark("Roll back wave"),
    Order.ROLL_BACK_ALL: mark("Roll back all"),
}
"""As a button says it, with the whole run in sight."""
RUN_WORDS: Final[dict[RunState, str]] = {
    RunState.CREATED: mark("starting"),
    RunState.RUNNING: mark("running"),
    RunState.SOAKING: mark("soaking"),
    RunState.WAITING: mark("waiting for you"),
    RunState.ENDED: mark("ended"),
    RunState.ORPHANED: mark("its process is gone"),
}
RESULT_WORDS: Final[dict[RunResult, str]] = {
    RunResult.COMPLETED: mark("completed"),
    RunResult.STOPPED: mark("stopped"),
    RunResult.FAILED: mark("failed"),
    RunResult.ROLLED_BACK: mark("rolled back"),
}
KIND_WORDS: Final[dict[RunKind, str]] = {
    RunKind.DISCOVERY: mark("discovery"),
    RunKind.ROLLOUT: mark("rollout"),
    RunKind.ROLLBACK: mark("rollback"),
    RunKind.ERRAND: mark("errand"),
}


def state_word(state: HostState) -> str:
    """Return the sign and the word of a host's state."""
    look = LOOKS[state]
    return f"{draw(look.glyph)} {_(look.word)}"


def hosts_counted(count: int) -> str:
    """Return `1 host` or `12 hosts`."""
    return ngettext("{count} host", "{count} hosts", count).format(count=grouped(count))


def grouped(number: int) -> str:
    """Return a number with thin groups of three digits: `4,812`."""
    return f"{number:,}"


def wave_name(index: int, kind: RunKind = RunKind.ROLLOUT) -> str:
    """Return `canary` for wave 0, else `wave 2`; a rollback's first wave is `wave 1`."""
    number = index + 1 if kind is RunKind.ROLLBACK else index
    return _("wave {number}").format(number=number) if number else _("canary")


def wave_short(index: int, kind: RunKind = RunKind.ROLLOUT) -> str:
    """Return `canary` for wave 0, else its number alone; counted as in `wave_name`."""
    number = index + 1 if kind is RunKind.ROLLBACK else index
    return str(number) if number else _("canary")


def clock_time(moment: float) -> str:
    """Return the local time of day of an epoch second."""
    return strftime("%H:%M:%S", localtime(moment))


def date_time(moment: float) -> str:
    """Return local date and time of an epoch second, to the minute."""
    return strftime("%Y-%m-%d %H:%M", localtime(moment))


def duration(seconds: float) -> str:
    """Return `45 s`, `3 min` or `2 h 05 min`."""
    whole = max(0, round(seconds))
    if whole < 100:  # noqa: PLR2004  # below, seconds read better than "2 min"
        return _("{seconds} s").format(seconds=whole)
    hours, minutes = divmod(round(whole / 60), 60)
    if hours == 0:
        return _("{minutes} min").format(minutes=minutes)
    return _("{hours} h {minutes:02d} min").format(hours=hours, minutes=minutes)
