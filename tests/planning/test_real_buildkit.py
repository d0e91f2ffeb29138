"""What plans write for BuildKit, read by a real one, which also refuses what plans refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fleet import build_cache, built_runtimes
from tests.planning.cases import PlanCase, case_paths, load_case
from wizard.planning.host import plan_host
from wizard.planning.plan import BlockReason, FilePurpose, HostPlan
from wizard.runtimes import RUNTIMES

RUNTIME = "buildkit-0.34"
CASES = [load_case(path) for path in case_paths() if path.parent.name == "buildkit"]
ILL_FORMED = frozenset({BlockReason.CONFIG_NOT_TOML, BlockReason.CONFIG_WRONG_TYPE})

pytestmark = pytest.mark.skipif(
    not built_runtimes.is_built(RUNTIME, build_cache.cache_root()),
    reason=f"{RUNTIME} is not built: make runtimes",
)


@pytest.fixture
def buildkitd(tmp_path: Path) -> list[str]:
    """Return the command of one that reads its file and ends: it has nothing to build with."""
    program = built_runtimes.runtime_path(RUNTIME, build_cache.cache_root()) / "buildkitd"
    own = ("--addr", f"unix://{tmp_path}/socket", "--root", str(tmp_path / "root"))
    file = ("--config", str(tmp_path / "buildkitd.toml"))
    return [str(program), *own, *file, "--oci-worker=false", "--containerd-worker=false"]


def _takes(buildkitd: list[str], folder: Path, text: str) -> bool:
    (folder / "buildkitd.toml").write_bytes(text.encode())
    done = subprocess.run(buildkitd, capture_output=True, text=True, timeout=60, check=False)
    # It reads its file before it looks for something to build with.
    assert done.returncode == 1, done
    return "buildkitd: no worker found" in done.stderr


def _plan(case: PlanCase) -> HostPlan:
    return plan_host(case.facts, case.target, case.policy, RUNTIMES)


def test_it_takes_every_file_of_the_cases(buildkitd: list[str], tmp_path: Path) -> None:
    """Comments, mirrors of others, carriage returns and keys that it does not know included."""
    written = {
        change.after: case.path.stem
        for case in CASES
        for change in _plan(case).changes
        if change.purpose is FilePurpose.CONFIG and change.path.endswith(".toml")
    }
    assert len(written) > 10
    refused = [name for text, name in written.items() if not _takes(buildkitd, tmp_path, text)]
    assert refused == []


def test_it_refuses_what_plans_call_ill_formed(buildkitd: list[str], tmp_path: Path) -> None:
    """So the block says of the file what its next start would."""
    found = {}
    for case in CASES:
        reasons = {block.reason for one in _plan(case).runtimes for block in one.blocks}
        file = case.facts.file("/etc/buildkit/buildkitd.toml")
        if reasons & ILL_FORMED and file is not None and file.text is not None:
            found[case.path.stem] = file.text
    assert len(found) > 4
    assert [name for name, text in found.items() if _takes(buildkitd, tmp_path, text)] == []
