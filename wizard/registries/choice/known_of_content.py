"""What products do with what they hold: formats, caching, scanning, signatures, replication.

Words say what the edition that people install does; what only another one does is told as paid.
"""

from __future__ import annotations

from typing import Final

from wizard.registries.choice.answers import Need, Product, Verdict
from wizard.registries.choice.known import DISTRIBUTION, Answers
from wizard.registries.sources import (
    HARBOR_DOCS,
    HARBOR_SCANNING,
    HARBOR_SIGNING,
    JFROG_CLIENT,
    JFROG_HELP,
    JFROG_REMOTE,
    JFROG_REST,
    JFROG_SECURITY,
    JFROG_SILENT,
    NEXUS_API,
    NEXUS_DOCKER,
    NEXUS_PRO,
    PROXY_CACHE,
)
from wizard.wording import mark

OF_CONTENT: Final[Answers] = {
    Need.FORMATS: {
        Product.HARBOR: (
            Verdict.NO,
            mark("OCI artifacts only: images, charts and what else is packed as one."),
            f"{HARBOR_DOCS}, working-with-projects/working-with-oci",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("26 formats: maven, npm, pypi, apt, yum, helm, docker and others."),
            NEXUS_API,
        ),
        Product.JCR: (
            Verdict.PARTLY,
            mark("Docker, Helm and generic files, as far as is known."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (
            Verdict.YES,
            mark("About 35 kinds of packages."),
            "https://docs.jfrog.com/integrations/docs/configuration-json-files",
        ),
        Product.PLAIN: (Verdict.NO, mark("OCI artifacts only."), DISTRIBUTION),
    },
    Need.PROXY: {
        Product.HARBOR: (
            Verdict.YES,
            mark(
                "A proxy project for each upstream. By default it forgets what was not pulled for"
                " 7 days, and it needs an account of Docker Hub."
            ),
            f"{PROXY_CACHE}; goharbor/harbor#20844, goharbor/harbor#23819",
        ),
        Product.NEXUS: (Verdict.YES, mark("A proxy repository."), NEXUS_DOCKER),
        Product.JCR: (
            Verdict.YES,
            mark("A remote repository, which a person makes in its web pages."),
            f"{JFROG_REMOTE}; {JFROG_REST}",
        ),
        Product.ARTIFACTORY: (Verdict.YES, mark("A remote repository."), JFROG_REMOTE),
        Product.PLAIN: (
            Verdict.PARTLY,
            mark("One instance caches one upstream, and then nothing can be pushed to it."),
            f"{DISTRIBUTION}recipes/mirror/",
        ),
    },
    Need.UPSTREAMS: {
        Product.HARBOR: (
            Verdict.NO,
            mark("Each upstream is a project of its own, with a place of its own on the hosts."),
            PROXY_CACHE,
        ),
        Product.NEXUS: (Verdict.YES, mark("A group repository."), NEXUS_API),
        Product.JCR: (Verdict.YES, mark("A virtual repository, made by hand."), JFROG_REST),
        Product.ARTIFACTORY: (Verdict.YES, mark("A virtual repository."), JFROG_CLIENT),
        Product.PLAIN: (
            Verdict.NO,
            mark("Each upstream is an instance of its own."),
            f"{DISTRIBUTION}recipes/mirror/",
        ),
    },
    Need.SCANNING: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Trivy comes with it; other scanners can be connected. SBOMs from 2.11 on."),
            HARBOR_SCANNING,
        ),
        Product.NEXUS: (
            Verdict.PAID,
            mark("Nothing for containers; Sonatype's Firewall and IQ are add-ons."),
            NEXUS_API,
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Xray is an add-on of Artifactory; probably not of this edition."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (Verdict.PAID, mark("Xray, an add-on."), JFROG_SECURITY),
        Product.PLAIN: (Verdict.NO, mark("A scanner has to pull by itself."), DISTRIBUTION),
    },
    Need.BLOCKING: {
        Product.HARBOR: (
            Verdict.PARTLY,
            mark(
                "A project can refuse images by severity of their CVEs, images that are not"
                " scanned too; not at the first pull through a proxy project."
            ),
            "goharbor/harbor, src/server/middleware/vulnerable",
        ),
        Product.NEXUS: (
            Verdict.PAID,
            mark("Sonatype's Firewall, an add-on."),
            NEXUS_API,
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Xray and Curation are licensed add-ons; probably not of this edition."),
            JFROG_SECURITY,
        ),
        Product.ARTIFACTORY: (
            Verdict.PAID,
            mark("Download policies of Xray and Curation, add-ons. “DLP” is confirmed nowhere."),
            JFROG_SECURITY,
        ),
        Product.PLAIN: (Verdict.NO, mark("It serves what it holds."), DISTRIBUTION),
    },
    Need.SIGNING: {
        Product.HARBOR: (
            Verdict.YES,
            mark(
                "Keeps and replicates signatures of cosign and notation, and can insist on them;"
                " most images of Docker Hub have none."
            ),
            HARBOR_SIGNING,
        ),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Keeps them as content, as far as is known; insisting is new with 3.94."),
            NEXUS_API,
        ),
        Product.JCR: (Verdict.UNKNOWN, mark("It keeps them, as far as is known."), JFROG_SILENT),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("Keeps them; insisting on them is licensed apart, as far as is known."),
            JFROG_SILENT,
        ),
        Product.PLAIN: (
            Verdict.PARTLY,
            mark("Keeps them as content and insists on nothing."),
            DISTRIBUTION,
        ),
    },
    Need.REPLICATION: {
        Product.HARBOR: (
            Verdict.YES,
            mark("Push and pull, by schedule or event, with many products; not with Nexus."),
            f"{HARBOR_DOCS}, administration/configuring-replication",
        ),
        Product.NEXUS: (Verdict.PAID, mark("Only in Pro."), NEXUS_PRO),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("No source says that this edition has it."),
            JFROG_SILENT,
        ),
        Product.ARTIFACTORY: (
            Verdict.YES,
            mark("Push and pull; to several at once only in Enterprise."),
            f"{JFROG_HELP}, repository replication",
        ),
        Product.PLAIN: (Verdict.NO, mark("Another program has to copy."), DISTRIBUTION),
    },
}
