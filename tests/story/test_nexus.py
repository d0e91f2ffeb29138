"""Nexus's container on a real Docker under a real systemd, through a reboot, and taken back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import pytest

from tests.fleet import Fleet
from tests.story.nexus_image import NAME, nexus_archive
from tests.story.operator import Operator
from wizard.journal.events import EventKind
from wizard.jsonform import from_data
from wizard.run.states import RunState
from wizard.secret import Secret
from wizard.service import Errand, ErrandAnswer, NexusInstallation, open_service

pytestmark = pytest.mark.fleet

_HOST: Final = "forky-docker"
_WANTED: Final = NexusInstallation(
    host=_HOST,
    image=NAME,
    archive="/root/nexus.tar",
    connectors=(8082,),
    open_files=1024,
    seconds=60,
)
_PASSWORD: Final = "Chosen0Password0Of0Admin"  # noqa: S105  # of nobody
_SECONDS: Final = 60.0


async def test_nexus_is_installed_comes_back_after_a_reboot_and_is_taken_back(
    fleet: Fleet, operator: Operator
) -> None:
    """User 200 owns its data, the licence is accepted as shown, and nothing is left then.

    Hosts that are containers themselves cannot allow theirs as many open files as Nexus wants.
    """
    operator.write_migration([_HOST])
    service = open_service(state_dir=operator.state, environ=operator.environ, home=operator.folder)
    payload = service.nexus_payload(Secret(_PASSWORD))
    assert fleet.exec(_HOST, "cat >/root/nexus.tar", nexus_archive()).returncode == 0
    before = _state(fleet)

    first = await _carried_out(operator, service.nexus_installation(_WANTED), payload)
    assert (first.outcome.value, first.detail) == ("done", "")
    licence = service.nexus_licence(first)
    assert licence is not None
    accepted = await _carried_out(operator, service.nexus_acceptance(_WANTED, licence), payload)
    made = fleet.exec(_HOST, "docker inspect -f '{{.Id}}' nexus").stdout
    fleet.reboot(_HOST)
    _await_port(fleet)
    again = await _carried_out(operator, service.nexus_installation(_WANTED), payload)
    same = fleet.exec(
        _HOST, "docker inspect -f '{{.Id}} {{json .HostConfig.Ulimits}}' nexus"
    ).stdout
    owner = fleet.exec(_HOST, "stat -c %u:%g /srv/nexus-data").stdout
    remove = service.nexus_removal(_HOST, name="nexus", data="/srv/nexus-data")
    gone = await _carried_out(operator, remove, None)

    assert (licence.text, licence.is_accepted) == ('Words of a "licence".\nAnd more.', False)
    assert (accepted.outcome.value, again.outcome.value) == ("done", "unchanged")
    assert (same.split()[0], b'"Hard":1024' in same) == (made.strip(), True)
    assert owner == b"200:200\n"
    assert gone.outcome.value == "done"
    assert _state(fleet) == before
    files = [path.read_bytes() for path in operator.state.rglob("*") if path.is_file()]
    assert [one for one in files if _PASSWORD.encode() in one] == []
    fleet.exec(_HOST, "rm /root/nexus.tar; rmdir /etc/pilotage")


async def _carried_out(operator: Operator, errand: Errand, payload: Secret | None) -> ErrandAnswer:
    service = open_service(state_dir=operator.state, environ=operator.environ, home=operator.folder)
    migration = service.load_migration(operator.migration_file)
    run = await service.start_errand(migration, errand, secrets={}, payload=payload)
    async for view in service.watch(run):
        if view.state is RunState.ENDED:
            break
    [event] = [one for one in service.events(run) if one.kind is EventKind.ERRAND_ENDED]
    return from_data(ErrandAnswer, event.data["answer"], source=run)


def _state(fleet: Fleet) -> Mapping[str, bytes]:
    commands = ("docker ps -a --format '{{.Names}}'", "docker image ls -q", "ls /srv")
    return {command: fleet.exec(_HOST, command).stdout for command in commands}


def _await_port(fleet: Fleet) -> None:
    ready = "curl -sf http://127.0.0.1:8081/service/rest/v1/status/writable"
    until = time.monotonic() + _SECONDS
    while fleet.exec(_HOST, ready).returncode != 0:
        assert time.monotonic() < until, "the container did not come back"
        time.sleep(0.2)
