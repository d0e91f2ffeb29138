"""Step 5: the way back: all of it, a wave, or chosen hosts; at once or step by step."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from screens.context import Context
from screens.following import RunFollower
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.styles import style_path
from screens.undo_steps import step_lines
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice
from screens.widgets.fleet_table import FleetTable
from screens.widgets.paint import plain
from screens.widgets.run_panel import RunPanel
from screens.widgets.words_box import WordsBox
from screens.words import grouped, hosts_counted, wave_name
from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import Order
from wizard.run.states import CHANGED, RunState
from wizard.run.view import RunView
from wizard.wording import _, mark

_ALL = "all"
_HOSTS = "hosts"
_AT_ONCE = "at_once"
_BY_WAVE = "by_wave"
_BY_HOST = "by_host"
_AT_WORK = mark("It is still at work: step 4 takes it back (Esc, then Roll back all).")


class RollBackScreen(StepScreen):
    """Choose what to undo, confirm once, and follow it."""

    CSS_PATH = [style_path("roll_out"), style_path("roll_back")]  # noqa: RUF012  # as Textual has it
    step = Step.ROLL_BACK
    headline = mark("The way back")
    why = mark("Back to the same bytes and running state; foreign edits are left alone.")
    HELP = mark(
        "Choose what is undone and how. Step by step shows before each step what it undoes and"
        " waits for you. A file that somebody changed since is left alone: Enter on its host"
        " compares the texts."
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._follower = RunFollower(self, self._keep)
        self._ticking: Timer | None = None
        self._picked: tuple[str, ...] = ()
        self._force: dict[str, list[tuple[str, str]]] = {}

    def compose_body(self) -> ComposeResult:
        """Show the choices, and the run once there is one."""
        with Vertical(id="choosing"):
            yield WordsBox(id="of")
            yield Choice([], id="scope")
            yield Choice(
                [
                    (_AT_ONCE, _("all at once")),
                    (_BY_WAVE, _("step by step, a wave each")),
                    (_BY_HOST, _("step by step, a host each")),
                ],
                id="pace",
            )
            with Horizontal(classes="buttons"):
                yield ActionButton("", id="undo", danger=True)
        with Vertical(id="going"):
            yield WordsBox(id="stepping")
            with Horizontal(classes="buttons"):
                yield ActionButton(_("Undo this step"), id="next-step", danger=True)
                yield ActionButton("", id="overwrite", danger=True)
                yield ActionButton(_("Choose again"), id="again")
            yield RunPanel()

    def enter(self) -> None:
        """Show what can be undone, or the rollback that goes on."""
        rollback = self.session.rollback
        if rollback and rollback.ended_at is None:
            self._follower.follow(rollback)
        self._show()
        if self._ticking is None and _is_at_work(self.session.rollout):
            self._ticking = self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        """Count again while the rollout changes hosts."""
        if self.session.rollback is None:
            self._show()
        if self._ticking is not None and not _is_at_work(self.session.rollout):
            self._ticking.stop()
            self._ticking = None

    def reason_next_is_off(self) -> str:
        """Say that this is the last step."""
        return _("this is the last step")

    # Choosing

    def _show(self) -> None:
        rollout = self.session.rollout
        is_going = self.session.rollback is not None
        self.query_one("#choosing").display = not is_going
        self.query_one("#going").display = is_going
        self.set_class(is_going, "-going")
        lines = [_("Nothing has been rolled out in this session.")]
        if rollout:
            counted = _("Run {run}: {changed} of {hosts} changed").format(
                run=rollout.run,
                changed=grouped(len(_changed(rollout))),
                hosts=hosts_counted(len(rollout.hosts)),
            )
            lines = [counted, *([_(_AT_WORK)] if _is_at_work(rollout) else [])]
            self.query_one("#scope", Choice).offer(self._scopes(rollout))
        self.query_one("#of", WordsBox).show(*(plain(line, "muted") for line in lines))
        button = self.query_one("#undo", ActionButton)
        chosen = self._chosen()
        picks = self.query_one("#scope", Choice).chosen == _HOSTS
        button.disabled = rollout is None or _is_at_work(rollout) or not (chosen or picks)
        button.label = _("Roll back {hosts}").format(hosts=hosts_counted(len(chosen)))
        self._show_stepping()
        self.refresh_frame()

    def _scopes(self, rollout: RunView) -> list[tuple[str, str]]:
        scopes = [(_ALL, _("the whole run"))]
        scopes += [
            (
                f"wave:{wave.index}",
                f"{wave_name(wave.index)}: {hosts_counted(len(_changed(rollout, wave.index)))}",
            )
            for wave in rollout.waves
            if wave.started
        ]
        picked = hosts_counted(len(self._picked)) if self._picked else _("Enter picks them")
        return [*scopes, (_HOSTS, _("chosen hosts: {picked}").format(picked=picked))]

    def _scope(self) -> tuple[tuple[str, ...], int | None]:
        """Return the hosts (none means all) and the wave that are chosen."""
        kind, _colon, number = self.query_one("#scope", Choice).chosen.partition(":")
        match kind:
            case "hosts":
                return self._picked, None
            case "wave":
                return (), int(number)
            case _all:
                return (), None

    def _chosen(self) -> tuple[str, ...]:
        rollout = self.session.rollout
        if rollout is None:
            return ()
        hosts, wave = self._scope()
        if self.query_one("#scope", Choice).chosen == _HOSTS:
            return hosts
        return _changed(rollout, wave)

    @on(Choice.Changed, "#scope")
    def _scope_changed(self) -> None:
        self._show()

    @on(Choice.Accepted, "#scope")
    def _scope_accepted(self) -> None:
        if self.query_one("#scope", Choice).chosen == _HOSTS:
            self.start(self._pick_hosts(), group="pick")
        else:
            self.focus_next()

    @on(Choice.Accepted, "#pace")
    def _pace_accepted(self) -> None:
        self.focus_next()

    async def _pick_hosts(self) -> None:
        from screens.dialogs.pick_hosts import PickHostsDialog  # noqa: PLC0415  # when asked for

        rollout = self.session.rollout
        names = [host.name for host in rollout.hosts] if rollout else []
        dialog = PickHostsDialog(_("Which hosts go back?"), names, ticked=self._picked)
        picked = await self.app.push_screen_wait(dialog)
        self._picked = picked or self._picked
        self._show()

    # Undoing

    @on(ActionButton.Pressed, "#undo")
    def _undo_pressed(self) -> None:
        if self.query_one("#scope", Choice).chosen == _HOSTS and not self._picked:
            self.start(self._pick_hosts(), group="pick")
        else:
            self.start(self._undo(), group="undo")

    async def _undo(self) -> None:
        from screens.dialogs.confirm import ConfirmDialog  # noqa: PLC0415  # when asked for

        rollout = self.session.rollout
        if rollout is None:
            return
        counted = hosts_counted(len(self._chosen()))
        warning = await asyncio.to_thread(self.service.logout_warning)
        dialog = ConfirmDialog(
            _("Roll back {hosts}?").format(hosts=counted),
            [
                _("Each host gets back the bytes that were there before run {run}.").format(
                    run=rollout.run
                ),
                _("Files that somebody changed since are left alone and shown."),
                *([warning] if warning else []),
            ],
            verb=_("Roll back {hosts}").format(hosts=counted),
        )
        if await self.app.push_screen_wait(dialog):
            hosts, wave = self._scope()
            await self._start(rollout.run, hosts=hosts, wave=wave, policy=self._policy())

    def _policy(self) -> RolloutPolicy | None:
        """Return the policy of a step-by-step rollback, None for all at once."""
        policy = replace(self.session.migration.policy, ask_between_waves=True, soak=0.0)
        match self.query_one("#pace", Choice).chosen:
            case "by_wave":
                return policy
            case "by_host":
                return replace(policy, waves=("1",), concurrency=1)
            case _at_once:
                return None

    async def _start(
        self,
        of: str,
        *,
        hosts: tuple[str, ...] = (),
        wave: int | None = None,
        force: tuple[tuple[str, str], ...] = (),
        policy: RolloutPolicy | None = None,
    ) -> None:
        run = await self.service.start_rollback(
            self.session.migration,
            of,
            secrets=self.session.secrets,
            hosts=hosts,
            wave=wave,
            force=force,
            policy=policy,
        )
        self._force.clear()
        view = self.service.view(run)
        self.session.rollback = view
        self._show()
        self._follower.follow(view)
        self.query_one(FleetTable).focus()

    def _keep(self, view: RunView) -> None:
        self.session.rollback = view
        if view.ended_at is not None and self.session.rollout:
            self.session.rollout = self.service.view(self.session.rollout.run)
        self._show_stepping()

    # Step by step

    def _show_stepping(self) -> None:
        rollback = self.session.rollback
        if rollback is None:
            return
        lines = step_lines(rollback, self.service.plan_of(rollback.of))
        self.query_one("#stepping", WordsBox).show(*lines)
        waits = rollback.state is RunState.WAITING and Order.GO_ON in rollback.choices
        self.query_one("#next-step").display = waits
        self.query_one("#again").display = rollback.ended_at is not None
        count = sum(len(pairs) for pairs in self._force.values())
        overwrite = self.query_one("#overwrite", ActionButton)
        overwrite.display = bool(count) and rollback.ended_at is not None
        overwrite.label = _("Overwrite {count} files").format(count=count)

    @on(ActionButton.Pressed, "#next-step")
    def _next_step(self) -> None:
        self._follower.want(Order.GO_ON)

    @on(ActionButton.Pressed, "#again")
    def _again(self) -> None:
        self.session.rollback = None
        self._show()
        self.query_one("#scope").focus()

    @on(ActionButton.Pressed, "#overwrite")
    def _overwrite(self) -> None:
        rollback = self.session.rollback
        if rollback:
            hosts = tuple(self._force)
            force = tuple(pair for pairs in self._force.values() for pair in pairs)
            self.start(self._start(rollback.of, hosts=hosts, force=force), group="undo")

    def on_run_panel_order_wanted(self, event: RunPanel.OrderWanted) -> None:
        """Give the order of a button."""
        self._follower.want(event.order)

    def on_fleet_table_chosen(self, event: FleetTable.Chosen) -> None:
        """Compare the texts of a conflict, or show a host's trouble or facts."""
        trouble = event.host.trouble
        if trouble and trouble.conflicts:
            self.start(self._compare(event), group="compare")
            return
        from screens.looking import look_at_host  # noqa: PLC0415  # when asked for

        look_at_host(self, self.session, event.host)

    async def _compare(self, event: FleetTable.Chosen) -> None:
        from screens.dialogs.conflicts import ConflictsDialog  # noqa: PLC0415  # when asked for

        trouble = event.host.trouble
        if trouble is None:
            return
        overwrite = await self.app.push_screen_wait(ConflictsDialog(trouble))
        self._force.pop(trouble.host, None)
        if overwrite:
            self._force[trouble.host] = [(trouble.host, c.path) for c in trouble.conflicts]
        self._show_stepping()

    def on_fleet_table_filter_wanted(self, event: FleetTable.FilterWanted) -> None:
        """Ask for the filter text."""
        from screens.looking import ask_filter  # noqa: PLC0415  # when asked for

        ask_filter(self, event.table)


def _is_at_work(rollout: RunView | None) -> bool:
    """Return whether a process changes hosts for the run, which then refuses a rollback."""
    return rollout is not None and rollout.state not in {RunState.ENDED, RunState.ORPHANED}


def _changed(rollout: RunView, wave: int | None = None) -> tuple[str, ...]:
    """Return the hosts that are changed, or may be; of one wave, where it is named."""
    return tuple(
        host.name
        for host in rollout.hosts
        if host.state in CHANGED and (wave is None or host.wave == wave)
    )
