"""A CA of more than one certificate in the system's store."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import pytest

from tests.planning.cases import CA, a_target, host_facts, step_words
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.plan import Activation, Verdict
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


def test_servers_of_one_cluster_restart_one_after_the_other_for_the_store_alone() -> None:
    """Their registries.yaml leads to the target already; a server that needs nothing may wait."""
    server: dict[str, Any] = {
        "target": {"state": "untrusted", "state_with_ca": "ok"},
        "ca_store": "debian",
        "k3s": {"version": "1.31.4+k3s1", "server": True, "unit": "k3s.service", "cluster": "ab"},
        "files": {
            "/etc/rancher/k3s/registries.yaml": [
                "mirrors:",
                '  "docker.io":',
                '    endpoint: ["https://registry.example"]',
            ]
        },
    }
    target = a_target(ca_trust="system")
    plan = plan_host(host_facts(server), target, RolloutPolicy(), RUNTIMES)
    assert (plan.activation, plan.one_at_a_time) == (Activation.RESTART, "k3s ab")
    server["files"][f"{STORE}/pilotage-ca.crt"] = CA
    server["target"] = {"state": "ok", "state_with_ca": "ok"}
    plan = plan_host(host_facts(server), target, RolloutPolicy(), RUNTIMES)
    assert (plan.verdict, plan.one_at_a_time) == (Verdict.NOTHING, "")
