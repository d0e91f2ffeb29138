"""`pilotage registry provision` on a practice Harbor, through its own door."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from tests.cli.provision.place import (
    HARBOR,
    Place,
    actions,
    projects,
)
from tests.registries.harbor.stage import ADMIN, HUB, Stage
from tests.registries.nexus.stage import Cut


def test_by_default_each_upstream_gets_a_proxy_and_a_hosted_project(
    harbor: Place, stage: Stage
) -> None:
    """Without a word on Harbor: retention chosen, public, blobs collected every night."""
    harbor.write("  upstreams: {quay.io: {prefix: quay/mirror}}\n")
    outcome = harbor.run("--yes")
    assert (outcome.code, projects(stage)) == (
        0,
        {"library", "dockerhub", "dockerhub-hosted", "quay", "quay-hosted"},
    )
    proxy = stage.state.project_named("dockerhub")
    hosted = stage.state.project_named("quay-hosted")
    assert proxy
    assert hosted
    assert (proxy.registry_id is None, proxy.metadata["public"]) == (False, "true")
    assert (hosted.registry_id is None, hosted.metadata["public"]) == (True, "true")
    kept = stage.state.retentions[int(proxy.metadata["retention_id"])]["rules"][0]
    assert (kept["template"], list(kept["params"].values())) == ("nDaysSinceLastPull", [30])
    assert stage.state.schedules["gc"]["schedule"]["cron"] == "0 0 3 * * *"


def test_the_plan_alone_changes_nothing(harbor: Place, stage: Stage) -> None:
    """Every subject with what is found and what is wanted, in 80 cells or in JSON."""
    shown = harbor.run("--plan")
    told = harbor.run("--plan", "--json")
    assert (shown.code, told.code, projects(stage)) == (0, 0, {"library"})
    assert "create: project hub\n" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert actions(told)["project hub"] == "create"
    assert (told.document["complete"], told.document["done"]) == (False, [])


def test_it_asks_after_the_plan_and_no_is_no(harbor: Place, stage: Stage) -> None:
    """Declined ends with 8, and the file for secrets is gone again."""
    file = harbor.folder / "robots"
    declined = harbor.run("--secrets-to", str(file), typed="n\n")
    assert (declined.code, projects(stage), file.exists()) == (8, {"library"}, False)
    assert declined.out.index("create: project hub") >= 0
    unasked = harbor.run("--secrets-to", str(file))
    assert (unasked.code, projects(stage), file.exists()) == (7, {"library"}, False)


def test_a_robots_secret_is_renewed_in_harbor_itself(harbor: Place, stage: Stage) -> None:
    """Written where it was asked for; one that is not there is told as such."""
    harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
    file = harbor.folder / "renewed"

    done = harbor.run("fleet", "--secrets-to", str(file), "--yes", command="renew-robot")
    none = harbor.run("flet", "--secrets-to", f"{file}2", "--yes", command="renew-robot")

    [robot] = [one for one in stage.state.robots.values() if one["name"] == "robot$fleet"]
    assert (done.code, file.read_text()) == (0, f"robot$fleet\t{robot['secret']}\n")
    assert (none.code, "no robot flet" in none.err) == (3, True)


def test_one_subject_is_done_with_what_it_rests_on_and_no_other(
    harbor: Place, stage: Stage
) -> None:
    """The endpoint has to be made before; settings, robots and images are left as they are."""
    shown = harbor.run("--plan", "--json", "--only", "project hub")
    assert actions(shown) == {"endpoint dockerhub": "create", "project hub": "create"}
    done = harbor.run("--yes", "--json", "--only", "project hub")
    assert done.document["done"] == ["endpoint dockerhub", "project hub"]
    assert (projects(stage), stage.state.robots) == ({"library", "hub"}, {})

    wrong = harbor.run("--yes", "--only", "project hob")
    assert wrong.code == 2
    assert "The plan has no subject “project hob”." in wrong.err


def test_a_second_pass_finds_nothing_to_do(harbor: Place, stage: Stage) -> None:
    """All of it is read back as it was wanted, images copied by the replication among it."""
    first = harbor.run("--yes", "--json", "--secrets-to", str(harbor.folder / "robots"))
    assert (first.code, first.document["complete"]) == (0, True)
    assert {"project hub", "project hub-hosted", "robot fleet"} <= set(first.document["done"])
    second = harbor.run("--yes", "--json")
    assert (second.code, second.document["done"]) == (0, [])
    assert set(actions(second).values()) == {"nothing"}
    shown = harbor.run()
    assert (shown.code, "Nothing is to be done: all of it is as wanted." in shown.out) == (0, True)
    assert len(stage.state.robots) == 2


def test_a_terminal_follows_images_that_are_copied(harbor: Place) -> None:
    """A replication takes its time: how far it is stands on the last line."""
    shown = harbor.run("--yes", terminal=True)
    assert (shown.code, "2 of 2 repositories were copied." in shown.err) == (0, True)


def test_secrets_told_once_are_in_the_new_file_alone(harbor: Place, stage: Stage) -> None:
    """Mode 0600, nowhere else; a file that is there is refused before anything is changed."""
    file = harbor.folder / "robots"
    file.write_text("mine", encoding="utf-8")
    refused = harbor.run("--yes", "--secrets-to", str(file))
    assert (refused.code, file.read_text(encoding="utf-8"), projects(stage)) == (
        2,
        "mine",
        {"library"},
    )
    file.unlink()
    assert harbor.run("--yes", "--json", "--secrets-to", str(file)).code == 0
    lines = dict(line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    made = {one["name"]: one["secret"] for one in stage.state.robots.values()}
    assert (lines, oct(file.stat().st_mode & 0o777)) == (made, "0o600")
    everything = "".join(harbor.told)
    assert [secret for secret in made.values() if secret in everything] == []


def test_secrets_that_nobody_would_see_are_not_made(harbor: Place, stage: Stage) -> None:
    """Piped or as JSON, and without a file, robots are refused first; a terminal shows them."""
    for arguments in (["--yes"], ["--yes", "--json"]):
        refused = harbor.run(*arguments)
        assert (refused.code, projects(stage)) == (2, {"library"})
    shown = harbor.run("--yes", terminal=True)
    made = {one["secret"] for one in stage.state.robots.values()}
    assert (shown.code, {one for one in made if one in shown.out}) == (0, made)


@pytest.mark.parametrize("handled", [True, False])
@pytest.mark.parametrize("at", range(1, 11))
def test_a_pass_that_was_cut_is_gone_on_with(
    harbor: Place, stage: Stage, at: int, *, handled: bool
) -> None:
    """Wherever a change is lost, on its way there or back: told with 3, and nothing is doubled."""
    file = str(harbor.folder / "robots")
    direct = harbor.transport
    harbor.transport = Cut(direct, at=at, handled=handled)
    cut = harbor.run("--yes", "--json", "--secrets-to", file)
    documents = re.split(r"(?m)^(?=\{)", cut.out)[1:]
    first, error = map(json.loads, documents)
    assert (cut.code, first["complete"], error["document"]) == (3, False, "error")
    harbor.transport = direct
    again = harbor.run("--yes", "--secrets-to", f"{file}2")
    names = [one.name for one in stage.state.projects.values()]
    assert (again.code, sorted(names)) == (0, ["hub", "hub-hosted", "library"])
    assert (len(stage.state.robots), len(stage.state.replications)) == (2, 1)
    assert set(actions(harbor.run("--plan", "--json")).values()) == {"nothing"}


def test_planted_secrets_are_in_no_output_and_no_file(
    harbor: Place, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Of passes that went well and of one that failed, logs at their loudest."""
    caplog.set_level(logging.DEBUG)
    file = harbor.folder / "robots"
    hook = "{address: 'https://hooks.test', events: [PUSH_ARTIFACT], header: 'env:HUB'}"
    harbor.write(f"{HARBOR}      projects: {{hub-hosted: {{webhooks: {{tell: {hook}}}}}}}\n")
    stage.upstream.accounts.clear()
    assert harbor.run("--yes", "--secrets-to", str(file)).code == 3
    stage.upstream.accounts[HUB.username] = HUB.password.reveal()
    assert harbor.run("--yes", "--json", "--secrets-to", str(file)).code == 0
    robots = [one["secret"] for one in stage.state.robots.values()]
    written = "".join(
        one.read_text(encoding="utf-8", errors="replace")
        for one in harbor.folder.rglob("*")
        if one.is_file() and one != file
    )
    planted: list[Any] = [*robots, *harbor.environ.values(), ADMIN.basic().partition(" ")[2]]
    everything = "".join(harbor.told) + written + caplog.text
    assert ("project hub" in everything, [one for one in planted if one in everything]) == (
        True,
        [],
    )
