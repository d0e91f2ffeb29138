"""A whole practice Nexus at its port: its front, its connector, and real images behind both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.registries.conftest import QuickClock
from wizard.clock import SystemClock
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import (
    AccountChoice,
    NexusChoice,
    NexusHosted,
    NexusUpstream,
    ProvisionChoice,
    account_key,
)
from wizard.practice.nexus.server import CONNECTOR
from wizard.practice.product_kind import ADMIN, ADMIN_FILE, HUB_ACCOUNT, HUB_FILE, ProductKind
from wizard.practice.products import PracticeProduct
from wizard.practice.registry.images import HELLO
from wizard.practice.surroundings import Surroundings, open_surroundings
from wizard.registries.authority import Login
from wizard.registries.canary import push_canary
from wizard.registries.distribution import Distribution
from wizard.registries.doctor.clients_view import pulls, uploads
from wizard.registries.doctor.observation import Severity
from wizard.registries.failures import RegistryFailure
from wizard.registries.http import open_client
from wizard.registries.product import Asked, plan_provisioning, provision_product
from wizard.secret import Secret
from wizard.target import Addressing, Target, TargetKind

CLOCK = QuickClock()
COMMON, CANARY = f"{HELLO}:common", f"{HELLO}:only-target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Practised:
    """A fresh Nexus, and a client that trusts it."""

    around: Surroundings
    product: PracticeProduct
    client: httpx.AsyncClient

    @property
    def target(self) -> Target:
        """Return it as hosts address it."""
        return Target(kind=TargetKind.NEXUS, url=self.around.target.url, addressing=Addressing.ROOT)

    @property
    def admin(self) -> Login:
        """Return its administrator."""
        return Login(username=ADMIN, password=Secret(self.product.passwords[ADMIN_FILE]))

    async def provision(self) -> None:
        """Bring it to what the practice's migration file wants, and a repository of own images."""
        upstream = NexusUpstream(
            upstream="docker.io", server=self.around.upstream.url, port=CONNECTOR, private=True
        )
        account = AccountChoice(
            upstream="docker.io",
            username=HUB_ACCOUNT,
            password="ask",  # noqa: S106  # a reference
        )
        asked = Asked(
            choice=TargetChoice(
                kind="nexus",
                url=self.around.target.url,
                username=ADMIN,
                provision=ProvisionChoice(
                    accounts=(account,),
                    nexus=NexusChoice(
                        upstreams=(upstream,), hosted=(NexusHosted(repository="own"),)
                    ),
                ),
            ),
            ca_pem=self.around.target_authority.pem,
            password=self.admin.password,
            secrets={account_key("docker.io"): Secret(self.product.passwords[HUB_FILE])},
            accepted_licence="",
            clock=CLOCK,
        )
        licence = (await plan_provisioning(asked)).licence
        accepted = Asked(
            choice=asked.choice,
            ca_pem=asked.ca_pem,
            password=asked.password,
            secrets=asked.secrets,
            accepted_licence=licence,
            clock=CLOCK,
        )
        assert [one.finding.subject async for one in provision_product(accepted)]

    async def pulled(self, image: str = COMMON) -> Severity:
        """Return what becomes of a pull without a login, index, manifest and configuration."""
        return (await pulls(self.target, image, client=self.client, clock=CLOCK)).severity


@pytest.fixture
async def practised(tmp_path: Path) -> AsyncIterator[Practised]:
    """Yield a fresh Nexus."""
    async with open_surroundings(tmp_path, SystemClock(), product=ProductKind.NEXUS) as around:
        assert around.product
        async with open_client(around.target_authority.pem) as client:
            yield Practised(around=around, product=around.product, client=client)


async def test_without_a_connector_the_front_reaches_nobody(practised: Practised) -> None:
    """Its pages and its API are there; what hosts ask is answered by the front alone."""
    url = practised.around.target.url

    assert (await practised.client.get(f"{url}/v2/")).status_code == 502
    assert (await practised.client.get(f"{url}/service/rest/v1/status")).status_code == 200
    assert (await practised.client.get(url)).headers["server"].startswith("Nexus/")


async def test_a_provisioned_proxy_serves_upstream_s_images(practised: Practised) -> None:
    """Also what only the account sees there; and it says that it takes no push."""
    await practised.provision()

    assert (await practised.pulled(), await practised.pulled(CANARY)) == (
        Severity.WELL,
        Severity.WELL,
    )
    pushed = await uploads(
        practised.target, HELLO, client=practised.client, clock=CLOCK, login=practised.admin
    )
    assert pushed.severity is Severity.NOTE


async def test_a_proxy_with_a_wrong_account_blocks_itself(practised: Practised) -> None:
    """What it keeps is served; what it would have to fetch is a 500 that says so."""
    await practised.provision()
    assert await practised.pulled() is Severity.WELL

    practised.product.hub.accounts.clear()

    assert await practised.pulled() is Severity.WELL
    found = await pulls(practised.target, CANARY, client=practised.client, clock=CLOCK)
    assert found.severity is Severity.BROKEN
    assert "auto blocked" in found.found.lower()


async def test_a_hosted_repository_takes_what_its_administrator_pushes(
    practised: Practised,
) -> None:
    """Everybody else is refused; by its own URL, as a repository without a connector has it."""
    await practised.provision()
    url = f"{practised.around.target.url}/repository/own/v2"
    mine = Distribution(url, client=practised.client, clock=CLOCK, login=practised.admin)

    canary = await push_canary(mine, suffix="practice")

    assert (await mine.manifest(canary.repository, canary.tag)).digest == canary.digest
    anonymous = Distribution(url, client=practised.client, clock=CLOCK)
    with pytest.raises(RegistryFailure, match="Forbidden"):
        await push_canary(anonymous, suffix="other")
