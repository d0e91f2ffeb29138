"""What counts as proof on real hosts: a canary that Docker Hub has too is none."""

from __future__ import annotations

import pytest
import yaml

from tests.fleet import Fleet
from tests.story.operator import Operator
from tests.story.photograph import photograph, upstream_requests

pytestmark = [pytest.mark.fleet, pytest.mark.usefixtures("warm_operator")]

HOSTS = ("trixie-docker", "book-cri")


def test_a_canary_that_upstream_has_too_is_found_out_before_any_change(
    fleet: Fleet, operator: Operator
) -> None:
    """With the target out of order Docker would fall back, and its pull would pass for proof."""
    operator.write_migration(HOSTS)
    content = yaml.safe_load(operator.migration_file.read_text())
    content["target"]["canary"] = "library/hello:common"
    operator.migration_file.write_text(yaml.safe_dump(content, sort_keys=False))
    before = {host: photograph(fleet, host) for host in HOSTS}
    mark = fleet.upstream.mark()

    plan = operator.json("plan", "-o", "plan.json", expect=None)
    asked = {(request.method, request.path) for request in upstream_requests(fleet, mark)}
    fleet.break_target_certificate("trixie-docker")
    try:
        refused = operator.json("apply", "plan.json", "--yes", expect=4)
    finally:
        fleet.mend_target_certificate("trixie-docker")

    reasons = {
        host["host"]: {block["reason"] for one in host["runtimes"] for block in one["blocks"]}
        for host in plan["plan"]["hosts"]
    }
    assert reasons == {host: {"canary_upstream"} for host in HOSTS}
    assert refused["error"]["kind"] == "PlanBlocked"
    assert asked == {("HEAD", "/v2/library/hello/manifests/common")}
    assert {host: photograph(fleet, host) for host in HOSTS} == before


def test_a_canary_of_the_target_alone_leaves_no_doubt(fleet: Fleet, operator: Operator) -> None:
    """The hosts find out by themselves that upstream does not have it."""
    operator.write_migration(HOSTS)
    found = operator.json("plan")
    doubts = [note for host in found["plan"]["hosts"] for note in host["notes"]]
    assert [note for note in doubts if "Whether Docker Hub has" in note] == []
    assert found["counts"]["change"] == len(HOSTS)
