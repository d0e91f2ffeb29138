"""What an examination says can be mended, mended by provisioning that and nothing else."""

from __future__ import annotations

from dataclasses import replace

import httpx

from tests.registries.conftest import QuickClock
from tests.registries.harbor.stage import ADMIN, HUB, set_up
from tests.registries.harbor.stage import URL as HARBOR
from tests.registries.nexus.stage import URL as NEXUS
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import AccountChoice, ProvisionChoice, account_key
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.registries.doctor.examining import examine
from wizard.registries.doctor.observation import Observation, Severity
from wizard.registries.product import Asked, plan_provisioning, provision_product
from wizard.registries.provisioning import Action

WANTED = ProvisionChoice(
    accounts=(AccountChoice(upstream="docker.io", username=HUB.username, password="ask"),)  # noqa: S106  # a reference
)


async def examined(asked: Asked) -> tuple[Observation, ...]:
    """Return all that is seen."""
    found = await examine(
        asked.choice,
        ca_pem=None,
        password=asked.password,
        clock=asked.clock,
        transport=asked.transport,
        with_upload=False,
    )
    return found.observations


async def mendable(asked: Asked) -> list[Observation]:
    """Return what is seen that provisioning mends."""
    return [one for one in await examined(asked) if one.fixed_by]


async def test_a_private_project_is_made_public_and_nothing_else_is_done(
    clock: QuickClock,
) -> None:
    """The plan has more to do; the operator asked for that one."""
    stage = set_up(clock, checked=False)
    choice = TargetChoice(
        url=HARBOR, addressing="prefix", prefix="hub", username=ADMIN.username, provision=WANTED
    )
    asked = Asked(
        choice=choice,
        ca_pem=None,
        password=ADMIN.password,
        secrets={account_key("docker.io"): HUB.password},
        clock=clock,
        transport=stage.transport,
    )
    assert [done async for done in provision_product(asked)]
    project = stage.state.project_named("hub")
    assert project is not None
    project.metadata["public"] = "false"
    stage.state.configuration["project_creation_restriction"] = "everyone"

    [private] = await mendable(asked)
    plan = await plan_provisioning(asked)
    mending = plan.mending(private.fixed_by)
    assert [(one.subject, one.action) for one in mending] == [("project hub", Action.CHANGE)]
    only = [one.subject for one in mending]
    done = [one.finding.subject async for one in provision_product(asked, only=only)]

    assert done == only
    assert await mendable(asked) == []
    left = (await plan_provisioning(asked)).needing(Action.CHANGE)
    assert [one.subject for one in left] == ["settings"]


async def test_anonymous_access_of_a_nexus_comes_with_all_that_it_rests_on() -> None:
    """Alone it would publish every repository; the words name subjects that there are."""
    server = PracticeNexus()
    asked = Asked(
        choice=TargetChoice(url=NEXUS, username="admin", provision=ProvisionChoice()),
        ca_pem=None,
        password=server.setting.password,
        secrets={},
        clock=QuickClock(),
        transport=httpx.ASGITransport(server),
    )
    plan = await plan_provisioning(asked)
    asked = replace(asked, accepted_licence=plan.licence)
    broken = await mendable(asked)
    assert {one.severity for one in broken} == {Severity.BROKEN}
    assert all(plan.mending(one.fixed_by) for one in broken)

    [anonymous] = [one for one in broken if "anonymous access" in one.found]
    only = [one.subject for one in plan.mending(anonymous.fixed_by)]
    done = [one.finding.subject async for one in provision_product(asked, only=only)]
    assert done == only
    assert only.index("proxy repository dockerhub") < only.index("anonymous access")
    assert "not everything is read" in " ".join(
        one.found for one in (await examined(asked)) if one.severity is Severity.WELL
    )
