"""What Docker makes of `/etc/docker/certs.d/docker.io/hosts.toml`."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Asked,
    Begins,
    Case,
    Logged,
    NotAsked,
    Registry,
    Remove,
    Run,
    Status,
    Step,
    Write,
)
from tests.conformance.cases.docker_steps import (
    FACTS,
    HUB_HOSTS,
    RELOAD,
    START,
    SYSTEM_TRUST,
    TRUSTED_BY_SYSTEM,
    daemon,
    manifest,
    mirrors,
    pull,
)
from tests.conformance.flavour import C8D, CLASSIC, Flavour

_TARGET, _PREFIXED, _UPSTREAM = Registry.TARGET, Registry.PREFIX_TARGET, Registry.UPSTREAM
_CA: Final = Write(path="/etc/docker/certs.d/docker.io/target.pem", content="{target_ca}")
_SERVER: Final = 'server = "https://registry-1.docker.io"\n'
_MORE: Final = (
    'capabilities = ["pull", "resolve"]\nca = "/etc/docker/certs.d/docker.io/target.pem"\n'
)
_TO_TARGET: Final = f'{_SERVER}[host."{{target}}"]\n{_MORE}'
_TO_PROJECT: Final = (
    f'{_SERVER}[host."{{prefix_target}}/v2/{{project}}"]\n{_MORE}override_path = true\n'
)
_ONLY_TARGET: Final = f'server = "{{target}}"\nca = "target.pem"\n[host."{{target}}"]\n{_MORE}'
_REFERENCE: Final = "$PILOTAGE_ROOT/root/reference"
_25_TO_27: Final = frozenset({Flavour.DOCKER_26, Flavour.DOCKER_27})
_IN_C8D: Final = '"features": {"containerd-snapshotter": true}'


def _case(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = C8D,
    given: tuple[Step, ...] = (),
) -> Case:
    return Case(
        name=f"docker-hosts.toml-{name}",
        fact=fact,
        source=f"{FACTS} §1.4",
        flavours=flavours,
        begins=Begins.ANYHOW if given is TRUSTED_BY_SYSTEM else Begins.CLEAN,
        given=given,
        same_in_all=flavours is not _25_TO_27,
        steps=steps,
    )


def _hosts(content: str) -> tuple[Step, ...]:
    return (_CA, Write(path=HUB_HOSTS, content=content))


CASES: tuple[Case, ...] = (
    _case(
        "is-honoured-at-once",
        "From 28.0 on the containerd store reads hosts.toml at each pull, without a reload.",
        pull("common"),
        NotAsked(registry=_TARGET),
        *_hosts(_TO_TARGET),
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_UPSTREAM, pattern=manifest("only-target")),
    ),
    _case(
        "that-is-gone-is-forgotten-at-once",
        "Without the file the next pull asks Docker Hub again.",
        *_hosts(_TO_TARGET),
        pull("only-target"),
        Remove(path=HUB_HOSTS),
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET, pattern=manifest()),
    ),
    _case(
        "maps-to-a-project",
        "override_path with /v2/<project> serves from a project of Harbor.",
        *_hosts(_TO_PROJECT),
        pull("only-target"),
        Asked(registry=_PREFIXED, pattern=manifest("only-target", "/v2/{project}/library/hello")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "tells-the-mirror-the-namespace",
        "Requests to a host of hosts.toml carry ?ns=docker.io.",
        *_hosts(_TO_TARGET),
        pull(),
        Asked(registry=_TARGET, pattern=r"/manifests/latest\?ns=docker\.io 200$"),
    ),
    _case(
        "with-pull-alone-has-a-host-asked-by-digest",
        "With the capability pull alone a tag is Docker Hub's, and a digest is had from the host.",
        *_hosts(_TO_TARGET),
        pull("only-target"),
        Run(
            command="docker image inspect -f '{{index .RepoDigests 0}}' hello:only-target"
            f" >{_REFERENCE} && docker rmi hello:only-target"
        ),
        *_hosts(_TO_TARGET.replace(', "resolve"', "")),
        pull("only-target", status=Status.REFUSED),
        Asked(registry=_UPSTREAM, pattern=manifest("only-target", status="404")),
        Run(command=f"docker pull $(cat {_REFERENCE})"),
        NotAsked(registry=_UPSTREAM, pattern="sha256:"),
        Run(command=f"docker rmi $(cat {_REFERENCE}); rm {_REFERENCE}"),
    ),
    _case(
        "is-ignored-by-pulls-of-the-classic-store",
        "The classic store does not look at hosts.toml when it pulls, in any release.",
        *_hosts(_TO_TARGET),
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        flavours=CLASSIC,
    ),
    _case(
        "is-ignored-by-the-store-of-25-to-27",
        "Until 27 the containerd store does not look at hosts.toml either.",
        daemon(_IN_C8D),
        START,
        *_hosts(_TO_TARGET),
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        Run(command="docker rmi hello:latest"),
        flavours=_25_TO_27,
    ),
    _case(
        "with-two-endpoints-silences-daemon.json",
        "Two endpoints in hosts.toml leave the mirrors of daemon.json unasked.",
        SYSTEM_TRUST,
        mirrors("{prefix_target}/v2"),
        START,
        *_hosts(_TO_TARGET),
        pull("only-target"),
        Asked(registry=_TARGET, pattern=manifest("only-target")),
        NotAsked(registry=_PREFIXED),
    ),
    _case(
        "with-a-server-alone-lets-daemon.json-in-front",
        "With a server alone in hosts.toml the mirrors of daemon.json are asked before it.",
        Write(path=HUB_HOSTS, content=_SERVER),
        pull(),
        Asked(registry=_TARGET, pattern=manifest()),
        NotAsked(registry=_UPSTREAM),
        given=TRUSTED_BY_SYSTEM,
    ),
    _case(
        "that-names-the-target-twice-has-no-fallback",
        "With the target as server and as host nothing is asked of Docker Hub.",
        *_hosts(_ONLY_TARGET),
        pull("missing", status=Status.REFUSED),
        Asked(registry=_TARGET, pattern=manifest("missing", status="404")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "without-the-tag-goes-on-to-upstream",
        "With Docker Hub as server a 404 of the target is followed by a question to Hub.",
        *_hosts(_TO_TARGET),
        pull("missing", status=Status.REFUSED),
        Asked(registry=_TARGET, pattern=manifest("missing", status="404")),
        Asked(registry=_UPSTREAM, pattern=manifest("missing", status="404")),
    ),
    _case(
        "without-a-ca-falls-back-in-silence",
        "Without ca in hosts.toml the pull ends with 0, from Docker Hub.",
        Write(path=HUB_HOSTS, content=f'{_SERVER}[host."{{target}}"]\n'),
        pull(),
        Logged(pattern="trying next host.*x509"),
        Asked(registry=_UPSTREAM, pattern=manifest()),
    ),
    _case(
        "with-a-missing-ca-fails-hard",
        "A ca that is not there makes the pull fail, without Docker Hub.",
        Write(path=HUB_HOSTS, content=_TO_TARGET),
        pull(status=Status.REFUSED),
        NotAsked(registry=_UPSTREAM),
        NotAsked(registry=_TARGET),
    ),
    _case(
        "that-is-no-toml-is-passed-over",
        "A file that is no TOML is passed over, and the pull comes from Docker Hub.",
        *_hosts('server = "https://registry-1.docker.io\n'),
        pull(),
        Logged(pattern="failed to decode .*hosts.toml"),
        Asked(registry=_UPSTREAM, pattern=manifest()),
    ),
    _case(
        "of-containerd-is-not-docker's",
        "Docker does not read /etc/containerd/certs.d.",
        Write(path="/etc/containerd/certs.d/docker.io/target.pem", content="{target_ca}"),
        Write(
            path="/etc/containerd/certs.d/docker.io/hosts.toml",
            content=f'{_SERVER}[host."{{target}}"]\nca = "target.pem"\n',
        ),
        *RELOAD,
        pull(),
        Asked(registry=_UPSTREAM, pattern=manifest()),
        NotAsked(registry=_TARGET),
        flavours=C8D | CLASSIC,
    ),
)
