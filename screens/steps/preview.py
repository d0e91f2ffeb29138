"""Step 3: the exact change, before anything is touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.context import Context
from screens.plan_lines import block_lines, host_diff_lines, host_line
from screens.planning_ahead import make_plan
from screens.preview_parts import PreviewParts
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.styles import style_path
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Tick
from screens.widgets.line_view import LineList, LineView
from screens.widgets.paint import Line, plain
from screens.widgets.words_box import WordsBox
from screens.words import grouped, hosts_counted
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.plan import BlockReason, HostPlan, Verdict
from wizard.rollout.waves import no_canary
from wizard.wording import _, mark, ngettext


class PreviewScreen(StepScreen):
    """Show changes grouped by what is identical, what is blocked, and the waves."""

    CSS_PATH = style_path("preview")
    step = Step.PREVIEW
    headline = mark("What exactly changes?")
    why = mark("Every byte of every file, before anything is touched.")
    HELP = mark(
        "Move through the groups; the lower part shows the diff. Enter lists the hosts of a group,"
        " Enter on a host shows all that happens there. Nothing is written until you start."
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._parts: PreviewParts | None = None
        self._is_planning = False

    def compose_body(self) -> ComposeResult:
        """Show the summary, the groups, the detail of one, and what to do."""
        yield WordsBox(id="summary")
        yield LineList[str](id="parts")
        yield LineView(id="detail")
        yield Tick("", id="leave_out")
        yield Tick("", id="restart")
        with Horizontal(classes="buttons"):
            yield ActionButton("", id="start-rollout")
            yield ActionButton(_("Waves and soak"), id="policy")

    def enter(self) -> None:
        """Make the plan anew if an earlier answer changed."""
        self.start(self._plan(), group="plan")

    async def _plan(self) -> None:
        self._is_planning = True
        self.refresh_frame()
        try:
            await make_plan(self.context)
        finally:
            self._is_planning = False
        self._show()

    # What Next does

    def reason_next_is_off(self) -> str:
        """Say what stands between here and the start."""
        planned = self.session.planned
        if self._is_planning:
            return _("the plan is being made")
        if self._rollout_is_open():
            return ""
        reason = self.session.reason_closed(Step.PREVIEW)
        if reason or planned is None:
            return reason or _("there is no plan yet")
        if not planned.plan.waves:
            problem = no_canary(self.session.migration, planned.plan)
            nothing = _("no host changes: all are served already or blocked")
            return problem.what if problem else nothing
        blocked = [host for host in planned.plan.hosts if host.verdict is Verdict.BLOCKED]
        if blocked and not self.session.migration.policy.leave_out_blocked:
            return _("{hosts} blocked: clear what blocks, or leave them out").format(
                hosts=hosts_counted(len(blocked))
            )
        return ""

    def next_words(self) -> str:
        """Say that Next starts, or shows the rollout that is open."""
        if self._rollout_is_open():
            return super().next_words()
        return _("F10: {start}").format(start=self._start_words())

    def go_next(self) -> None:
        """Ask for the start, or go to the rollout that is open."""
        if self._rollout_is_open():
            super().go_next()
        else:
            self.start(self._start_rollout(), group="start")

    def _rollout_is_open(self) -> bool:
        return self.session.rollout is not None and self.session.rollout.ended_at is None

    def _start_words(self) -> str:
        from screens.dialogs.start_rollout import start_words  # noqa: PLC0415  # with its dialog

        waves = self.session.planned.plan.waves if self.session.planned else ()
        return start_words(len(waves[0]) if waves else 0)

    @on(ActionButton.Pressed, "#start-rollout")
    def _start_pressed(self) -> None:
        self.action_go_next()

    async def _start_rollout(self) -> None:
        from screens.dialogs.start_rollout import StartRolloutDialog  # noqa: PLC0415  # when asked

        planned = self.session.planned
        if planned is None:
            return
        policy = self.session.migration.policy
        warning = await asyncio.to_thread(self.service.logout_warning)
        dialog = StartRolloutDialog(planned.plan, policy, self.context.clock, warning=warning)
        if not await self.app.push_screen_wait(dialog):
            return
        run = await self.service.start_rollout(
            self.session.migration,
            planned.plan,
            secrets=self.session.secrets,
            approved_hash=planned.plan_hash,
        )
        self.session.rollout = self.service.view(run)
        self.context.go(Step.ROLL_OUT)

    # Policy

    @on(Tick.Changed, "#leave_out")
    def _leave_out(self, event: Tick.Changed) -> None:
        policy = replace(self.session.migration.policy, leave_out_blocked=event.tick.is_on)
        self.start(self._take_policy(policy), group="plan")

    @on(Tick.Changed, "#restart")
    def _restart(self, event: Tick.Changed) -> None:
        runtimes = tuple(sorted(self._restartable())) if event.tick.is_on else ()
        policy = replace(self.session.migration.policy, allow_restart=runtimes)
        self.start(self._take_policy(policy), group="plan")

    @on(ActionButton.Pressed, "#policy")
    def _policy_pressed(self) -> None:
        self.start(self._edit_policy(), group="policy")

    async def _edit_policy(self) -> None:
        from screens.dialogs.edit_policy import EditPolicyDialog  # noqa: PLC0415  # when asked for

        dialog = EditPolicyDialog(self.session.migration.policy)
        policy = await self.app.push_screen_wait(dialog)
        if policy:
            await self._take_policy(policy)

    async def _take_policy(self, policy: RolloutPolicy) -> None:
        await self.context.accept(replace(self.session.migration, policy=policy))
        await self._plan()

    def _restartable(self) -> set[str]:
        """Return runtimes that wait for a permission to restart, or have one."""
        allowed = set(self.session.migration.policy.allow_restart)
        planned = self.session.planned
        hosts = planned.plan.hosts if planned else ()
        waiting = {
            runtime.runtime.value
            for host in hosts
            for runtime in host.runtimes
            for block in runtime.blocks
            if block.reason is BlockReason.RESTART_NOT_ALLOWED
        }
        return allowed | waiting

    # Showing

    def _show(self) -> None:
        planned = self.session.planned
        if planned and (self._parts is None or self._parts.plan is not planned.plan):
            self._parts = PreviewParts(planned.plan)
            self.query_one("#parts", LineList).show_keyed(self._parts.rows())
        self.query_one("#summary", WordsBox).show(self._summary())
        self._show_ticks()
        button = self.query_one("#start-rollout", ActionButton)
        button.label = self._start_words()
        button.disabled = bool(self.reason_next_is_off())
        self._show_detail()
        self.refresh_frame()

    def _show_ticks(self) -> None:
        policy = self.session.migration.policy
        blocked = self._parts.blocked if self._parts else []
        leave_out = self.query_one("#leave_out", Tick)
        leave_out.display = bool(blocked)
        words = ngettext(
            "Leave out the {count} host that is blocked",
            "Leave out the {count} hosts that are blocked",
            len(blocked),
        )
        leave_out.put(words.format(count=len(blocked)), is_on=policy.leave_out_blocked)
        restartable = sorted(self._restartable())
        restart = self.query_one("#restart", Tick)
        restart.display = bool(restartable)
        restart.put(
            _("Allow restarts of {runtimes} where nothing else works").format(
                runtimes=", ".join(restartable)
            ),
            is_on=bool(policy.allow_restart),
        )

    def _summary(self) -> Line:
        planned = self.session.planned
        if planned is None:
            return plain(self.reason_next_is_off(), "muted")
        counts = dict.fromkeys(Verdict, 0)
        for host in planned.plan.hosts:
            counts[host.verdict] += 1
        blocked = counts[Verdict.BLOCKED]
        return (
            (_("{count} change").format(count=grouped(counts[Verdict.CHANGE])), "strong"),
            (" · " + _("{count} need nothing").format(count=counts[Verdict.NOTHING]), "muted"),
            (" · " + _("{count} blocked").format(count=blocked), "bad" if blocked else "muted"),
            ("   " + _("plan {hash}").format(hash=planned.plan_hash[:12]), "muted"),
        )

    @on(LineList.Moved, "#parts")
    def _show_detail(self) -> None:
        lines = self._parts.detail(self._key()) if self._parts else []
        self.query_one("#detail", LineView).show(lines)

    def _key(self) -> str:
        return str(self.query_one("#parts", LineList).key or "")

    def on_line_list_chosen(self) -> None:
        """List the hosts of what is under the cursor."""
        self.start(self._look_closer(), group="look")

    async def _look_closer(self) -> None:
        from screens.dialogs.pick_one import PickOneDialog  # noqa: PLC0415  # when asked for
        from screens.dialogs.reading import ReadingDialog  # noqa: PLC0415  # when asked for

        if self._parts is None:
            return
        hosts = self._parts.hosts(self._key())
        title = _("{hosts}: Enter shows all that happens there").format(
            hosts=hosts_counted(len(hosts))
        )
        dialog = PickOneDialog(title, [(host.host, host_line(host)) for host in hosts])
        name = await self.app.push_screen_wait(dialog)
        chosen = next((host for host in hosts if host.host == name), None)
        if chosen:
            await self.app.push_screen_wait(ReadingDialog(chosen.host, _everything(chosen)))


def _everything(host: HostPlan) -> list[Line]:
    lines = host_diff_lines(host)
    for runtime in host.runtimes:
        for block in runtime.blocks:
            lines += block_lines(block, [host.host])
    return lines
