"""The scripts that go over the wire."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.transaction.plans import docker_plan
from tests.transaction.practice_host import SHELLS
from wizard.errors import PlanError
from wizard.planning.plan import HostPlan, Step, StepName
from wizard.transaction import compose
from wizard.transaction.answers import Verb
from wizard.transaction.step_files import needed_files


def _apply() -> bytes:
    return compose.apply_script(docker_plan(None), run="r1", holder="it's me", lease=60, nonce="N")


def _verb(verb: Verb) -> bytes:
    return compose.verb_script(verb, run="r1", holder="me\nand\tyou", nonce="N")


def test_the_same_input_gives_the_same_bytes() -> None:
    """Composition is pure."""
    assert _apply() == _apply()


def test_every_script_runs_by_its_last_line_alone() -> None:
    """It ends the braces around all the others, so a cut script does nothing."""
    scripts = [_apply(), *(_verb(verb) for verb in Verb if verb is not Verb.APPLY)]
    assert {script[:2] for script in scripts} == {b"{\n"}
    assert {script[script.rindex(b"pilotage_main") :] for script in scripts} == {
        b"pilotage_main\n}\n"
    }


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_no_name_of_a_function_is_run_when_it_is_cut(shell: str, tmp_path: Path) -> None:
    """Programs are named like beginnings of our functions: `w`, `stat`, `make`, `watch`."""
    script = _apply()
    names = [found.start() for found in re.finditer(rb"(?m)^\w+(?=\(\) \{$)", script)]
    assert len(names) > 100
    cuts = {script[start : start + size]: start + size for start in names for size in (1, 4)}
    for word, end in cuts.items():
        program = tmp_path / word.decode()
        program.write_text(f"#!/bin/sh\n: >{tmp_path}/was-run\n")
        program.chmod(0o755)
        ended = subprocess.run(
            [shutil.which(SHELLS[shell][0]) or "sh", *SHELLS[shell][1:], "-s"],
            input=script[:end],
            env={"PATH": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert (ended.stdout, (tmp_path / "was-run").exists()) == (b"", False), word


def test_later_verbs_are_small() -> None:
    """Each verb carries only what it needs, in bytes."""
    sizes = {verb: len(_verb(verb)) for verb in Verb if verb is not Verb.APPLY}
    assert max(sizes[verb] for verb in (Verb.RENEW, Verb.STATUS)) < 11_000, sizes
    assert max(sizes.values()) < 37_000, sizes
    assert len(_apply()) < 55_000


def test_a_plan_brings_only_the_steps_of_its_runtimes() -> None:
    """And all of what these are made of: CRI-O's pull is crictl's, as containerd's is."""
    files = compose.shipped_files()
    steps = {
        "docker": Step(name=StepName.DOCKER_RELOAD, args=("docker.service",)),
        "containers": Step(name=StepName.SAME_CONTAINERS, args=("docker",)),
        "pull": Step(name=StepName.CRI_PULL, args=("image", "digest")),
        "crio": Step(name=StepName.CRIO_RELOAD, args=("crio.service",)),
        "shared": Step(name=StepName.UNIT_ACTIVE, args=("docker.service",)),
    }

    needed = {name: needed_files(files, [step]) for name, step in steps.items()}

    assert needed == {
        "docker": ("steps_docker.sh",),
        "containers": ("steps_docker.sh",),
        "pull": ("steps_containerd.sh",),
        "crio": ("steps_crio.sh",),
        "shared": (),
    }


def test_every_step_is_defined_where_a_plan_finds_it() -> None:
    """In a file of its runtime, or in the ones that every ledger has."""
    files = compose.shipped_files()
    everywhere = "".join(files[name] for name in compose.LEDGER)
    lost = [
        name.value
        for name in StepName
        if f"step_{name.value}() {{" not in everywhere
        and not needed_files(files, [Step(name=name, args=("docker",))])
    ]
    assert lost == []


def test_a_holder_is_one_line() -> None:
    """A line break in it would be a line of the ledger's manifest."""
    assert b"HOLDER='me and you'\n" in _verb(Verb.CONFIRM)


def test_stop_points_do_nothing_in_what_ships() -> None:
    """The only definition of `reached` that ships has an empty body."""
    script = _apply()
    assert script.count(b"reached() {") == 1
    assert b"reached() {\n  :\n}\n" in script


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_every_shell_can_read_every_script(shell: str) -> None:
    """Each script, and the one that the ledger keeps, parses without a word."""
    scripts = [_apply(), *(_verb(verb) for verb in Verb if verb is not Verb.APPLY)]
    for script in scripts:
        read = subprocess.run(
            [*SHELLS[shell], "-n"], input=script, capture_output=True, check=False
        )
        assert (read.returncode, read.stderr) == (0, b"")


def test_indentation_is_nowhere_but_between_words() -> None:
    """Verbs are sent without it: in quotes or a here-document it would be missed."""
    text = "".join(compose.shipped_files().values())
    without = "".join(line.lstrip(" ") for line in text.splitlines(keepends=True))

    assert _functions(without) == _functions(text)


def _functions(text: str) -> bytes:
    """Return the functions of a script as bash writes them down."""
    command = ["bash", "-c", "source /dev/stdin && declare -f"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def test_a_client_that_would_be_two_words_is_refused() -> None:
    """A host splits what it observes at spaces, and a quote would end it."""
    step = Step(name=StepName.SAME_CONTAINERS, args=("k3s", "/my data/bin/ctr"))
    plan = HostPlan(host="practice", runtimes=(), changes=(), check=(step,))
    with pytest.raises(PlanError):
        compose.apply_script(plan, run="r1", holder="op", nonce="0" * 16, lease=60)
