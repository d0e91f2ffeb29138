"""A registry installed from the screens: asked, looked, confirmed, done, and made the target."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from textual.screen import Screen

from screens.adopting import SECRET_KEY
from screens.context import Context
from screens.errands import ErrandSender
from screens.installing import Form, Installed, Installing, Place, Values, place_of
from screens.installing_harbor import InstallingHarbor, Passwords, harbor_form
from screens.installing_nexus import InstallingNexus, nexus_form
from screens.registry_certificate import RegistryCertificate, certificate_for
from wizard.fleet.policy import Migration
from wizard.secret import Secret
from wizard.service import MigrationService, Product, new_password

_FORMS: Final[Mapping[Product, Callable[[MigrationService, Migration, Values], Form]]] = {
    Product.HARBOR: harbor_form,
    Product.NEXUS: nexus_form,
}
INSTALLED: Final = frozenset(_FORMS)
_NO_FILE: Final = re.compile(r"[^\w.-]")
"""What a name of a host may have, and that of a directory shall not."""


@dataclass(slots=True)
class _Begun:
    """What was typed and made for one product: installing again goes on with it.

    Attributes:
        passwords, certificates: by the host and the DNS name that they are for.
        shown: hosts whose password a person has seen.
    """

    typed: Values = field(default_factory=dict)
    passwords: dict[str, Passwords] = field(default_factory=dict, repr=False)
    certificates: dict[tuple[str, str], RegistryCertificate] = field(
        default_factory=dict, repr=False
    )
    shown: set[str] = field(default_factory=set)


class Installer:
    """The way through installations on one screen; what it keeps is in memory only."""

    def __init__(self, screen: Screen[Any], context: Context) -> None:
        self._screen = screen
        self._context = context
        self._begun: dict[Product, _Begun] = {}

    async def install(self, product: Product) -> Installed | None:
        """Ask, show the plan and do it where that is meant; None where nothing came of it."""
        from screens.dialogs.install import InstallDialog  # noqa: PLC0415  # when asked for
        from screens.dialogs.install_form import InstallFormDialog  # noqa: PLC0415  # as above

        service, session = self._context.service, self._context.session
        begun = self._begun.setdefault(product, _Begun())
        form = _FORMS[product](service, session.migration, begun.typed)
        values = await self._screen.app.push_screen_wait(InstallFormDialog(form))
        if values is None:
            return None
        begun.typed = {name: text for name, text in values.items() if name != "password"}
        place = place_of(values["host"], session.migration, service)
        passwords = _passwords(begun, place.host, values["password"])
        # Out of reports; in memory only.
        session.secrets[f"shown:{product.value} {place.host}"] = passwords.admin
        session.secrets[f"shown:database {place.host}"] = passwords.database
        installing = await asyncio.to_thread(
            self._installing, product, place, values, passwords, begun
        )
        sender = ErrandSender(context=self._context, migration=place.migration)
        dialog = InstallDialog(installing, sender, shown=lambda: begun.shown.add(place.host))
        installed = await self._screen.app.push_screen_wait(dialog)
        if installed and installed.choice:
            if installed.keeps_password:
                session.secrets[SECRET_KEY] = passwords.admin
            await self._context.accept(replace(session.migration, target=installed.choice))
        return installed

    def _installing(
        self, product: Product, place: Place, values: Values, passwords: Passwords, begun: _Begun
    ) -> Installing:
        service = self._context.service
        if product is Product.NEXUS:
            return InstallingNexus.of(
                service, place, values, password=passwords.admin, is_new=passwords.is_new
            )
        certificate = None
        if not values["certificate"]:
            certificate = self._certificate(place, values["hostname"], begun)
        return InstallingHarbor.of(
            service, place, values, passwords=passwords, certificate=certificate
        )

    def _certificate(self, place: Place, name: str, begun: _Begun) -> RegistryCertificate:
        """Return the certificate that was made for it; keys of its own take a moment."""
        key = (place.host, name)
        if key not in begun.certificates:
            folder = (
                self._context.session.path.absolute().parent
                / f"{name}-on-{_NO_FILE.sub('_', place.host)}"
            )
            now = datetime.fromtimestamp(self._context.clock.now(), tz=UTC)
            begun.certificates[key] = certificate_for(self._context.service, name, folder, now=now)
        return begun.certificates[key]


def _passwords(begun: _Begun, host: str, typed: str) -> Passwords:
    """Return those of a host: what was typed, else what was made for it before, else new ones."""
    made = begun.passwords.get(host) or Passwords(
        admin=new_password(secrets.choice), database=new_password(secrets.choice), is_new=True
    )
    begun.passwords[host] = made
    if typed:
        return replace(made, admin=Secret(typed), is_new=False)
    return replace(made, is_new=host not in begun.shown)
