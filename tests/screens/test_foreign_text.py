"""Text of hosts, registries and files: markup stays text, control sequences never get out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from screens.dialogs.conflicts import ConflictsDialog
from screens.dialogs.error_card import ErrorCard
from screens.dialogs.gate import GateDialog
from screens.dialogs.host_keys import HostKeysDialog
from screens.dialogs.pick_hosts import PickHostsDialog
from screens.dialogs.reading import ReadingDialog
from screens.dialogs.resume import ResumeDialog
from screens.dialogs.start_rollout import StartRolloutDialog
from screens.fact_lines import fact_lines
from screens.preview_parts import PreviewParts
from screens.session import Step
from screens.widgets.action_button import ActionButton
from screens.widgets.choice import Choice, Tick
from screens.widgets.field import Field
from screens.widgets.line_view import LineView
from screens.widgets.paint import plain
from screens.widgets.words_box import WordsBox
from tests.screens import samples
from tests.screens.stage import ManualClock, Stage, on_stage
from wizard.fleet.policy import RolloutPolicy
from wizard.journal.events import Event, EventKind, RunKind
from wizard.planning.plan import Plan
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView, RunView
from wizard.service import RunSummary, UnknownHostKey

EVIL = "[/etc/x] [bold red]b[/]\x1b]0;PWNED\x07\x1b[31m\x9b31m\u202eevil\r\nline\x00"
"""Broken and valid markup, OSC, CSI in both forms, a bidi override, line breaks, NUL."""


def _is_harmless(stage: Stage) -> bool:
    text = "".join(
        segment.text
        for strip in stage.app.screen._compositor.render_strips()
        for segment in strip
        if not segment.control
    )
    return not any(sign in text for sign in ("\x1b", "\x9b", "\x07", "\x00", "\u202e", "\r"))


@pytest.mark.parametrize(
    "widget",
    [
        lambda: WordsBox(EVIL),
        lambda: LineView([plain(EVIL, "bad")]),
        lambda: ActionButton(EVIL),
        lambda: Choice([("key", EVIL)]),
        lambda: Tick(EVIL),
        lambda: Field(EVIL, id="evil", value=EVIL, placeholder="-"),
    ],
    ids=["words", "lines", "button", "choice", "tick", "field"],
)
async def test_widgets_show_markup_as_text_and_no_control(widget: object, tmp_path: Path) -> None:
    """Every widget that draws words draws foreign ones harmlessly."""
    async with on_stage(tmp_path, size=(120, 40)) as stage:
        await stage.part("#body").mount(widget() if callable(widget) else widget, before=0)
        await stage.settle()
        await stage.see("[/etc/x]")

        assert _is_harmless(stage)


def _dialogs() -> dict[str, Screen[Any]]:
    trouble = replace(
        samples.conflict_trouble(EVIL), what=EVIL, state=EVIL, todo=EVIL, failed_step=EVIL
    )
    evil_conflict = replace(trouble.conflicts[0], path=EVIL, now=EVIL, ours=EVIL, before=EVIL)
    view = samples.run_view({EVIL: HostState.REVERTED}, state=RunState.WAITING)
    evil_view = replace(view, hosts=(replace(view.hosts[0], trouble=trouble),))
    facts = replace(samples.facts(EVIL), os_name=EVIL, kernel=EVIL)
    plan = Plan(target=samples.TARGET, hosts=(samples.host_plan(EVIL),), waves=((EVIL,),))
    key = UnknownHostKey(
        host=EVIL, address=EVIL, port=22, fingerprint=EVIL, public_key="", changed_from=EVIL
    )
    run = RunSummary(
        run=EVIL,
        kind=RunKind.ROLLOUT,
        state=RunState.ORPHANED,
        result=None,
        operator=EVIL,
        started_at=0.0,
        hosts=1,
        changed=True,
    )
    return {
        "error": ErrorCard.of_trouble(trouble),
        "conflicts": ConflictsDialog(replace(trouble, conflicts=(evil_conflict,))),
        "gate": GateDialog(evil_view),
        "facts": ReadingDialog(EVIL, fact_lines(facts)),
        "plan": ReadingDialog(EVIL, PreviewParts(plan).detail("group:0")),
        "keys": HostKeysDialog([key]),
        "pick": PickHostsDialog(EVIL, [EVIL]),
        "resume": ResumeDialog([run], saved=EVIL),
        "start": StartRolloutDialog(plan, RolloutPolicy(), ManualClock()),
    }


@pytest.mark.parametrize("name", list(_dialogs()))
async def test_dialogs_show_foreign_text_harmlessly(name: str, tmp_path: Path) -> None:
    """Every dialog survives foreign text in every place, and lets no control out."""
    async with on_stage(tmp_path, size=(100, 40)) as stage:
        stage.app.push_screen(_dialogs()[name])
        await stage.settle()
        await stage.see("Esc Back")

        assert _is_harmless(stage)


async def test_run_with_foreign_text_is_harmless(tmp_path: Path) -> None:
    """Rows, events and notifications of a run carry foreign text harmlessly."""
    async with on_stage(tmp_path, size=(120, 40), step=Step.ROLL_OUT) as stage:
        stage.service.show(_evil_run())
        await stage.see("[/etc/x]")
        stage.app.notify(EVIL)
        await stage.focus("FleetTable")
        await stage.press("end", "enter")

        assert _is_harmless(stage)


def _evil_run() -> RunView:
    view = samples.run_view({EVIL: HostState.LOST}, seq=9)
    events = tuple(
        Event(
            seq=10 + number,
            at=samples.MOMENT,
            kind=kind,
            host=EVIL,
            data={"what": EVIL, "reason": EVIL, "by": EVIL, "order": EVIL, "verb": EVIL},
        )
        for number, kind in enumerate(EventKind)
    )
    host = HostView(name=EVIL, state=HostState.LOST, detail=EVIL)
    return replace(view, hosts=(host,), recent=events, seq=60)
