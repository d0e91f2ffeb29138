"""From "which one?" to the URL: products compared for the fleet, needs ticked, reasons told."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.session import Step
from tests.screens.stage import on_stage
from tests.screens.test_contract import ODD_KEYS
from wizard.cli.command_registry import registry
from wizard.service import Need, Product, lead_to


async def test_needs_rank_products_and_the_taken_one_leads_to_its_url(tmp_path: Path) -> None:
    """Counts, reasons and limits are computed from the fleet; Esc keeps what was ticked."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        await stage.see("Which registry do they move to?")
        await stage.press("f3")
        await stage.see("Which registry fits this fleet", "hosts served of 8", "Fits best:")
        await stage.see("▸Nexus CE", "▸8", "Nexus Repository CE, hosts served: yes.")
        await stage.press("f1")
        await stage.see("Space says that you need", "Keys that work here")
        await stage.press("f1")
        await stage.gone("Keys that work here")
        while stage.part("#needs").key != "scanning":
            await stage.press("down")
        await stage.press("space")
        await stage.see("[x] scanning", "Fits best: Harbor")
        await stage.press("escape", "f3")
        await stage.see("[ ] robots and tokens", "Fits best: Harbor", "▸Harbor")
        assert stage.app.session.needs == {Need.SCANNING}

        await stage.press(*(key for key in ODD_KEYS if key != "space"))
        await stage.press(*(["right"] * 5), "enter")
        await stage.see("What to know before", "scanning: ", "Where none is there yet")
        await stage.press("escape")
        await stage.see("Which registry fits this fleet")
        await stage.press(*(["left"] * 5), "enter")
        await stage.see("pilotage registry harbor-install HOST")
        await stage.focus("#url")
        await stage.press("enter")
        await stage.see("Which registry do they move to?")
        await stage.type("https://harbor.example.net")
        assert stage.part("#url-input").value == "https://harbor.example.net"


@pytest.mark.parametrize("product", list(Product))
def test_a_lead_names_commands_that_there_are(product: Product) -> None:
    """Whoever follows it gets somewhere."""
    known = registry.list_commands(None)  # type: ignore[arg-type]  # it looks at none
    for command in lead_to(product).commands:
        assert command.split()[:2] == ["pilotage", "registry"]
        assert command.split()[2] in known
