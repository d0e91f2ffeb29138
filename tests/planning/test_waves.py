"""Waves: the canary tries every flavour first, then sizes as the policy says."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.planning.cases import a_file
from wizard.cli.exit_codes import ExitCode
from wizard.errors import InputError
from wizard.fleet.policy import CanaryChoice, RolloutPolicy
from wizard.planning.blocks import block
from wizard.planning.files import file_change
from wizard.planning.plan import (
    BlockReason,
    FilePurpose,
    HostPlan,
    Runtime,
    RuntimePlan,
    Verdict,
)
from wizard.rollout.waves import canary_problem, plan_waves

_CHANGE = file_change(a_file("/etc/docker/daemon.json", "{}\n"), FilePurpose.CONFIG, "[]\n")


def _host(name: str, flavour: str = "docker 26.1", verdict: Verdict = Verdict.CHANGE) -> HostPlan:
    runtime = RuntimePlan(runtime=Runtime.DOCKER, flavour=flavour, verdict=verdict)
    changes = (_CHANGE,) if _CHANGE and verdict is Verdict.CHANGE else ()
    return HostPlan(host=name, runtimes=(runtime,), changes=changes)


def _policy(*waves: str, canary: CanaryChoice | None = None) -> RolloutPolicy:
    return RolloutPolicy(waves=waves, canary=canary or CanaryChoice())


_TEN = [_host(f"web{number}") for number in range(10)]


def test_canary_takes_one_host_of_each_flavour() -> None:
    """The first host of each flavour goes first, in the operator's order."""
    hosts = [_host("a"), _host("b", "docker 28.5"), _host("c"), _host("d", "containerd 2.1")]
    assert plan_waves(hosts, {}, _policy("100%")) == (("a", "b", "d"), ("c",))


def test_canary_takes_as_many_of_each_flavour_as_asked() -> None:
    """With two per flavour, a flavour that has only one host gives that one."""
    hosts = [_host("a"), _host("b", "docker 28.5"), _host("c"), _host("d")]
    policy = _policy("1", canary=CanaryChoice(per_flavour=2))
    assert plan_waves(hosts, {}, policy) == (("a", "b", "c"), ("d",))


def test_canary_passes_over_hosts_that_do_not_change() -> None:
    """Blocked and migrated hosts are in no wave; the next one of the flavour is the canary."""
    hosts = [_host("a", verdict=Verdict.BLOCKED), _host("b", verdict=Verdict.NOTHING), _host("c")]
    assert plan_waves(hosts, {}, _policy("1")) == (("c",),)


def test_named_canary_keeps_the_order_of_the_fleet() -> None:
    """Named hosts are the whole canary wave, and stand as the fleet has them."""
    policy = _policy("100%", canary=CanaryChoice(hosts=("web7", "web2")))
    first, rest = plan_waves(_TEN, {}, policy)
    assert first == ("web2", "web7")
    assert rest == tuple(f"web{number}" for number in (0, 1, 3, 4, 5, 6, 8, 9))


def test_labelled_canary_takes_all_hosts_of_the_label() -> None:
    """Every host with the label that changes is in the canary wave."""
    labels = {"web1": (("tier", "test"),), "web3": (("zone", "b"), ("tier", "test"))}
    policy = _policy("100%", canary=CanaryChoice(label="tier=test"))
    assert plan_waves(_TEN, labels, policy)[0] == ("web1", "web3")


def test_last_size_is_repeated() -> None:
    """After the named sizes the last one goes on until all hosts are in a wave."""
    sizes = [len(wave) for wave in plan_waves(_TEN, {}, _policy("1", "3"))]
    assert sizes == [1, 1, 3, 3, 2]


def test_percentages_are_of_all_hosts_to_change_and_rounded_up() -> None:
    """25% of ten hosts are three, in every wave."""
    sizes = [len(wave) for wave in plan_waves(_TEN, {}, _policy("25%"))]
    assert sizes == [1, 3, 3, 3]


def test_nothing_to_change_gives_no_waves() -> None:
    """A fleet that is migrated has no waves, whatever canary the policy names."""
    hosts = [_host("a", verdict=Verdict.NOTHING)]
    assert plan_waves(hosts, {}, _policy("1", canary=CanaryChoice(hosts=("a",)))) == ()
    assert plan_waves([], {}, _policy("1")) == ()


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (_policy("1", canary=CanaryChoice(hosts=("web1", "db1"))), "db1"),
        (_policy("1", canary=CanaryChoice(label="tier=none")), "tier=none"),
        (_policy("1", canary=CanaryChoice(label="tier")), "no label"),
        (_policy("1", canary=CanaryChoice(hosts=("web1",), label="a=b")), "both"),
        (_policy("1", canary=CanaryChoice(per_flavour=0)), "0 hosts per flavour"),
        (_policy("0"), "'0'"),
        (_policy("0%"), "'0%'"),
        (_policy("101%"), "'101%'"),
        (_policy("-1"), "'-1'"),
        (_policy("a third"), "'a third'"),
        (_policy(), "no waves"),
    ],
)
def test_choices_that_make_no_sense_are_refused(policy: RolloutPolicy, words: str) -> None:
    """Unknown hosts and labels and sizes of nothing are errors that say what to do."""
    with pytest.raises(InputError) as refused:
        plan_waves(_TEN, {}, policy)
    assert words in refused.value.what
    assert refused.value.todo


