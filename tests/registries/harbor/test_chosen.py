"""What the migration file chooses for a Harbor becomes exactly what is wanted of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.registries.harbor.stage import HUB
from wizard.errors import InputError
from wizard.fleet.migration import load
from wizard.fleet.policy import PlaceChoice, TargetChoice
from wizard.fleet.provision_choice import (
    AccountChoice,
    HarborChoice,
    HarborUpstream,
    ProvisionChoice,
    ReplicationChoice,
)
from wizard.registries.harbor.chosen import harbor_wanted
from wizard.registries.harbor.wanted import (
    AuditForward,
    AuditPurge,
    Endpoint,
    GarbageCollection,
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
    upstream_endpoint,
)
from wizard.secret import Secret

HOOK: Final = Secret("Bearer-planted")
SECRETS: Final = {"account:docker.io": HUB.password, "webhook:hub-own/tell": HOOK}
EVERYTHING: Final = """\
version: 1
hosts: [web1]
target:
  kind: harbor
  url: https://harbor.test
  prefix: hub
  provision:
    accounts: {docker.io: {username: company, password: env:HUB}}
    harbor:
      upstreams:
        docker.io: {hosted: hub-own, endpoint: hub-of-old, speed: 500, connections: 8}
        quay.io: {with_hosted: false}
      projects:
        hub: {keep: 90d since pull, quota: none}
        hub-own:
          public: false
          keep: last 10 pushed
          quota: 100GiB
          members:
            bob: {role: developer}
            cn=qa,dc=x: {role: limited_guest, kind: ldap_group}
          immutable: [{tags: "{latest,stable}", excluding: true}]
          webhooks: {tell: {address: "https://hooks.test", events: [A, B], header: env:HOOK}}
          scan_on_push: true
          block_from: high
          cosign: true
        team: {}
      robots:
        fleet: {}
        ci: {project: team, push: [team], days: 90, description: of the build}
      replications:
        images: {repositories: "library/*", tags: "1.*", cron: 0 30 2 * * *, now: false}
      garbage_collection: {cron: 0 0 4 * * *, untagged: false, workers: 3}
      scan: 0 0 1 * * *
      audit_purge: {days: 90, events: [pull_artifact], cron: 0 0 5 * * *}
      audit_forward: {address: "log:514", instead_of_database: true}
      settings: {session_timeout: 30}
