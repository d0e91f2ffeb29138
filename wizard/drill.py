"""What a drill tells the operator while it goes on: its goal, and since when; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SECONDS_PER_MINUTE: Final = 60
_MINUTES_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDrill:
    """A drill that goes on.

    Attributes:
        goal: one sentence in the operator's language; foreign text in it is cleaned when shown.
        began_at: second on the clock that never goes back (`Clock.monotonic`).
    """

    goal: str
    began_at: float

    def elapsed(self, now: float) -> float:
        """Return the seconds since it began; `now` is of the same clock."""
        return max(0.0, now - self.began_at)


def elapsed_words(seconds: float) -> str:
    """Return whole seconds as a stopwatch shows them: `0:07`, `12:34`, `1:02:03`."""
    minutes, second = divmod(int(seconds), _SECONDS_PER_MINUTE)
    hours, minute = divmod(minutes, _MINUTES_PER_HOUR)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
