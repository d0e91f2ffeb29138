"""Scenarios: which there are, whom they strike, and that their endings can be held to."""

from __future__ import annotations

import json

import pytest

from wizard.errors import InputError
from wizard.journal.events import RunResult
from wizard.practice.demo.drills import DRILLS
from wizard.practice.demo.endings import Files, Group, HostEnding, PhaseEnding, Server, groups
from wizard.practice.demo.incidents import Fault, Moment, Pick, pick_host
from wizard.practice.demo.people import CONTAINERD_TOML, DAEMON_JSON, edited
from wizard.practice.demo.scenarios import DEFAULT, SCENARIOS, Scenario, scenario
from wizard.practice.designs import CATALOGUE, Login, fleet_designs
from wizard.run.states import HostState

PROMISED = (
    "calm",
    "bad-ca",
    "daemon-stays-down",
    "drifted-file",
    "full-disk",
    "slow-host",
    "lost-after-activation",
    "host-key-changed",
    "sudo-refused",
    "target-down-in-wave-2",
    "run-killed",
    "reboot-before-confirm",
    "gone-after-activation",
    "old-mirrors-kept",
    "edited-after-migration",
    "registry-read-only",
    "registry-closed-in-wave-2",
)
OF_NO_HOST = {
    *(Fault.TARGET_DOWN, Fault.RUN_KILLED),
    *(Fault.REGISTRY_READ_ONLY, Fault.REGISTRY_CLOSED),
}
EVERY = pytest.mark.parametrize("one", SCENARIOS.values(), ids=lambda one: one.name)
FAULTY = pytest.mark.parametrize(
    "one", [one for one in SCENARIOS.values() if one.faults], ids=lambda one: one.name
)


def test_every_promised_scenario_is_there() -> None:
    """In the order of the list, the calm one first and by default."""
    assert tuple(SCENARIOS) == PROMISED
    assert next(iter(SCENARIOS)) == DEFAULT


def test_an_unknown_scenario_is_refused_with_all_that_there_are() -> None:
    """So that the next try is right."""
    with pytest.raises(InputError) as raised:
        scenario("storm")

    assert raised.value.what == "There is no scenario “storm”."
    assert raised.value.todo == f"Choose one of: {', '.join(PROMISED)}."


def test_every_fault_belongs_to_a_scenario_or_a_drill() -> None:
    """None is there that nobody can meet."""
    met = {planted.fault for one in SCENARIOS.values() for planted in one.faults}
    met |= {one.beside for one in DRILLS.values() if one.beside}

    assert met == set(Fault)


@FAULTY
def test_the_same_seed_strikes_the_same_hosts(one: Scenario) -> None:
    """A scenario can be repeated."""
    designs = fleet_designs(24, seed=7)

    assert one.struck(designs, 7) == one.struck(designs, 7)


@FAULTY
def test_other_seeds_strike_other_hosts(one: Scenario) -> None:
    """Unless the target or the run is struck, which there is one of."""
    struck = {
        host for seed in range(12) for host in one.struck(fleet_designs(24, seed), seed).values()
    }

    assert (len(struck) > 1) is all(planted.pick is not None for planted in one.faults)


@FAULTY
@pytest.mark.parametrize(("count", "seed"), [(24, 0), *((2 * len(CATALOGUE), n) for n in range(9))])
def test_the_canary_is_spared(one: Scenario, count: int, seed: int) -> None:
    """The first host of each flavour is, by default and where every flavour comes twice."""
    designs = fleet_designs(count, seed)
    canary = {design.flavour: design.name for design in reversed(designs)}

    assert set(one.struck(designs, seed).values()).isdisjoint(canary.values())


def test_a_fleet_without_a_host_that_suits_is_refused() -> None:
    """With the size that is enough, before anything is started."""
    designs = [design for design in fleet_designs(24) if design.login is Login.ROOT]

    with pytest.raises(InputError) as raised:
        pick_host(Pick.SUDO, designs, 0)

    assert raised.value.state == "Nothing was started."
    assert str(len(CATALOGUE)) in raised.value.todo


@EVERY
def test_a_scenario_says_what_registry_it_needs(one: Scenario) -> None:
    """One of a product is refused on a plain target, with the products to name."""
    for product in one.products:
        one.check_product(product)
    if one.products:
        with pytest.raises(InputError, match=one.products[0].value):
            one.check_product(None)
    else:
        one.check_product(None)


WAVE_TWO = pytest.mark.parametrize("name", ["target-down-in-wave-2", "run-killed"])


@WAVE_TWO
def test_a_fleet_of_canaries_has_no_second_wave_to_strike(name: str) -> None:
    """One host of each flavour goes first, so one more than flavours are needed."""
    designs = fleet_designs(len(CATALOGUE))

    with pytest.raises(InputError) as raised:
        SCENARIOS[name].check_size(designs, {"soak": 1})

    assert raised.value.what == "a practice fleet of 13 hosts has no second wave"
    assert raised.value.todo == f"Take at least 14 hosts for the scenario {name}."


