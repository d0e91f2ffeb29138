"""Whatever valid daemon.json a host has, a revert brings back its very bytes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.planning.cases import a_file, a_target, host_facts
from tests.planning.json_documents import json_documents
from tests.transaction import asking
from tests.transaction.plans import DAEMON_JSON
from tests.transaction.practice_host import SHELLS, PracticeHost
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan
from wizard.runtimes import RUNTIMES
from wizard.runtimes.docker.config import MIRRORS_KEY, normal_mirrors
from wizard.transaction.answers import Outcome

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_TEXTS = st.builds(lambda bom, text: f"{bom}{text}", st.sampled_from(["", _BOM]), json_documents())


def _plan(host: PracticeHost, text: str) -> HostPlan:
    """Return the files of the plan for that text; running state is for other tests."""
    host.write(DAEMON_JSON, text.encode(), mode=0o640)
    said = json.loads(text.removeprefix(_BOM)).get(MIRRORS_KEY, [])
    facts = host_facts({"docker": {"version": "26.1.5", "mirrors": list(normal_mirrors(said))}})
    file = a_file(DAEMON_JSON, {"text": text, "mode": 0o640})
    files = (*(one for one in facts.files if one.path != DAEMON_JSON), file)
    plan = plan_host(
        dataclasses.replace(facts, files=files), a_target(ca=False), RolloutPolicy(), RUNTIMES
    )
    return HostPlan(host=plan.host, runtimes=(), changes=plan.changes)


async def _there_and_back(host: PracticeHost, plan: HostPlan) -> tuple[bytes, bytes]:
    applied = await asking.apply(host, plan)
    assert applied.outcome is Outcome.APPLIED, applied
    between = host.read(DAEMON_JSON)
    reverted = await asking.revert(host)
    assert reverted.outcome is Outcome.REVERTED, reverted
    await host.settle()
    return between, host.read(DAEMON_JSON)


@pytest.mark.parametrize("shell", sorted(SHELLS))
@given(text=_TEXTS)
@settings(max_examples=15, deadline=None)
def test_revert_of_apply_is_what_was(
    shell: str, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """There the plan's bytes, back the host's own, in every shell."""
    folder: Path = tmp_path_factory.mktemp("back")
    host = PracticeHost(root=folder / "root", shell=shell, shared=folder / "tools").build()
    plan = _plan(host, text)
    assume(plan.changes)
    between, after = asyncio.run(_there_and_back(host, plan))
    assert [change.after.encode() for change in plan.changes] == [between]
    assert after == text.encode()
