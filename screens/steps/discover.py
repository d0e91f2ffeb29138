"""Step 1: which hosts, and what runs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from screens.context import Context
from screens.session import Step
from screens.steps.step_screen import StepScreen
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice
from wizard.errors import InputError
from wizard.wording import _, mark

# Types only: the first paint does not wait for what later steps need.
if TYPE_CHECKING:
    from screens.widgets.field import Field
    from screens.widgets.fleet_table import FleetTable
    from wizard.fleet.host import Fleet, Host
    from wizard.service import Discovery

_FILE = "file"
_SSH = "ssh"
_TYPED = "typed"
_ROUNDS = 5
"""How often keys and passwords may be asked for before the operator has to start again."""


class DiscoverScreen(StepScreen):
    """Choose hosts, read them, approve their keys, type their passwords."""

    step = Step.DISCOVER
    headline = mark("Which hosts?")
    why = mark("Reads what runs on each host; changes nothing.")
    HELP = mark(
        "Choose where the hosts come from, then read them. Unknown host keys and missing"
        " passwords are asked for afterwards. Enter on a host shows all its facts."
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._picked: tuple[str, ...] = ()
        self._aliases: tuple[str, ...] = ()
        self._is_reading = False
        self._is_whole = False
        self._source = _FILE if self.session.path.exists() else _TYPED
        self._typed: dict[str, str] = {}

    def compose_body(self) -> ComposeResult:
        """Show the source of hosts, the button that reads them, and the table."""
        yield Choice(self._sources(), chosen=self._source, id="source")
        yield Vertical(id="asking")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Read the hosts"), id="read")
            pick = ActionButton(_("Pick hosts"), id="pick")
            pick.display = False
            yield pick

    def _sources(self) -> list[tuple[str, str]]:
        known = self.session.hosts_known
        file_words = _("migration file")
        if known:
            file_words = _("{file}: {hosts}").format(file=file_words, hosts=_counted(known))
        return [
            (_FILE, file_words),
            (_SSH, _("aliases of ~/.ssh/config")),
            (_TYPED, _("names typed here")),
        ]

    def on_mount(self) -> None:
        """Let the frame be painted before the parts that take longest to load."""
        self.call_after_refresh(self._mount_rest)

    async def _mount_rest(self) -> None:
        from screens.typed_hosts import wrong_with  # noqa: PLC0415  # after the first paint
        from screens.widgets.field import Field  # noqa: PLC0415  # same
        from screens.widgets.fleet_table import FleetTable  # noqa: PLC0415  # same

        if self._source == _FILE:
            field = Field(_("File"), id="where", value=str(self.session.path))
        else:
            field = Field(
                _("Hosts"), id="where", placeholder=_("web1 admin@db2:2222 …"), check=wrong_with
            )
        await self.query_one("#asking").mount(field)
        await self.query_one("#body").mount(FleetTable(id="fleet"))
        self._is_whole = True
        if self.context.read_at_once and self._source == _FILE:
            self.start(self._read_hosts(), group="read")

    @property
    def _field(self) -> Field:
        return cast("Field", self.query_one("#where"))

    @property
    def _table(self) -> FleetTable:
        return cast("FleetTable", self.query_one("#fleet"))

    def offer_open_runs(self) -> None:
        """Ask what to do with runs and answers that an earlier session left."""
        from screens.resuming import offer_open_runs  # noqa: PLC0415  # after the first paint

        self.start(offer_open_runs(self, self.context), group="resume")

    def enter(self) -> None:
        """Show the fleet as it is known."""
        if self.session.found and not self._is_reading:
            self._show_found()
        self._show_source()

    def _show_found(self) -> None:
        from screens.discovering import rows_of  # noqa: PLC0415  # once there is something

        if self.session.found:
            table = self._table
            table.update_hosts(rows_of(self.session.found.discovery))

    @on(Choice.Changed, "#source")
    def _source_changed(self, event: Choice.Changed) -> None:
        if not self._is_whole:
            event.choice.offer(event.choice.options, chosen=self._source)
            return
        self._typed[self._source] = self._field.value
        self._source = event.choice.chosen
        self._become(self._source)
        self._show_source()

    def _become(self, source: str) -> None:
        """Let the one field ask for what the source needs; what was typed comes back."""
        field = self._field
        field.display = source != _SSH
        if source == _FILE:
            path = self._typed.get(_FILE) or str(self.session.path)
            field.become(_("File"), value=path, placeholder="migration.yaml", check=None)
        elif source == _TYPED:
            from screens.typed_hosts import wrong_with  # noqa: PLC0415  # when typed

            field.become(
                _("Hosts"),
                value=self._typed.get(_TYPED, ""),
                placeholder=_("web1 admin@db2:2222 …"),
                check=wrong_with,
            )

    def _show_source(self) -> None:
        self.query_one("#source", Choice).offer(self._sources())
        pick = self.query_one("#pick", ActionButton)
        pick.display = self._source == _SSH
        if self._picked:
            pick.label = _("Pick hosts: {count} picked").format(count=len(self._picked))
        read = self.query_one("#read", ActionButton)
        read.label = _("Stop reading") if self._is_reading else _("Read the hosts")

    def reason_next_is_off(self) -> str:
        """Say that reading is under way, or what the session misses."""
        if self._is_reading:
            return _("the hosts are being read")
        return super().reason_next_is_off()

    def next_words(self) -> str:
        """Say how many hosts go on."""
        found = self.session.found
        words = super().next_words()
        if found and found.discovery.troubles:
            words += " · " + _("{hosts} could not be read and will be left as they are").format(
                hosts=_counted(len(found.discovery.troubles))
            )
        return words

    # Choosing

    @on(Choice.Accepted, "#source")
    def _leave_choice(self) -> None:
        self.focus_next()

    @on(ActionButton.Pressed, "#pick")
    def _pick(self) -> None:
        self.start(self._pick_aliases(), group="pick")

    async def _pick_aliases(self) -> None:
        from screens.dialogs.pick_hosts import PickHostsDialog  # noqa: PLC0415  # when asked for

        self._aliases = self.service.ssh_aliases()
        if not self._aliases:
            raise InputError(
                _("names no host aliases"),
                file="~/.ssh/config",
                todo=_("Type the names here, or write a migration file."),
            )
        dialog = PickHostsDialog(_("Pick hosts"), self._aliases, ticked=self._picked)
        picked = await self.app.push_screen_wait(dialog)
        if picked is not None:
            self._picked = picked
            self._show_source()
            self.query_one("#read").focus()

    def on_field_accepted(self) -> None:
        """Read the hosts on Enter."""
        if not self._is_reading:
            self.start(self._read_hosts(), group="read")

    @on(ActionButton.Pressed, "#read")
    def _read_or_stop(self) -> None:
        if self._is_reading:
            self.workers.cancel_group(self, "read")
            return
        if not self._is_whole:
            return
        field = self._field
        wrong = field.wrong() if field.display else ""
        field.show_error(wrong)
        if wrong:
            field.focus_input()
        else:
            self.start(self._read_hosts(), group="read")

    async def _take_answer(self) -> None:
        """Make the fleet that was chosen the session's; raises PilotageError."""
        match self._source:
            case "file":
                await self.context.load(self._file_path())
            case "typed":
                await self._take_hosts(self._typed_hosts())
            case _ssh:
                if not self._picked:
                    raise InputError(_("no host is picked"), todo=_("Press `Pick hosts` first."))
                await self._take_hosts(self.service.ssh_hosts(self._picked))

    def _file_path(self) -> Path:
        return Path(self._field.value).expanduser()

    def _typed_hosts(self) -> tuple[Host, ...]:
        from screens.typed_hosts import is_bare, parse_typed  # noqa: PLC0415  # when typed

        try:
            typed = parse_typed(self._field.value)
        except ValueError as error:
            raise InputError(
                str(error), todo=_("Type names like web1 or admin@db2:2222, blanks between them.")
            ) from error
        aliases = set(self.service.ssh_aliases())
        known = [host.name for host in typed if host.name in aliases and is_bare(host)]
        resolved = {host.name: host for host in self.service.ssh_hosts(known)}
        return tuple(resolved.get(host.name, host) for host in typed)

    async def _take_hosts(self, hosts: tuple[Host, ...]) -> None:
        names = tuple(host.name for host in self.session.migration.fleet.hosts)
        if names != tuple(host.name for host in hosts):
            from wizard.fleet.host import Fleet  # noqa: PLC0415  # after the first paint

            migration = replace(self.session.migration, fleet=Fleet(hosts=hosts))
            await self.context.accept(migration)

    # Reading

    async def _read_hosts(self) -> None:
        await self._take_answer()
        self._set_reading(is_reading=True)
        try:
            fleet = self.session.migration.fleet
            table = self._table
            from wizard.run.states import HostState  # noqa: PLC0415  # loaded when hosts are read
            from wizard.run.view import HostView  # noqa: PLC0415  # same

            table.replace_hosts(
                HostView(name=host.name, state=HostState.WAITING) for host in fleet.hosts
            )
            table.focus()
            await self._read_in_rounds(fleet)
        finally:
            self._set_reading(is_reading=False)

    def _set_reading(self, *, is_reading: bool) -> None:
        self._is_reading = is_reading
        self._show_source()
        self.refresh_frame()

    async def _read_in_rounds(self, fleet: Fleet) -> None:
        """Read, ask for what was missing, and read those hosts again."""
        from screens.discovering import merged  # noqa: PLC0415  # loaded when hosts are read
        from screens.missing import ask_for_missing  # noqa: PLC0415  # same
        from screens.reading import read_hosts  # noqa: PLC0415  # same
        from screens.results import Found  # noqa: PLC0415  # same

        table = self._table
        hosts: Sequence[str] = ()
        whole: Discovery | None = None
        for _round in range(_ROUNDS):
            found = await read_hosts(
                self.context,
                target=self.session.probed.report.target if self.session.probed else None,
                hosts=hosts,
                on_view=lambda view: table.update_hosts(view.hosts),
            )
            whole = merged(whole, found)
            self.session.found = Found(fleet=fleet, discovery=whole)
            self._show_found()
            self.refresh_frame()
            hosts = await ask_for_missing(self, self.context, found)
            if not hosts:
                return

    # Looking closer

    def on_fleet_table_chosen(self, event: FleetTable.Chosen) -> None:
        """Show the facts of a host, or its trouble."""
        from screens.looking import look_at_host  # noqa: PLC0415  # when asked for

        look_at_host(self, self.session, event.host)

    def on_fleet_table_filter_wanted(self, event: FleetTable.FilterWanted) -> None:
        """Ask for the filter text."""
        from screens.looking import ask_filter  # noqa: PLC0415  # when asked for

        ask_filter(self, event.table)


def _counted(hosts: int) -> str:
    """Say how many hosts; the first paint has none, and does not wait for these words."""
    from screens.words import hosts_counted  # noqa: PLC0415  # loaded when hosts are read

    return hosts_counted(hosts)
