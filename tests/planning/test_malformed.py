"""Each kind of malformed or unusual input has a case for each runtime that is planned."""

from __future__ import annotations

from typing import Final

import pytest

from tests.planning.cases import PLANS, load_case
from wizard.planning.host import plan_host
from wizard.planning.plan import Verdict
from wizard.runtimes import RUNTIMES

KINDS: Final = (
    *("bom", "empty-file", "duplicate-key", "trailing-comma", "string-for-list", "singular-key"),
    *("crlf", "linked", "read-only", "immutable", "odd-owner-and-mode"),
    *("a-directory", "bind-mounted", "dangling", "not-utf8", "too-large"),
)
BLOCKED: Final = frozenset(
    {
        *("read-only", "immutable"),
        *("a-directory", "bind-mounted", "dangling", "not-utf8", "too-large"),
    }
)
"""Whatever the runtime, these leave nothing that could be done."""
OTHERWISE: Final = {
    "docker": {
        "bom": "docker/bom-20.10",
        "empty-file": "docker/empty-20.10",
        "string-for-list": "docker/wrong-type",
        "crlf": "docker/26.1-root-crlf",
        "linked": "host/linked-file",
        "read-only": "host/read-only",
        "immutable": "host/immutable-file",
        "a-directory": "host/directory-in-the-way",
        "bind-mounted": "host/bind-mounted",
        "dangling": "host/dangling-link",
        "not-utf8": "host/not-utf-8",
        "too-large": "host/too-large",
    },
    "containerd": {"crlf": "containerd/mirrors-migrated-crlf"},
    "podman": {"singular-key": "podman/plural-key"},
    "crio": {"singular-key": "crio/plural-key"},
    "k3s": {"singular-key": "k3s/plural-key", "odd-owner-and-mode": "k3s/odd-mode"},
    "nerdctl": {
        "crlf": "nerdctl/singular-key",
        "odd-owner-and-mode": "nerdctl/odd-mode",
    },
    "buildkit": {},
}
"""By runtime: cases of other names, because they are about a version or were there before."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("runtime", sorted(OTHERWISE))
def test_there_is_a_case(runtime: str, kind: str) -> None:
    """It is blocked and writes nothing, or what is written is exactly what the case says."""
    name = OTHERWISE[runtime].get(kind, f"{runtime}/{kind}")
    case = load_case(PLANS / f"{name}.json")
    plan = plan_host(case.facts, case.target, case.policy, RUNTIMES)
    assert {one.runtime.value for one in plan.runtimes} >= {runtime}
    if plan.verdict is Verdict.BLOCKED or kind in BLOCKED:
        assert (plan.verdict, plan.changes) == (Verdict.BLOCKED, ())
        details = [block.detail for one in plan.runtimes for block in one.blocks]
        assert all(details)
        assert [text for text in details if text.count("/etc/") > 1] == []
