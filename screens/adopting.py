"""From a URL to a target that is ready: looked at, mended and set up, with logins kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

from screens.context import Context
from screens.provisioning import Provisioning
from wizard.errors import PilotageError
from wizard.fleet.policy import TargetChoice
from wizard.fleet.provision_choice import ProvisionChoice, provision_secrets
from wizard.secret import Secret
from wizard.service import Examination, MissingSecret

if TYPE_CHECKING:
    from screens.dialogs.take_product import Way
    from screens.installer import Installer
    from wizard.service import Candidate, Need, SubjectName

ASK: Final = "ask"
SECRET_KEY: Final = "target:password"  # noqa: S105  # a name, not a secret


class Adopting:
    """What is done with the registry itself, on whichever screen asks for it."""

    def __init__(self, screen: Screen[Any], context: Context) -> None:
        self._screen = screen
        self._context = context
        self._user = ""
        self._installer: Installer | None = None

    # Logins

    async def password(self, choice: TargetChoice) -> Secret | None:
        """Return the password if it is to be asked for; references are the service's matter."""
        if choice.password != ASK:
            return None
        secrets = await self._asked({SECRET_KEY})
        return secrets.get(SECRET_KEY)

    def forget_login(self) -> None:
        """Ask again next time: it may have been typed wrong."""
        self._context.session.secrets.pop(SECRET_KEY, None)
        self._user = ""

    async def _asked(self, keys: set[str]) -> Mapping[str, Secret]:
        """Return the secrets of these keys as far as anybody types them; asked for once."""
        known = self._context.session.secrets
        missing = [MissingSecret(key=key, hosts=()) for key in sorted(keys - known.keys())]
        if missing:
            from screens.dialogs.ask_secrets import AskSecretsDialog  # noqa: PLC0415  # when needed

            typed = await self._screen.app.push_screen_wait(AskSecretsDialog(missing))
            known.update(typed or {})
        return {key: known[key] for key in keys if key in known}

    async def _as_administrator(
        self, choice: TargetChoice
    ) -> tuple[TargetChoice, Secret | None] | None:
        """Return the choice with a user, and a password that was typed; None where none is given.

        What is typed here goes into no file.
        """
        if choice.username and choice.password and choice.password != ASK:
            return choice, None
        user = choice.username or self._user
        secret = self._context.session.secrets.get(SECRET_KEY)
        if not user or not secret:
            from screens.dialogs.ask_login import AskLoginDialog  # noqa: PLC0415  # when needed

            typed = await self._screen.app.push_screen_wait(AskLoginDialog(choice.url, user))
            if typed is None:
                return None
            user, secret = typed
            self._user = user
            self._context.session.secrets[SECRET_KEY] = secret
        return replace(choice, username=user), secret

    # Choosing

    async def choose(self) -> bool:
        """Compare products for the fleet, and have one installed where none is there.

        Return whether it goes on with its URL, which the migration has where one was installed.
        """
        from screens.dialogs.choose import ChooseDialog  # noqa: PLC0415  # when asked for

        session = self._context.session

        def keep(needs: Collection[Need]) -> None:
            session.needs = frozenset(needs)

        comparison = await asyncio.to_thread(
            self._context.service.compare_registries,
            session.migration,
            session.facts,
            needs=session.needs,
        )
        while True:
            dialog = ChooseDialog(comparison, keep)
            taken = await self._screen.app.push_screen_wait(dialog)
            comparison = dialog.comparison
            if taken is None:
                return False
            way = await self._lead(taken, comparison.needs)
            if way is not None:
                return True

    async def _lead(self, taken: Candidate, needs: tuple[Need, ...]) -> Way | None:
        """Return the way on with a product: none, its URL, or installed; asked after a failure."""
        from screens.dialogs.take_product import TakeProductDialog, Way  # noqa: PLC0415  # as above
        from screens.installer import INSTALLED, Installer  # noqa: PLC0415  # as above

        while True:
            lead = TakeProductDialog(
                taken,
                needs,
                is_installed=taken.product in INSTALLED,
                is_practice=self._context.is_practice,
            )
            way = await self._screen.app.push_screen_wait(lead)
            if way is not Way.INSTALL:
                return way
            self._installer = self._installer or Installer(self._screen, self._context)
            installed = await self._installer.install(taken.product)
            if installed and installed.is_ready:
                return way

    # Looking and mending

    async def examine(self, choice: TargetChoice) -> Examination | None:
        """Show how the registry is, as long as somebody looks; return how it was in the end."""
        from screens.dialogs.health import HealthDialog  # noqa: PLC0415  # when asked for

        password = await self.password(choice)

        async def look(*, is_first: bool) -> Examination:
            found = await self._context.service.examine_registry(
                choice, password=password, with_upload=is_first
            )
            if found.is_login_refused:
                self.forget_login()
            return found

        async def mend(subjects: Sequence[SubjectName]) -> None:
            await self.provision(choice, mends=subjects)

        dialog = HealthDialog(look, mend, self._context.clock)
        await self._screen.app.push_screen_wait(dialog)
        return dialog.found

    async def provision(self, choice: TargetChoice, *, mends: Sequence[SubjectName] = ()) -> None:
        """Show what provisioning would do, do it when that is meant; all, or what mends.

        What is wanted is asked for where the file does not say it, and saved.
        """
        chosen = choice
        if not mends or choice.provision is None:
            from screens.dialogs.wanted import WantedDialog  # noqa: PLC0415  # when asked for

            provision = await self._screen.app.push_screen_wait(WantedDialog(choice.provision))
            if provision is None:
                return
            chosen = replace(choice, provision=provision)
            await self._accept(chosen)
        administrator = await self._as_administrator(chosen)
        if administrator is None:
            return
        chosen, password = administrator
        references = provision_secrets(chosen.provision or ProvisionChoice())
        asked = {key for key, reference in references if reference == ASK}
        provisioning = Provisioning(
            service=self._context.service,
            choice=chosen,
            password=password,
            secrets=await self._asked(asked),
        )
        from screens.dialogs.provision import ProvisionDialog  # noqa: PLC0415  # when asked for

        dialog = ProvisionDialog(provisioning, remember=self._remember, mends=mends)
        await self._screen.app.push_screen_wait(dialog)
        if isinstance(dialog.failure, PilotageError):
            self.forget_login()
            for key in asked:
                self._context.session.secrets.pop(key, None)

    def _remember(self, name: str, secret: Secret) -> None:
        """Keep a new secret out of reports; it is in memory only."""
        self._context.session.secrets[f"shown:{name}"] = secret

    async def _accept(self, choice: TargetChoice) -> None:
        """Save what is wanted of the target; a probe and a plan rest on none of it."""
        session = self._context.session
        probed, planned = session.probed, session.planned
        if probed and probed.choice == replace(choice, provision=probed.choice.provision):
            session.probed = replace(probed, choice=choice)
        if planned and planned.choice == replace(choice, provision=planned.choice.provision):
            session.planned = replace(planned, choice=choice)
        if choice != session.migration.target:
            await self._context.accept(replace(session.migration, target=choice))
