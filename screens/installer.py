"""A registry installed from the screens: asked, looked, confirmed, done, and made the target."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any, Final

from textual.screen import Screen

from screens.adopting import SECRET_KEY
from screens.context import Context
from screens.errands import ErrandSender
from screens.installing import Installed, Values, place_of
from screens.installing_nexus import InstallingNexus, nexus_form
from wizard.secret import Secret
from wizard.service import Product, new_password

INSTALLED: Final = frozenset({Product.NEXUS})
"""What is installed from the screens; commands install others."""


class Installer:
    """What was typed about installations on one screen, and the way through one."""

    def __init__(self, screen: Screen[Any], context: Context) -> None:
        self._screen = screen
        self._context = context
        self._typed: dict[Product, Values] = {}
        self._made: dict[str, Secret] = {}

    async def install(self, product: Product) -> Installed | None:
        """Ask, show the plan and do it where that is meant; None where nothing came of it.

        Passwords stay in memory; what was asked stays for the next time on this screen, too.
        """
        from screens.dialogs.install import InstallDialog  # noqa: PLC0415  # when asked for
        from screens.dialogs.install_form import InstallFormDialog  # noqa: PLC0415  # as above

        service = self._context.service
        form = nexus_form(service, self._context.session.migration, self._typed.get(product, {}))
        values = await self._screen.app.push_screen_wait(InstallFormDialog(form))
        if values is None:
            return None
        self._typed[product] = {name: value for name, value in values.items() if name != "password"}
        place = place_of(values["host"], self._context.session.migration, service)
        typed = values["password"]
        password, is_new = (Secret(typed), False) if typed else self._password(place.host)
        installing = InstallingNexus.of(service, place, values, password=password, is_new=is_new)
        sender = ErrandSender(context=self._context, migration=place.migration)

        def remember(_name: str, secret: Secret) -> None:
            self._made[place.host] = secret
            self._remember(place.host, secret)

        dialog = InstallDialog(installing, sender, remember=remember)
        self._remember(place.host, password)
        installed = await self._screen.app.push_screen_wait(dialog)
        if installed and installed.choice:
            self._context.session.secrets[SECRET_KEY] = password
            migration = replace(self._context.session.migration, target=installed.choice)
            await self._context.accept(migration)
        return installed

    def _password(self, host: str) -> tuple[Secret, bool]:
        """Return the password that was made for that host, a new one where none was."""
        made = self._made.get(host)
        return (made, False) if made else (new_password(secrets.choice), True)

    def _remember(self, host: str, secret: Secret) -> None:
        """Keep a password out of reports; it is in memory only."""
        self._context.session.secrets[f"shown:admin of {host}"] = secret
