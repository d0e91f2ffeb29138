"""`pilotage` itself: errors in words, no secrets, no traceback, a fast start."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.conftest import Pilotage
from tests.cli.practice import PracticeRun, PracticeService
from wizard.cli.broken_output import OutputError
from wizard.cli.surroundings import Session, Surroundings
from wizard.errors import HostError, RegistryError
from wizard.journal.events import Order

MIGRATION_WITH_SECRETS = """\
version: 1
hosts: [web1]
credentials: {default: {sudo_password: "env:SUDO_PASSWORD"}}
target: {url: "https://registry.example.net"}
"""


def test_an_error_has_its_four_parts_on_standard_error(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """What, where, state, to do; data stays empty."""
    service.failure = HostError(
        "cannot be read\x1b[2J", host="web1", file="/etc/x", state="It is as before.", todo="Wait."
    )

    outcome = pilotage("discover")

    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.splitlines()[-4:] == [
        "Error  cannot be read�[2J",
        "Where  web1, /etc/x",
        "State  It is as before.",
        "To do  Wait.",
    ]


def test_with_json_an_error_is_a_document(pilotage: Pilotage, service: PracticeService) -> None:
    """Programs read it from standard output."""
    service.failure = RegistryError("answers nothing", todo="Look at it.")

    outcome = pilotage("discover", "--json")

    assert outcome.code == 3
    assert outcome.document == {
        "version": 1,
        "document": "error",
        "error": {
            "kind": "RegistryError",
            "what": "answers nothing",
            "host": None,
            "file": None,
            "line": None,
            "column": None,
            "state": "Nothing was changed.",
            "todo": "Look at it.",
            "exit_code": 3,
        },
    }


def test_a_wrong_migration_file_names_line_and_column_in_the_document(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Editors can jump there."""
    (tmp_path / "migration.yaml").write_text("version: 1\nhost: [a]\n", encoding="utf-8")

    error = pilotage("discover", "--json").document["error"]

    assert (error["exit_code"], error["line"], error["column"]) == (2, 2, 1)
    assert error["todo"] == "Did you mean “hosts”?"


def test_a_wrong_option_is_an_input_error(pilotage: Pilotage) -> None:
    """With --json as a document, too."""
    text = pilotage("discover", "--hots")
    document = pilotage("discover", "--hots", "--json").document

    assert text.code == 2
    assert "--hots" in text.err
    assert (document["error"]["kind"], document["error"]["exit_code"]) == ("UsageError", 2)


@pytest.mark.parametrize(("group", "names"), [("front", "nginx"), ("hosts", "approve")])
def test_a_group_without_its_command_names_them(pilotage: Pilotage, group: str, names: str) -> None:
    """Three short lines, not the whole help in one."""
    outcome = pilotage(group)

    assert (outcome.code, outcome.out) == (2, "")
    what, state, todo = outcome.err.splitlines()
    assert what.endswith(f"{group} is missing: {names}.")
    assert state.endswith("Nothing was changed.")
    assert todo.endswith(f"{group} --help")


