"""Whatever is wanted of a Harbor: one pass makes it, by its contract, and a second does nothing."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.registries.conftest import QuickClock
from tests.registries.harbor.acting import ENDPOINTS, provisioned
from tests.registries.harbor.stage import BOB, set_up
from wizard.registries.harbor.wanted import (
    NO_LIMIT,
    ImmutableTags,
    Keep,
    Member,
    MemberKind,
    Permission,
    Project,
    Replication,
    Retention,
    Robot,
    Role,
    Severity,
    Wanted,
    Webhook,
)
from wizard.registries.provisioning import Action

CRONS = some.sampled_from(["0 0 3 * * *", "0 15 */6 * * *", "0 30 2 * * 0"])
NAMES = some.sampled_from(["1", "a", "a.b", "dockerhub", "hosted", "x_y-z", "007"])
RETENTIONS = some.builds(
    Retention, keep=some.sampled_from(Keep), count=some.integers(1, 400), cron=CRONS
)
MEMBERS = some.one_of(
    some.builds(Member, name=some.just(BOB.username), role=some.sampled_from(Role)),
    some.builds(
        Member,
        name=some.sampled_from(["ops", "ops-night", "cn=ops,dc=x"]),
        role=some.sampled_from(Role),
        kind=some.sampled_from([kind for kind in MemberKind if kind is not MemberKind.USER]),
    ),
)
WEBHOOKS = some.builds(
    Webhook,
    name=some.sampled_from(["tell", "tell2"]),
    address=some.just("https://hooks.test/x"),
    events=some.sets(some.sampled_from(["PUSH_ARTIFACT", "QUOTA_EXCEED"]), min_size=1).map(tuple),
    kind=some.sampled_from(["http", "slack"]),
)
PROJECTS = some.builds(
    Project,
    name=NAMES,
    public=some.booleans(),
    endpoint=some.sampled_from(["", "dockerhub"]),
    quota=some.none() | some.just(NO_LIMIT) | some.integers(1, 1 << 50),
    retention=RETENTIONS,
    speed=some.just(NO_LIMIT) | some.integers(1, 1 << 20),
    members=some.lists(MEMBERS, max_size=3, unique_by=lambda one: (one.name, one.kind)).map(tuple),
    immutable=some.lists(
        some.builds(ImmutableTags, tags=some.sampled_from(["**", "v*"]), excluding=some.booleans()),
        max_size=2,
        unique=True,
    ).map(tuple),
    webhooks=some.lists(WEBHOOKS, max_size=2, unique_by=lambda one: one.name).map(tuple),
    scan_on_push=some.booleans(),
    block_from=some.none() | some.sampled_from(Severity),
    cosign=some.booleans(),
)
ROBOTS = some.builds(
    Robot,
    name=some.sampled_from(["pull", "ci.push", "0"]),
    permissions=some.lists(
        some.builds(
            Permission,
            namespace=some.sampled_from(["*", "library"]),
            resource=some.just("repository"),
            action=some.sampled_from(["pull", "push"]),
        ),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(tuple),
    days=some.just(NO_LIMIT) | some.integers(1, 3650),
)


@some.composite
def wanteds(draw: some.DrawFn) -> Wanted:
    """Draw what an operator may want."""
    projects = draw(some.lists(PROJECTS, max_size=3, unique_by=lambda one: one.name))
    hosted = [one.name for one in projects if not one.endpoint]
    replications = [
        Replication(
            name=f"into-{name}",
            endpoint="dockerhub",
            project=name,
            repositories=draw(some.sampled_from(["library/nginx", "**", "{library,grafana}/**"])),
            cron=draw(some.just("") | CRONS),
            now=draw(some.booleans()),
        )
        for name in hosted
    ]
    return Wanted(
        endpoints=ENDPOINTS,
        projects=tuple(projects),
        robots=tuple(draw(some.lists(ROBOTS, max_size=2, unique_by=lambda one: one.name))),
        replications=tuple(replications),
        scan_cron=draw(some.just("") | CRONS),
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wanteds())
def test_one_pass_makes_what_is_wanted_and_another_finds_it(wanted: Wanted) -> None:
    """On every pass each request is one of the contract, and nothing is left to a person."""

    async def passes() -> list[set[Action]]:
        stage = set_up(QuickClock())
        return [
            {done.finding.action for done in await provisioned(stage, wanted)} for _ in range(2)
        ]

    first, second = asyncio.run(passes())
    assert Action.BY_HAND not in first
    assert second == {Action.NOTHING}
