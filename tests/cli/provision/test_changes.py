"""`pilotage registry changes`: what was done to a registry can be looked up later."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.cli.provision.place import Place, projects
from tests.registries.harbor.stage import ADMIN, HUB, Stage
from wizard.practice.nexus.nexus import PracticeNexus
from wizard.run.places import registry_changes
from wizard.run.registry_passes import Turns


def _changes(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.run("--json", command="changes").document["changes"]
    return found


def _file(place: Place) -> Path:
    return registry_changes(place.folder / "state")


@dataclass
class Dying(httpx.AsyncBaseTransport):
    """Lets this process die, as `kill` would, where a project is to be made."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if (request.method, request.url.path) == ("POST", "/api/v2.0/projects"):
            raise SystemExit(137)
        return await self.inner.handle_async_request(request)


@dataclass
class Refusing(httpx.AsyncBaseTransport):
    """Makes no project."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if (request.method, request.url.path) == ("POST", "/api/v2.0/projects"):
            return httpx.Response(403, json={"errors": [{"code": "DENIED", "message": "not you"}]})
        return await self.inner.handle_async_request(request)


def test_what_was_done_is_told_newest_first_with_both_values(harbor: Place) -> None:
    """All that the pass says it did, by whom and where; a second pass adds nothing."""
    done = harbor.run("--yes", "--json", "--secrets-to", str(harbor.folder / "robots"))
    harbor.run("--yes")

    found = _changes(harbor)

    assert [one["subject"] for one in reversed(found)] == done.document["done"]
    assert {(one["outcome"], one["url"]) for one in found} == {("done", "https://harbor.test")}
    assert all("@" in one["by"] and one["ended"] >= one["at"] for one in found)
    [project] = [one for one in found if one["subject"] == "project hub"]
    assert {one["field"]: one["wanted"] for one in project["differences"]}["public"] == "true"


def test_people_read_it_in_80_cells(harbor: Place) -> None:
    """With a word for how each ended; before anything was done that is said too."""
    before = harbor.run(command="changes")
    harbor.run("--yes", "--only", "project hub")
    after = harbor.run(command="changes")

    assert before.out == "Nothing was changed at a registry from this machine yet.\n"
    assert "created: project hub\n    at https://harbor.test, by " in after.out
    assert max(map(len, after.out.splitlines())) <= 80


def test_no_secret_is_in_it_and_only_its_owner_reads_it(harbor: Place, stage: Stage) -> None:
    """Neither ours, nor the account's upstream, nor those that Harbor made."""
    harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
    harbor.run("fleet", "--yes", "--secrets-to", str(harbor.folder / "new"), command="renew-robot")

    text = _file(harbor).read_text(encoding="utf-8")

    planted = [ADMIN.password.reveal(), HUB.password.reveal()]
    made = [one["secret"] for one in stage.state.robots.values()]
    told = [line.split("\t")[1] for line in (harbor.folder / "robots").read_text().splitlines()]
    assert [secret for secret in (*planted, *made, *told) if secret in text] == []
    assert stat.S_IMODE(_file(harbor).stat().st_mode) == 0o600
    assert _changes(harbor)[0]["subject"] == "secret of robot fleet"


def test_a_failure_is_noted_with_its_reason(harbor: Place) -> None:
    """What came before it is told as done."""
    harbor.transport = Refusing(harbor.transport)
    failed = harbor.run("--yes", "--only", "project hub")

    newest, *others = _changes(harbor)

    assert (failed.code, newest["subject"], newest["outcome"]) == (3, "project hub", "failed")
    assert "not you" in newest["reason"]
    assert [one["outcome"] for one in others] == ["done"]


def test_what_a_kill_cut_is_told_as_begun(harbor: Place) -> None:
    """Nobody knows whether the request arrived; the next pass reads and notes anew."""
    whole, harbor.transport = harbor.transport, Dying(harbor.transport)
    harbor.run("--yes", "--only", "project hub")
    cut = _changes(harbor)
    harbor.transport = whole
    harbor.run("--yes", "--only", "project hub")

    assert [(one["subject"], one["outcome"]) for one in cut] == [
        ("project hub", "unknown"),
        ("endpoint dockerhub", "done"),
    ]
    assert [one["outcome"] for one in _changes(harbor)] == ["done", "unknown", "done"]
    assert "begun, and its end is not known: project hub" in harbor.run(command="changes").out


