"""Single subjects: what only a person can do, what is refused, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.registries.harbor.acting import ENDPOINTS, look, provisioned, warnings
from tests.registries.harbor.stage import BOB, Stage
from tests.registries.harbor.wanting import EVERYTHING, HOSTED, PROXY, PULL
from wizard.errors import InputError, RegistryError
from wizard.practice.harbor.projects import add_project
from wizard.registries.authority import Login
from wizard.registries.failures import RegistryFailure
from wizard.registries.harbor.robots import renew_robot
from wizard.registries.harbor.server import read_server
from wizard.registries.harbor.wanted import (
    AuditForward,
    AuditPurge,
    ImmutableTags,
    Keep,
    Member,
    MemberKind,
    Project,
    Replication,
    Retention,
    Robot,
    Role,
    Severity,
    Wanted,
    Webhook,
)
from wizard.registries.provisioning import Action, told
from wizard.secret import Secret


def test_a_proxy_needs_a_chosen_retention() -> None:
    """Else Harbor chooses seven days."""
    with pytest.raises(InputError, match="has no retention"):
        Project(name="hub", public=True, endpoint="hub")


async def test_the_plan_shows_harbors_own_retention_beside_the_chosen_one(stage: Stage) -> None:
    """Before the project is there, and after somebody else made it."""
    wanted = Wanted(settings={}, endpoints=ENDPOINTS, projects=(replace(PROXY, quota=None),))
    before = (await look(stage, wanted))[2]
    assert told(before) == (
        "keeps: nDaysSinceLastPull 7 → nDaysSinceLastPull 90; at: 0 0 0 * * * → 0 0 3 * * *"
    )
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    add_project(stage.state, "dockerhub", {"public": "true"}, registry_id=1, storage=-1)
    after = (await look(stage, wanted))[2]
    assert (after.action, told(after)) == (Action.CHANGE, told(before))


async def test_a_hosted_project_cannot_become_a_proxy(stage: Stage) -> None:
    """Harbor has no way to change it; a person must choose (GH#15149)."""
    add_project(stage.state, "dockerhub", {"public": "true"}, registry_id=None, storage=-1)
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    findings = await look(stage, Wanted(settings={}, endpoints=ENDPOINTS, projects=(PROXY,)))
    project = findings[1]
    assert (project.action, project.warnings) == (
        Action.BY_HAND,
        ("what a project is a proxy of cannot be changed: choose another name",),
    )


async def test_what_rests_on_a_project_that_is_otherwise_is_left_alone(stage: Stage) -> None:
    """The retention of a proxy would delete what is in the hosted project of that name."""
    hosted = add_project(stage.state, "dockerhub", {"public": "true"}, registry_id=None, storage=-1)
    member = Member(name=BOB.username, role=Role.DEVELOPER)
    proxy = replace(PROXY, members=(member,), block_from=Severity.LOW)
    done = await provisioned(stage, Wanted(endpoints=ENDPOINTS, projects=(proxy,)))
    by_hand = [one.finding.subject for one in done if one.finding.action is Action.BY_HAND]
    assert by_hand == [
        "project dockerhub",
        "retention of dockerhub",
        "member bob of dockerhub",
        "quota of dockerhub",
        "block of vulnerable images in dockerhub",
    ]
    assert (hosted.metadata, hosted.storage, len(hosted.members)) == ({"public": "true"}, -1, 1)
    assert stage.state.retentions == {}


async def test_no_project_is_made_a_proxy_of_another_upstream(stage: Stage) -> None:
    """The endpoint has the name, and is of another type."""
    await provisioned(stage, Wanted(endpoints=ENDPOINTS))
    stage.state.endpoints[1]["type"] = "harbor"
    done = await provisioned(stage, Wanted(endpoints=ENDPOINTS, projects=(PROXY,)))
    assert [one.finding.action for one in done[1:]] == [Action.BY_HAND] * 4
    assert stage.state.project_named("dockerhub") is None


async def test_a_missing_endpoint_never_makes_a_hosted_project_of_a_proxy(stage: Stage) -> None:
    """That could not be changed afterwards."""
    with pytest.raises(RegistryError, match="no endpoint dockerhub"):
        await provisioned(stage, Wanted(projects=(PROXY,)))
    assert stage.state.project_named("dockerhub") is None


async def test_settings_that_the_environment_holds_are_left_to_a_person(stage: Stage) -> None:
    """A PUT would be a 403 (§2.14)."""
    stage.state.overwritten = frozenset({"project_creation_restriction"})
    (finding,) = await look(stage, Wanted())
    assert (finding.action, "CONFIG_OVERWRITE_JSON" in finding.warnings[0]) == (
        Action.BY_HAND,
        True,
    )


async def test_a_setting_that_harbor_drops_is_told(stage: Stage) -> None:
    """200, and it is not there when it is read back (§2.14)."""
    del stage.state.configuration["session_timeout"]
    with pytest.raises(RegistryError, match="accepted and is not there: session_timeout"):
        await provisioned(stage, Wanted(settings={"session_timeout": 30}))


async def test_the_prefix_of_robots_is_changed_only_while_there_are_none(stage: Stage) -> None:
    """It would rename them all (§2.6)."""
    wanted = Wanted(settings={"robot_name_prefix": "bot-"})
    await provisioned(stage, replace(wanted, robots=(Robot(name="one", permissions=PULL),)))
    (robot,) = stage.state.robots.values()
    assert robot["name"] == "bot-one"
    (finding,) = await look(stage, Wanted(settings={"robot_name_prefix": "robot_"}))
    assert finding.action is Action.BY_HAND


async def test_a_robots_secret_is_renewed_only_when_asked(stage: Stage) -> None:
    """A second pass tells none, and renewing ends the old one."""
    robot = Robot(name="one", permissions=PULL)
    with pytest.raises(RegistryError, match="no robot one"):
        await renew_robot(stage.harbor(), robot)
    first = await provisioned(stage, Wanted(settings={}, robots=(robot,)))
    second = await provisioned(stage, Wanted(settings={}, robots=(robot,)))
    assert [done.shown_once is None for done in (*first, *second)] == [False, True]
    name, secret = await renew_robot(stage.harbor(), robot)
    assert (name, secret.reveal()) == ("robot$one", stage.state.robots[1]["secret"])


async def test_an_audit_address_that_does_not_answer_is_told_by_harbor(stage: Stage) -> None:
    """It dials it as it is set (§2.14)."""
    with pytest.raises(RegistryFailure, match="could not connect to the audit endpoint"):
        await provisioned(stage, Wanted(audit_forward=AuditForward(address="elk:514")))


async def test_a_purge_of_events_that_are_not_known_is_left_to_a_person(stage: Stage) -> None:
    """It would keep everything and say nothing."""
    purge = AuditPurge(hours=24, events=("pull_artifact", "pull_image"))
    (done,) = await provisioned(stage, Wanted(settings={}, audit_purge=purge))
    assert (done.finding.action, done.finding.warnings) == (
        Action.BY_HAND,
        ("Harbor has no events pull_image",),
    )
    assert stage.state.schedules == {}


async def test_immutable_tags_warn_of_moving_ones(stage: Stage) -> None:
    """And a rule that says the same is found, though it has no name."""
    wanted = Wanted(
        settings={}, projects=(Project(name="p", public=False, immutable=(ImmutableTags(),)),)
    )
    assert "leave such tags out" in warnings(await look(stage, wanted), "immutable tags of p")
    await provisioned(stage, wanted)
    await provisioned(stage, wanted)
    project = stage.state.project_named("p")
    assert project is not None
    assert len(project.immutable_rules) == 1


async def test_an_older_harbor_is_not_asked_for_what_it_would_drop(stage: Stage) -> None:
    """2.13 has no limit of connections, which is told; before 2.13 robots were otherwise."""
    stage.state.version = "v2.13.5-abc"
    findings = await look(stage, replace(EVERYTHING, audit_forward=None))
    assert "before 2.14" in warnings(findings, "project dockerhub")
    done = await provisioned(stage, EVERYTHING)
    assert {one.finding.action for one in done} <= {Action.CREATE, Action.CHANGE, Action.NOTHING}
    stage.state.version = "v2.12.4-abc"
    with pytest.raises(RegistryError, match=r"Harbor v2\.12\.4 is too old"):
        await read_server(stage.harbor())


async def test_a_harbor_that_cannot_be_changed_says_so_first(stage: Stage) -> None:
    """Read-only, or asked by nobody whom it knows."""
    stage.state.configuration["read_only"] = True
    with pytest.raises(RegistryError, match="read-only"):
        await read_server(stage.harbor())
    with pytest.raises(RegistryError, match="does not know who asks"):
        await read_server(stage.harbor(None))


async def test_who_is_no_administrator_is_refused_before_anything_is_half_done(
    stage: Stage,
) -> None:
    """A user, and a robot, which may do much and not change settings (§2.6)."""
    with pytest.raises(RegistryError, match="bob is no administrator"):
        await read_server(stage.harbor(BOB))
    robot = Robot(name="one", permissions=PULL)
    (done,) = await provisioned(stage, Wanted(settings={}, robots=(robot,)))
    assert done.shown_once is not None
    name, secret = done.shown_once
    with pytest.raises(RegistryError, match="this is a robot"):
        await read_server(stage.harbor(Login(username=name, password=secret)))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Project(name="Hub", public=True),
        lambda: Wanted(settings={"oidc_client_secret": "planted"}),
        lambda: Retention(keep=Keep.LAST_PUSHED),
        lambda: Retention(keep=Keep.ALWAYS, cron="0 3 * * *"),
        lambda: Robot(name="a+b", permissions=PULL),
        lambda: Robot(name="a", permissions=PULL, days=0),
        lambda: Replication(
            name="a", endpoint="b", project="c", repositories="d", cron="0 * 2 * * *"
        ),
    ],
)
def test_what_harbor_would_refuse_is_refused_before(wrong: Any) -> None:
    """With words of ours, where it is written."""
    with pytest.raises(InputError):
        wrong()