def test_canary_without_any_change_leaves_no_wave_and_says_why() -> None:
    """A canary of hosts that have nothing to change would let everything through."""
    hosts = [_host("a", verdict=Verdict.NOTHING), _host("b")]
    choice = CanaryChoice(hosts=("a",))
    problem = canary_problem(hosts, {}, choice)
    assert plan_waves(hosts, {}, _policy("1", canary=choice)) == ()
    assert problem is not None
    assert problem.what == "no host of the canary has anything to change: a"


def test_blocked_canary_is_told_with_its_reason_and_the_ways_out() -> None:
    """Among many hosts, it is this one that has to be cleared."""
    runtime = RuntimePlan(
        runtime=Runtime.DOCKER,
        flavour="docker",
        verdict=Verdict.BLOCKED,
        blocks=(block(BlockReason.FLAGS_CONFLICT),),
    )
    hosts = [HostPlan(host="a", runtimes=(runtime,)), _host("b")]
    labels = {"a": (("ring", "0"),)}
    problem = canary_problem(hosts, labels, CanaryChoice(label="ring=0"))
    assert problem is not None
    assert problem.what.startswith("canary a is blocked: The daemon gets mirrors by a flag")
    assert problem.todo.startswith("Move the flag from the unit into daemon.json")
    assert problem.exit_code == ExitCode.PLAN


def test_canary_with_a_host_that_changes_is_no_problem() -> None:
    """One of two blocked leaves the other to go first."""
    hosts = [_host("a", verdict=Verdict.BLOCKED), _host("b"), _host("c")]
    choice = CanaryChoice(hosts=("a", "b"))
    assert canary_problem(hosts, {}, choice) is None
    assert plan_waves(hosts, {}, _policy("1", canary=choice)) == (("b",), ("c",))


def _server(name: str, cluster: str = "a") -> HostPlan:
    return dataclasses.replace(_host(name, "k3s 1.31 server"), one_at_a_time=cluster)


def test_servers_of_one_cluster_never_share_a_wave() -> None:
    """Not even where the canary names them all, or a wave is to have everybody."""
    hosts = [_server("s1"), _server("s2"), _host("w1"), _server("t1", "b"), _server("s3")]
    named = _policy("100%", canary=CanaryChoice(hosts=("s1", "s2")))
    assert plan_waves(hosts, {}, named) == (("s1",), ("s2", "w1", "t1"), ("s3",))
    assert plan_waves(hosts, {}, _policy("100%")) == (("s1", "w1"), ("s2", "t1"), ("s3",))


@given(
    clusters=st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=12),
    sizes=st.lists(st.sampled_from(["1", "3", "25%", "100%"]), min_size=1, max_size=3),
)
def test_whatever_the_sizes_each_host_has_one_wave(clusters: list[str], sizes: list[str]) -> None:
    """Nobody is left out or comes twice, and no two of one cluster are together."""
    hosts = [_server(f"h{number}", cluster) for number, cluster in enumerate(clusters)]
    waves = plan_waves(hosts, {}, _policy(*sizes))
    assert sorted(host.host for host in hosts) == sorted(name for wave in waves for name in wave)
    by_name = {host.host: host.one_at_a_time for host in hosts}
    for wave in waves:
        words = [by_name[name] for name in wave if by_name[name]]
        assert len(set(words)) == len(words)


@given(
    verdicts=st.lists(st.tuples(st.sampled_from(Verdict), st.sampled_from("abc")), max_size=40),
    sizes=st.lists(st.sampled_from(["1", "3", "7%", "25%", "100%"]), min_size=1, max_size=4),
    per_flavour=st.integers(1, 3),
)
def test_every_host_to_change_is_in_exactly_one_wave(
    verdicts: list[tuple[Verdict, str]], sizes: list[str], per_flavour: int
) -> None:
    """No host is lost or doubled, no wave is empty, and order within waves is the fleet's."""
    hosts = [
        _host(f"h{place:02}", flavour, verdict) for place, (verdict, flavour) in enumerate(verdicts)
    ]
    policy = _policy(*sizes, canary=CanaryChoice(per_flavour=per_flavour))
    waves = plan_waves(hosts, {}, policy)
    to_change = [host.host for host in hosts if host.verdict is Verdict.CHANGE]
    assert to_change == sorted(name for wave in waves for name in wave)
    assert all(wave and list(wave) == sorted(wave) for wave in waves)
