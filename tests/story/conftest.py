"""Fixtures of the stories: the real fleet, and an operator with an empty folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.fleet.jump_host import knowing_names
from tests.story.operator import Operator
from tests.warm.fixture import warmed


@pytest.fixture(scope="session")
def plans() -> dict[str, bytes]:
    """Return the plans that stories share."""
    return {}


@pytest.fixture
def operator(tmp_path: Path, fleet: Fleet, plans: dict[str, bytes]) -> Iterator[Operator]:
    """Return an operator who has never used Pilotage, and end runs that a test left behind."""
    somebody = Operator(folder=tmp_path, fleet=fleet, plans=plans)
    yield somebody
    if somebody.state.exists():
        somebody.stop_everything()


@pytest.fixture(scope="session")
def warm_jump_host(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield what stands for this interpreter where the registries' names resolve."""
    folder = tmp_path_factory.mktemp("jump-host")
    with warmed(folder, lambda command: knowing_names(fleet, folder, command)) as command:
        yield command


@pytest.fixture(scope="module")
def warm_operator(warm_jump_host: str) -> Iterator[None]:
    """Let this module's commands be started warm; what operators really start is in others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", warm_jump_host)
        yield
