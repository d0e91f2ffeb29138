"""`pilotage registry provision` on a practice Nexus, through its own door."""

from __future__ import annotations

from tests.cli.provision.place import (
    NEXUS,
    Counting,
    Place,
    actions,
    way_to,
)
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.practice.nexus.setting import DISCLAIMER
from wizard.registries.authority import Login
from wizard.secret import Secret


def test_nexus_is_provisioned_and_its_licence_shown_and_accepted(
    nexus: Place, server: PracticeNexus
) -> None:
    """The words are shown, then asked about, then the plan; a second pass finds nothing."""
    outcome = nexus.run(typed="y\ny\n")
    shown = " ".join(outcome.err.split())
    assert (outcome.code, " ".join(DISCLAIMER.split()) in shown) == (0, True)
    assert (server.system.accepted, "dockerhub" in server.repositories.all) == (True, True)
    again = nexus.run("--json")
    assert (again.code, set(actions(again).values())) == (0, {"nothing"})


def test_a_licence_is_never_accepted_in_silence(nexus: Place, server: PracticeNexus) -> None:
    """Declined changes nothing; without the key it is left to the operator, who is told how."""
    declined = nexus.run(typed="n\n")
    assert (declined.code, server.system.accepted, "dockerhub" in server.repositories.all) == (
        8,
        False,
        False,
    )
    nexus.write(NEXUS.replace("      eula: accepted\n", ""), kind="nexus")
    outcome = nexus.run("--yes")
    assert (outcome.code, server.system.accepted) == (8, False)
    assert ("BY HAND: licence" in outcome.out, "eula: accepted" in outcome.err) == (True, True)


def test_a_wrong_password_of_nexus_is_tried_once(nexus: Place, server: PracticeNexus) -> None:
    """As of Harbor."""
    counting = Counting(way_to(server))
    nexus.transport, nexus.login = counting, Login(username="admin", password=Secret("wr0ng"))
    outcome = nexus.run("--yes")
    assert (outcome.code, counting.logins, "dockerhub" in server.repositories.all) == (
        3,
        1,
        False,
    )
    assert "tried once" in outcome.err
