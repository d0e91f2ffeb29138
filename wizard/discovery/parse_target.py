"""What a host sees of the target; pure.

A registry is told by what only a registry says. HTTP 200 alone says nothing: Harbor answers
200 with HTML for paths that are none (facts/runtimes.md §5).
"""

from __future__ import annotations

import dataclasses
import re
from http import HTTPStatus
from typing import Final

from wizard.discovery.facts import ReachState, TargetReach
from wizard.discovery.http_answer import NO_TIME, NO_TOOL, TOOLS, last_answer
from wizard.discovery.probe import Question, target_questions
from wizard.discovery.sections import KILLED, Ran, Sections
from wizard.registries.media_types import MANIFEST_TYPES
from wizard.target import Target

_TLS_FAILED: Final = frozenset({ReachState.UNTRUSTED, ReachState.WRONG_HOST})
_GONE: Final = frozenset({ReachState.UNRESOLVABLE, ReachState.REFUSED, ReachState.TIMED_OUT})

_CURL: Final = {
    5: ReachState.UNRESOLVABLE,
    6: ReachState.UNRESOLVABLE,
    7: ReachState.REFUSED,
    28: ReachState.TIMED_OUT,
    51: ReachState.WRONG_HOST,
    60: ReachState.UNTRUSTED,
}
_WORDS: Final = {
    ReachState.WRONG_HOST: (
        "does not match",
        "doesn't match",
        "no alternative certificate",
        "host ?name mismatch",
        "ip address mismatch",
        "requested host name",
    ),
    ReachState.UNTRUSTED: (
        "unable to get (local )?issuer",
        "self.signed",
        "certificate has expired",
        "not yet valid",
        "verify failed",
        "cannot verify",
        "verification failed",
        "unknown ca",
        "not trusted",
        "issuer is unknown",
        "verify error",
    ),
    ReachState.UNRESOLVABLE: (
        "could not resolve",
        "unable to resolve",
        "name or service not known",
        "temporary failure in name",
        "no address associated",
    ),
    ReachState.TIMED_OUT: ("timed out", "timeout"),
    ReachState.REFUSED: ("connection refused", "no route to host", "network is unreachable"),
    ReachState.NOT_A_REGISTRY: (
        "wrong version number",
        "http request",
        "packet length",
        "record too long",
    ),
}
"""What curl, openssl and wget say of each failure, in the C locale; the first match counts."""
_PATTERNS: Final = tuple(
    (state, re.compile("|".join(words), re.IGNORECASE)) for state, words in _WORDS.items()
)


def parse_target(sections: Sections, target: Target | None) -> tuple[TargetReach, ...]:
    """Return how far the host gets towards each URL of the target; none while none is chosen."""
    if target is None:
        return ()
    first, *others = target_questions(target)
    reach = _answer(sections, first, None) or TargetReach(
        url=first.url, state=ReachState.UNKNOWN, state_with_ca=ReachState.UNKNOWN, detail=NO_TOOL
    )
    answers = [reach]
    for question in others:
        found = _answer(sections, question, reach)
        answers.append(found or _not_asked(question, answers[-1]))
    return tuple(answers)


def _not_asked(question: Question, before: TargetReach) -> TargetReach:
    """Return what is known of a URL after one where nobody answered, or after too long a time."""
    if before.state in _GONE or before.detail == NO_TOOL:
        return dataclasses.replace(before, url=question.url)
    unknown = ReachState.UNKNOWN
    return TargetReach(url=question.url, state=unknown, state_with_ca=unknown, detail=NO_TIME)


def _answer(
    sections: Sections, question: Question, first: TargetReach | None
) -> TargetReach | None:
    """Return what answered at one URL; None where the host was not asked.

    Once the given CA was needed and enough, it is given at once.
    """
    for tool in TOOLS:
        plain = sections.ran(f"target{question.mark}.{tool}")
        with_ca = sections.ran(f"target{question.mark}.{tool}.ca")
        if plain is not None:
            state, detail = _judge(tool, plain, question.about)
        elif with_ca is not None and first is not None:
            state, detail = first.state, first.detail
        else:
            continue
        state_with_ca, detail_with_ca = state, ""
        if state in _TLS_FAILED and with_ca is not None:
            state_with_ca, detail_with_ca = _judge(tool, with_ca, question.about)
        if state_with_ca is ReachState.UNKNOWN:
            # Not proven: a CA of the same name and another key ends in words of all kinds.
            state_with_ca = state
        return TargetReach(
            url=question.url,
            state=state,
            state_with_ca=state_with_ca,
            detail=detail_with_ca or detail,
        )
    return None


def _judge(tool: str, ran: Ran, target: Target) -> tuple[ReachState, str]:
    answer = last_answer(tool, ran)
    if answer:
        return _judge_answer(*answer, target)
    if ran.status in KILLED:
        return ReachState.TIMED_OUT, ran.failure
    words = ran.errors.strip()
    for state, pattern in _PATTERNS:
        if pattern.search(words):
            return state, _telling(words, pattern)
    if tool == "curl" and ran.status in _CURL:
        return _CURL[ran.status], words.partition("\n")[0]
    return ReachState.UNKNOWN, words.partition("\n")[0] or f"{tool} ended with {ran.status}"


def _telling(words: str, pattern: re.Pattern[str]) -> str:
    return next(
        (line.strip() for line in words.split("\n") if pattern.search(line)),
        words.partition("\n")[0],
    )


def _judge_answer(status: int, headers: dict[str, str], target: Target) -> tuple[ReachState, str]:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_registry = headers.get("docker-distribution-api-version", "").startswith("registry/2")
    match status:
        case HTTPStatus.OK if target.canary:
            digest = headers.get("docker-content-digest", target.canary.digest)
            right = kind in MANIFEST_TYPES and digest == target.canary.digest
        case HTTPStatus.OK:
            right = is_registry and kind != "text/html"
        case HTTPStatus.UNAUTHORIZED:
            right = "www-authenticate" in headers
        case HTTPStatus.NOT_FOUND:
            right = is_registry or kind == "application/json"
        case _:
            right = False
    told = f"HTTP {status} {kind} {headers.get('location', '')}".strip()
    return (ReachState.OK if right else ReachState.NOT_A_REGISTRY), told