def test_nothing_is_changed_that_cannot_be_noted(harbor: Place, stage: Stage) -> None:
    """As on a full disk; the error names the file and what to do."""
    (harbor.folder / "state").mkdir()
    _file(harbor).symlink_to("/dev/full")

    outcome = harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))

    assert (outcome.code, projects(stage), stage.state.endpoints) == (6, {"library"}, {})
    assert str(_file(harbor)) in outcome.err


def test_a_line_that_was_cut_takes_no_other_along(harbor: Place) -> None:
    """As a full disk leaves one."""
    harbor.run("--yes", "--only", "project hub")
    before = _changes(harbor)
    with _file(harbor).open("a", encoding="utf-8") as file:
        file.write('{"begun": "0123", "chan')
    harbor.run("--yes", "--only", "project hub-hosted")

    assert [one["subject"] for one in _changes(harbor)] == [
        "project hub-hosted",
        *(one["subject"] for one in before),
    ]


def test_no_secret_of_a_nexus_is_in_it(nexus: Place, server: PracticeNexus) -> None:
    """The licence that was accepted is, as a subject of its own."""
    nexus.run(typed="y\ny\n")

    text = _file(nexus).read_text(encoding="utf-8")

    planted = [server.setting.password.reveal(), HUB.password.reveal()]
    assert [secret for secret in planted if secret in text] == []
    assert "licence of the Community Edition" in [one["subject"] for one in _changes(nexus)]


def test_a_pass_is_told_with_what_it_changed(harbor: Place) -> None:
    """One that changes nothing is none; the changes of one say which."""
    harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
    harbor.run("--yes")

    [one] = _passes(harbor)

    assert (one["result"], one["url"], one["at_work"]) == ("done", "https://harbor.test", False)
    assert one["ended"] >= one["at"]
    assert {change["of"] for change in _changes(harbor)} == {one["identity"]}


def test_a_pass_that_was_cut_is_told_until_the_next_went_on_with_it(harbor: Place) -> None:
    """By what lists runs, by what lists changes, and by that next one itself."""
    whole, harbor.transport = harbor.transport, Dying(harbor.transport)
    harbor.run("--yes", "--only", "project hub")
    words = "Provisioning of https://harbor.test by "
    told = [harbor.run(command="changes").out, harbor.pilotage("runs").out]
    harbor.transport = whole

    after = harbor.run("--yes", "--only", "project hub")

    assert [words in one for one in (*told, after.err)] == [True] * 3
    assert [words in harbor.run(command="changes").out, words in harbor.pilotage("runs").out] == [
        False,
        False,
    ]
    assert [one["result"] for one in _passes(harbor)] == ["done", "unknown"]


def test_a_pass_that_failed_says_why(harbor: Place) -> None:
    """As the change that it failed at does."""
    harbor.transport = Refusing(harbor.transport)
    harbor.run("--yes", "--only", "project hub")

    [one] = _passes(harbor)

    assert (one["result"], "not you" in one["reason"]) == ("failed", True)


def test_only_one_pass_is_at_work_at_a_registry(harbor: Place, stage: Stage) -> None:
    """The other is told who; what is found is not made twice meanwhile."""
    turns = Turns(_file(harbor).with_suffix(".turns"))
    with turns.taken("https://harbor.test", by="ann@desk"):
        refused = harbor.run("--yes", "--secrets-to", str(harbor.folder / "robots"))
        before = set(projects(stage))
    with turns.taken("https://other.test", by="ann@desk"):
        done = harbor.run("--yes", "--secrets-to", str(harbor.folder / "others"))

    assert (refused.code, before, done.code) == (6, {"library"}, 0)
    assert "ann@desk is provisioning https://harbor.test right now" in refused.err


def _passes(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.run("--json", command="changes").document["passes"]
    return found
