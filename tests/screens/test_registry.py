"""Registry: naming the target, probing it, and whom it can serve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from screens.matrix_lines import matrix_rows
from screens.session import Step
from screens.widgets.paint import text_of
from tests.screens import samples
from tests.screens.stage import on_stage, scripted
from wizard.errors import RegistryError
from wizard.fleet.policy import PlaceChoice, RolloutPolicy
from wizard.planning.matrix import COST_WORDS, Cell, Cost, Row
from wizard.secret import Secret
from wizard.target import Addressing


async def test_shows_what_probing_found_and_counts_the_fleet(tmp_path: Path) -> None:
    """Addressing, canary, attempts, and how many hosts are served at which price."""
    async with on_stage(tmp_path, size=(80, 30)) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.see(
            "addressed at the root",
            "docker.io/library/pilotage-canary:c1",
            "7 ✓ served after a reload",
            "1 ✗ blocked",
            "/v2/ answers 200, a registry",
        )


async def test_hosts_are_asked_whether_they_reach_the_target(tmp_path: Path) -> None:
    """After the probe every host that was read is read again with the target."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.probe_registry()

        asked = stage.service.called("start_discovery")[1]
        assert (asked["target"], asked["hosts"]) == (samples.TARGET, samples.NAMES)


async def test_choice_is_saved_before_it_is_probed(tmp_path: Path) -> None:
    """A registry that does not answer costs no typing: the answer is in the file."""
    service = scripted(tmp_path)
    service.reports = [RegistryError("connection refused", todo="Is the port right?")]
    async with on_stage(tmp_path, service=service, step=Step.REGISTRY) as stage:
        await stage.focus("#url-input")
        await stage.type("https://r.example.net")
        await stage.press("enter")
        await stage.see("connection refused", "Is the port right?")

        target = service.saved[tmp_path / "migration.yaml"].target
        assert target is not None
        assert target.url == "https://r.example.net"


async def test_further_upstreams_are_saved_and_shown_with_their_places(tmp_path: Path) -> None:
    """One line names them; what is wrong in it is told under it, and nobody is asked."""
    async with on_stage(tmp_path, size=(110, 32)) as stage:
        await stage.read_fleet()
        await stage.press("f10")
        await stage.see("Other upstreams")
        stage.part("#upstreams-input").value = "quay.io"
        await stage.focus("#url-input")
        await stage.type("https://registry.example.net")
        await stage.press("enter")
        await stage.see("expected quay.io=project")
        assert stage.service.called("probe_target") == []

        stage.part("#upstreams-input").value = "quay.io=quay"
        await stage.press("enter")
        await stage.see("addressed at the root")
        [asked] = stage.service.called("probe_target")
        assert asked["choice"].upstreams == (PlaceChoice(upstream="quay.io", prefix="quay"),)
        target = stage.service.saved[tmp_path / "migration.yaml"].target
        assert target is not None
        assert target.upstreams == (PlaceChoice(upstream="quay.io", prefix="quay"),)


async def test_the_ca_may_go_into_the_store_of_the_system(tmp_path: Path) -> None:
    """A tick beside the button says so, is saved and read again, and wants a probe."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.see("[ ] the CA goes into the system's store: daemons restart")
        await stage.focus("#ca_trust")
        await stage.press("space")
        await stage.see("[x] the CA goes into the system's store", "probe again")
        await stage.focus("#url-input")
        await stage.press("enter")
        await stage.see("addressed at the root")

        assert [one["choice"].ca_trust for one in stage.service.called("probe_target")] == [
            "registry",
            "system",
        ]
        target = stage.service.saved[tmp_path / "migration.yaml"].target
        assert target is not None
        assert target.ca_trust == "system"


async def test_the_matrix_is_counted_anew_under_another_policy(tmp_path: Path) -> None:
    """Nobody was read again, and still a host may be served since a restart is allowed."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        session, policy = stage.app.context.session, RolloutPolicy(allow_restart=("docker",))
        session.answers = replace(session.migration, policy=policy)
        await stage.press("escape")
        await stage.press("f10")
        counted = stage.service.called
        await stage.until(lambda: counted("matrix")[-1]["policy"] == policy, "counted anew")


