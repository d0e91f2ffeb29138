"""The steps of Podman: its mirrors as it says them, and a pull that proves."""

from __future__ import annotations

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import IMAGE
from tests.transaction.podman_plans import DROP_IN, MIRRORS, podman_plan
from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import HostPlan
from wizard.runtimes.registries_conf.drop_in import drop_in_text
from wizard.transaction.answers import Outcome


@EVERY_SHELL
async def test_a_drop_in_is_proven_and_taken_back(host: PracticeHost) -> None:
    """Nothing is reloaded, the probe image is removed, and in the end there are no mirrors."""
    before = host.tree()

    applied = await asking.apply(host, podman_plan())

    assert applied.outcome is Outcome.APPLIED, applied
    assert host.read(DROP_IN) == drop_in_text({"docker.io": MIRRORS}).encode()
    assert (host.root / "practice/images").read_text() == "busybox\n"
    assert host.calls().count(f"podman pull -q {IMAGE}") == 1
    reverted = await asking.revert(host)
    assert (reverted.outcome, host.tree() == before) == (Outcome.REVERTED, True), reverted
    assert not [call for call in host.calls() if "reload" in call or "restart" in call]


async def _reverted(host: PracticeHost, plan: HostPlan) -> tuple[str, str]:
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert (answer.outcome, host.tree() == before) == (Outcome.REVERTED, True), answer
    return answer.failed_step, answer.detail


async def test_mirrors_that_are_not_as_planned(host: PracticeHost) -> None:
    """Another drop-in may have the last word."""
    step, words = await _reverted(host, podman_plan(wanted=MIRRORS[:1]))

    assert step == "podman_mirrors"
    assert words.endswith("are 'registry.example cache.corp:5000', wanted 'registry.example'")


async def test_files_that_podman_cannot_read(host: PracticeHost) -> None:
    """Its own words come along."""
    host.practice("fails/podman-info", "Error: mixing sysregistry v1/v2 is not supported\n")
    before = host.tree()
    answer = await asking.apply(host, podman_plan())
    # The same failure keeps the way back from being verified: told as what it is.
    assert answer.outcome is Outcome.REVERT_FAILED, answer
    assert "mixing sysregistry v1/v2" in answer.detail
    assert host.tree() == before


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("fails/podman-pull", "initializing source: manifest unknown"),
        ("digest", "wanted"),
        ("images", "is on the host already"),
    ],
)
async def test_pulls_that_prove_nothing(host: PracticeHost, state: str, words: str) -> None:
    """One that fails, one of something else, one that was not needed."""
    texts = {
        "fails/podman-pull": "Error: initializing source: manifest unknown\n",
        "digest": "sha256:" + "cd" * 32 + "\n",
        "images": f"{IMAGE}\n",
    }
    host.practice(state, texts[state])

    step, said = await _reverted(host, podman_plan())

    assert step == "podman_pull"
    assert words in said
