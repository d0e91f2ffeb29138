"""An errand in a run's own process, over real SSH on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.run.test_process import ADDRESSES, ended, migration_of, seen, service_of
from tests.ssh.lab import Lab, make_lab
from wizard.errand.errand import Errand, ErrandName
from wizard.errors import InputError, RunError
from wizard.journal.events import EventKind, RunResult
from wizard.registries.pull_secret import PullSecret, manifests
from wizard.run.states import HostState
from wizard.secret import Secret

_HOST = f"host-{ADDRESSES[0]}"
_DRILL = Errand(name=ErrandName.RESTORE_DRILL, host=_HOST, arguments=("",))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return fresh keys and files for SSH on loopback."""
    return make_lab(tmp_path)


async def test_an_errand_that_is_refused_ends_its_run_with_the_hosts_words(lab: Lab) -> None:
    """The host is not done with it, is unchanged, and nothing can be rolled back."""
    service = service_of(lab)
    async with lab.virtual_hosts(ADDRESSES):
        run = await service.start_errand(migration_of(lab), _DRILL, secrets={})
        view = await seen(service, run, ended)

    [host] = view.hosts
    assert (view.result, host.state) == (RunResult.FAILED, HostState.NOT_DONE)
    assert host.trouble is not None
    assert "no backups of Harbor or Nexus are taken here" in host.trouble.what
    assert (view.changed, view.choices) == (False, ())
    kinds = [event.kind for event in service.events(run) if event.host]
    assert kinds == [EventKind.ERRAND_SENT, EventKind.ERRAND_ENDED]
    with pytest.raises(RunError, match="is no rollout"):
        await service.start_rollback(migration_of(lab), run, secrets={})


async def test_what_an_errand_brings_reaches_no_file_of_ours(lab: Lab) -> None:
    """A login goes through the pipe to the process and over SSH to the host, and no further."""
    service = service_of(lab)
    wanted = PullSecret(registry="r.example.net", username="robot$x", namespaces=("web",))
    word = "correct-horse-battery"
    payload = manifests(wanted, Secret(word))
    errand = Errand(
        name=ErrandName.PULL_SECRET,
        host=_HOST,
        arguments=("pilotage-pull", "web", ""),
        has_payload=True,
    )
    async with lab.virtual_hosts(ADDRESSES):
        run = await service.start_errand(migration_of(lab), errand, secrets={}, payload=payload)
        view = await seen(service, run, ended)

    assert view.result is RunResult.FAILED
    encoded = payload.reveal().split('.dockerconfigjson: "')[1].split('"')[0]
    contents = [path.read_bytes() for path in (lab.folder / "state").rglob("*") if path.is_file()]
    assert len(contents) >= 2
    assert [one for one in contents if word.encode() in one or encoded.encode() in one] == []


async def test_a_host_that_is_not_reached_was_sent_nothing(lab: Lab) -> None:
    """It is told apart from one that may have been sent it."""
    service = service_of(lab)

    run = await service.start_errand(migration_of(lab), _DRILL, secrets={})
    view = await seen(service, run, ended)

    assert [host.state for host in view.hosts] == [HostState.UNREACHABLE]
    assert view.result is RunResult.FAILED


async def test_a_host_that_nobody_knows_starts_no_run(lab: Lab) -> None:
    """A misspelt name is an input error."""
    service = service_of(lab)

    with pytest.raises(InputError, match="not a host of the fleet"):
        await service.start_errand(migration_of(lab), replace(_DRILL, host="web"), secrets={})

    assert service.runs() == ()
