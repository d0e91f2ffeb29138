"""What products are to those who run them: access, quotas, availability, air gap, licences."""

from __future__ import annotations

from typing import Final

from wizard.registries.choice.answers import Need, Product, Verdict
from wizard.registries.choice.known import DISTRIBUTION, Answers
from wizard.registries.sources import (
    HARBOR_DOCS,
    HARBOR_QUOTAS,
    JFROG_CLIENT,
    JFROG_HELP,
    JFROG_REST,
    JFROG_SILENT,
    NEXUS_API,
    NEXUS_LIMITS,
    NEXUS_PRO,
    NEXUS_ROLES,
)
from wizard.wording import mark

OF_RUNNING: Final[Answers] = {
    Need.ISOLATION: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Projects with five roles."),
            f"{HARBOR_DOCS}, administration/managing-users/user-permissions-by-role",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark(
                "Roles and privileges for each repository; the anonymous role that it comes with"
                " reads all of them and must be replaced."
            ),
            NEXUS_ROLES,
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Whether permission targets need a licence is not known."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (
            Verdict.YES,
            mark("Permission targets; projects are licensed apart."),
            JFROG_CLIENT,
        ),
        Product.PLAIN: (
            Verdict.NO,
            mark("Who is let in may do all, unless a token service is put before it."),
            f"{DISTRIBUTION}spec/auth/token/",
        ),
    },
    Need.SIGN_ON: {
        Product.HARBOR: (
            Verdict.YES,
            mark("LDAP and OIDC; no SAML."),
            f"{HARBOR_DOCS}, administration/configure-authentication",
        ),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("LDAP; SAML and OIDC only in Pro."),
            f"{NEXUS_API}; {NEXUS_PRO}",
        ),
        Product.JCR: (Verdict.UNKNOWN, mark("No source says it."), JFROG_SILENT),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("LDAP, SAML and OIDC, each by its tier of licence."),
            JFROG_HELP,
        ),
        Product.PLAIN: (
            Verdict.NO,
            mark("A file of users, or a server before it."),
            DISTRIBUTION,
        ),
    },
    Need.ROBOTS: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Robot accounts for one project or all, with an end or none."),
            f"{HARBOR_DOCS}, administration/robot-accounts",
        ),
        Product.NEXUS: (Verdict.PARTLY, mark("Users only; tokens in Pro."), NEXUS_PRO),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Access tokens, as far as is known."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (Verdict.YES, mark("Access tokens."), JFROG_CLIENT),
        Product.PLAIN: (Verdict.PARTLY, mark("Users of a file, all alike."), DISTRIBUTION),
    },
    Need.QUOTAS: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Hard, for each project; a full proxy project stops caching."),
            f"{HARBOR_QUOTAS}; goharbor/harbor#13314",
        ),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Soft, for each blob store: it warns and refuses nothing."),
            NEXUS_API,
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("One threshold of storage, as far as is known."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (
            Verdict.UNKNOWN,
            mark("One threshold of storage, as far as is known."),
            JFROG_SILENT,
        ),
        Product.PLAIN: (Verdict.NO, mark("None."), DISTRIBUTION),
    },
    Need.AVAILABILITY: {
        Product.HARBOR: (
            Verdict.PARTLY,
            mark(
                "On Kubernetes with PostgreSQL and Redis of your own; the installer for one host,"
                " which Pilotage uses, makes one instance."
            ),
            f"{HARBOR_DOCS}, install-config/harbor-ha-helm",
        ),
        Product.NEXUS: (
            Verdict.PAID,
            mark("Only Pro, with PostgreSQL."),
            "sonatype/nexus-public#581",
        ),
        Product.JCR: (Verdict.PAID, mark("Only Artifactory Enterprise."), JFROG_HELP),
        Product.ARTIFACTORY: (Verdict.PAID, mark("Only Enterprise."), JFROG_HELP),
        Product.PLAIN: (
            Verdict.PARTLY,
            mark("Several instances over one store and one secret, behind a load balancer."),
            f"{DISTRIBUTION}about/deploying/",
        ),
    },
    Need.AIR_GAP: {
        Product.HARBOR: (
            Verdict.YES,
            mark("An offline installer; the database of Trivy has to be brought in."),
            f"{HARBOR_DOCS}, install-config/download-installer",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("One image as a file; its licence is agreed to once, by a person."),
            f"sonatype/docker-nexus3; {NEXUS_API}",
        ),
        Product.JCR: (Verdict.YES, mark("Works without a way out."), JFROG_HELP),
        Product.ARTIFACTORY: (Verdict.YES, mark("With a licence file."), JFROG_HELP),
        Product.PLAIN: (Verdict.YES, mark("One program or one image."), DISTRIBUTION),
    },
    Need.FREE: {
        Product.HARBOR: (Verdict.YES, "Apache-2.0.", "goharbor/harbor, LICENSE"),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Free within 40000 components and 100000 requests a day, under a EULA."),
            NEXUS_LIMITS,
        ),
        Product.JCR: (
            Verdict.YES,
            mark("Free; it cannot be set up by its API."),
            JFROG_REST,
        ),
        Product.ARTIFACTORY: (
            Verdict.NO,
            mark("Paid by the year; ask JFrog what it costs."),
            JFROG_REST,
        ),
        Product.PLAIN: (
            Verdict.YES,
            "Apache-2.0.",
            "https://github.com/distribution/distribution",
        ),
    },
    Need.PROVISIONING: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Everything, by its API."),
            "goharbor/harbor, api/v2.0/swagger.yaml",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("Everything, by its API, once a person has agreed to the EULA."),
            NEXUS_API,
        ),
        Product.JCR: (
            Verdict.NO,
            mark(
                "Its API refuses to make repositories: Pilotage checks those that are there and"
                " tells the steps for a person."
            ),
            JFROG_REST,
        ),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("Repositories of a server that is there already; Pilotage installs none."),
            JFROG_REST,
        ),
        Product.PLAIN: (
            Verdict.PARTLY,
            mark("There is nothing to set up but its own file, which is yours."),
            DISTRIBUTION,
        ),
    },
}
