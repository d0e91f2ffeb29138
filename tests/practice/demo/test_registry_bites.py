"""Faults of a registry product bite: without a safeguard hosts go on to upstream in silence."""

from __future__ import annotations

from tests.practice.demo.naive import change
from tests.practice.demo.test_bites import one_host, served_by
from tests.registries.conftest import QuickClock
from wizard.errors import RegistryError
from wizard.practice.demo.administrator import Administrator
from wizard.practice.demo.endings import Server
from wizard.practice.demo.faults import Fault
from wizard.practice.fleet import PracticeFleet
from wizard.practice.home import Home
from wizard.practice.product_kind import ProductKind
from wizard.run.local_service import LocalService


async def provisioned(fleet: PracticeFleet) -> bool:
    """Provision the fleet's registry product as a script does; tell whether it let itself be."""
    service = LocalService(
        state_dir=fleet.home / "state", environ={}, home=fleet.operator, clock=QuickClock()
    )
    choice = service.load_migration(fleet.migration_file).target
    assert choice
    administrator = Administrator(service, choice, ProductKind.NEXUS)
    try:
        await administrator.provision("provision")
    except RegistryError:
        return False
    return True


async def test_a_registry_that_was_left_read_only_has_hosts_served_by_upstream(
    home: Home,
) -> None:
    """Who ignores that it was not provisioned moves hosts to nothing: their pulls end with 0."""
    async with one_host(home, product=ProductKind.NEXUS) as (fleet, host, mischief):
        await mischief.plant(Fault.REGISTRY_READ_ONLY)

        assert await provisioned(fleet) is False
        assert (await host.run(change(fleet, host))).status == 0
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend(Fault.REGISTRY_READ_ONLY)
        assert await provisioned(fleet) is True
        assert await served_by(fleet) is Server.TARGET


async def test_a_registry_that_is_closed_lets_a_host_be_served_by_upstream(home: Home) -> None:
    """Silently: nothing on the host has changed, and every pull ends with 0."""
    async with one_host(home, product=ProductKind.NEXUS) as (fleet, host, mischief):
        assert await provisioned(fleet) is True
        assert (await host.run(change(fleet, host))).status == 0
        assert await served_by(fleet) is Server.TARGET

        await mischief.plant(Fault.REGISTRY_CLOSED)
        assert await served_by(fleet) is Server.UPSTREAM

        await mischief.mend_all()
        assert await served_by(fleet) is Server.TARGET
