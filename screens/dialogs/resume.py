"""What was left open: runs that still go on or lost their process, and saved answers."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from screens.dialogs.dialog import Dialog
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from screens.words import KIND_WORDS, RUN_WORDS, date_time, hosts_counted
from wizard.run.states import RunState
from wizard.service import RunSummary
from wizard.wording import _

START_NEW = "new"
LOOK = "look:"
RESUME = "resume:"
_SHOWN = 5


class ResumeDialog(Dialog[str]):
    """Close with `look:<run>`, `resume:<run>` or `new`; looking is chosen at first."""

    is_wide = True

    def __init__(self, runs: Sequence[RunSummary], *, saved: str) -> None:
        super().__init__()
        self.title_words = _("Something is still open")
        self._runs = tuple(runs[:_SHOWN])
        self._saved = saved

    def compose_body(self) -> ComposeResult:
        """Show facts first, then what can be done."""
        yield WordsBox(*[plain(_words(run)) for run in self._runs], id="runs")
        if self._saved:
            yield WordsBox(plain(self._saved, "muted"))
        yield Choice(self._options(), id="what")
        with Horizontal(classes="buttons"):
            yield ActionButton(_("Do it"), id="do")

    def _options(self) -> list[tuple[str, str]]:
        options = [
            (LOOK + run.run, _("Look at {run}; touches nothing").format(run=run.run))
            for run in self._runs
        ]
        options += [
            (RESUME + run.run, _("Go on with {run} from the hosts' truth").format(run=run.run))
            for run in self._runs
            if run.state is RunState.ORPHANED
        ]
        return [*options, (START_NEW, _("Leave it alone and go to Discover"))]

    def on_mount(self) -> None:
        """Go to the choice."""
        self.query_one("#what").focus()

    @on(Choice.Accepted)
    @on(ActionButton.Pressed, "#do")
    def _do(self) -> None:
        self.dismiss(self.query_one("#what", Choice).chosen)


def _words(run: RunSummary) -> str:
    words = _("{kind} {run} by {operator}, {started}: {state}, {hosts}").format(
        kind=_(KIND_WORDS[run.kind]),
        run=run.run,
        operator=run.operator,
        started=date_time(run.started_at),
        state=_(RUN_WORDS[run.state]),
        hosts=hosts_counted(run.hosts),
    )
    return words + (_(", hosts are changed") if run.changed else "")
