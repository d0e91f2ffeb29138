"""Typed names, terminal check, clipboard, wrapping, words of states and events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from screens.clipboard import copy_text
from screens.dialogs.confirm import ConfirmDialog
from screens.dialogs.help import shown_key
from screens.event_words import WORDS, event_line
from screens.glyphs import Glyph, choose_glyphs, draw
from screens.target_fields import place_of, place_text, wrong_reference, wrong_url
from screens.terminal_check import refusal
from screens.typed_hosts import parse_typed
from screens.undo_steps import step_lines
from screens.widgets.paint import fitted, text_of
from screens.widgets.run_panel import state_line
from screens.words import KIND_WORDS, LOOKS, ORDER_VERBS, RESULT_WORDS, RUN_WORDS, duration
from screens.wrapping import wrapped
from tests.screens import samples
from tests.screens.stage import on_stage
from wizard.cli.event_lines import event_line as command_line
from wizard.fleet.policy import TargetChoice
from wizard.journal.events import Event, EventKind, Order, RunKind, RunResult
from wizard.run.states import HostState, RunState
from wizard.run.view import HostView
from wizard.wording import choose_language


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("web1", [("web1", "root", 22)]),
        ("a, b  c", [("a", "root", 22), ("b", "root", 22), ("c", "root", 22)]),
        ("ops@db2:2222", [("db2", "ops", 2222)]),
        ("[2001:db8::1]:23", [("2001:db8::1", "root", 23)]),
    ],
)
def test_typed_names_become_hosts(typed: str, expected: list[tuple[str, str, int]]) -> None:
    """User, address and port are taken apart."""
    assert expected == [(host.name, host.user, host.port) for host in parse_typed(typed)]


@pytest.mark.parametrize("typed", ["", " , ", "web1:0", "web1:70000", "a@b@c", "web 1:x", "a a"])
def test_impossible_names_are_refused_with_words(typed: str) -> None:
    """What cannot be a host says so."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_typed(typed)


@pytest.mark.parametrize(
    ("environ", "encoding", "is_terminal", "word"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", True, ""),
        ({"TERM": "linux"}, "UTF8", True, ""),
        ({"TERM": "dumb"}, "utf-8", True, "TERM=dumb"),
        ({}, "utf-8", True, "TERM=''"),
        ({"TERM": "xterm"}, "iso-8859-1", True, "iso-8859-1"),
        ({"TERM": "xterm"}, None, True, "?"),
        ({"TERM": "xterm"}, "utf-8", False, "needs a terminal"),
    ],
)
def test_terminals_that_cannot_show_it_are_refused_in_one_line(
    environ: dict[str, str],
    encoding: str | None,
    is_terminal: bool,  # noqa: FBT001  # a case's value
    word: str,
) -> None:
    """The reason names what is wrong and what works instead."""
    reason = refusal(environ, encoding=encoding, is_terminal=is_terminal)

    assert bool(word) is bool(reason)
    assert word in reason
    assert "\n" not in reason


async def test_copy_is_kept_and_sent_by_osc52_outside_tmux(tmp_path: Path) -> None:
    """Without tmux the escape sequence is used, and the file always has the text."""
    sent: list[str] = []
    keep = tmp_path / "deep" / "last-copy.txt"

    assert await copy_text("web1\nweb2", environ={}, keep=keep, osc52=sent.append)
    assert (sent, keep.read_text(encoding="utf-8")) == (["web1\nweb2"], "web1\nweb2")


