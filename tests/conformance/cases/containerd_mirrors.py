"""The old way to name registries in config.toml, and what became of it."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import (
    Append,
    Asked,
    Begins,
    Case,
    NotAsked,
    Registry,
    Run,
    Status,
    Step,
)
from tests.conformance.cases.containerd_steps import (
    CA,
    CRI_ANSWERS,
    FACTS,
    HUB,
    RESTART,
    SYSTEM_CA,
    config,
    manifest,
    pull,
    served_by_target,
    served_by_upstream,
)
from tests.conformance.flavour import CONTAINERD, CONTAINERD_1, CONTAINERD_2, Flavour

_TARGET, _PREFIXED, _UPSTREAM = Registry.TARGET, Registry.PREFIX_TARGET, Registry.UPSTREAM
_MIRROR: Final = '[{registry}.mirrors."docker.io"]\nendpoint = ["{target}"]\n'
_TLS: Final = f'[{{registry}}.configs."{{target_host}}".tls]\nca_file = "{HUB}/target.pem"\n'


def _case(
    name: str,
    fact: str,
    given: tuple[Step, ...],
    *steps: Step,
    flavours: frozenset[Flavour] = CONTAINERD_1,
    section: str = "§2.4",
) -> Case:
    return Case(
        name=f"cri-mirrors-{name}",
        fact=fact,
        source=f"{FACTS} {section}",
        flavours=flavours,
        begins=Begins.ANYHOW,
        given=given,
        same_in_all=True,
        steps=steps,
    )


def _set(registry: str) -> tuple[Step, ...]:
    return (CA, config(registry), RESTART, CRI_ANSWERS)


CASES: tuple[Case, ...] = (
    _case(
        "with-tls-serve",
        "In 1.x a mirror with configs.tls serves pulls.",
        _set(_MIRROR + _TLS),
        pull("only-target"),
        *served_by_target("only-target"),
        section="§2.1",
    ),
    _case(
        "lose-their-tls-in-2.x",
        "2.x drops configs.tls in silence: the CA is lost, and pulls come from Docker Hub.",
        _set(_MIRROR + _TLS),
        pull(),
        *served_by_upstream(),
        flavours=CONTAINERD_2,
        section="§2.1",
    ),
    _case(
        "still-serve-in-2.x",
        "2.x reads the old mirrors still, where the system trusts the target.",
        (Append(path=SYSTEM_CA, content="\n{target_ca}\n"), *_set(_MIRROR)),
        pull("only-target"),
        *served_by_target("only-target"),
        flavours=CONTAINERD_2,
        section="§2.1",
    ),
    _case(
        "take-a-path-as-it-stands",
        "The path of an endpoint is used as it stands, /v2 and all.",
        _set(
            '[{registry}.mirrors."docker.io"]\nendpoint = ["{prefix_target}/v2/{project}"]\n'
            f'[{{registry}}.configs."{{prefix_host}}".tls]\nca_file = "{HUB}/target.pem"\n'
        ),
        pull("only-target"),
        Asked(registry=_PREFIXED, pattern=manifest("only-target", "/v2/{project}/library/hello")),
        NotAsked(registry=_UPSTREAM),
    ),
    _case(
        "fall-back-to-upstream",
        "Docker Hub is asked behind all endpoints.",
        _set(_MIRROR + _TLS),
        pull("missing", status=Status.REFUSED),
        Asked(registry=_TARGET, pattern=manifest("missing", status="404")),
        Asked(registry=_UPSTREAM, pattern=manifest("missing", status="404")),
    ),
    _case(
        "without-a-ca-fall-back-in-silence",
        "Without the target's CA a pull ends with 0, from Docker Hub.",
        _set(_MIRROR),
        pull(),
        *served_by_upstream(),
        flavours=CONTAINERD,
        section="§7",
    ),
    _case(
        "of-all-registries-count-without-an-own-entry",
        "The mirrors of * count for a registry that has no entry of its own.",
        _set('[{registry}.mirrors."*"]\nendpoint = ["{target}"]\n' + _TLS),
        pull("only-target"),
        *served_by_target("only-target"),
    ),
    _case(
        "of-all-registries-are-hidden-by-an-own-entry",
        "A registry with an entry of its own does not get the mirrors of *.",
        _set(
            '[{registry}.mirrors."*"]\nendpoint = ["{target}"]\n'
            '[{registry}.mirrors."docker.io"]\nendpoint = ["https://registry-1.docker.io"]\n' + _TLS
        ),
        pull(),
        *served_by_upstream(),
    ),
    _case(
        "are-shown-by-crictl-in-1.x",
        "In 1.x crictl info shows the mirrors.",
        _set(_MIRROR),
        Run(command="crictl info", says=('"mirrors": *{', '"endpoint"', "{target}")),
        section="§2.4",
    ),
    _case(
        "are-not-shown-by-crictl-in-2.x",
        "In 2.x crictl info shows no registry configuration any more.",
        _set(_MIRROR),
        Run(command="crictl info", never=('"endpoint"', '"configPath"', '"sandboxImage"')),
        flavours=CONTAINERD_2,
        section="§2.4",
    ),
)
