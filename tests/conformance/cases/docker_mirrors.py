"""Where Docker pulls from with `registry-mirrors`, and where it goes without a word."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Asked,
    Begins,
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
    PREFIX_CA,
    RELOAD,
    START,
    SYSTEM_TRUST,
    TRUSTED_BY_SYSTEM,
    TRUSTED_TARGET,
    daemon,
    manifest,
    mirrors,
    pull,
)
from tests.conformance.flavour import C8D, CLASSIC, DOCKER, Flavour

_TARGET, _PREFIXED, _UPSTREAM = Registry.TARGET, Registry.PREFIX_TARGET, Registry.UPSTREAM
_TRUSTED_PREFIX: Final = Write(path=PREFIX_CA, content="{target_ca}")
_ROOT: Final[tuple[Step, ...]] = (TRUSTED_TARGET, mirrors("{target}"), *RELOAD)
_PORTAL: Final[tuple[Step, ...]] = (
    _TRUSTED_PREFIX,
    mirrors("{prefix_target}/{project}"),
    *RELOAD,
)
_WITH_PATHS: Final = CLASSIC - {Flavour.DOCKER_20}
_25_TO_27: Final = frozenset({Flavour.DOCKER_26, Flavour.DOCKER_27})
_IN_C8D: Final = '"features": {"containerd-snapshotter": true}'
_NEXT_ENDPOINT: Final = "Attempting next endpoint for pull after error"


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CLASSIC,
    section: str = "§1.4",
    given: tuple[Step, ...] = (),
) -> Case:
    return Case(
        name=f"pull-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=Begins.ANYHOW if given is TRUSTED_BY_SYSTEM else Begins.CLEAN,
        given=given,
        same_in_all=flavours is not _25_TO_27,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "without-mirrors-asks-upstream",
        "Without mirrors everything comes from Docker Hub.",
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        flavours=DOCKER,
    ),
    _case(
        "of-what-upstream-lacks-fails",
        "A tag that only the target has cannot be pulled without it.",
        pull("only-target", status=Status.REFUSED),
        Asked(registry=_UPSTREAM, pattern=manifest("only-target", status="404")),
        flavours=DOCKER,
    ),
    _case(
        "through-a-root-mirror-leaves-upstream-alone",
        "A mirror at the root of its host serves the whole pull: Docker Hub is not asked.",
        pull(),
        Asked(registry=_TARGET, pattern=manifest()),
        Asked(registry=_TARGET, pattern=r"^GET /v2/library/hello/blobs/sha256:\w+ 200$"),
        NotAsked(registry=_UPSTREAM),
        given=_ROOT,
    ),
    _case(
        "of-what-only-the-target-has-proves-the-mirror",
        "A tag that only the target has comes through the mirror.",
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM),
        given=_ROOT,
    ),
    _case(
        "names-library-to-the-mirror",
        "The name goes to the mirror unchanged, with library, and without ?ns.",
        pull(),
        Asked(registry=_TARGET, pattern=r"/manifests/latest 200$"),
        NotAsked(registry=_TARGET, pattern="ns="),
        section="§1.1",
        given=_ROOT,
    ),
    _case(
        "of-what-the-mirror-lacks-goes-on-to-upstream",
        "A mirror that answers 404 sends Docker on to Docker Hub.",
        pull("missing", status=Status.REFUSED),
        Asked(registry=_TARGET, pattern=manifest("missing", status="404")),
        Asked(registry=_UPSTREAM, pattern=manifest("missing", status="404")),
        given=_ROOT,
    ),
    _case(
        "of-another-registry-passes-mirrors-by",
        "Mirrors are for Docker Hub only: an image of another registry is asked of that one.",
        Run(command="docker pull other.invalid/library/hello:latest", status=Status.REFUSED),
        NotAsked(registry=_TARGET),
        NotAsked(registry=_UPSTREAM),
        flavours=DOCKER,
        section="§1.1",
        given=_ROOT,
    ),
    _case(
        "by-the-target's-own-name",
        "An image that names the target is pulled from it, whatever the mirrors are.",
        TRUSTED_TARGET,
        Run(command="docker pull {target_host}/library/hello:only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM),
        Run(command="docker rmi {target_host}/library/hello:only-target"),
        flavours=DOCKER,
    ),
    _case(
        "passes-a-dead-mirror-by",
        "A mirror that refuses connections is passed over without a word to the client.",
        mirrors("https://127.0.0.1:9"),
        *RELOAD,
        pull(),
        Logged(pattern=_NEXT_ENDPOINT),
        Asked(registry=_UPSTREAM, pattern=manifest()),
    ),
    _case(
        "passes-an-unknown-mirror-by",
        "A mirror whose name nobody knows is passed over without a word to the client.",
        mirrors("https://mirror.invalid"),
        *RELOAD,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        flavours=DOCKER,
    ),
    _case(
        "takes-mirrors-in-their-order",
        "Mirrors are asked in the order of the list, and the first that answers serves.",
        TRUSTED_TARGET,
        mirrors("https://127.0.0.1:9", "{target}"),
        *RELOAD,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "puts-the-path-before-v2",
        "The classic store asks /P/v2/… of a mirror with a path, in every release that takes one.",
        pull(),
        Asked(registry=_PREFIXED, pattern="^GET /{project}/v2/ 200$"),
        NotAsked(registry=_PREFIXED, pattern=" /v2/"),
        flavours=_WITH_PATHS,
        given=_PORTAL,
    ),
    _case(
        "of-a-portal's-page-falls-back-in-silence",
        "Where a portal answers 200 with a page, the classic store goes to Hub and ends with 0.",
        pull(),
        Asked(registry=_PREFIXED, pattern=manifest(path="/{project}/v2/library/hello")),
        Logged(pattern=_NEXT_ENDPOINT),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        flavours=_WITH_PATHS,
        given=_PORTAL,
    ),
    _case(
        "of-a-portal's-page-fails-in-the-containerd-store",
        "From 28.0 on the containerd store asks /P/v2/…, and a page ends the pull, without Hub.",
        SYSTEM_TRUST,
        mirrors("{prefix_target}/{project}"),
        START,
        Run(
            command="docker pull hello:latest",
            status=Status.REFUSED,
            says=("unexpected media type text/html",),
        ),
        Asked(registry=_PREFIXED, pattern=manifest(path="/{project}/v2/library/hello")),
        NotAsked(registry=_UPSTREAM, pattern="manifests/latest"),
        flavours=C8D,
    ),
    _case(
        "puts-the-path-behind-v2-in-the-store-of-25-to-27",
        "From 25 to 27 the containerd store asks /v2/P/…, which is what Harbor wants.",
        SYSTEM_TRUST,
        daemon(f'{_IN_C8D}, "registry-mirrors": ["{{prefix_target}}/{{project}}"]'),
        START,
        pull("only-target"),
        Asked(
            registry=_PREFIXED,
            pattern=manifest("only-target", "/v2/{project}/library/hello"),
        ),
        NotAsked(registry=_UPSTREAM),
        Run(command="docker rmi hello:only-target"),
        flavours=_25_TO_27,
    ),
    _case(
        "through-a-root-mirror-in-the-containerd-store",
        "The containerd store pulls through a mirror that the system trusts, and tells it ?ns.",
        pull("only-target"),
        Asked(registry=_TARGET, pattern=r"/manifests/only-target\?ns=docker\.io 200$"),
        NotAsked(registry=_UPSTREAM),
        flavours=C8D,
        given=TRUSTED_BY_SYSTEM,
    ),
    _case(
        "of-what-the-mirror-lacks-goes-on-in-the-containerd-store",
        "In the containerd store a 404 of the mirror sends the pull on to Docker Hub.",
        pull("missing", status=Status.REFUSED),
        Asked(registry=_TARGET, pattern=manifest("missing", status="404")),
        Asked(registry=_UPSTREAM, pattern=manifest("missing", status="404")),
        flavours=C8D,
        given=TRUSTED_BY_SYSTEM,
    ),
    _case(
        "through-a-reload-that-cleared-goes-to-upstream",
        "When the mirrors are cleared by a reload, the next pull asks Docker Hub again.",
        *_ROOT,
        mirrors(),
        *RELOAD,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        section="§1.3",
    ),
    _case(
        "through-a-mirror-whose-key-is-gone",
        "After a reload without the key pulls still go to the old mirror.",
        *_ROOT,
        daemon(),
        *RELOAD,
        pull(),
        Asked(registry=_TARGET, pattern=manifest()),
        NotAsked(registry=_UPSTREAM),
        section="§1.3",
    ),
)
