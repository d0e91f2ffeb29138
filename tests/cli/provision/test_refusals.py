"""What `pilotage registry provision` cannot do is told once and clearly; nothing is half done."""

from __future__ import annotations

import httpx
import pytest

from tests.cli.provision.place import (
    Counting,
    Place,
    projects,
)
from tests.registries.harbor.stage import BOB, Stage
from wizard.registries.authority import Login
from wizard.secret import Secret


def test_a_wrong_password_is_tried_once(harbor: Place, stage: Stage) -> None:
    """Failed logins lock users out: one try, one clear message, nothing changed."""
    counting = Counting(harbor.transport)
    harbor.transport, harbor.login = counting, Login(username="admin", password=Secret("wr0ng"))
    outcome = harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
    assert (outcome.code, counting.logins, projects(stage)) == (3, 1, {"library"})
    assert ("wr0ng" in outcome.out + outcome.err, "tried once" in outcome.err) == (False, True)


def test_a_user_or_robot_in_place_of_the_administrator_is_told(harbor: Place, stage: Stage) -> None:
    """Before anything is changed, with who it is."""
    assert harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots")).code == 0
    robot = next(iter(stage.state.robots.values()))
    harbor.login = Login(username=robot["name"], password=Secret(robot["secret"]))
    harbor.write("    harbor: {upstreams: {docker.io: {project: other}}}\n")
    refused = harbor.run("--yes")
    assert (refused.code, "a robot" in refused.err) == (3, True)
    harbor.login = BOB
    harbor.write("    harbor: {upstreams: {docker.io: {project: other}}}\n")
    refused = harbor.run("--yes")
    assert (refused.code, "no administrator" in refused.err) == (3, True)
    assert "other" not in projects(stage)


def test_a_read_only_harbor_is_told(harbor: Place, stage: Stage) -> None:
    """Nothing is tried there."""
    stage.state.configuration["read_only"] = True
    outcome = harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
    assert (outcome.code, "read-only" in outcome.err, projects(stage)) == (3, True, {"library"})


def test_a_web_page_in_place_of_the_api_is_told(harbor: Place, stage: Stage) -> None:
    """A portal answers 200 to everything, also once Harbor itself was found."""

    def portal(request: httpx.Request) -> httpx.Response | None:
        if "authorization" not in request.headers:
            return None
        headers = {"content-type": "text/html"}
        return httpx.Response(200, headers=headers, text="<html>Sign in", request=request)

    harbor.transport = Counting(harbor.transport, other=portal)
    outcome = harbor.run("--yes")
    assert (outcome.code, "web page" in outcome.err, projects(stage)) == (3, True, {"library"})


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("    harbor: {replications: {a: {repositories: x, project: hub}}}\n", "proxy project"),
        ("    harbor: {upstreams: {docker.io: {project: a, hosted: a}}}\n", "twice"),
        ("    nexus: {}\n", "provisions nexus, and harbor answers"),
    ],
)
def test_a_choice_that_contradicts_itself_sends_no_password(
    harbor: Place, stage: Stage, lines: str, told: str
) -> None:
    """It is refused as wrong input before anybody logs in."""
    harbor.write(lines.replace("project: hub}", "project: dockerhub}"))
    counting = Counting(harbor.transport)
    harbor.transport = counting
    outcome = harbor.run("--yes")
    assert (outcome.code, told in outcome.err, counting.logins) == (2, True, 0)


def test_docker_hub_without_an_account_names_the_line_to_write(harbor: Place) -> None:
    """Harbor's proxy needs one."""
    harbor.write("")
    file = harbor.folder / "migration.yaml"
    text = file.read_text(encoding="utf-8").replace("docker.io: {username", "quay.io: {username")
    file.write_text(f"{text}    harbor: {{upstreams: {{quay.io: }}}}\n", encoding="utf-8")
    outcome = harbor.run("--plan")
    assert (outcome.code, "accounts: {docker.io:" in outcome.err) == (2, True)
