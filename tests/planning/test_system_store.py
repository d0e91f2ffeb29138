"""A CA of more than one certificate in the system's store."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest

from tests.planning.cases import CA, a_target, host_facts, step_words
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.runtimes import RUNTIMES

STORE: Final = "/usr/local/share/ca-certificates"
SECOND: Final = CA.replace("Tk9U", "QU5E")
FILES: Final = {f"{STORE}/pilotage-ca.crt": CA, f"{STORE}/pilotage-ca-2.crt": SECOND}


@pytest.mark.parametrize("there", [{}, {f"{STORE}/pilotage-ca.crt": CA}], ids=["none", "one"])
def test_the_target_is_looked_at_by_all_of_them_at_once(there: dict[str, str]) -> None:
    """Each has a file of its own, written where it is missing, and one of them is the target's."""
    facts = host_facts(
        {
            "target": {"state": "untrusted", "state_with_ca": "ok"},
            "ca_store": "debian",
            "docker": {"version": "26.1.5", "live_restore": True},
            "files": there,
        }
    )
    target = dataclasses.replace(a_target(ca_trust="system"), ca_pem=CA + SECOND)
    plan = plan_host(facts, target, RolloutPolicy(), RUNTIMES)
    written = {change.path: change.after for change in plan.changes if change.path in FILES}
    assert {path: text for path, text in FILES.items() if path not in there} == written
    assert [word for word in map(step_words, plan.validate) if word.startswith("ca_check")] == [
        f"ca_check https://registry.example/v2/ {' '.join(FILES)}"
    ]