async def test_keeping_everything_is_a_choice_too(stage: Stage) -> None:
    """And warns of the disk."""
    kept = replace(HOSTED, retention=Retention(keep=Keep.ALWAYS), members=(), webhooks=())
    wanted = Wanted(settings={}, projects=(replace(kept, block_from=None, cosign=False),))
    findings = await look(stage, wanted)
    assert "mind the disk" in warnings(findings, "retention of hosted")
    await provisioned(stage, wanted)
    again = await provisioned(stage, wanted)
    assert {one.finding.action for one in again} == {Action.NOTHING}


async def test_a_full_proxy_is_warned_of(stage: Stage) -> None:
    """Nothing makes room in it (§2.8)."""
    wanted = Wanted(settings={}, endpoints=ENDPOINTS, projects=(PROXY,))
    findings = await look(stage, wanted)
    assert "caches nothing more" in warnings(findings, "quota of dockerhub")


async def test_a_wrong_password_is_tried_once(stage: Stage) -> None:
    """Harbor answers as to nobody and locks the account for a while (§1)."""
    wrong = Login(username="admin", password=Secret("wrong"))
    with pytest.raises(RegistryError, match="does not know who asks"):
        await read_server(stage.harbor(wrong))
    assert list(stage.state.locked) == ["admin"]


