"""What `dockerd --validate` sees, and what it does not."""

from __future__ import annotations

from typing import Final

from tests.conformance.case import Begins, Case, Run, Status, Write
from tests.conformance.cases.docker_steps import FACTS
from tests.conformance.flavour import C8D, SINCE_23, SINCE_28, Flavour

_FILE: Final = "/etc/docker/trial.json"
_VALIDATE: Final = f"dockerd --validate --config-file {_FILE}"
_SINCE_23: Final = SINCE_23 - C8D
_SINCE_28: Final = SINCE_28 - C8D
_OK: Final = ("configuration OK",)


def _case(
    name: str,
    fact: str,
    content: str | bytes,
    *runs: Run,
    flavours: frozenset[Flavour] = _SINCE_23,
) -> Case:
    return Case(
        name=f"validate-{name}",
        fact=fact,
        source=f"{FACTS} §1.3",
        flavours=flavours,
        begins=Begins.ANYHOW,
        same_in_all=True,
        steps=(Write(path=_FILE, content=content), *runs),
    )


def _taken(command: str = _VALIDATE) -> Run:
    return Run(command=command, says=_OK)


def _refused(words: str, command: str = _VALIDATE) -> Run:
    return Run(command=command, status=Status.REFUSED, says=(words,), never=_OK)


_MIRROR: Final = '{"registry-mirrors": ["https://mirror.example"]}'

CASES: tuple[Case, ...] = (
    _case(
        "is-unknown-to-20.10",
        "dockerd --validate exists since 23.0; 20.10 does not know the flag.",
        _MIRROR,
        _refused("unknown flag: --validate"),
        flavours=frozenset({Flavour.DOCKER_20}),
    ),
    _case(
        "takes-a-good-file",
        "A good file is confirmed.",
        _MIRROR,
        _taken(),
    ),
    _case(
        "refuses-bad-json",
        "A file that is no JSON is found.",
        '{"registry-mirrors": [}',
        _refused("invalid character '}'"),
    ),
    _case(
        "refuses-a-misspelt-key",
        "A key that is no option is found.",
        '{"registry-mirros": []}',
        _refused("don't match any configuration option: registry-mirros"),
    ),
    _case(
        "takes-the-singular-key",
        "The key registry-mirror is found to be in order.",
        '{"registry-mirror": ["https://mirror.example"]}',
        _taken(),
    ),
    _case(
        "misses-a-bad-mirror-before-28.3",
        "Before 28.3 a mirror that keeps Docker from starting is found to be in order.",
        '{"registry-mirrors": ["mirror.example:5000"]}',
        _taken(),
        flavours=_SINCE_23 - _SINCE_28,
    ),
    _case(
        "refuses-a-bad-mirror",
        "From 28.3 on a mirror that keeps Docker from starting is found.",
        '{"registry-mirrors": ["mirror.example:5000"]}',
        _refused("invalid mirror: no scheme specified"),
        flavours=_SINCE_28,
    ),
    _case(
        "misses-a-bad-insecure-registry",
        "An insecure registry that keeps Docker from starting is found to be in order.",
        '{"insecure-registries": ["ftp://mirror.example"]}',
        _taken(),
    ),
    _case(
        "sees-conflicts-only-with-given-flags",
        "A conflict with a flag of the unit is found only if the flag is given here too.",
        _MIRROR,
        _taken(),
        _refused(
            "specified both as a flag and in the configuration file: registry-mirrors",
            f"{_VALIDATE} --registry-mirror=https://mirror.example",
        ),
    ),
    _case(
        "refuses-a-file-that-is-not-there",
        "A file that is named has to be there.",
        _MIRROR,
        _refused(
            "no such file or directory", "dockerd --validate --config-file /etc/docker/none.json"
        ),
    ),
    _case(
        "takes-an-empty-file",
        "A file of no bytes is in order from 23.0 on, for the validator too.",
        b"",
        _taken(),
    ),
)
