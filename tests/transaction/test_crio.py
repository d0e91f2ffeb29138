"""The steps of CRI-O: a reload with its journal as the witness, and what runs goes on."""

from __future__ import annotations

import dataclasses

import pytest

from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.plans import DIGEST
from tests.transaction.practice_host import PracticeHost
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName
from wizard.runtimes.registries_conf.drop_in import drop_in_text
from wizard.runtimes.registries_conf.tables import Mirror
from wizard.transaction.answers import Outcome

DROP_IN = "/etc/containers/registries.conf.d/zz-pilotage.conf"
SOCKET = "unix:///var/run/crio/crio.sock"
IMAGE = "docker.io/library/pilotage-canary:1"
TARGET = "registry.example/proxy"
TEXT = drop_in_text({"docker.io": (Mirror(location=TARGET),)})
CRIO_PID = 4444


@pytest.fixture
def node(host: PracticeHost) -> PracticeHost:
    """Return a host with CRI-O and two running containers."""
    host.practice("crio_pid", f"{CRIO_PID}\n")
    host.start_process(CRIO_PID, "crio", started=333)
    host.practice("cri_containers", "aa11\nbb22\n")
    return host


def _reload(*locations: str) -> tuple[Step, ...]:
    return (Step(name=StepName.CRIO_RELOAD, args=("crio.service", *locations)),)


def _plan(*locations: str) -> HostPlan:
    running = (
        Step(name=StepName.SAME_PROCESS, args=("crio",)),
        Step(name=StepName.SAME_CONTAINERS, args=("crio", SOCKET)),
    )
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(
            FileChange(
                path=DROP_IN,
                real_path=DROP_IN,
                purpose=FilePurpose.CONFIG,
                before=None,
                after=TEXT,
            ),
        ),
        activate=_reload(*(locations or (TARGET,))),
        check=running,
        probe=(Step(name=StepName.CRI_PULL, args=(IMAGE, DIGEST, "crictl", SOCKET)),),
        deactivate=_reload(),
        check_reverted=running,
    )


@EVERY_SHELL
async def test_a_drop_in_is_taken_up_proven_and_taken_back(node: PracticeHost) -> None:
    """Two reloads, no restart, the probe image removed, everything as before."""
    before = node.tree()

    applied = await asking.apply(node, _plan())

    assert applied.outcome is Outcome.APPLIED, applied
    assert node.read(DROP_IN) == TEXT.encode()
    assert (node.root / "practice/images").read_text() == "busybox\n"
    reverted = await asking.revert(node)
    assert (reverted.outcome, node.tree() == before) == (Outcome.REVERTED, True), reverted
    calls = node.calls()
    assert calls.count("systemctl reload crio.service") == 2
    assert not [call for call in calls if call.startswith("systemctl restart")]


async def test_a_proven_run_is_looked_at_again(node: PracticeHost) -> None:
    """During the soak nothing is reloaded."""
    applied = await asking.apply(node, _plan())
    assert applied.outcome is Outcome.APPLIED, applied

    checked = await asking.check(node)

    assert checked.outcome is Outcome.HOLDS, checked
    assert node.calls().count("systemctl reload crio.service") == 1


async def _reverted(node: PracticeHost, plan: HostPlan) -> tuple[str, str]:
    before = node.tree()
    answer = await asking.apply(node, plan)
    assert (answer.outcome, node.tree() == before) == (Outcome.REVERTED, True), answer
    return answer.failed_step, answer.detail


async def test_registries_without_the_target(node: PracticeHost) -> None:
    """CRI-O may read other files than everybody thinks: the reload succeeds all the same."""
    node.practice("fails/crio-other-files", "")

    step, words = await _reverted(node, _plan())

    assert step == "crio_reload"
    assert words.startswith(f"crio has taken up no registries with {TARGET}: ")
    assert "Mirrors:[]" in words


async def test_a_location_is_no_other_that_begins_like_it(node: PracticeHost) -> None:
    """A project is not told apart from another by its first letters only."""
    step, words = await _reverted(node, _plan("registry.example/pro"))

    assert (step, "no registries with registry.example/pro:" in words) == ("crio_reload", True)


async def test_registries_that_crio_refuses(node: PracticeHost) -> None:
    """The exit code says nothing, its journal does; so it does for the way back."""
    node.practice("fails/crio-registries", "mixing sysregistry v1/v2 is not supported\n")
    before = node.tree()

    answer = await asking.apply(node, _plan())

    assert answer.outcome is Outcome.REVERT_FAILED, answer
    assert "mixing sysregistry v1/v2" in answer.detail
    assert node.tree() == before


