"""The gate after a wave, and the circuit breaker within it; pure.

Three counters are kept apart over the whole run: failed after change, unreachable before change,
lost after change. The last counts as failed. Hosts that the operator skipped count nowhere. No
data is no proof: it makes a gate inconclusive, and a person decides (facts/fleet.md §5.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wizard.fleet.policy import RolloutPolicy
from wizard.wording import _, ngettext


class Gate(Enum):
    """The three verdicts."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of hosts, skipped ones left out.

    Attributes:
        proven: confirmed, or armed and found at the end of the soak to hold still.
        refused: unchanged because of drift, a busy host or a failed precondition.
        edited: somebody else changed a file after the run did.
        untried: nothing is known of them: never started, not looked at after the soak, or taken
            back without a failure.
        unchanged: needed no change.
        taken_back: as before, because somebody took them back on purpose.
    """

    proven: int = 0
    failed: int = 0
    lost: int = 0
    unreachable: int = 0
    refused: int = 0
    edited: int = 0
    untried: int = 0
    unchanged: int = 0
    taken_back: int = 0

    @property
    def broken(self) -> int:
        """Return how many hosts failed or count as failed."""
        return self.failed + self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with the reasons in words; a gate that is ok has none."""

    verdict: Gate
    reasons: tuple[str, ...] = ()


def judge(wave: Figures, total: Figures, policy: RolloutPolicy, *, canary: bool) -> Decision:
    """Return the verdict on a wave.

    Args:
        wave: its hosts.
        total: the hosts of the whole run so far.
        policy: the limits; none of them is granted to the canary wave.
        canary: whether this is the first wave.
    """
    closed = _over_limits(wave, total, policy, canary=canary)
    if closed:
        return Decision(verdict=Gate.FAILED, reasons=closed)
    doubts = _doubts(wave, canary=canary)
    if doubts:
        return Decision(verdict=Gate.INCONCLUSIVE, reasons=doubts)
    return Decision(verdict=Gate.OK)


def may_start(
    wave: Figures, total: Figures, policy: RolloutPolicy, *, canary: bool, in_flight: int
) -> bool:
    """Tell whether another host of the wave may be changed now.

    Until the first failure `policy.concurrency` alone counts. From then on each host in flight
    counts as failed already: the limits hold even if all of them fail, and the next host starts
    only while they do.
    """
    if in_flight >= policy.concurrency:
        return False
    if total.unreachable > policy.max_unreachable_total:
        return False
    if not total.broken:
        return True
    in_wave = 0 if canary else policy.max_failed_per_wave
    return (
        wave.broken + in_flight <= in_wave and total.broken + in_flight <= policy.max_failed_total
    )


def _over_limits(
    wave: Figures, total: Figures, policy: RolloutPolicy, *, canary: bool
) -> tuple[str, ...]:
    in_wave = 0 if canary else policy.max_failed_per_wave
    reasons = []
    if wave.broken > in_wave:
        reasons.append(
            _(
                "{failed} failed and {lost} lost after the change in this wave, {limit} allowed"
            ).format(failed=wave.failed, lost=wave.lost, limit=in_wave)
        )
    elif total.broken > policy.max_failed_total:
        reasons.append(
            _(
                "{failed} failed and {lost} lost after the change in this run, {limit} allowed"
            ).format(failed=total.failed, lost=total.lost, limit=policy.max_failed_total)
        )
    if total.unreachable > policy.max_unreachable_total:
        reasons.append(
            _("{count} not reached before any change in this run, {limit} allowed").format(
                count=total.unreachable, limit=policy.max_unreachable_total
            )
        )
    return tuple(reasons)


def _doubts(wave: Figures, *, canary: bool) -> tuple[str, ...]:
    doubts = []
    if wave.refused:
        doubts.append(
            ngettext(
                "{count} host refused the change and is unchanged",
                "{count} hosts refused the change and are unchanged",
                wave.refused,
            ).format(count=wave.refused)
        )
    if wave.taken_back:
        doubts.append(
            ngettext(
                "{count} host was taken back on purpose",
                "{count} hosts were taken back on purpose",
                wave.taken_back,
            ).format(count=wave.taken_back)
        )
    if wave.edited:
        doubts.append(
            ngettext(
                "somebody else changed files of {count} host since its change",
                "somebody else changed files of {count} hosts since their change",
                wave.edited,
            ).format(count=wave.edited)
        )
    if wave.untried:
        doubts.append(
            ngettext(
                "nothing is known of {count} host",
                "nothing is known of {count} hosts",
                wave.untried,
            ).format(count=wave.untried)
        )
    if canary and wave.unreachable:
        doubts.append(
            ngettext(
                "{count} canary host was not reached",
                "{count} canary hosts were not reached",
                wave.unreachable,
            ).format(count=wave.unreachable)
        )
    if not doubts and not wave.proven and (wave.unreachable or wave.unchanged):
        doubts.append(_("no host of this wave was proven"))
    return tuple(doubts)
