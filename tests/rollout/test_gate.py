"""The gate and its breaker, as pure functions."""

from __future__ import annotations

import pytest

from wizard.fleet.policy import RolloutPolicy
from wizard.rollout.gate import Figures, Gate, judge, may_start

STRICT = RolloutPolicy()
LENIENT = RolloutPolicy(max_failed_per_wave=2, max_failed_total=3, max_unreachable_total=1)


@pytest.mark.parametrize(
    ("wave", "total", "policy", "canary", "verdict"),
    [
        (Figures(proven=5), Figures(), STRICT, False, Gate.OK),
        (Figures(proven=4, failed=1), Figures(failed=1), STRICT, False, Gate.FAILED),
        (Figures(proven=4, lost=1), Figures(lost=1), STRICT, False, Gate.FAILED),
        (Figures(proven=4, unreachable=1), Figures(unreachable=1), STRICT, False, Gate.FAILED),
        (Figures(proven=4, failed=1, lost=1), Figures(failed=1, lost=1), LENIENT, False, Gate.OK),
        (
            Figures(proven=4, failed=2, lost=1),
            Figures(failed=2, lost=1),
            LENIENT,
            False,
            Gate.FAILED,
        ),
        (Figures(proven=4, failed=1), Figures(failed=4), LENIENT, False, Gate.FAILED),
        (Figures(proven=4, unreachable=1), Figures(unreachable=1), LENIENT, False, Gate.OK),
        (Figures(proven=4, unreachable=1), Figures(unreachable=2), LENIENT, False, Gate.FAILED),
        (Figures(proven=4, failed=1), Figures(failed=1), LENIENT, True, Gate.FAILED),
        (
            Figures(proven=4, unreachable=1),
            Figures(unreachable=1),
            LENIENT,
            True,
            Gate.INCONCLUSIVE,
        ),
        (Figures(unreachable=1), Figures(unreachable=1), LENIENT, False, Gate.INCONCLUSIVE),
        (Figures(unchanged=3), Figures(), STRICT, False, Gate.INCONCLUSIVE),
        (Figures(proven=1, unchanged=3), Figures(), STRICT, False, Gate.OK),
        (Figures(proven=4, refused=1), Figures(), LENIENT, False, Gate.INCONCLUSIVE),
        (Figures(proven=4, untried=1), Figures(), LENIENT, False, Gate.INCONCLUSIVE),
        (Figures(), Figures(), STRICT, False, Gate.OK),
    ],
)
def test_verdict(
    wave: Figures, total: Figures, policy: RolloutPolicy, *, canary: bool, verdict: Gate
) -> None:
    """Each counter closes the gate beyond its own limit; what is not known leaves it open."""
    assert judge(wave, total, policy, canary=canary).verdict is verdict


def test_every_gate_that_is_not_ok_says_why() -> None:
    """Each exceeded limit and each doubt is a sentence of its own."""
    failed = judge(
        Figures(failed=1, unreachable=1), Figures(failed=1, unreachable=1), STRICT, canary=False
    )
    doubtful = judge(Figures(refused=2, untried=1), Figures(), STRICT, canary=False)
    assert len(failed.reasons) == 2
    assert doubtful.reasons == (
        "2 hosts refused the change and are unchanged",
        "nothing is known of 1 host",
    )


@pytest.mark.parametrize(
    ("broken", "in_flight", "allowed"),
    [
        (0, 0, True),
        (0, 19, True),
        (0, 20, False),
        (1, 0, True),
        (1, 1, True),
        (1, 2, False),
        (2, 0, True),
        (2, 1, False),
        (3, 0, False),
    ],
)
def test_breaker_counts_hosts_in_flight_as_failed_once_one_has(
    broken: int, in_flight: int, *, allowed: bool
) -> None:
    """Before the first failure concurrency counts; after it, every host in flight does."""
    counts = Figures(failed=broken)
    assert may_start(counts, counts, LENIENT, canary=False, in_flight=in_flight) is allowed


def test_breaker_of_a_canary_wave_grants_no_failure() -> None:
    """The limits of the policy do not hold for the first wave."""
    counts = Figures(failed=1)
    assert may_start(counts, counts, LENIENT, canary=True, in_flight=0) is False
