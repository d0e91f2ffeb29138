"""Asking for passwords and passphrases: masked, in memory only, never copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field, FieldInput
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from screens.words import hosts_counted
from wizard.secret import Secret
from wizard.service import MissingSecret, SecretKind
from wizard.wording import _


class AskSecretsDialog(Dialog[Mapping[str, Secret]]):
    """Close with the secrets that were typed, by their keys; empty ones are left out."""

    def __init__(self, missing: Sequence[MissingSecret]) -> None:
        super().__init__()
        self.title_words = _("Passwords are needed")
        self._missing = missing

    def compose_body(self) -> ComposeResult:
        """Show one masked field per secret."""
        yield WordsBox(
            plain(_("Kept in memory until you leave; never written to a file."), "muted")
        )
        with VerticalScroll(id="secrets"):
            for number, secret in enumerate(self._missing):
                yield WordsBox(plain(words_for(secret)))
                yield Field(_("Type it here"), id=f"secret-{number}", is_secret=True)
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("Use them"), id="use")

    def on_mount(self) -> None:
        """Go to the first field."""
        self.query_one("#secret-0", Field).focus_input()

    @on(FieldInput.Submitted)
    def _next_field(self) -> None:
        fields = list(self.query(Field))
        empty = [field for field in fields if not field.value]
        if empty:
            empty[0].focus_input()
        else:
            self._use()

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(ActionButton.Pressed, "#use")
    def _use(self) -> None:
        values = [field.value for field in self.query(Field)]
        self.dismiss(
            {
                secret.key: Secret(value)
                for secret, value in zip(self._missing, values, strict=True)
                if value
            }
        )


def words_for(missing: MissingSecret) -> str:
    """Return what the secret is and how many hosts want it."""
    kind, _colon, of = missing.key.partition(":")
    hosts = hosts_counted(len(missing.hosts))
    match kind:
        case SecretKind.LOGIN:
            words = _("Login password of credential {of}, for {hosts}")
        case SecretKind.SUDO:
            words = _("sudo password of credential {of}, for {hosts}")
        case SecretKind.PASSPHRASE:
            words = _("Passphrase of key {of}, for {hosts}")
        case "target":
            return _("Password of the registry")
        case "account":
            return _("Password or token of the account at {of}").format(of=of)
        case "webhook":
            return _("Header of the webhook {of}").format(of=of)
        case _other:
            words = _("Secret {of}, for {hosts}")
    return words.format(of=of, hosts=hosts)