def test_a_mistake_of_ours_leaves_a_redacted_report_and_no_traceback(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The report holds the traceback, and not the password that came up."""
    (tmp_path / "migration.yaml").write_text(MIGRATION_WITH_SECRETS, encoding="utf-8")
    service.failure = ValueError("cannot say hunter2")

    outcome = pilotage("discover", environ={"SUDO_PASSWORD": "hunter2"})

    (report,) = (tmp_path / "state" / "reports").iterdir()
    content = report.read_text(encoding="utf-8")
    assert outcome.code == 1
    assert str(report) in outcome.err
    assert "Traceback" not in outcome.err
    assert "ValueError: cannot say ‹secret›" in content
    assert "hunter2" not in outcome.err + content
    assert report.stat().st_mode & 0o077 == 0


def test_a_secret_that_is_asked_for_needs_a_terminal(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """`ask` without anybody to ask ends before anything is started."""
    text = MIGRATION_WITH_SECRETS.replace("env:SUDO_PASSWORD", "ask")
    (tmp_path / "migration.yaml").write_text(text, encoding="utf-8")

    outcome = pilotage("discover", "--yes")

    assert outcome.code == 7
    assert "the sudo password (default) is asked for" in outcome.err
    assert service.calls == []


def test_an_unset_sudo_password_matters_only_where_a_host_may_want_it(
    pilotage: Pilotage, tmp_path: Path
) -> None:
    """Hosts that are logged into as root never use it; one login that is not does."""
    migration = tmp_path / "migration.yaml"
    migration.write_text(MIGRATION_WITH_SECRETS, encoding="utf-8")
    as_root = pilotage("discover")
    migration.write_text(MIGRATION_WITH_SECRETS + "defaults: {user: deploy}\n", encoding="utf-8")
    as_deploy = pilotage("discover")

    assert as_root.code == 0, as_root.err
    assert (as_deploy.code, "SUDO_PASSWORD" in as_deploy.err) == (2, True)


def test_a_secret_from_the_environment_reaches_the_service_only(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """It is on no stream."""
    (tmp_path / "migration.yaml").write_text(MIGRATION_WITH_SECRETS, encoding="utf-8")

    outcome = pilotage("apply", "--yes", environ={"SUDO_PASSWORD": "hunter2"})

    secrets = service.called("start_discovery")[0]["secrets"]
    assert secrets["sudo:default"].reveal() == "hunter2"
    assert "hunter2" not in outcome.out + outcome.err


def test_without_a_command_the_wizard_starts_on_a_terminal(pilotage: Pilotage) -> None:
    """It gets the file and the mouse option, and its exit code is ours."""
    seen: list[object] = []

    def wizard(_service: object, path: Path, mouse: bool) -> int:  # noqa: FBT001  # the wizard's own order
        seen.extend([path.name, mouse])
        return 0

    outcome = pilotage("--no-mouse", terminal=True, start_wizard=wizard)

    assert (outcome.code, seen) == (0, ["migration.yaml", False])


def test_without_a_command_and_without_a_terminal_the_commands_are_named(
    pilotage: Pilotage,
) -> None:
    """A pipe is no place for a wizard."""
    outcome = pilotage()

    assert outcome.code == 7
    assert "pilotage --help" in outcome.err


def test_help_names_every_command_but_the_internal_one(pilotage: Pilotage) -> None:
    """`run` is started by Pilotage itself."""
    out = pilotage("--help").out

    names = [
        line.split()[0] for line in out.split("Commands:")[1].splitlines() if line[:3] == "  d"
    ]
    assert names == ["discover", "diff", "demo"]
    assert "\n  run " not in out


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(argument: str) -> None:
    """They answer before the engine could be loaded."""
    code = (
        "import sys\n"
        "from wizard.cli import main\n"
        f"sys.argv = ['pilotage', {argument!r}]\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    heavy = {'asyncssh', 'httpx', 'pydantic', 'yaml', 'sqlite3', 'textual', 'rich'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["--help", "runs --json"])
def test_a_full_disk_under_standard_output_is_no_mistake_of_ours(
    tmp_path: Path, arguments: str, unbuffered: str
) -> None:
    """It is told as what it is, without a report, and Python adds nothing when it ends."""
    command = f"{sys.executable} -m wizard {arguments} > /dev/full"
    state = {"XDG_STATE_HOME": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    environ = {**os.environ, **state}

    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=environ
    )

    assert done.returncode == 9
    assert done.stderr.splitlines()[0] == (
        "Error  the output could not be written: No space left on device"
    )
    assert len(done.stderr.splitlines()) == 3
    assert list(tmp_path.rglob("reports")) == []


@pytest.mark.parametrize(
    ("closed", "expected", "said"),
    [
        ("<&-", 0, ""),
        ("2>&-", 0, ""),
        (">&-", 9, "Error  the output could not be written: Bad file descriptor"),
        ("<&- >&- 2>&-", 9, ""),
    ],
)
def test_streams_that_were_closed_are_missed_only_where_words_are_lost(
    tmp_path: Path, closed: str, expected: int, said: str
) -> None:
    """No file that is opened later takes their place and gets the words into it."""
    command = f"{sys.executable} -m wizard runs {closed}"
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}

    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=environ
    )

    assert (done.returncode, done.stderr.partition("\n")[0]) == (expected, said)


def test_what_a_signal_interrupts_ends_before_what_it_uses() -> None:
    """A command that is told to end closes its own things afterwards, not under its feet."""
    ended: list[str] = []

    async def work() -> None:
        try:
            asyncio.get_running_loop().call_soon(sys.exit, 143)
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    session = Session(surroundings=Surroundings.of_this_process())
    with pytest.raises(SystemExit):
        session.wait(work())

    assert ended == ["work"]


def test_streams_that_are_both_full_end_with_the_code_alone(tmp_path: Path) -> None:
    """Nobody is left to tell."""
    command = f"{sys.executable} -m wizard runs > /dev/full 2> /dev/full"
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}

    done = subprocess.run(["bash", "-c", command], check=False, env=environ)

    assert done.returncode == 9


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failure_elsewhere_is_not_taken_for_one_of_the_output(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path, number: int
) -> None:
    """The streams still take bytes, so the same error is a mistake of ours and is reported."""
    service.failure = OSError(number, os.strerror(number))

    outcome = pilotage("discover")

    assert outcome.code == 1
    assert "output" not in outcome.err
    assert len(list((tmp_path / "state").glob("reports/*"))) == 1


def test_a_followed_run_whose_reader_is_gone_is_not_done(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """The run goes on; only an exit code of its own says that its end was not seen."""

    def rollout(run: PracticeRun) -> Generator[None, Order | None, None]:
        yield
        raise OutputError(OSError(errno.EPIPE, "Broken pipe"))

    service.rollout = rollout
    outcome = pilotage("apply", "--yes")

    assert outcome.code == 9
    assert "the output could not be written: Broken pipe" in outcome.err
    assert "goes on in its own process" in outcome.err.splitlines()[-3]


def test_a_closed_pipe_is_no_error() -> None:
    """`pilotage --help | head -0` ends quietly."""
    command = f"{sys.executable} -m wizard --help | true; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
