"""What upstream says of the canary, as a host sees it; pure.

Docker Hub's token flow: facts/images.md §3.2. It answers 401, `insufficient_scope`, to everybody
who asks without a login for a repository that is private or not there at all.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from wizard.discovery.facts import UpstreamState, UpstreamTag
from wizard.discovery.http_answer import NO_TIME, NO_TOOL, TOOLS, last_answer
from wizard.discovery.probe import Question, upstream_questions
from wizard.discovery.sections import Ran, Sections
from wizard.target import Target

_WORDS: Final = 200
"""Characters of a failure that are kept."""
_VARYING: Final = re.compile(
    r" after \d+ (?:ms|milliseconds)|^[0-9A-F]{6,}:|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "
)
"""What differs between hosts that fail alike: times, and addresses in memory."""


def parse_upstream(sections: Sections, target: Target | None) -> tuple[UpstreamTag, ...]:
    """Return what upstreams have under the names of canaries, where that had to be asked."""
    if target is None:
        return ()
    return tuple(_answer(sections, question) for question in upstream_questions(target))


def _answer(sections: Sections, question: Question) -> UpstreamTag:
    canary = question.about.canary
    reference = canary.reference if canary else ""
    for tool in TOOLS:
        section = f"upstream{question.mark}.{tool}"
        first = sections.ran(section)
        if first is None:
            continue
        again = sections.ran(f"{section}.again")
        token = sections.ran(f"{section}.token")
        if again is None and token is not None:
            state, digest, detail = UpstreamState.UNKNOWN, "", f"no token: {_failure(tool, token)}"
        else:
            state, digest, detail = _judge(tool, again or first)
        return UpstreamTag(reference=reference, state=state, digest=digest, detail=detail)
    has_tool = any(sections.ran(f"target.{tool}") is not None for tool in TOOLS)
    detail = NO_TIME if has_tool else NO_TOOL
    return UpstreamTag(reference=reference, state=UpstreamState.UNKNOWN, detail=detail)


def _judge(tool: str, ran: Ran) -> tuple[UpstreamState, str, str]:
    """Return state, digest and detail."""
    answer = last_answer(tool, ran)
    if answer is None:
        return UpstreamState.UNKNOWN, "", _failure(tool, ran)
    status, headers = answer
    digest = headers.get("docker-content-digest", "")
    is_registry = headers.get("docker-distribution-api-version", "").startswith("registry/2")
    detail = f"HTTP {status}"
    match status:
        case HTTPStatus.OK if digest.startswith("sha256:"):
            return UpstreamState.PRESENT, digest, detail
        case HTTPStatus.NOT_FOUND if is_registry:
            return UpstreamState.ABSENT, "", detail
        case HTTPStatus.UNAUTHORIZED if _is_hidden(headers):
            return UpstreamState.HIDDEN, "", detail
        case _:
            return UpstreamState.UNKNOWN, "", detail


def _is_hidden(headers: dict[str, str]) -> bool:
    """Tell whether a token was taken and is not enough, rather than missing or wrong."""
    return 'error="insufficient_scope"' in headers.get("www-authenticate", "")


def _failure(tool: str, ran: Ran) -> str:
    answer = last_answer(tool, ran)
    if answer is not None:
        return f"HTTP {answer[0]}"
    words = ran.failure.partition("\n")[0] or f"{tool} printed no answer"
    return _VARYING.sub("", words)[:_WORDS]
