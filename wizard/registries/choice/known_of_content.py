"""What products do with what they hold: formats, caching, scanning, signatures, replication.

Words say what the edition that people install does; what only another one does is told as paid.
"""

from __future__ import annotations

from typing import Final

from wizard.registries.choice.answers import Need, Product, Verdict
from wizard.registries.choice.known import COMPARED, DISTRIBUTION, Answers
from wizard.wording import mark

OF_CONTENT: Final[Answers] = {
    Need.FORMATS: {
        Product.HARBOR: (
            Verdict.NO,
            mark("OCI artifacts only: images, charts and what else is packed as one."),
            f"{COMPARED}2",
        ),
        Product.NEXUS: (
            Verdict.YES,
            mark("26 formats: maven, npm, pypi, apt, yum, helm, docker and others."),
            f"{COMPARED}2",
        ),
        Product.JCR: (
            Verdict.PARTLY,
            mark("Docker, Helm and generic files, as far as is known."),
            f"{COMPARED}2",
        ),
        Product.ARTIFACTORY: (Verdict.YES, mark("About 35 kinds of packages."), f"{COMPARED}2"),
        Product.PLAIN: (Verdict.NO, mark("OCI artifacts only."), DISTRIBUTION),
    },
    Need.PROXY: {
        Product.HARBOR: (
            Verdict.YES,
            mark(
                "A proxy project for each upstream. By default it forgets what was not pulled for"
                " 7 days, and it needs an account of Docker Hub."
            ),
            "facts/harbor.md §2.3, §7",
        ),
        Product.NEXUS: (Verdict.YES, mark("A proxy repository."), f"{COMPARED}4"),
        Product.JCR: (
            Verdict.YES,
            mark("A remote repository, which a person makes in its web pages."),
            f"{COMPARED}4, §1.1",
        ),
        Product.ARTIFACTORY: (Verdict.YES, mark("A remote repository."), f"{COMPARED}4"),
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
            f"{COMPARED}7",
        ),
        Product.NEXUS: (Verdict.YES, mark("A group repository."), f"{COMPARED}7"),
        Product.JCR: (Verdict.YES, mark("A virtual repository, made by hand."), f"{COMPARED}7"),
        Product.ARTIFACTORY: (Verdict.YES, mark("A virtual repository."), f"{COMPARED}7"),
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
            f"{COMPARED}9, {COMPARED}10",
        ),
        Product.NEXUS: (
            Verdict.PAID,
            mark("Nothing for containers; Sonatype's Firewall and IQ are add-ons."),
            f"{COMPARED}9",
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Xray is an add-on of Artifactory; probably not of this edition."),
            f"{COMPARED}9",
        ),
        Product.ARTIFACTORY: (Verdict.PAID, mark("Xray, an add-on."), f"{COMPARED}9"),
        Product.PLAIN: (Verdict.NO, mark("A scanner has to pull by itself."), DISTRIBUTION),
    },
    Need.BLOCKING: {
        Product.HARBOR: (
            Verdict.PARTLY,
            mark(
                "A project can refuse images by severity of their CVEs, images that are not"
                " scanned too; not at the first pull through a proxy project."
            ),
            "facts/harbor.md §2.12",
        ),
        Product.NEXUS: (
            Verdict.PAID,
            mark("Sonatype's Firewall, an add-on."),
            f"{COMPARED}9",
        ),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("Xray and Curation are licensed add-ons; probably not of this edition."),
            "facts/nexus_artifactory.md §1.10",
        ),
        Product.ARTIFACTORY: (
            Verdict.PAID,
            mark("Download policies of Xray and Curation, add-ons. “DLP” is confirmed nowhere."),
            "facts/nexus_artifactory.md §1.10",
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
            "facts/harbor.md §2.13",
        ),
        Product.NEXUS: (
            Verdict.PARTLY,
            mark("Keeps them as content, as far as is known; insisting is new with 3.94."),
            f"{COMPARED}11",
        ),
        Product.JCR: (Verdict.UNKNOWN, mark("It keeps them, as far as is known."), f"{COMPARED}11"),
        Product.ARTIFACTORY: (
            Verdict.PARTLY,
            mark("Keeps them; insisting on them is licensed apart, as far as is known."),
            f"{COMPARED}11",
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
            f"{COMPARED}8",
        ),
        Product.NEXUS: (Verdict.PAID, mark("Only in Pro."), f"{COMPARED}8"),
        Product.JCR: (
            Verdict.UNKNOWN,
            mark("No source says that this edition has it."),
            f"{COMPARED}8",
        ),
        Product.ARTIFACTORY: (
            Verdict.YES,
            mark("Push and pull; to several at once only in Enterprise."),
            f"{COMPARED}8",
        ),
        Product.PLAIN: (Verdict.NO, mark("Another program has to copy."), DISTRIBUTION),
    },
}
