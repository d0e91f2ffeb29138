"""One of everything that can be wanted of a Harbor."""

from __future__ import annotations

from typing import Final

from tests.registries.harbor.stage import BOB, HUB
from wizard.registries.harbor.wanted import (
    AuditForward,
    AuditPurge,
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

HEADER: Final = Secret("Bearer-planted")
PULL: Final = (Permission(namespace="*", resource="repository", action="pull"),)
PUSH: Final = (
    Permission(namespace="hosted", resource="repository", action="pull"),
    Permission(namespace="hosted", resource="repository", action="push"),
)
PROXY: Final = Project(
    name="dockerhub",
    public=True,
    endpoint="dockerhub",
    retention=Retention(keep=Keep.DAYS_SINCE_PULL, count=90),
    connections=8,
    quota=200 << 30,
)
HOSTED: Final = Project(
    name="hosted",
    public=False,
    quota=100 << 30,
    retention=Retention(keep=Keep.LAST_PUSHED, count=10),
    members=(
        Member(name=BOB.username, role=Role.DEVELOPER),
        Member(name="ops", role=Role.LIMITED_GUEST, kind=MemberKind.OIDC_GROUP),
        Member(name="cn=qa,dc=x", role=Role.GUEST, kind=MemberKind.LDAP_GROUP),
    ),
    immutable=(ImmutableTags(tags="{latest,stable}", excluding=True),),
    webhooks=(
        Webhook(
            name="tell",
            address="https://hooks.test/harbor",
            events=("QUOTA_WARNING", "SCANNING_FAILED"),
            header=HEADER,
        ),
    ),
    block_from=Severity.HIGH,
    cosign=True,
)
REPLICATION: Final = Replication(
    name="hub-to-hosted",
    endpoint="dockerhub",
    project="hosted",
    repositories="library/{nginx,redis}",
    tags="{1.27,7}",
    cron="0 30 2 * * *",
)
EVERYTHING: Final = Wanted(
    endpoints=(upstream_endpoint("docker.io", name="dockerhub", login=HUB),),
    projects=(PROXY, HOSTED),
    robots=(
        Robot(name="fleet-pull", permissions=PULL),
        Robot(name="ci-push", permissions=PUSH, project="hosted", days=90),
    ),
    replications=(REPLICATION,),
    garbage_collection=GarbageCollection(),
    scan_cron="0 0 1 * * *",
    audit_purge=AuditPurge(hours=2160, events=("create_artifact", "pull_artifact")),
    audit_forward=AuditForward(address="harbor-log:10514", instead_of_database=True),
)
