"""What is wanted of the registry: the usual, the account of Docker Hub, and what the file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.target_fields import wrong_reference
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from wizard.fleet.provision_choice import AccountChoice, ProvisionChoice
from wizard.wording import _

_HUB: Final = "docker.io"
_ASK: Final = "ask"


class WantedDialog(Dialog[ProvisionChoice]):
    """Close with what is wanted; all but the account of Docker Hub is as it was."""

    def __init__(self, provision: ProvisionChoice | None) -> None:
        super().__init__()
        self.title_words = _("What is wanted of the registry")
        self._provision = provision or ProvisionChoice()
        self._account = next(
            (one for one in self._provision.accounts if one.upstream == _HUB), None
        )

    def compose_body(self) -> ComposeResult:
        """Say what is usual and what the file adds, and ask for the account."""
        yield WordsBox(*self._words(), id="words")
        account = self._account or AccountChoice(upstream=_HUB, username="", password=_ASK)
        yield Field(
            _("Docker Hub user"),
            id="hub_user",
            value=account.username,
            placeholder=_("empty: none; Harbor needs one"),
        )
        yield Field(
            _("Its token"),
            id="hub_token",
            value=account.password,
            placeholder="ask, env:NAME, file:PATH",
            check=wrong_reference,
        )
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("See what that takes"), id="see")

    def _words(self) -> Iterator[Line]:
        yield plain(
            _(
                "Places that cache every upstream that is moved, read by everybody, since runtimes"
                " cannot log in to a mirror; tidied by the clock."
            )
        )
        said = list(_said(self._provision))
        told = (
            _("The file wants besides: {names}.").format(names=", ".join(said))
            if said
            else _("More can be wanted in the file, under target.provision.")
        )
        yield plain(told, "muted")
        yield plain(_("Nothing is changed yet: the plan is shown first."), "muted")

    def on_mount(self) -> None:
        """Go to the account where there is none, else to the button."""
        if self._account is None:
            self.query_one("#hub_user", Field).focus_input()
        else:
            self.query_one("#see").focus()

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(Field.Accepted)
    @on(ActionButton.Pressed, "#see")
    def _see(self) -> None:
        user, token = self.query_one("#hub_user", Field), self.query_one("#hub_token", Field)
        token.show_error(token.wrong())
        if token.wrong():
            token.focus_input()
            return
        others = tuple(one for one in self._provision.accounts if one.upstream != _HUB)
        own = (
            (AccountChoice(upstream=_HUB, username=user.value, password=token.value or _ASK),)
            if user.value
            else ()
        )
        self.dismiss(replace(self._provision, accounts=(*own, *others)))


def _said(provision: ProvisionChoice) -> Iterator[str]:
    """Yield what the file says of products, `robots 2`."""
    for product in (provision.harbor, provision.nexus, provision.artifactory):
        if product is None or not is_dataclass(product):
            continue
        usual = type(product)()
        for one in fields(product):
            value = getattr(product, one.name)
            if value != getattr(usual, one.name):
                yield f"{one.name} {len(value)}" if isinstance(value, tuple) else one.name
