"""Whom Docker trusts: certs.d, the system's store, and what is marked insecure."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Asked,
    Case,
    Logged,
    NotAsked,
    Registry,
    Run,
    Status,
    Step,
    Write,
)
from tests.conformance.cases.docker_steps import (
    FACTS,
    RELOAD,
    START,
    SYSTEM_TRUST,
    TARGET_CA,
    TRUSTED_TARGET,
    daemon,
    manifest,
    mirrors,
    pull,
)
from tests.conformance.flavour import C8D, CLASSIC, DOCKER, Flavour

_TARGET, _UPSTREAM = Registry.TARGET, Registry.UPSTREAM
_FOLDER: Final = TARGET_CA.rpartition("/")[0]
_MIRROR: Final[tuple[Step, ...]] = (mirrors("{target}"), *RELOAD)
_BYPASSED: Final[tuple[Step, ...]] = (
    Asked(registry=_UPSTREAM, pattern=manifest()),
    NotAsked(registry=_TARGET, pattern="manifests"),
)
_INSECURE: Final = '"insecure-registries": ["{target_host}"], "registry-mirrors": ["{target}"]'


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CLASSIC,
    section: str = "§1.4",
    given: tuple[Step, ...] = (),
) -> Case:
    return Case(
        name=f"trust-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        given=given,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "is-missing-and-the-pull-falls-back-in-silence",
        "Without the mirror's CA a pull ends with 0, and everything came from Docker Hub.",
        pull(),
        Logged(pattern="Attempting next endpoint for pull after error.*x509: .*unknown authority"),
        *_BYPASSED,
        given=_MIRROR,
    ),
    _case(
        "is-missing-and-the-containerd-store-falls-back-in-silence",
        "The containerd store falls back to Docker Hub just as silently.",
        pull(),
        Logged(pattern="trying next host.*x509: .*unknown authority"),
        *_BYPASSED,
        flavours=C8D,
        given=_MIRROR,
    ),
    _case(
        "is-missing-and-only-the-canary-shows-it",
        "A tag that only the target has is what shows that the mirror is not used.",
        pull(),
        pull("only-target", status=Status.REFUSED),
        NotAsked(registry=_TARGET, pattern="manifests"),
        flavours=DOCKER,
        given=_MIRROR,
    ),
    _case(
        "of-certs.d-is-read-at-every-pull",
        "A CA in certs.d counts from the next pull on, without a reload.",
        pull("common"),
        Asked(registry=_UPSTREAM, pattern=manifest("common")),
        TRUSTED_TARGET,
        pull(),
        Asked(registry=_TARGET, pattern=manifest()),
        NotAsked(registry=_UPSTREAM, pattern=manifest()),
        given=_MIRROR,
    ),
    _case(
        "of-certs.d-is-not-used-for-mirrors-by-the-containerd-store-of-28",
        "From 28.0 on the containerd store does not look into the mirror's certs.d directory.",
        TRUSTED_TARGET,
        pull(),
        *_BYPASSED,
        flavours=C8D,
        given=_MIRROR,
    ),
    _case(
        "of-certs.d-is-used-for-own-names-by-the-containerd-store",
        "For an image that names the registry the containerd store does look there.",
        TRUSTED_TARGET,
        Run(command="docker pull {target_host}/library/hello:only-target"),
        Asked(registry=_TARGET, pattern=r"/manifests/only-target(\?ns=\S+)? 200$"),
        Run(command="docker rmi {target_host}/library/hello:only-target"),
        flavours=C8D,
    ),
    _case(
        "wants-the-suffix-crt",
        "A CA in certs.d that is not named *.crt does not count.",
        Write(path=f"{_FOLDER}/ca.pem", content="{target_ca}"),
        pull(),
        *_BYPASSED,
        given=_MIRROR,
    ),
    _case(
        "takes-any-name-with-that-suffix",
        "Any *.crt in the registry's directory counts.",
        Write(path=f"{_FOLDER}/company.crt", content="{target_ca}"),
        pull("only-target"),
        NotAsked(registry=_UPSTREAM),
        given=_MIRROR,
    ),
    _case(
        "of-a-directory-with-another-name-does-not-count",
        "The directory's name has to be the host and port of the mirror.",
        Write(path="/etc/docker/certs.d/{target_host}.example/ca.crt", content="{target_ca}"),
        pull(),
        *_BYPASSED,
        given=_MIRROR,
    ),
    _case(
        "with-a-lone-client-certificate-is-an-error",
        "A client certificate without its key makes every pull fail.",
        TRUSTED_TARGET,
        Write(path=f"{_FOLDER}/client.cert", content="{target_ca}"),
        Run(
            command="docker pull hello:latest",
            status=Status.REFUSED,
            says=("missing key client.key for client certificate client.cert",),
        ),
        section="§1.6",
        given=_MIRROR,
    ),
    _case(
        "of-the-system-is-read-once",
        "The system's store is read once: a CA that comes later counts after a restart only.",
        pull("common"),
        SYSTEM_TRUST,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        START,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        flavours=DOCKER,
        section="§6",
        given=_MIRROR,
    ),
    _case(
        "is-not-needed-by-what-is-insecure",
        "A mirror that is marked insecure is used without its CA.",
        daemon(_INSECURE),
        *RELOAD,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM),
        flavours=DOCKER,
        section="§1.2",
    ),
    _case(
        "of-an-insecure-name-wants-the-same-port",
        "An insecure name without the port of the mirror does not cover it.",
        daemon(
            '"insecure-registries": ["{target_host}.example"], "registry-mirrors": ["{target}"]'
        ),
        *RELOAD,
        pull(),
        *_BYPASSED,
        flavours=DOCKER,
        section="§1.2",
    ),
)
