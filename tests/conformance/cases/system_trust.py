"""What `update-ca-certificates` makes of the system's store, and when it counts."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Append,
    Asked,
    Case,
    NotAsked,
    Note,
    Registry,
    Remove,
    Run,
    Same,
    Step,
    Write,
)
from tests.conformance.cases import containerd_steps
from tests.conformance.cases.docker_steps import (
    DROP_IN,
    FACTS,
    RELOAD,
    START,
    SYSTEM_CA,
    manifest,
    mirrors,
    pull,
)
from tests.conformance.flavour import CLASSIC, CONTAINERD, DOCKER, PODMAN, Flavour

_TARGET, _UPSTREAM = Registry.TARGET, Registry.UPSTREAM
_LOCAL: Final = "/usr/local/share/ca-certificates"
_FILE: Final = f"{_LOCAL}/conformance.crt"
_BELOW: Final = f"{_LOCAL}/company/conformance.crt"
_LINK: Final = "/etc/ssl/certs/conformance.pem"
_ROOT: Final = "$PILOTAGE_ROOT"
"""Begins a path in a shell of a practice host; nothing on a real one."""
_COPY: Final = "/root/conformance.pem"
_SUM: Final = f"sha256sum <{_ROOT}{SYSTEM_CA}"
_KEPT: Final = Append(path=SYSTEM_CA, content="")
"""Changes nothing; what a case changes beside its own writing is restored behind it."""
_ADDED: Final = Write(path=_FILE, content="{target_ca}")


def _update(*says: str, option: str = "") -> Run:
    return Run(command=f"update-ca-certificates {option}", says=says)


_FORGOTTEN: Final[tuple[Step, ...]] = (
    Remove(path=_FILE),
    _update(option="--fresh"),
    Run(command=f"! [ -L {_ROOT}{_LINK} ]"),
)
"""The file is gone, and so is its link."""
_SECOND_LINE: Final = f"$(sed -n 2p {_ROOT}{_FILE})"
_IN_BUNDLE: Final = Run(command=f'grep -qxF "{_SECOND_LINE}" {_ROOT}{SYSTEM_CA}')
_UNLINKED: Final = Run(command=f"rm -f {_ROOT}{_LINK}")
"""Nothing of a case that failed is in the way of the next one."""
_TRUSTED: Final[tuple[Step, ...]] = (
    *(_KEPT, _UNLINKED, _ADDED),
    _update("^1 added, 0 removed; done.$"),
)


_HOSTS: Final = Write(
    path=containerd_steps.HOSTS,
    content=f'{containerd_steps.SERVER}[host."{{target}}"]\ncapabilities = ["pull", "resolve"]\n',
)
"""Names no authority of its own."""


def _told(*variables: str) -> tuple[Step, ...]:
    """Return how Docker starts with variables of its unit, and with the target as its mirror."""
    lines = "".join(f"Environment={variable}\n" for variable in variables)
    return (
        Run(command=f"cp {_ROOT}{SYSTEM_CA} {_ROOT}{_COPY}"),
        *_TRUSTED,
        Write(path=DROP_IN, content=f"[Service]\n{lines}"),
        Run(command="systemctl daemon-reload"),
        mirrors("{target}"),
        START,
    )


def _case(
    name: str, fact: str, *steps: Step, flavours: frozenset[Flavour] = CLASSIC, **more: object
) -> Case:
    given = more.get("given", ())
    assert isinstance(given, tuple)
    return Case(
        name=f"system-trust-{name}",
        fact=fact,
        source=f"{FACTS} §6",
        flavours=flavours,
        given=given,
        same_in_all=True,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _case(
        "counts-for-docker-after-a-restart-only",
        "What update-ca-certificates added counts for a running Docker after a restart only.",
        pull("common"),
        *_TRUSTED,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        START,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        *_FORGOTTEN,
        flavours=DOCKER,
        given=(mirrors("{target}"), *RELOAD),
    ),
    _case(
        "of-a-removed-file-goes-with-a-restart-of-docker",
        "A running Docker trusts what was removed until its restart; then it falls back.",
        *(_KEPT, _ADDED, _update(), mirrors("{target}"), START),
        pull("common"),
        Asked(registry=_TARGET, pattern=manifest("common")),
        *_FORGOTTEN,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        START,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET, pattern=manifest()),
        flavours=DOCKER,
    ),
    _case(
        "counts-for-containerd-after-a-restart-only",
        "What update-ca-certificates added counts for a running containerd after a restart only.",
        *containerd_steps.configured(),
        _HOSTS,
        containerd_steps.pull("common"),
        *_TRUSTED,
        containerd_steps.pull(),
        *containerd_steps.served_by_upstream()[:1],
        containerd_steps.RESTART,
        containerd_steps.CRI_ANSWERS,
        containerd_steps.pull("only-target"),
        *containerd_steps.served_by_target("only-target"),
        *_FORGOTTEN,
        flavours=CONTAINERD,
    ),
    _case(
        "is-read-by-docker-at-the-first-need",
        "Docker reads the store at its first pull: what came between its start and that counts.",
        *(mirrors("{target}"), START),
        *_TRUSTED,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        *_FORGOTTEN,
        flavours=DOCKER,
    ),
    _case(
        "is-read-by-containerd-at-the-first-need",
        "containerd reads the store at its first pull: what came before that counts.",
        *containerd_steps.configured(),
        _HOSTS,
        *_TRUSTED,
        containerd_steps.pull("only-target"),
        *containerd_steps.served_by_target("only-target"),
        *_FORGOTTEN,
        flavours=CONTAINERD,
    ),
    _case(
        "counts-beside-a-file-that-a-variable-names",
        "SSL_CERT_FILE takes the place of the bundle alone: the store's directory is still read.",
        *_told(f"SSL_CERT_FILE={_COPY}"),
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        *_FORGOTTEN,
        flavours=DOCKER,
    ),
    _case(
        "does-not-count-where-both-variables-lead-elsewhere",
        "With SSL_CERT_FILE and SSL_CERT_DIR elsewhere Docker never sees the store: it falls back.",
        *_told(f"SSL_CERT_FILE={_COPY}", "SSL_CERT_DIR=/root/none"),
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET, pattern=manifest()),
        *_FORGOTTEN,
        flavours=DOCKER,
    ),
    _case(
        "counts-for-podman-at-once",
        "Podman, a new process for each call, trusts what was added at its next pull.",
        Write(
            path="/etc/containers/registries.conf.d/zz-pilotage.conf",
            content='[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n'
            '[[registry.mirror]]\nlocation = "{target_host}"\n',
        ),
        Run(command="podman pull docker.io/library/hello:common"),
        Asked(registry=_UPSTREAM, pattern=manifest("common")),
        *_TRUSTED,
        Run(command="podman pull docker.io/library/hello:only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        *_FORGOTTEN,
        flavours=PODMAN,
    ),
    _case(
        "takes-only-files-that-end-in-crt",
        "A certificate whose file does not end in .crt is not taken up.",
        _KEPT,
        Write(path=f"{_LOCAL}/conformance.pem", content="{target_ca}"),
        _update("^0 added, 0 removed; done.$"),
        Run(
            command=f'! grep -qxF "$(sed -n 2p {_ROOT}{_LOCAL}/conformance.pem)" {_ROOT}{SYSTEM_CA}'
        ),
    ),
    _case(
        "takes-files-of-directories-too",
        "A certificate in a directory below is taken up.",
        *(_KEPT, _UNLINKED),
        Write(path=_BELOW, content="{target_ca}"),
        _update("^1 added, 0 removed; done.$"),
        Run(command=f'grep -qxF "$(sed -n 2p {_ROOT}{_BELOW})" {_ROOT}{SYSTEM_CA}'),
        Run(command=f"[ -L {_ROOT}{_LINK} ]"),
        Remove(path=_BELOW),
        _update(option="--fresh"),
        Run(command=f"! [ -L {_ROOT}{_LINK} ]"),
    ),
    _case(
        "is-added-once",
        "A second call adds nothing, and the bundle stays as it was.",
        *_TRUSTED,
        _IN_BUNDLE,
        Note(command=_SUM),
        _update("^0 added, 0 removed; done.$"),
        Same(command=_SUM),
        *_FORGOTTEN,
    ),
    _case(
        "leaves-the-link-of-a-removed-file",
        "Without its file a certificate leaves the bundle; its link stays until --fresh.",
        *_TRUSTED,
        Write(path=_COPY, content="{target_ca}"),
        Remove(path=_FILE),
        _update("^0 added, 0 removed; done.$"),
        Run(command=f'! grep -qxF "$(sed -n 2p {_ROOT}{_COPY})" {_ROOT}{SYSTEM_CA}'),
        Run(command=f"[ -L {_ROOT}{_LINK} ]"),
        _update(option="--fresh"),
        Run(command=f"! [ -L {_ROOT}{_LINK} ]"),
    ),
    _case(
        "forgets-what-was-written-into-the-bundle",
        "What somebody wrote into the bundle by hand is gone behind the next call.",
        Append(path=SYSTEM_CA, content="\n# by hand\n"),
        _update("^0 added, 0 removed; done.$"),
        Run(command=f"! grep -q 'by hand' {_ROOT}{SYSTEM_CA}"),
    ),
    _case(
        "is-read-from-the-directory-too",
        "A certificate that only lies in /etc/ssl/certs is trusted from the next start on.",
        Write(path="/etc/ssl/certs/conformance-alone.pem", content="{target_ca}"),
        mirrors("{target}"),
        START,
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        flavours=DOCKER,
    ),
)