async def test_copy_inside_tmux_uses_its_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In tmux the text goes to load-buffer; OSC 52 is the fallback when that fails."""
    tmux = tmp_path / "tmux"
    tmux.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/args\ncat > {tmp_path}/got\n')
    tmux.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    sent: list[str] = []

    await copy_text("web1", environ={"TMUX": "x"}, keep=tmp_path / "keep", osc52=sent.append)
    assert (
        sent,
        (tmp_path / "args").read_text(),
        (tmp_path / "got").read_text(),
    ) == ([], "load-buffer -w -\n", "web1")

    tmux.write_text("#!/bin/sh\nexit 1\n")
    await copy_text("web1", environ={"TMUX": "x"}, keep=tmp_path / "keep", osc52=sent.append)
    assert sent == ["web1"]


def test_every_value_has_its_words() -> None:
    """No state, order, result, kind or event is without words."""
    assert set(HostState) == set(LOOKS)
    assert set(Order) == set(ORDER_VERBS)
    assert set(RunState) == set(RUN_WORDS)
    assert set(RunResult) == set(RESULT_WORDS)
    assert set(RunKind) == set(KIND_WORDS)
    assert set(EventKind) == set(WORDS)


@pytest.mark.parametrize("kind", list(EventKind))
def test_events_without_data_are_still_lines(kind: EventKind) -> None:
    """A journal of another version may lack keys; the line is there all the same."""
    assert event_line(Event(seq=1, at=samples.MOMENT, kind=kind, host="web1"))


def test_refused_outcome_reads_as_bad_with_its_step() -> None:
    """The verb, the outcome and the failed step are one line in the bad tone."""
    answer = {"outcome": "reverted", "failed_step": "docker_pull"}
    event = Event(
        seq=1,
        at=samples.MOMENT,
        kind=EventKind.OUTCOME,
        host="web1",
        data={"verb": "apply", "answer": answer},
    )
    line = event_line(event)

    assert line[-1] == ("apply: reverted at docker_pull", "bad")


def test_host_taken_back_by_a_rollback_reads_as_good() -> None:
    """The same outcome is trouble after an apply, and the aim of an undo."""
    data = {"verb": "undo", "answer": {"outcome": "reverted"}}
    event = Event(seq=1, at=samples.MOMENT, kind=EventKind.OUTCOME, host="web1", data=data)
    line = event_line(event)

    assert line[-1] == ("undo: reverted", "ok")


def test_ascii_glyphs_serve_the_linux_console() -> None:
    """Each sign has an ASCII form of one character."""
    choose_glyphs({"TERM": "linux"})

    assert all(draw(glyph).isascii() and len(draw(glyph)) == 1 for glyph in Glyph)


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://r.example.net", True),
        ("https://r.example.net:5000", True),
        ("http://r.example.net", False),
        ("r.example.net", False),
        ("https://user:pw@r.example.net", False),
        ("https://[", False),
        ("https://r.example.net:port", False),
        ("https://r.example.net/v2/project/", True),
        ("https://r.example.net/a b", False),
        ("", False),
    ],
)
def test_urls_of_targets(url: str, is_right: bool) -> None:  # noqa: FBT001  # a case
    """Only https with a host and nothing secret is taken."""
    assert is_right is not bool(wrong_url(url))


def test_a_project_behind_the_host_is_a_prefix_as_the_file_has_it() -> None:
    """And is shown there again, so that nobody moves to a project that they do not see."""
    typed = place_of("https://r.example.net:5000/v2/hub/")
    choice = TargetChoice(url=typed[0], prefix=typed[1])

    assert typed == ("https://r.example.net:5000", "v2/hub")
    assert place_of(place_text(choice)) == typed
    assert place_of(place_text(TargetChoice(url="https://r"))) == ("https://r", "")


@pytest.mark.parametrize(
    ("text", "is_right"), [("", True), ("ask", True), ("env:PW", True), ("hunter2", False)]
)
def test_references_to_secrets(text: str, is_right: bool) -> None:  # noqa: FBT001  # a case
    """A password itself is not a reference."""
    assert is_right is not bool(wrong_reference(text))


def test_long_and_wide_text_is_wrapped_to_cells() -> None:
    """Chinese text has no blanks and two cells a sign; no line is wider than asked."""
    lines = wrapped("这是一段没有空格的很长的文字" * 3 + " and words after it", 20)

    assert len(lines) > 4
    assert all(len(fitted(line, 20).rstrip()) <= 20 for line in lines)


def test_durations_read_like_a_person_says_them() -> None:
    """Seconds up to 100, then minutes, then hours."""
    assert [duration(45), duration(180), duration(7500)] == ["45 s", "3 min", "2 h 05 min"]


def test_last_step_of_a_rollback_says_that_nothing_follows() -> None:
    """The third line tells that it is the last."""
    view = samples.run_view({"web1": HostState.WAITING}, kind=RunKind.ROLLBACK)
    lines = [text_of(line) for line in step_lines(view, None)]

    assert lines[2] == "Next  nothing, it is the last step"


def test_hosts_in_no_wave_are_part_of_no_work() -> None:
    """Of blocked hosts and those with nothing to do none is waited for: all that can be is done."""
    done = samples.run_view(dict.fromkeys(("web1", "web2"), HostState.CONFIRMED))
    left_out = HostView(name="old1", state=HostState.UNCHANGED)
    view = replace(done, hosts=(*done.hosts, left_out))
    assert text_of(state_line(view, 0.0)).startswith("running  2/2 done · 0 in work")


@pytest.mark.parametrize(
    ("key", "shown"),
    [("pageup", "PgUp"), ("ctrl+pagedown", "Ctrl+PgDn"), ("slash", "/"), ("k", "k"), ("f9", "f9")],
)
def test_keys_are_named_as_on_a_keyboard(key: str, shown: str) -> None:
    """Help names them for people, not for programs."""
    assert shown_key(key) == shown


@pytest.mark.parametrize(("key", "focused"), [("right", "yes"), ("left", "yes"), ("tab", "yes")])
async def test_arrows_move_between_the_buttons_of_a_question(
    key: str, focused: str, tmp_path: Path
) -> None:
    """As everywhere else where two buttons stand beside each other."""
    async with on_stage(tmp_path) as stage:
        stage.app.push_screen(ConfirmDialog("Stop?", ["It stops."], verb="Stop"))
        await stage.see("It stops.")
        assert stage.app.focused is stage.part("#no")
        await stage.press(key)
        assert stage.app.focused is stage.part(f"#{focused}")


@pytest.mark.parametrize("kind", [EventKind.INTENT, EventKind.OUTCOME])
def test_verbs_and_outcomes_of_events_are_translated(kind: EventKind) -> None:
    """In Chinese no English verb is left, in the wizard or on the command line."""
    data = {"verb": "apply", "answer": {"outcome": "already_applied"}}
    event = Event(seq=1, at=0.0, kind=kind, host="web1", data=data)
    choose_language({"LANG": "zh_CN.UTF-8"})
    try:
        lines = (text_of(event_line(event)), command_line(event, RunKind.ROLLOUT))
    finally:
        choose_language({"LANG": "C"})
    for line in lines:
        assert "apply" not in line.replace("web1", "")
        assert "applied" not in line
