"""What a new file of containerd may change is where images come from, and nothing else."""

from __future__ import annotations

import pytest

from tests.planning.cases import DUMPS
from tests.transaction import asking
from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.practice_host import SHELLS, PracticeHost
from wizard.planning.plan import FileChange, FilePurpose, HostPlan, Step, StepName
from wizard.planning.toml_edit import Setting, edited
from wizard.transaction.answers import Outcome

CONFIG = "/etc/containerd/config.toml"
STEP = "containerd_same_settings"
RUNC = "containerd.runtimes.runc.options]"
RECORDED = ("1.6.20", "1.7.24", "2.1.9")
EVERY_VERSION = pytest.mark.parametrize("version", RECORDED)
EVERY_VERSION_AND_SHELL = pytest.mark.parametrize(
    ("version", "shell"), list(zip(RECORDED, SHELLS, strict=True))
)


def _plugin(version: str) -> str:
    new = version.startswith("2")
    return "io.containerd.cri.v1.images" if new else "io.containerd.grpc.v1.cri"


def _dump(version: str) -> str:
    """Return a recorded dump of a host that uses the systemd driver, which mirrors wait in."""
    text = (DUMPS / f"containerd-{version}.toml").read_bytes().decode()
    used = text.replace("SystemdCgroup = false", "SystemdCgroup = true")
    assert used != text
    table = f'plugins."{_plugin(version)}".registry'
    return (
        f'{used}\n[{table}.mirrors."docker.io"]\n  endpoint = ["https://cache.corp"]\n'
        f'[{table}.configs."a.corp".tls]\n  ca_file = "/etc/pki/a.pem"\n'
        f'[{table}.configs."a.corp".auth]\n  password = "S3CRET"\n'
    )


def _migrated(version: str, text: str) -> str:
    table = ("plugins", _plugin(version), "registry")
    return edited(
        text,
        settings=[Setting(table=table, key="config_path", value="/etc/containerd/certs.d")],
        without=[(*table, "mirrors", "docker.io"), (*table, "configs", "a.corp", "tls")],
    )


def _plan(host: PracticeHost, before: str | None, after: str) -> HostPlan:
    found = None if before is None else host.write(CONFIG, before.encode())
    return HostPlan(
        host="practice",
        runtimes=(),
        changes=(
            FileChange(
                path=CONFIG,
                real_path=CONFIG,
                purpose=FilePurpose.CONFIG,
                before=found,
                after=after,
            ),
        ),
        validate=(Step(name=StepName.CONTAINERD_SAME_SETTINGS, args=(CONFIG,)),),
        activate=(Step(name=StepName.CONTAINERD_RESTART, args=("containerd.service",)),),
    )


async def _refused(host: PracticeHost, plan: HostPlan) -> str:
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REVERTED, STEP), answer
    assert host.tree() == before
    assert not (host.root / "practice/restarts").exists()
    return answer.detail


@EVERY_VERSION_AND_SHELL
async def test_a_migration_passes(host: PracticeHost, version: str) -> None:
    """config_path comes, mirrors and tls go; the login beside them stays."""
    text = _dump(version)
    answer = await asking.apply(host, _plan(host, text, _migrated(version, text)))
    assert answer.outcome is Outcome.APPLIED, answer


@EVERY_VERSION_AND_SHELL
async def test_an_edit_that_loses_the_cgroup_driver_is_taken_back(
    host: PracticeHost, version: str
) -> None:
    """Pods would crash after the restart (facts/runtimes.md §7 row 7): there is none."""
    text = _dump(version)
    wrong = _migrated(version, text).replace("SystemdCgroup = true", "SystemdCgroup = false")
    detail = await _refused(host, _plan(host, text, wrong))
    assert detail.startswith("the new file would also change: [plugins.")
    assert detail.endswith(f"{RUNC} SystemdCgroup")


@pytest.mark.parametrize(
    ("line", "instead", "named"),
    [
        ("  password = ", "  password = 'N3W' # ", '.configs."a.corp".auth] password'),
        ("oom_score = 0", "oom_score = 1", " oom_score"),
        ("disabled_plugins = []", "disabled_plugins = ['cri']", " disabled_plugins"),
        ("[metrics]", "[metrics]\n  grpc_histograms = true", "[metrics] grpc_histograms"),
    ],
    ids=["login", "top", "plugins-off", "added"],
)
@EVERY_VERSION
async def test_what_else_would_change_is_named_without_its_value(
    host: PracticeHost, version: str, line: str, instead: str, named: str
) -> None:
    """Logins beside the registry count as something else; no value of one leaves the host."""
    text = _dump(version)
    wrong = _migrated(version, text).replace(line, instead, 1)
    detail = await _refused(host, _plan(host, text, wrong))
    assert detail.endswith(named)
    assert "S3CRET" not in detail
    assert "N3W" not in detail


@EVERY_SHELL
async def test_a_new_file_is_held_against_what_ran_without_one(host: PracticeHost) -> None:
    """Containerd prints its defaults for /dev/null; versions and imports have no effect alone."""
    defaults = "version = 2\nimports = []\noom_score = 0\n"
    host.program("containerd", f'case $2 in /dev/null) printf "{defaults}" ;; *) cat "$2" ;; esac')

    plan = _plan(host, None, 'version = 3\nimports = ["x"]\noom_score = 0\n')
    assert (await asking.apply(host, plan)).outcome is Outcome.APPLIED
    assert (await asking.revert(host)).outcome is Outcome.REVERTED


async def test_a_host_whose_settings_cannot_be_told_is_not_touched(host: PracticeHost) -> None:
    """Without the settings of before there is nothing to compare with."""
    plan = _plan(host, "INVALID\n", "version = 2\n")
    before = host.tree()
    answer = await asking.apply(host, plan)
    assert (answer.outcome, answer.failed_step) == (Outcome.REFUSED, "ledger"), answer
    assert "config dump failed" in answer.detail
    assert host.tree() == before


async def test_a_file_that_cannot_be_dumped_is_taken_back(host: PracticeHost) -> None:
    """The words of containerd come along."""
    assert "INVALID" in await _refused(host, _plan(host, "version = 2\n", "INVALID\n"))