"""
WANTED: Final = Wanted(
    settings={"project_creation_restriction": "adminonly", "session_timeout": 30},
    endpoints=(
        upstream_endpoint("docker.io", name="hub-of-old", login=HUB),
        upstream_endpoint("quay.io", name="quay.io", login=None),
    ),
    projects=(
        Project(
            name="hub",
            public=True,
            endpoint="hub-of-old",
            quota=-1,
            retention=Retention(keep=Keep.DAYS_SINCE_PULL, count=90),
            speed=500,
            connections=8,
        ),
        Project(
            name="hub-own",
            public=False,
            quota=100 << 30,
            retention=Retention(keep=Keep.LAST_PUSHED, count=10),
            members=(
                Member(name="bob", role=Role.DEVELOPER),
                Member(name="cn=qa,dc=x", role=Role.LIMITED_GUEST, kind=MemberKind.LDAP_GROUP),
            ),
            immutable=(ImmutableTags(tags="{latest,stable}", excluding=True),),
            webhooks=(
                Webhook(name="tell", address="https://hooks.test", events=("A", "B"), header=HOOK),
            ),
            scan_on_push=True,
            block_from=Severity.HIGH,
            cosign=True,
        ),
        Project(
            name="quay.io",
            public=True,
            endpoint="quay.io",
            retention=Retention(keep=Keep.DAYS_SINCE_PULL, count=30),
        ),
        Project(name="team", public=False),
    ),
    robots=(
        Robot(
            name="fleet",
            permissions=(Permission(namespace="*", resource="repository", action="pull"),),
        ),
        Robot(
            name="ci",
            project="team",
            days=90,
            description="of the build",
            permissions=(
                Permission(namespace="team", resource="repository", action="pull"),
                Permission(namespace="team", resource="repository", action="push"),
            ),
        ),
    ),
    replications=(
        Replication(
            name="images",
            endpoint="hub-of-old",
            project="hub-own",
            repositories="library/*",
            tags="1.*",
            cron="0 30 2 * * *",
            now=False,
        ),
    ),
    garbage_collection=GarbageCollection(cron="0 0 4 * * *", untagged=False, workers=3),
    scan_cron="0 0 1 * * *",
    audit_purge=AuditPurge(hours=2160, events=("pull_artifact",), cron="0 0 5 * * *"),
    audit_forward=AuditForward(address="log:514", instead_of_database=True),
)
ASKED: Final = "ask"
ACCOUNTS: Final = (AccountChoice(upstream="docker.io", username="company", password=ASKED),)
DEFAULTS: Final = TargetChoice(
    url="https://harbor.test",
    upstreams=(PlaceChoice(upstream="quay.io", prefix="v2/quay/mirror"),),
    provision=ProvisionChoice(accounts=ACCOUNTS),
)


def test_everything_that_can_be_chosen_is_wanted(tmp_path: Path) -> None:
    """Each key of the file, with a value that is not its default, reaches its field."""
    file = tmp_path / "migration.yaml"
    file.write_text(EVERYTHING, encoding="utf-8")
    target = load(file, lookup=lambda _alias, _file: pytest.fail("no alias")).target
    assert target
    assert harbor_wanted(target, SECRETS) == WANTED


def test_by_default_both_projects_of_each_upstream_are_wanted() -> None:
    """Named by the target's own place for it; what proxies keep is always chosen."""
    wanted = harbor_wanted(DEFAULTS, SECRETS)
    assert [(one.name, one.endpoint, one.public) for one in wanted.projects] == [
        ("dockerhub", "dockerhub", True),
        ("dockerhub-hosted", "", True),
        ("quay", "quay.io", True),
        ("quay-hosted", "", True),
    ]
    kept = Retention(keep=Keep.DAYS_SINCE_PULL, count=30)
    assert [one.retention for one in wanted.projects] == [kept, None, kept, None]
    assert wanted.garbage_collection == GarbageCollection()


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (
            ProvisionChoice(
                accounts=(
                    *ACCOUNTS,
                    AccountChoice(upstream="ghcr.io", username="a", password=ASKED),
                )
            ),
            "account of ghcr.io",
        ),
        (
            ProvisionChoice(
                accounts=ACCOUNTS,
                harbor=HarborChoice(
                    upstreams=(HarborUpstream(upstream="docker.io", with_hosted=False),),
                    replications=(ReplicationChoice(name="a", repositories="x"),),
                ),
            ),
            "no project to copy into",
        ),
        (ProvisionChoice(), "account of Docker Hub"),
    ],
)
def test_what_contradicts_itself_is_refused(choice: ProvisionChoice, told: str) -> None:
    """Before anybody is asked anything."""
    secrets = {**SECRETS, "account:ghcr.io": HOOK}
    with pytest.raises(InputError, match=told):
        harbor_wanted(replace(DEFAULTS, provision=choice), secrets)


def test_an_upstream_behind_a_server_of_its_own_is_any_registry() -> None:
    """Also Docker Hub: Harbor asks that server alone, with an account or without."""
    upstream = HarborUpstream(upstream="docker.io", server="https://cache.test")
    choice = ProvisionChoice(harbor=HarborChoice(upstreams=(upstream,)))

    endpoint, *_others = harbor_wanted(replace(DEFAULTS, provision=choice), {}).endpoints

    assert endpoint == Endpoint(
        name="dockerhub", kind="docker-registry", url="https://cache.test", login=None
    )
