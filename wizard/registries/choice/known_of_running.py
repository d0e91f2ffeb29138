"""What products are to those who run them: access, quotas, availability, air gap, licences."""

from __future__ import annotations

from typing import Final

from wizard.registries.choice.answers import Need, Product, Verdict
from wizard.registries.choice.known import COMPARED, DISTRIBUTION, Answers
from wizard.wording import mark

OF_RUNNING: Final[Answers] = {
    Need.ISOLATION: {
        Product.HARBOR: (Verdict.YES, mark("Projects with five roles."), f"{COMPARED}12"),
        Product.NEXUS: (
            Verdict.YES,
            mark(
                "Roles and privileges for each repository; the anonymous role that it comes with"
                " reads all of them and must be replaced."
            ),
            f"{COMPARED}12, §1.7",
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Whether permission targets need a licence is not known."),
            "facts/nexus_artifactory.md §6.4",
        ),
        Product.ARTIFACTORY: (
            Verdict.YES,
            mark("Permission targets; projects are licensed apart."),
            f"{COMPARED}12",
        ),
        Product.PLAIN: (
            Verdict.NO,
            mark("Who is let in may do all, unless a token service is put before it."),
            f"{DISTRIBUTION}spec/auth/token/",
        ),
    },
    Need.SIGN_ON: {
        Product.HARBOR: (Verdict.YES, mark("LDAP and OIDC; no SAML."), f"{COMPARED}13"),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("LDAP; SAML and OIDC only in Pro."),
            f"{COMPARED}13",
        ),
        Product.JCR: (Verdict.UNKNOWN, mark("No source says it."), f"{COMPARED}13"),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("LDAP, SAML and OIDC, each by its tier of licence."),
            f"{COMPARED}13",
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
            f"{COMPARED}14",
        ),
        Product.NEXUS: (Verdict.PARTLY, mark("Users only; tokens in Pro."), f"{COMPARED}14"),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Access tokens, as far as is known."),
            f"{COMPARED}14",
        ),
        Product.ARTIFACTORY: (Verdict.YES, mark("Access tokens."), f"{COMPARED}14"),
        Product.PLAIN: (Verdict.PARTLY, mark("Users of a file, all alike."), DISTRIBUTION),
    },
    Need.QUOTAS: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Hard, for each project; a full proxy project stops caching."),
            f"{COMPARED}15, facts/harbor.md §2.8",
        ),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Soft, for each blob store: it warns and refuses nothing."),
            f"{COMPARED}15",
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("One threshold of storage, as far as is known."),
            f"{COMPARED}15",
        ),
        Product.ARTIFACTORY: (
            Verdict.UNKNOWN,
            mark("One threshold of storage, as far as is known."),
            f"{COMPARED}15",
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
            f"{COMPARED}17",
        ),
        Product.NEXUS: (Verdict.PAID, mark("Only Pro, with PostgreSQL."), f"{COMPARED}17"),
        Product.JCR: (Verdict.PAID, mark("Only Artifactory Enterprise."), f"{COMPARED}17"),
        Product.ARTIFACTORY: (Verdict.PAID, mark("Only Enterprise."), f"{COMPARED}17"),
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
            f"{COMPARED}23",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("One image as a file; its licence is agreed to once, by a person."),
            f"{COMPARED}23, §1.3",
        ),
        Product.JCR: (Verdict.YES, mark("Works without a way out."), f"{COMPARED}23"),
        Product.ARTIFACTORY: (Verdict.YES, mark("With a licence file."), f"{COMPARED}23"),
        Product.PLAIN: (Verdict.YES, mark("One program or one image."), DISTRIBUTION),
    },
    Need.FREE: {
        Product.HARBOR: (Verdict.YES, "Apache-2.0.", f"{COMPARED}1"),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Free within 40000 components and 100000 requests a day, under a EULA."),
            f"{COMPARED}1, §1.2",
        ),
        Product.JCR: (
            Verdict.YES,
            mark("Free; it cannot be set up by its API."),
            f"{COMPARED}1, §1.1",
        ),
        Product.ARTIFACTORY: (
            Verdict.NO,
            mark("Paid by the year; ask JFrog what it costs."),
            f"{COMPARED}1",
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
            f"{COMPARED}22",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("Everything, by its API, once a person has agreed to the EULA."),
            f"{COMPARED}22, §1.3",
        ),
        Product.JCR: (
            Verdict.NO,
            mark(
                "Its API refuses to make repositories: Pilotage checks those that are there and"
                " tells the steps for a person."
            ),
            "facts/nexus_artifactory.md §1.1",
        ),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("Repositories of a server that is there already; Pilotage installs none."),
            f"{COMPARED}21, {COMPARED}22",
        ),
        Product.PLAIN: (
            Verdict.PARTLY,
            mark("There is nothing to set up but its own file, which is yours."),
            DISTRIBUTION,
        ),
    },
}
