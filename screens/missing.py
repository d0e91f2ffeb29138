"""What kept a run from hosts: keys that nobody approved yet, and secrets that nobody typed yet."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from screens.context import Context
from wizard.service import Discovery


async def ask_for_missing(screen: Screen[Any], context: Context, found: Discovery) -> list[str]:
    """Ask for keys and secrets, and return the hosts that are worth another try."""
    again: list[str] = []
    if found.unknown_keys:
        from screens.dialogs.host_keys import HostKeysDialog  # noqa: PLC0415  # when needed

        keys = await screen.app.push_screen_wait(HostKeysDialog(found.unknown_keys))
        if keys:
            context.service.approve_host_keys(keys)
            again += [key.host for key in keys]
    if found.missing_secrets:
        from screens.dialogs.ask_secrets import AskSecretsDialog  # noqa: PLC0415  # when needed

        typed = await screen.app.push_screen_wait(AskSecretsDialog(found.missing_secrets))
        context.session.secrets.update(typed or {})
        for secret in found.missing_secrets:
            again += secret.hosts if secret.key in (typed or {}) else ()
    return list(dict.fromkeys(again))
