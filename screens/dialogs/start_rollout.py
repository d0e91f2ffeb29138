"""The point of no return of a rollout: what starts, what restarts, how long, and Cancel first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.field import Field, FieldInput
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from screens.words import duration, hosts_counted
from wizard.clock import Clock
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.plan import Activation, Plan
from wizard.wording import _, ngettext

_ARM_AFTER: Final = 0.5
_NAMES_SHOWN: Final = 4
_SECONDS_PER_HOST: Final = 15.0
"""What a change with its checks and its pull takes on an idle host; the estimate says about."""


class StartRolloutDialog(Dialog[bool]):
    """Close with True when the operator means it.

    The button works half a second after the dialog is seen, so that a stray Enter starts
    nothing. When more than the canary wave follows, the number of hosts must be typed.
    """

    is_danger = True

    def __init__(
        self, plan: Plan, policy: RolloutPolicy, clock: Clock, *, warning: str = ""
    ) -> None:
        super().__init__()
        self.title_words = _("Start the rollout?")
        self._plan = plan
        self._policy = policy
        self._clock = clock
        self._warning = warning
        self._is_armed = False
        self._hosts = sum(len(wave) for wave in plan.waves)
        self._canary = len(plan.waves[0]) if plan.waves else 0

    @property
    def verb(self) -> str:
        """What the button says."""
        return start_words(self._canary)

    def compose_body(self) -> ComposeResult:
        """Say what happens, ask for the number, offer Cancel first."""
        yield WordsBox(*self._words(), id="words")
        if self._hosts > self._canary:
            label = _("Type {count}").format(count=self._hosts)
            yield Field(label, id="count", placeholder=_("the number of hosts"))
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Cancel"), id="no")
            yield ActionButton(self.verb, id="yes", danger=True, disabled=True)

    def _words(self) -> list[Line]:
        later = self._hosts - self._canary
        waves = len(self._plan.waves) - 1
        first = _("First the canary wave, {hosts}: {names}").format(
            hosts=hosts_counted(self._canary), names=_few(self._plan.waves[0])
        )
        lines = [plain(first, "strong")]
        if later:
            then = ngettext(
                "Then {hosts} in {waves} wave, each behind a gate.",
                "Then {hosts} in {waves} waves, each behind a gate.",
                waves,
            )
            lines.append(plain(then.format(hosts=hosts_counted(later), waves=waves)))
        lines += self._restarts()
        about = duration(estimated_seconds(self._plan, self._policy))
        lines.append(plain(_("Takes about {time}.").format(time=about)))
        if self._warning:
            lines.append(plain(self._warning, "warn"))
        lines.append(plain(_("A host that fails its proof goes back by itself."), "muted"))
        return lines

    def _restarts(self) -> list[Line]:
        chosen = {name for wave in self._plan.waves for name in wave}
        restarting = [
            host
            for host in self._plan.hosts
            if host.host in chosen and host.activation is Activation.RESTART
        ]
        if not restarting:
            return [plain(_("Nothing restarts; every container goes on."), "ok")]
        runtimes = [runtime for host in restarting for runtime in host.runtimes]
        stopped = [name for runtime in runtimes for name in runtime.stops]
        words = _("RESTARTS the runtime on {hosts}.").format(hosts=hosts_counted(len(restarting)))
        lines = [plain(words, "danger")]
        if stopped:
            lines.append(plain(_("It stops: {names}").format(names=_few(stopped)), "danger"))
        else:
            lines.append(plain(_("No container stops.")))
        return lines

    def on_mount(self) -> None:
        """Focus Cancel, and arm the button after a moment."""
        self.query_one("#no").focus()
        self.run_worker(self._arm(), exit_on_error=False)

    async def _arm(self) -> None:
        await self._clock.sleep(_ARM_AFTER)
        self._is_armed = True
        self._check()

    @on(FieldInput.Changed)
    def _check(self) -> None:
        self.query_one("#yes", ActionButton).disabled = not (self._is_armed and self._is_meant())

    def _is_meant(self) -> bool:
        if self._hosts == self._canary:
            return True
        return self.query_one("#count", Field).value == str(self._hosts)

    @on(ActionButton.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(False)

    @on(Field.Accepted)
    @on(ActionButton.Pressed, "#yes")
    def _yes(self) -> None:
        if self._is_armed and self._is_meant():
            self.dismiss(True)


def start_words(canary: int) -> str:
    """Return what the start button says."""
    return _("Start canary wave · {hosts}").format(hosts=hosts_counted(canary))


def estimated_seconds(plan: Plan, policy: RolloutPolicy) -> float:
    """Return about how many seconds the whole rollout takes if all goes well."""
    rounds = sum(-(-len(wave) // max(1, policy.concurrency)) for wave in plan.waves)
    return rounds * _SECONDS_PER_HOST + len(plan.waves) * policy.soak


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    if more <= 0:
        return shown
    return _("{names} and {count} more").format(names=shown, count=more)