async def test_a_group_is_told_from_another_of_its_name(stage: Stage) -> None:
    """Harbor names one of LDAP by a part of its DN, and finds names that are alike."""
    groups = (
        Member(name="ops-night", role=Role.DEVELOPER, kind=MemberKind.OIDC_GROUP),
        Member(name="ops", role=Role.GUEST, kind=MemberKind.OIDC_GROUP),
        Member(name="cn=ops,dc=x", role=Role.MAINTAINER, kind=MemberKind.LDAP_GROUP),
    )
    wanted = Wanted(projects=(Project(name="p", public=False, members=groups),))
    await provisioned(stage, wanted)
    again = await provisioned(stage, wanted)
    assert {one.finding.action for one in again} == {Action.NOTHING}
    project = stage.state.project_named("p")
    assert project is not None
    assert [(one["entity_name"], one["role_id"]) for one in project.members[1:]] == [
        ("ops-night", 2),
        ("ops", 3),
        ("ops", 4),
    ]


async def test_a_project_named_by_digits_is_not_taken_for_an_id(stage: Stage) -> None:
    """The server reads such a name as an id, unless it is told (§1)."""
    rules = (ImmutableTags(),)
    wanted = Wanted(settings={}, projects=(Project(name="1", public=False, immutable=rules),))
    await provisioned(stage, wanted)
    kept = {one.name: (one.id, len(one.immutable_rules)) for one in stage.state.projects.values()}
    assert kept == {"library": (1, 0), "1": (2, 1)}


async def test_an_address_of_slack_is_told_by_its_fingerprint(stage: Stage) -> None:
    """Whoever knows it may post there; a change of it is found all the same."""
    hook = Webhook(
        name="chat",
        address="https://hooks.slack.test/planted",
        events=("QUOTA_EXCEED",),
        kind="slack",
    )
    wanted = Wanted(settings={}, projects=(Project(name="p", public=False, webhooks=(hook,)),))
    await provisioned(stage, wanted)
    project = stage.state.project_named("p")
    assert project is not None
    assert project.webhooks[0]["targets"][0]["address"] == hook.address
    moved = replace(hook, address="https://hooks.slack.test/planted2")
    findings = await look(
        stage, replace(wanted, projects=(replace(wanted.projects[0], webhooks=(moved,)),))
    )
    assert [one.action for one in findings] == [Action.NOTHING, Action.CHANGE]
    assert "planted" not in told(findings[1])
