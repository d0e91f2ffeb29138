"""`pilotage plan`, `diff` and the plan file: what is approved is what is applied."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import HOSTS, Pilotage, plan_of
from tests.cli.practice import PracticeService
from wizard.planning.plan import Block, BlockReason, Plan, Verdict


def test_plan_shows_waves_and_what_stops(pilotage: Pilotage) -> None:
    """The table and the summary are data."""
    outcome = pilotage("plan")

    assert outcome.code == 0
    assert outcome.out.splitlines()[1].split()[:2] == ["web1", "canary"]
    assert "Restarts       none: no container stops" in outcome.out


def test_a_blocked_canary_does_not_hide_the_plan(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The whole plan is shown first, then which canary is blocked, why, and the ways out."""
    migration = tmp_path / "migration.yaml"
    named = "rollout: {canary: {hosts: [web1]}, leave_out_blocked: true, "
    migration.write_text(migration.read_text().replace("rollout: {", named))
    assert service.the_plan is not None
    first, *others = service.the_plan.hosts
    blocked = replace(
        first.runtimes[0],
        verdict=Verdict.BLOCKED,
        blocks=(Block(reason=BlockReason.NOT_RUNNING, detail="docker", ways_out=("Start it.",)),),
    )
    hosts = (replace(first, runtimes=(blocked,), changes=()), *others)
    service.the_plan = replace(service.the_plan, hosts=hosts, waves=())

    planned = pilotage("plan", "-o", str(tmp_path / "plan.json"))
    document = pilotage("plan", "--json")
    applied = pilotage("apply", "--yes")

    assert (planned.code, document.code, applied.code) == (4, 4, 4)
    assert "Blocked: docker" in planned.out
    assert "canary web1 is blocked: docker" in planned.err
    assert "Start it." in planned.err
    assert not (tmp_path / "plan.json").exists()
    assert document.document["counts"] == {"change": 2, "nothing": 0, "blocked": 1}
    assert "web2" in applied.err
    assert service.called("start_rollout") == []


def test_plan_document_holds_its_hash(pilotage: Pilotage, service: PracticeService) -> None:
    """The hash in the document is the plan's."""
    document = pilotage("plan", "--json").document

    assert service.the_plan is not None
    assert document["hash"] == service.the_plan.hash
    assert document["counts"] == {"change": 3, "nothing": 0, "blocked": 0}
    assert document["discovery"] == "discovery-1"


