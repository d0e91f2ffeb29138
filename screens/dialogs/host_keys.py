"""Approving host keys: every fingerprint is shown; a changed key is a danger of its own."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Tick
from screens.widgets.line_view import LineView
from screens.widgets.paint import Line, plain
from screens.words import hosts_counted
from wizard.service import UnknownHostKey
from wizard.wording import _


class HostKeysDialog(Dialog[tuple[UnknownHostKey, ...]]):
    """Close with the keys that the operator approved.

    New keys are approved together. Changed keys are left out unless the operator says, in a
    tick of its own, that the hosts were reinstalled.
    """

    is_wide = True

    def __init__(self, keys: Sequence[UnknownHostKey]) -> None:
        super().__init__()
        self.title_words = _("Are these your hosts?")
        self._new = tuple(key for key in keys if not key.changed_from)
        self._changed = tuple(key for key in keys if key.changed_from)

    def compose_body(self) -> ComposeResult:
        """Show the changed keys first, then the new ones."""
        lines = [*_changed_lines(self._changed), *_new_lines(self._new)]
        yield LineView(lines, id="keys")
        if self._changed:
            yield Tick(
                _("I know why: approve {hosts} with a CHANGED key too").format(
                    hosts=hosts_counted(len(self._changed))
                ),
                id="changed",
            )
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Approve none"), id="no")
            yield ActionButton("", id="approve", danger=bool(self._changed))

    def on_mount(self) -> None:
        """Focus the harmless button."""
        self._count()
        self.query_one("#no").focus()

    @on(Tick.Changed)
    def _count(self) -> None:
        button = self.query_one("#approve", ActionButton)
        count = len(self._approved())
        button.label = _("Approve {count}").format(count=hosts_counted(count))
        button.disabled = count == 0

    def _approved(self) -> tuple[UnknownHostKey, ...]:
        if self._changed and self.query_one("#changed", Tick).is_on:
            return self._new + self._changed
        return self._new

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(())

    @on(ActionButton.Pressed, "#approve")
    def _approve(self) -> None:
        self.dismiss(self._approved())


def _changed_lines(keys: Sequence[UnknownHostKey]) -> list[Line]:
    if not keys:
        return []
    lines: list[Line] = [
        plain(_("KEY CHANGED: reinstalled, or somebody is in between"), "danger"),
    ]
    for key in keys:
        lines += [
            ((_where(key), "strong"),),
            ((_("  was  "), "muted"), (key.changed_from, "removed")),
            ((_("  now  "), "muted"), (key.fingerprint, "bad")),
        ]
    return [*lines, plain("")]


def _new_lines(keys: Sequence[UnknownHostKey]) -> list[Line]:
    if not keys:
        return []
    lines: list[Line] = [
        plain(_("Seen for the first time. Compare before you approve:"), "muted"),
        plain(_("on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"), "muted"),
    ]
    for key in keys:
        lines += [((_where(key), "strong"),), (("  ", ""), (key.fingerprint, ""))]
    return lines


def _where(key: UnknownHostKey) -> str:
    return f"{key.host}  {key.address}:{key.port}"
