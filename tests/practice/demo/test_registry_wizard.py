"""A demo on a registry product, on a terminal: its accounts are read before the wizard opens."""

from __future__ import annotations

from pathlib import Path

from tests.practice.demo.demonstration import command, environment
from tests.screens.terminal import Terminal
from wizard.practice.home import PREFIX
from wizard.practice.product_kind import ADMIN_FILE

PROMPT = "Press Enter to open the wizard."


def told_accounts(terminal: Terminal, base: Path) -> None:
    """Wait for what is told, and hold it against the operator's files."""
    terminal.see(PROMPT)
    [operator] = base.glob(f"{PREFIX}*/operator")
    told = "".join(terminal.text.split())
    assert f"passwordin{operator / ADMIN_FILE}" in told
    assert f"registrydoctor-m{operator / 'migration.yaml'}" in told


def test_accounts_are_told_and_the_wizard_opens_at_enter(tmp_path: Path) -> None:
    """Whole lines, while nothing is drawn over them yet."""
    with Terminal(
        command("--hosts", "1", "--registry", "harbor"), environ=environment(tmp_path), columns=120
    ) as terminal:
        told_accounts(terminal, tmp_path)

        terminal.send(b"\r")

        terminal.see("practice fleet · migration.yaml")


def test_ctrl_c_instead_of_enter_leaves_nothing(tmp_path: Path) -> None:
    """Neither the fleet nor its directory."""
    with Terminal(
        command("--hosts", "1", "--registry", "harbor"), environ=environment(tmp_path), columns=120
    ) as terminal:
        told_accounts(terminal, tmp_path)

        terminal.interrupt()

        assert terminal.wait() == 130
    assert list(tmp_path.iterdir()) == []