@WAVE_TWO
def test_more_hosts_or_a_canary_of_one_s_own_leave_a_second_wave(name: str) -> None:
    """Neither is refused."""
    SCENARIOS[name].check_size(fleet_designs(len(CATALOGUE) + 1), {})
    SCENARIOS[name].check_size(fleet_designs(5), {"canary": {"hosts": ["web1"]}})


@EVERY
def test_the_default_fleet_is_large_enough(one: Scenario) -> None:
    """Whatever is practised on it."""
    one.check_size(fleet_designs(24), one.rollout)


@pytest.mark.parametrize("pick", Pick)
@pytest.mark.parametrize("seed", range(4))
def test_as_many_hosts_as_flavours_are_enough(pick: Pick, seed: int) -> None:
    """Then there is one of every kind."""
    designs = fleet_designs(len(CATALOGUE), seed)

    assert pick_host(pick, designs, seed) in {design.name for design in designs}


@EVERY
def test_an_ending_agrees_with_itself(one: Scenario) -> None:
    """Who is confirmed is served by the target and has the plan's files, and so on."""
    moved = {Files.AS_PLANNED, Files.EDITED_PLANNED}
    for phase in (one.ending.rollout, one.ending.rollback):
        for group in Group:
            host = phase.of(group)
            if HostState.CONFIRMED in host.states:
                assert (host.files in moved, host.serves) == (True, Server.TARGET)
            if host.files is Files.AS_BEFORE:
                assert host.serves is not Server.TARGET
        if phase.result is RunResult.FAILED:
            assert phase.exit_code != 0


@EVERY
def test_nobody_is_left_changed_but_by_a_conflict(one: Scenario) -> None:
    """What a rollback leaves is as before, or a person's edit that nobody may overwrite."""
    for group in Group:
        host = one.ending.rollback.of(group)
        in_conflict = host.states == (HostState.CONFLICT,)
        assert in_conflict or host.files in {Files.AS_BEFORE, Files.EDITED_BEFORE}


@EVERY
def test_a_fault_in_a_wave_names_the_wave(one: Scenario) -> None:
    """And one that strikes a host says which hosts it can strike."""
    for planted in one.faults:
        assert (planted.wave is not None) is (planted.when is Moment.IN_WAVE)
        assert (planted.pick is None) is (planted.fault in OF_NO_HOST)


def test_groups_stand_around_the_wave_of_the_faulty_host() -> None:
    """Earlier ones, its own, later ones."""
    waves = (("a", "b"), ("c", "d"), ("e",))

    assert groups(waves, faulty={"d"}) == {
        "a": Group.EARLIER,
        "b": Group.EARLIER,
        "c": Group.SAME_WAVE,
        "d": Group.FAULTY,
        "e": Group.LATER,
    }


def test_groups_stand_around_a_wave_that_is_struck_as_a_whole() -> None:
    """No host of it is more at fault than another."""
    assert groups((("a",), ("b", "c"), ("d",)), faulty=(), wave=1) == {
        "a": Group.EARLIER,
        "b": Group.SAME_WAVE,
        "c": Group.SAME_WAVE,
        "d": Group.LATER,
    }


def test_without_a_fault_every_host_is_one_of_the_others() -> None:
    """The ending of the others is what a phase says of all."""
    calm = SCENARIOS["calm"].ending.rollout
    grouped = groups((("a",), ("b",)), faulty=())

    assert {calm.of(group) for group in grouped.values()} == {calm.others}


def test_a_group_without_an_ending_of_its_own_ends_as_the_others() -> None:
    """Only what differs is said."""
    others = HostEnding(states=(HostState.CONFIRMED,), files=Files.AS_PLANNED, serves=Server.TARGET)
    phase = PhaseEnding(exit_code=0, result=RunResult.COMPLETED, others=others)

    assert {phase.of(group) for group in Group} == {others}


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"{}",
        b'{"debug": false}\n',
        *(
            content
            for design in CATALOGUE.values()
            for path, content in design.own_files
            if path == DAEMON_JSON
        ),
    ],
)
def test_people_leave_valid_json_with_everything_in_it(before: bytes) -> None:
    """An edit adds one key to what was there."""
    old = json.loads(before) if before else {}

    assert json.loads(edited(DAEMON_JSON, before)) == {**old, "max-concurrent-uploads": 3}


def test_people_leave_a_comment_in_toml() -> None:
    """Everything else stays."""
    assert edited(CONTAINERD_TOML, b"version = 2\n").startswith(b"version = 2\n# ")
