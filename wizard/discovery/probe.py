"""The script that reads one host's facts, composed; pure.

Everything that depends on the target is put together once per target; per host only the last
line, with its nonce, is new.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from wizard.errors import InputError
from wizard.planning.paths import GLOBS, STORE_DIRECTORIES, STORE_GLOBS, wanted_paths
from wizard.target import CATrust, Target, upstream_server

PARTS: Final = (
    *("facts.sh", "facts_runtimes.sh", "facts_docker.sh", "facts_containers.sh", "facts_k3s.sh"),
    "facts_builders.sh",
    "facts_files.sh",
    *("facts_https.sh", "facts_target.sh", "facts_upstream.sh"),
)
DEFAULT_BOUND: Final = 10
"""Seconds that one program on a host may take."""

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----"
)
_NONCE: Final = re.compile(r"[0-9a-z]{16,64}")
_PATTERN: Final = re.compile(r"[A-Za-z0-9/._*-]+")


def compose(
    target: Target | None,
    *,
    nonce: str,
    root: str = "",
    bound: int = DEFAULT_BOUND,
    upstream: str = "",
) -> bytes:
    """Return the script that `/bin/sh -s` reads on a host.

    Args:
        target: looked at from the host; None while none is chosen.
        nonce: 16 to 64 digits and lower-case letters that nobody can guess.
        root: prefix of every file on the host, for practice hosts; empty on a real one.
        bound: seconds that one program on the host may take.
        upstream: URL of the registry that is being left, where that is not its own.

    Raises InputError when the target's CA holds no certificate.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError(f"not a nonce: {nonce!r}")
    words = " ".join(shlex.quote(word) for word in (nonce, root, str(bound)))
    # In braces a shell reads all of it before it runs anything: cut short, it does nothing.
    return b"{\n" + _body(target, upstream) + f"pilotage_facts {words}\n}}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A URL that a host is asked to look at.

    Attributes:
        mark: tells its answers from those of other questions; empty for the first.
        about: the target as the upstream in question sees it.
    """

    mark: str
    url: str
    about: Target


def target_questions(target: Target) -> tuple[Question, ...]:
    """Return what is asked of the target: each URL that a runtime may build for a canary.

    Without a canary it is the API's own root.
    """
    urls = {_first_url(target): target}
    for one in target.by_upstream:
        urls |= {one.canary_url(named=named): one for named in (False, True) if one.canary}
    return _marked(urls)


def upstream_questions(target: Target, upstream: str = "") -> tuple[Question, ...]:
    """Return what is asked of each upstream: the canary that bears its name."""
    urls = {upstream_url(one, upstream): one for one in target.by_upstream}
    return _marked({url: one for url, one in urls.items() if url})


def _marked(urls: dict[str, Target]) -> tuple[Question, ...]:
    return tuple(
        Question(mark=f".{number}" if number else "", url=url, about=about)
        for number, (url, about) in enumerate(urls.items())
    )


def _first_url(target: Target) -> str:
    if target.canary:
        return target.canary_url(named=False)
    if target.prefix and target.api_base.endswith(target.prefix):
        return f"{target.url}/v2/"
    return f"{target.api_base}/"


def upstream_url(target: Target, upstream: str = "") -> str:
    """Return the URL of the canary's manifest at upstream, empty where that need not be asked.

    What Pilotage pushed has bytes of its own: no other registry has them.
    """
    canary = target.canary
    if canary is None or canary.pushed:
        return ""
    server = upstream or upstream_server(canary.upstream)
    return f"{server}/v2/{canary.repository}/manifests/{canary.tag}"


@lru_cache(maxsize=8)
def _body(target: Target | None, upstream: str) -> bytes:
    parts = [_functions(), _given_paths(target)]
    parts.append(_given_ca(target.ca_pem if target else None))
    parts.append(_given_questions(target, upstream))
    return "\n".join(parts).encode()


@lru_cache(maxsize=1)
def _functions() -> str:
    folder = resources.files("assets") / "host"
    text = "\n".join((folder / part).read_text(encoding="utf-8") for part in PARTS)
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _given_paths(target: Target | None) -> str:
    in_store = target is not None and target.ca_trust is CATrust.SYSTEM
    paths = wanted_paths(target.authority if target else "")
    wanted = (*paths, *(STORE_DIRECTORIES if in_store else ()))
    lines = [f"want {shlex.quote(path)}" for path in wanted]
    for pattern in (*GLOBS, *(STORE_GLOBS if in_store else ())):
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(f"not a pattern that a shell may expand: {pattern!r}")
        lines.append(f"want_glob '{pattern}'")
    return "\n".join(("given_paths() {", *lines, "}"))


def _given_questions(target: Target | None, upstream: str) -> str:
    lines = [":"]
    if target is not None:
        lines += [
            f"{function} {shlex.quote(question.mark)} {shlex.quote(question.url)}"
            for function, questions in (
                ("read_target", target_questions(target)),
                ("read_upstream", upstream_questions(target, upstream)),
            )
            for question in questions
        ]
    return "\n".join(("given_questions() {", *lines, "}\n"))


def _given_ca(ca_pem: str | None) -> str:
    if not ca_pem:
        return "given_ca() { :; }\n"
    certificates = _CERTIFICATE.findall(ca_pem)
    if not certificates:
        raise InputError(
            "the CA of the target holds no certificate",
            state="Nothing was sent to any host.",
            todo="Give a file with PEM certificates (`-----BEGIN CERTIFICATE-----`).",
        )
    text = "\n".join(certificates)
    return f"given_ca() {{\nprintf '%s\\n' '{text}'\n}}\n"
