"""A verb is sent only where it still makes sense when its turn comes."""

from __future__ import annotations

from pathlib import Path

from tests.run.virtual_time import run_virtually
from tests.run.world import RUN, World, host_plan
from wizard.run.acting import HostActor, Tools
from wizard.run.recorder import Recorder
from wizard.run.reduce import RunReducer
from wizard.transaction.answers import Answer, Verb


def test_a_host_that_is_not_in_doubt_is_not_asked(tmp_path: Path) -> None:
    """What it answered then could contradict the journal, which would end the whole run."""
    world = World.of(tmp_path, ("a",))
    journal = world.folder.open(RUN)
    state = RunReducer(RUN)
    state.feed_all(journal.tail())

    async def ask() -> Answer | None:
        recorder = Recorder(journal, state, world.clock)
        tools = Tools(
            recorder=recorder,
            actions=world.hosts,
            clock=world.clock,
            ledger_run=RUN,
            lease=120.0,
            plan_of=host_plan,
        )
        try:
            return await HostActor(tools).send("a", Verb.STATUS)
        finally:
            recorder.close()

    assert run_virtually(ask()) is None
    assert world.hosts.calls == []
