"""What a starting Docker makes of a daemon.json that it takes."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Begins, Case, Logged, Remove, Run, Step, Write
from tests.conformance.cases.docker_steps import (
    DAEMON,
    FACTS,
    MIRRORS,
    NO_MIRRORS,
    START,
    daemon,
    has_mirrors,
    mirrors,
)
from tests.conformance.flavour import CLASSIC, SINCE_23, Flavour

_WITH_FEATURE = CLASSIC - {Flavour.DOCKER_20}
_CAN_SWITCH = frozenset({Flavour.DOCKER_26, Flavour.DOCKER_27, Flavour.DOCKER_28})
_STORE = "docker info -f '{{json .DriverStatus}}'"
_IO_CONTAINERD = "io.containerd.snapshotter.v1"

_WITHOUT_MIRRORS: Final[tuple[Step, ...]] = (
    daemon(
        '"registry-mirror": ["https://mirror.example"], '
        '"insecure-registries": ["https://mirror.example:5000", "10.9.0.0/16"]'
    ),
    START,
)
_BY_HAND: Final[tuple[Step, ...]] = (
    Write(
        path=DAEMON,
        content=b'{\r\n\t"registry-mirrors"\t: [\r\n\t\t"https://first.example" ],\r\n'
        b'"registry-mirrors": ["https://one.example", "https://two.example/"]\r\n}\r\n',
    ),
    START,
)


def _started(
    name: str,
    fact: str,
    *steps: Step,
    flavours: frozenset[Flavour] = CLASSIC,
    section: str = "§1.1",
    given: tuple[Step, ...] = (),
) -> Case:
    return Case(
        name=name,
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=Begins.ANYHOW,
        given=given,
        same_in_all=flavours is CLASSIC,
        steps=steps,
    )


CASES: tuple[Case, ...] = (
    _started(
        "start-ignores-singular-key",
        "The key registry-mirror is the name of a flag: it is taken and means nothing.",
        NO_MIRRORS,
        given=_WITHOUT_MIRRORS,
    ),
    _started(
        "start-always-trusts-loopback",
        "Loopback is among the insecure registries whatever the file says.",
        Run(
            command="docker info -f '{{json .RegistryConfig.InsecureRegistryCIDRs}}'",
            says=(r'"127\.0\.0\.0/8"', r'"10\.9\.0\.0/16"'),
        ),
        section="§1.2",
        given=_WITHOUT_MIRRORS,
    ),
    _started(
        "start-strips-scheme-of-an-insecure-registry",
        "In insecure-registries a scheme of http or https is taken away.",
        Run(
            command="docker info -f '{{json .RegistryConfig.IndexConfigs}}'",
            says=('"mirror.example:5000":', '"Secure":false'),
            never=("https://mirror.example",),
        ),
        section="§1.2",
        given=_WITHOUT_MIRRORS,
    ),
    _started(
        "start-takes-last-of-equal-keys",
        "Of a key that is there twice the last one counts, silently.",
        Run(command=MIRRORS, says=("one.example",), never=("first.example",)),
        given=_BY_HAND,
    ),
    _started(
        "start-ends-mirrors-with-a-slash",
        "Docker shows mirrors with one slash at their end, however they were written.",
        has_mirrors("https://one.example/", "https://two.example/"),
        given=_BY_HAND,
    ),
    _started(
        "start-takes-tabs-and-carriage-returns",
        "Tabs and CRLF of people's editors are JSON's own white space.",
        Run(command="systemctl is-active docker", says=("^active$",)),
        Run(command=MIRRORS, says=("https://two.example",)),
        given=_BY_HAND,
    ),
    _started(
        "start-takes-path-of-a-mirror",
        "From 24.0.8 on a mirror may have a path.",
        mirrors("https://mirror.example/proj"),
        START,
        has_mirrors("https://mirror.example/proj/"),
        flavours=CLASSIC & SINCE_23,
    ),
    _started(
        "start-without-a-file",
        "Where there is no daemon.json Docker starts with its defaults.",
        Remove(path=DAEMON),
        START,
        NO_MIRRORS,
    ),
    _started(
        "store-is-chosen-by-the-feature",
        "containerd-snapshotter chooses the image store at a start.",
        daemon('"features": {"containerd-snapshotter": true}'),
        START,
        Run(command=_STORE, says=(_IO_CONTAINERD,)),
        flavours=_CAN_SWITCH,
        section="§0",
    ),
    Case(
        name="store-is-not-changed-by-a-reload",
        fact="A reload takes features up, but the image store is chosen only at a start.",
        source=f"{FACTS} §1.3",
        flavours=_WITH_FEATURE,
        steps=(
            daemon('"features": {"containerd-snapshotter": true}'),
            Run(command="systemctl reload docker"),
            Logged(pattern="Reloaded configuration"),
            Run(command=_STORE, never=(_IO_CONTAINERD,)),
        ),
    ),
)
