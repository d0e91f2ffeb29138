"""The environment of root's session has no say in what the script does."""

from __future__ import annotations

import re

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL, NewHost
from tests.transaction.plans import AFTER, BEFORE, DAEMON_JSON, docker_plan
from wizard.transaction.answers import Outcome
from wizard.transaction.compose import shipped_files, variables

TAKEN_FROM_THE_HOST = {"HOME", "PILOTAGE_ROOT"}
NUMBERED = (
    *("path", "real", "before", "after", "parting", "mode", "now", "link", "owner"),
    *("staged", "found", "kept_before", "kept_after"),
)
MEANT = {
    "LOCK_KIND": "link",
    "DIRECTORIES": " '/etc/hostile'",
    "FORCE": DAEMON_JSON,
    "FILES": "1 2 3",
    "STATE": "confirmed",
    "NONCE": "hostile",
    "LIMIT": "0",
    "BOUND": "0",
}
"""Values that do harm where they are believed; the others are just `hostile`."""


def _hostile() -> dict[str, str]:
    names = variables("\n".join(shipped_files().values()))
    numbered = [f"{name}_{number}" for name in NUMBERED for number in (1, 2, 3)]
    return dict.fromkeys([*names, *numbered], "hostile") | MEANT


def test_every_variable_that_may_be_unset_is_known() -> None:
    """Each name that a script reads as `${name-}` is among those that it forgets first."""
    text = "\n".join(shipped_files().values())
    read = set(re.findall(r"\$\{([A-Za-z]\w*):?-", text)) - TAKEN_FROM_THE_HOST
    assert read - variables(text) == set()
    assert {"LOCK_KIND", "BOOTING", "APPLYING", "FORCE", "DIRECTORIES"} <= variables(text)


@EVERY_SHELL
async def test_hostile_variables_change_nothing(new_host: NewHost) -> None:
    """With every variable of the script set beforehand, a run goes its way and back."""
    host = new_host(environment=_hostile())
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    applied = await asking.apply(host, plan, lease=30)
    assert (applied.outcome, applied.proven) == (Outcome.APPLIED, True), applied
    assert not (host.root / "etc/hostile").exists()
    assert (host.ledger().parent / "lock").exists()
    assert not (host.ledger().parent / "lock.held").exists()
    host.write(DAEMON_JSON, b"theirs")
    assert (await asking.revert(host)).outcome is Outcome.CONFLICT
    status, output, _ = await host.execute(b"", str(host.ledger() / "revert.sh"))
    assert (status, b"nothing was touched" in output) == (1, True)
    host.write(DAEMON_JSON, AFTER.encode())
    status, output, _ = await host.execute(b"", str(host.ledger() / "revert.sh"))
    assert (status, host.tree() == before, host.mirrors()) == (0, True, []), output


async def test_a_watchdog_in_a_hostile_environment_reverts(new_host: NewHost) -> None:
    """What starts the watchdog may have any environment too; so may a boot."""
    host = new_host(environment=_hostile())
    plan = docker_plan(host.write(DAEMON_JSON, BEFORE))
    before = host.tree()
    await asking.apply(host, plan, lease=30)
    host.pass_time(31)
    await host.settle()
    assert (host.state(), host.tree() == before, host.mirrors()) == ("reverted", True, [])
