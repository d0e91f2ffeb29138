"""How the rollout goes: waves, concurrency, soak and the limits of the gate."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Tick
from screens.widgets.field import Field
from wizard.fleet.policy import RolloutPolicy
from wizard.wording import _

_WAVE: Final = re.compile(r"[1-9][0-9]{0,5}|(?:100|[1-9][0-9]?)%")
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_MOST_SECONDS: Final = 86_400


class EditPolicyDialog(Dialog[RolloutPolicy]):
    """Close with the changed policy."""

    def __init__(self, policy: RolloutPolicy) -> None:
        super().__init__()
        self.title_words = _("Waves, soak and gate")
        self._policy = policy

    def compose_body(self) -> ComposeResult:
        """Show one field per decision."""
        policy = self._policy
        yield Field(
            _("Waves"),
            id="waves",
            value=" ".join(policy.waves),
            placeholder=_("3 25% 100%, after the canary"),
            check=wrong_waves,
        )
        for name, label, value, check in (
            ("concurrency", _("At once"), str(policy.concurrency), _wrong_positive),
            ("soak", _("Soak seconds"), _plain(policy.soak), _wrong_seconds),
            ("per_wave", _("Failed per wave"), str(policy.max_failed_per_wave), _wrong_count),
            ("total", _("Failed in all"), str(policy.max_failed_total), _wrong_count),
            ("unreachable", _("Unreachable"), str(policy.max_unreachable_total), _wrong_count),
        ):
            yield Field(label, id=name, value=value, check=check)
        yield Tick(_("Ask me at every gate"), is_on=policy.ask_between_waves, id="ask")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(_("Take it"), id="take")

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)

    @on(Field.Accepted)
    @on(ActionButton.Pressed, "#take")
    def _take(self) -> None:
        fields = {field.id or "": field for field in self.query(Field)}
        for field in fields.values():
            field.show_error(field.wrong())
        wrong = [field for field in fields.values() if field.wrong()]
        if wrong:
            wrong[0].focus_input()
            return
        self.dismiss(
            replace(
                self._policy,
                waves=tuple(_parts(fields["waves"].value)),
                concurrency=int(fields["concurrency"].value),
                soak=float(fields["soak"].value),
                max_failed_per_wave=int(fields["per_wave"].value),
                max_failed_total=int(fields["total"].value),
                max_unreachable_total=int(fields["unreachable"].value),
                ask_between_waves=self.query_one("#ask", Tick).is_on,
            )
        )


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", text) if part]


def wrong_waves(text: str) -> str:
    """Return what is wrong with the sizes of waves, or nothing."""
    parts = _parts(text)
    if parts and all(_WAVE.fullmatch(part) for part in parts):
        return ""
    return _("sizes like 3 or 25%, blanks between them")


def _wrong_count(text: str) -> str:
    return "" if _COUNT.fullmatch(text) else _("a number, 0 or more")


def _wrong_positive(text: str) -> str:
    return _wrong_count(text) or ("" if int(text) > 0 else _("at least 1"))


def _wrong_seconds(text: str) -> str:
    try:
        seconds = float(text)
    except ValueError:
        return _("a number of seconds")
    return "" if 0 <= seconds <= _MOST_SECONDS else _("from 0 to 86400 seconds")


def _plain(seconds: float) -> str:
    return str(int(seconds)) if seconds == int(seconds) else str(seconds)