async def test_another_setting_that_crio_refuses(node: PracticeHost) -> None:
    """The registries come first: taken back they are, whatever is wrong besides."""
    node.practice("fails/crio-rest", "unable to load seccomp profile\n")

    step, words = await _reverted(node, _plan())

    assert step == "crio_reload"
    assert "unable to load seccomp profile" in words


async def test_an_older_success_proves_nothing(node: PracticeHost) -> None:
    """A reload within the same second may have been somebody else's."""
    node.practice(
        "journal",
        f"Applied new registry configuration: [{{Location:{TARGET} Insecure:false}}]\n"
        "Configuration reload completed\n",
    )
    node.practice("fails/crio-other-files", "")

    step, words = await _reverted(node, _plan())

    assert (step, "Mirrors:[]" in words) == ("crio_reload", True)


async def test_words_of_older_releases(node: PracticeHost) -> None:
    """They begin with small letters, and log as JSON when told to."""
    node.program(
        "crio",
        "drop_in=$PILOTAGE_ROOT/etc/containers/registries.conf.d/zz-pilotage.conf\n"
        f'[ -e "$drop_in" ] && found="Location:{TARGET} Insecure:false"\n'
        'printf \'%s\\n\' "{\\"msg\\":\\"applied new registry configuration: [{$found}]\\"}" '
        '"{\\"msg\\":\\"configuration reload completed\\"}" >>"$PILOTAGE_ROOT/practice/journal"',
    )

    applied = await asking.apply(node, _plan())

    assert applied.outcome is Outcome.APPLIED, applied


async def test_a_reload_without_a_witness_is_not_waited_for_long(node: PracticeHost) -> None:
    """Without journalctl nothing is reloaded at all."""
    (node.root / "bin/journalctl").unlink()
    before = node.tree()

    answer = await asking.apply(node, _plan())

    assert answer.outcome is Outcome.REVERT_FAILED, answer
    assert "without journalctl" in answer.detail
    assert node.tree() == before
    assert "systemctl reload crio.service" not in node.calls()


async def test_a_container_that_ends_beside_others_is_no_harm(node: PracticeHost) -> None:
    """The same CRI-O goes on, and so does one of them: a job has come to its end."""
    crio = (node.root / "bin/crio").read_text().partition("\n")[2]
    node.program("crio", f'echo aa11 >"$PILOTAGE_ROOT/practice/cri_containers"\n{crio}')

    applied = await asking.apply(node, _plan())

    assert applied.outcome is Outcome.APPLIED, applied


async def test_containers_that_all_end_are_harm(node: PracticeHost) -> None:
    """Nothing tells that they would have ended anyway."""
    crio = (node.root / "bin/crio").read_text().partition("\n")[2]
    node.program("crio", f'true >"$PILOTAGE_ROOT/practice/cri_containers"\n{crio}')
    before = node.tree()

    answer = await asking.apply(node, _plan())

    assert answer.outcome is Outcome.REVERT_FAILED, answer
    assert answer.detail.startswith("same_containers failed: ran before and do not run on: aa11")
    assert node.tree() == before


async def test_another_process_is_noticed(node: PracticeHost) -> None:
    """A reload that ends CRI-O has it started anew by its unit."""
    crio = (node.root / "bin/crio").read_text().partition("\n")[2]
    stat = (node.root / f"proc/{CRIO_PID}/stat").read_text()
    (node.root / "stat").write_text(stat.replace(" 333 ", " 999 "))
    node.program("crio", f'cp "$PILOTAGE_ROOT/stat" "$PILOTAGE_ROOT/proc/{CRIO_PID}/stat"\n{crio}')

    answer = await asking.apply(node, _plan())

    assert (answer.failed_step, "and is process" in answer.detail) == ("same_process", True), answer


async def test_a_crio_that_somebody_stopped_is_not_reloaded(node: PracticeHost) -> None:
    """It reads what is on disk when it starts again."""
    applied = await asking.apply(node, _plan())
    assert applied.outcome is Outcome.APPLIED, applied
    before = node.calls().count("systemctl reload crio.service")
    node.practice("crio_pid", "0\n")

    reverted = await asking.revert(node)

    assert reverted.outcome is Outcome.REVERTED, reverted
    assert "crio does not run" in reverted.detail
    assert node.calls().count("systemctl reload crio.service") == before


async def test_a_crio_without_a_unit_gets_the_signal(node: PracticeHost) -> None:
    """There is none where it was started by hand; a process that is gone takes no signal."""
    plan = dataclasses.replace(
        _plan(), activate=(Step(name=StepName.CRIO_RELOAD, args=("", TARGET)),)
    )

    answer = await asking.apply(node, plan)

    assert answer.failed_step == "crio_reload"
    assert f"process {CRIO_PID} takes no signal" in answer.detail
