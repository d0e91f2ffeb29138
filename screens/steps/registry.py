"""Step 2: the registry that is moved to, found out by asking it, and whom it can serve."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from screens.adopting import Adopting
from screens.context import Context
from screens.discovering import merged
from screens.finding_words import counts_line
from screens.matrix_lines import matrix_reading, matrix_rows
from screens.planning_ahead import make_plan
from screens.reading import read_hosts
from screens.results import Found, Probed
from screens.served import Served, served
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.styles import style_path
from screens.target_fields import (
    place_of,
    place_text,
    wrong_proxy,
    wrong_reference,
    wrong_upstreams,
    wrong_url,
)
from screens.target_lines import served_line, target_lines
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Tick
from screens.widgets.field import Field, FieldInput
from screens.widgets.line_view import LineList
from screens.widgets.paint import Line, plain
from screens.words import grouped, hosts_counted
from wizard.discovery.facts import HostFacts
from wizard.errors import PilotageError, RegistryError
from wizard.fleet.policy import RolloutPolicy, TargetChoice
from wizard.fleet.upstreams import places_of, places_text
from wizard.planning.matrix import Row
from wizard.run.states import HostState
from wizard.run.view import RunView
from wizard.secret import Secret
from wizard.target import CATrust, Target
from wizard.wording import _, mark

_HEALTH = "health"
_ANY_TARGET = "https://registry.invalid"


class RegistryScreen(StepScreen):
    """Name the target, probe it, and see how many hosts it can serve."""

    CSS_PATH = style_path("registry")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "choose", mark("Compare"), id="compare", key_display="F3"),
        Binding("f4", "examine", mark("Examine"), id="examine", key_display="F4"),
        Binding("f5", "provision", mark("Set up"), id="provision", key_display="F5"),
    ]
    step = Step.REGISTRY
    headline = mark("Which registry do they move to?")
    why = mark("It is asked how it wants to be addressed; a plain 200 proves nothing.")
    HELP = mark(
        "Name your registry by its URL and probe it. A canary is an image that exists there and"
        " nowhere else: only it proves a pull. Then every host is asked whether it gets there."
        " F3 compares products for this fleet and your needs, and installs Harbor or Nexus. F4"
        " looks at the registry again and again, tells what is wrong with it and mends what it can."
        " F5 sets up what is wanted of it, its plan shown first."
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._adopting = Adopting(self, context)
        self._doing = ""
        self._health: Line = ()
        self._groups: list[Served] = []
        self._matrix: tuple[Row, ...] = ()
        self._matrix_facts: tuple[HostFacts, ...] = ()
        self._matrix_of: tuple[Target, RolloutPolicy] | None = None

    def compose_body(self) -> ComposeResult:
        """Show the fields, the button and what was found."""
        choice = self.session.migration.target or TargetChoice(url="")
        yield Field(
            _("URL"),
            id="url",
            value=place_text(choice),
            placeholder="https://registry.example.net",
            check=wrong_url,
        )
        yield Field(
            _("CA file"),
            id="ca_file",
            value=choice.ca_file,
            placeholder=_("empty: publicly trusted"),
        )
        yield Field(
            _("HTTP proxy"),
            id="proxy",
            value=choice.proxy,
            placeholder=_("none; http://proxy:3128, env:NAME, file:PATH"),
            check=wrong_proxy,
        )
        yield Field(
            _("Canary"),
            id="canary",
            value=choice.canary,
            placeholder=_("library/name:tag; empty: one is pushed"),
        )
        yield Field(
            _("Other upstreams"),
            id="upstreams",
            value=places_text(choice.upstreams),
            placeholder=_("none; as in quay.io=quay, registry.k8s.io=k8s"),
            check=wrong_upstreams,
        )
        yield Field(_("User"), id="username", value=choice.username)
        yield Field(
            _("Password"),
            id="password",
            value=choice.password,
            placeholder="ask, env:NAME, file:PATH",
            check=wrong_reference,
        )
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Probe"), id="probe")
            yield Tick(
                _("the CA goes into the system's store: daemons restart for it"),
                is_on=choice.ca_trust == CATrust.SYSTEM.value,
                id="ca_trust",
            )
        yield LineList[str](id="found")

    def enter(self) -> None:
        """Show what was found; when hosts were read since then, count anew."""
        self._show()
        if not self._doing and not self._is_counted:
            self.start(self._count(), group="probe")

    @property
    def _is_counted(self) -> bool:
        planned = self.session.plan_is_current() or not self.session.probed
        return planned and self._has_matrix

    @property
    def _has_matrix(self) -> bool:
        return self._matrix_facts is self.session.facts and self._matrix_of == self._asked_of

    @property
    def _asked_of(self) -> tuple[Target, RolloutPolicy]:
        """Return what costs depend on; before a probe the target may be anyone's."""
        probed = self.session.probed
        target = probed.report.target if probed else Target(url=_ANY_TARGET)
        return target, self.session.migration.policy

    def reason_next_is_off(self) -> str:
        """Say what is being done, or what the session misses."""
        if self._doing:
            return self._doing
        typed = self._typed()
        if self.session.probed and typed != self.session.migration.target:
            return _("the fields were changed: probe again")
        return super().reason_next_is_off()

    @on(FieldInput.Changed)
    @on(Tick.Changed)
    def _field_changed(self) -> None:
        self.refresh_frame()

    # Probing

    @on(Field.Accepted)
    @on(ActionButton.Pressed, "#probe")
    def _probe(self) -> None:
        if self._is_right() and not self._doing:
            self.start(self._probe_and_count(), group="probe")

    def _is_right(self) -> bool:
        """Tell what is wrong under each field, and go to the first."""
        fields = list(self.query(Field))
        for field in fields:
            field.show_error(field.wrong())
        wrong = [field for field in fields if field.wrong()]
        if wrong:
            wrong[0].focus_input()
        return not wrong

    def action_choose(self) -> None:
        """Compare products for this fleet, and come back to the URL of the one that is taken."""
        self.start(self._choose(), group="examine")

    async def _choose(self) -> None:
        before = self.session.migration.target
        if await self._adopting.choose():
            target = self.session.migration.target
            if target is not None and target != before:
                self._take_over(target)
            self.query_one("#url", Field).focus_input()

    def _take_over(self, target: TargetChoice) -> None:
        """Show the target that was installed."""
        shown = {
            "url": place_text(target),
            "ca_file": target.ca_file,
            "username": target.username,
            "password": target.password,
        }
        for name, value in shown.items():
            self.query_one(f"#{name}", Field).value = value

    def action_examine(self) -> None:
        """Look at the registry as it is typed, again and again, until that is closed."""
        if self._is_right():
            self.start(self._examine(), group="examine")

    async def _examine(self) -> None:
        found = await self._adopting.examine(self._typed())
        if found and self.session.probed:
            self._health = counts_line(found.observations)
            self._show()

    def action_provision(self) -> None:
        """Set up what is wanted of the registry as it is typed."""
        if self._is_right():
            self.start(self._adopting.provision(self._typed()), group="examine")

    def _typed(self) -> TargetChoice:
        before = self.session.migration.target or TargetChoice(url="")
        typed = {field.id: field.value for field in self.query(Field)}
        in_store = self.query_one("#ca_trust", Tick).is_on
        upstreams = before.upstreams
        if not wrong_upstreams(typed["upstreams"]):
            upstreams = places_of(typed["upstreams"], before.upstreams)
        url, prefix = typed["url"], ""
        if not wrong_url(url):
            url, prefix = place_of(url)
        return replace(
            before,
            url=url,
            prefix=prefix,
            ca_file=typed["ca_file"],
            ca_trust=(CATrust.SYSTEM if in_store else CATrust.REGISTRY).value,
            proxy=typed["proxy"],
            canary=typed["canary"],
            username=typed["username"],
            password=typed["password"],
            upstreams=upstreams,
        )

    async def _probe_and_count(self) -> None:
        choice = self._typed()
        await self.context.accept(replace(self.session.migration, target=choice))
        password = await self._adopting.password(choice)
        try:
            self._do(_("the registry is being asked"))
            report = await self.service.probe_target(choice, password=password)
            self.session.probed = Probed(choice=choice, report=report)
            self._health = plain(_("the registry is being looked at"), "muted")
            self._show()
            self.start(self._look(choice, password), group="look")
            await self._ask_hosts()
            await self._count()
        except RegistryError:
            self._adopting.forget_login()
            raise
        finally:
            self._do("")

    async def _look(self, choice: TargetChoice, password: Secret | None) -> None:
        """Count what is wrong with it; nobody waits for that, and F4 tells it."""
        try:
            found = await self.service.examine_registry(
                choice, password=password, with_upload=False
            )
        except PilotageError as error:
            self._health = plain(error.what, "muted")
        else:
            self._health = counts_line(found.observations)
        self._show()

    async def _ask_hosts(self) -> None:
        """Ask each host whether it gets to the target."""
        found, probed = self.session.found, self.session.probed
        if found is None or probed is None or not found.discovery.facts:
            return
        hosts = [facts.host for facts in found.discovery.facts]

        def show(view: RunView) -> None:
            done = sum(host.state is HostState.READ for host in view.hosts)
            self._do(
                _("hosts are asked whether they get there: {done} of {all}").format(
                    done=grouped(done), all=grouped(len(hosts))
                )
            )

        later = await read_hosts(
            self.context, target=probed.report.target, hosts=hosts, on_view=show
        )
        self.session.found = Found(fleet=found.fleet, discovery=merged(found.discovery, later))

    async def _count(self) -> None:
        await make_plan(self.context)
        if not self._has_matrix:
            facts, asked_of = self.session.facts, self._asked_of
            self._matrix = await asyncio.to_thread(
                self.service.matrix, self.session.migration, facts, asked_of[0]
            )
            self._matrix_facts, self._matrix_of = facts, asked_of
        self._show()

    def _do(self, doing: str) -> None:
        self._doing = doing
        self.query_one("#probe", ActionButton).disabled = bool(doing)
        self._show()
        self.refresh_frame()

    # Showing

    def _show(self) -> None:
        rows: list[tuple[str | None, Line]] = []
        if self.session.probed:
            lines = target_lines(self.session.probed.report, self._health)
            rows += [(None, line) for line in lines]
            if self._health:
                rows[-1] = (_HEALTH, lines[-1])
        rows += self._served_rows()
        rows += matrix_rows(self._matrix)
        if self.session.probed:
            rows.append((None, plain(_("What was asked"), "muted")))
            attempts = self.session.probed.report.attempts
            rows += [(None, plain(f"  {attempt}", "muted")) for attempt in attempts]
        self.query_one("#found", LineList).show_keyed(rows)

    def _served_rows(self) -> list[tuple[str | None, Line]]:
        planned = self.session.planned
        if planned is None or not self.session.plan_is_current():
            self._groups = []
            words = self._doing or _("Probe the registry to see how many hosts it can serve.")
            return [(None, plain(words, "muted"))]
        self._groups = served(planned.plan)
        return [(str(number), served_line(group)) for number, group in enumerate(self._groups)]

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Show the hosts of the group under the cursor."""
        from screens.dialogs.reading import ReadingDialog  # noqa: PLC0415  # when asked for
        from screens.plan_lines import host_line  # noqa: PLC0415  # when asked for

        key = event.list.key or "0"
        if key == _HEALTH:
            self.action_examine()
            return
        if not key.isdigit():
            self.app.push_screen(ReadingDialog(*matrix_reading(self._matrix, key)))
            return
        group = self._groups[int(key)]
        title = f"{hosts_counted(len(group.hosts))}: {_(group.words)}"
        self.app.push_screen(ReadingDialog(title, [host_line(host) for host in group.hosts]))