async def test_the_matrix_tells_what_each_addressing_costs_before_a_target_is_named(
    tmp_path: Path,
) -> None:
    """Counts by addressing, and the hosts with their reasons behind each."""
    async with on_stage(tmp_path, size=(110, 32)) as stage:
        await stage.read_fleet()
        await stage.press("f10")
        await stage.see("What each addressing", "at the root", "under a project")
        await stage.focus("#found")
        await stage.press("end", "enter")
        await stage.see("Target behind a path", "✓ one reload: 8", "old1")


def test_no_count_of_the_matrix_is_cut_on_eighty_columns() -> None:
    """What is impossible comes last: where the counts are too wide, it gets a line of its own."""
    costs = [cost for cost in Cost for _each in range(250)]
    matrix = [
        Row(
            host=f"web{number}",
            flavour="docker",
            cells=tuple(Cell(addressing=addressing, cost=cost) for addressing in Addressing),
        )
        for number, cost in enumerate(costs)
    ]

    texts = [text_of(line).rstrip() for _key, line in matrix_rows(matrix)]

    assert max(len(text) for text in texts) <= 76
    for words in COST_WORDS.values():
        assert sum(f"250 {words}" in text for text in texts) == len(Addressing)


async def test_an_example_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    """Without colours too, the field for other upstreams reads as empty."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        await stage.see("none; as in quay.io=quay")


async def test_wrong_url_is_told_under_the_field(tmp_path: Path) -> None:
    """A URL without https is refused with words, and nobody is asked."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        await stage.focus("#url-input")
        await stage.type("registry.example.net")
        await stage.press("enter")
        await stage.see("it must begin with https://")

        assert stage.service.called("probe_target") == []


async def test_password_itself_is_refused(tmp_path: Path) -> None:
    """Only a reference may stand in the field: it is saved to a file."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        stage.part("#url-input").value = samples.TARGET.url
        await stage.focus("#password-input")
        await stage.type("hunter2")
        await stage.press("enter")
        await stage.see("not the password itself")

        assert stage.service.called("probe_target") == []


async def test_a_proxy_with_its_login_is_refused_and_a_reference_is_taken(tmp_path: Path) -> None:
    """The field is saved to a file."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        stage.part("#url-input").value = samples.TARGET.url
        await stage.focus("#proxy-input")
        await stage.type("http://u:p@proxy.example.net:3128")
        await stage.press("enter")
        await stage.see("a login does not belong here")
        assert stage.service.called("probe_target") == []

        stage.part("#proxy-input").value = "env:PROXY"
        await stage.press("enter")
        await stage.see("F10: Preview")
        assert stage.service.called("probe_target")[0]["choice"].proxy == "env:PROXY"


async def test_password_ask_is_asked_for_once(tmp_path: Path) -> None:
    """`ask` opens a masked field; the secret goes to the probe and is kept for the session."""
    async with on_stage(tmp_path, step=Step.REGISTRY) as stage:
        stage.part("#url-input").value = samples.TARGET.url
        await stage.focus("#password-input")
        await stage.type("ask")
        await stage.press("enter")
        await stage.see("Passwords are needed")
        await stage.type("hunter2")
        await stage.press("enter")
        await stage.see("F10: Preview")
        assert stage.service.called("probe_target")[0]["password"] == Secret("hunter2")

        await stage.focus("#probe")
        await stage.press("enter")
        await stage.until(lambda: len(stage.service.called("probe_target")) == 2, "second probe")
        assert stage.service.called("probe_target")[1]["password"] == Secret("hunter2")


async def test_changed_field_turns_next_off(tmp_path: Path) -> None:
    """A field that differs from what was probed keeps Next off, with the reason."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        stage.part("#ca_file-input").value = "/other/ca.pem"
        await stage.press("f10")
        await stage.see("the fields were changed: probe again")


async def test_answers_are_there_again_after_going_back(tmp_path: Path) -> None:
    """Esc goes back and discards nothing."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("escape")
        await stage.see("step 1/5")
        await stage.press("f10")
        await stage.see("https://registry.example.net", "served after a reload")


async def test_enter_on_a_count_lists_its_hosts(tmp_path: Path) -> None:
    """The drill-down of the blocked ones names host and reason."""
    async with on_stage(tmp_path, size=(120, 30)) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.focus("#found")
        await stage.press("home", "down", "down", "enter")
        await stage.see("1 host: blocked", "old1", "gets mirrors by a flag")