def test_plan_file_is_for_its_owner_only_and_applies(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """`plan -o` and `apply` meet in a file of mode 0600."""
    file = tmp_path / "plan.json"

    planned = pilotage("plan", "-o", str(file))
    applied = pilotage("apply", str(file), "--yes")

    assert (planned.code, applied.code) == (0, 0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert service.the_plan is not None
    assert [asked["hash"] for asked in service.called("start_rollout")] == [service.the_plan.hash]
    assert len(service.called("start_discovery")) == 1


def test_a_plan_file_that_was_edited_is_refused(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """One changed byte in a file's content is enough."""
    file = tmp_path / "plan.json"
    pilotage("plan", "-o", str(file))
    data = json.loads(file.read_text(encoding="utf-8"))
    data["plan"]["hosts"][0]["changes"][0]["after"] += " "
    file.write_text(json.dumps(data), encoding="utf-8")

    outcome = pilotage("apply", str(file), "--yes")

    assert outcome.code == 4
    assert "its hash differs" in outcome.err
    assert service.called("start_rollout") == []


def test_a_plan_for_hosts_that_left_the_fleet_is_refused(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The migration file decides who is in the fleet."""
    file = tmp_path / "plan.json"
    service.the_plan = plan_of((*HOSTS, "web9"))
    pilotage("plan", "-o", str(file))

    outcome = pilotage("apply", str(file), "--yes")

    assert outcome.code == 4
    assert "hosts that the migration file does not have: web9." in outcome.err


def test_files_that_are_no_plans_are_refused(pilotage: Pilotage, tmp_path: Path) -> None:
    """Each says what is wrong with it."""
    wrong = {
        "missing.json": (None, "cannot be read: No such file or directory"),
        "text.json": ("plan", "is not JSON"),
        "deep.json": ("[" * 100_000, "is not JSON"),
        "other.json": ('{"version": 1, "document": "runs"}', "holds no plan"),
        "newer.json": ('{"version": 9, "document": "plan"}', "another version of Pilotage"),
        "torn.json": ('{"version": 1, "document": "plan", "plan": {}}', "not what was expected"),
    }
    for name, (content, words) in wrong.items():
        file = tmp_path / name
        if content is not None:
            file.write_text(content, encoding="utf-8")

        outcome = pilotage("apply", str(file), "--yes")

        assert outcome.code == 2
        assert words in outcome.err
        assert str(file) in outcome.err


def test_diff_shows_equal_changes_once(pilotage: Pilotage) -> None:
    """Three hosts with the same change are one diff, tabs as they are."""
    outcome = pilotage("diff")

    assert outcome.code == 0
    assert outcome.out.count('+\t"registry-mirrors": ["https://registry.example.net"]') == 1
    assert "web1, web2, db1" in outcome.out


def test_diff_document_names_the_hosts_of_each_group(pilotage: Pilotage) -> None:
    """A group holds its hosts, the path and the diff."""
    document = pilotage("diff", "--json").document

    (group,) = document["groups"]
    assert group["hosts"] == list(HOSTS)
    assert group["path"] == "/etc/docker/daemon.json"
    assert group["diff"].startswith("--- /etc/docker/daemon.json")


def test_blocked_hosts_stop_apply_and_show_ways_out(
    pilotage: Pilotage, service: PracticeService
) -> None:
    """Nothing is started while a host is blocked and not left out."""
    service.the_plan = _blocked_plan()

    planned = pilotage("plan")
    applied = pilotage("apply", "--yes")

    assert planned.code == 0
    assert "Blocked: daemon.json is not JSON" in planned.out
    assert "  way out  Correct it on the host." in planned.out
    assert applied.code == 4
    assert service.called("start_rollout") == []


def test_blocked_hosts_can_be_left_out(
    pilotage: Pilotage, service: PracticeService, tmp_path: Path
) -> None:
    """The migration file says so, and the others go on."""
    service.the_plan = _blocked_plan()
    file = tmp_path / "migration.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("soak: 0", "soak: 0, leave_out_blocked: true"), encoding="utf-8")

    assert pilotage("apply", "--yes").code == 0


def _blocked_plan() -> Plan:
    plan = plan_of(HOSTS)
    runtime = replace(
        plan.hosts[2].runtimes[0],
        verdict=Verdict.BLOCKED,
        blocks=(
            Block(
                reason=BlockReason.CONFIG_NOT_JSON,
                detail="daemon.json is not JSON",
                ways_out=("Correct it on the host.",),
            ),
        ),
    )
    blocked = replace(plan.hosts[2], runtimes=(runtime,), changes=())
    return replace(plan, hosts=(*plan.hosts[:2], blocked), waves=(("web1",), ("web2",)))


def test_plan_shows_each_note_with_its_hosts(pilotage: Pilotage, service: PracticeService) -> None:
    """What leaves the proof in doubt is said where the operator approves, not only in JSON."""
    plan = plan_of(HOSTS)
    doubt, warning = "Whether Docker Hub has it is not known.", "containerd restarts."
    first, *rest = plan.hosts
    [runtime] = first.runtimes
    warned = replace(runtime, warnings=(warning,))
    noted = (
        replace(first, notes=(doubt,), runtimes=(warned,)),
        *(replace(host, notes=(doubt,)) for host in rest),
    )
    service.the_plan = replace(plan, hosts=noted)

    planned = pilotage("plan").out.splitlines()
    applied = pilotage("apply", "--yes").err.splitlines()

    for lines in (planned, applied):
        at = lines.index(f"Note: {doubt}")
        assert lines[at + 1] == f"  hosts    {', '.join(HOSTS)}"
        assert lines[lines.index(f"Note: {warning}") + 1] == f"  hosts    {HOSTS[0]}"
