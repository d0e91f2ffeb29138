"""Migrations as operators could choose them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.fleet_file.provisions import provisions
from wizard.fleet.host import Fleet, Host, Sudo
from wizard.fleet.policy import (
    CanaryChoice,
    Migration,
    PlaceChoice,
    RolloutPolicy,
    TargetChoice,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_words = st.text(_LETTERS, min_size=1, max_size=6)
_odd_words = st.one_of(
    _words, st.sampled_from(["no", "on", "null", "1e3", "0x10", "1.10", "022", "12:30", "true"])
)
_labels = st.dictionaries(_words, _words, max_size=3).map(
    lambda labels: tuple(sorted(labels.items()))
)
_paths = st.lists(_words.map(lambda word: f"/keys/{word} #1"), max_size=2, unique=True).map(tuple)
_references = st.one_of(
    st.just("ask"),
    _words.map(lambda word: f"env:{word.upper()}"),
    _words.map(lambda word: f"file:/secrets/{word}: x"),
)


_places = st.lists(
    st.builds(
        PlaceChoice,
        upstream=st.sampled_from(["quay.io", "registry.k8s.io", "r.corp:5000"]),
        addressing=st.sampled_from(["auto", "prefix", "path"]),
        prefix=st.sampled_from(["hub", "a/b", "no"]),
        canary=st.sampled_from(["", "library/canary:one", "pause:1"]),
    )
    | st.just(PlaceChoice(upstream="ghcr.io", addressing="root")),
    max_size=3,
    unique_by=lambda place: place.upstream,
).map(tuple)


# What is built anew for each draw costs more than drawing it.
_HOSTS = st.builds(
    Host,
    name=st.just(""),
    address=st.sampled_from(["", "10.0.0.7", "fd00::7"]),
    port=st.sampled_from([22, 2222]),
    user=st.sampled_from(["root", "deploy", "no", "svc_x"]),
    sudo=st.sampled_from(Sudo),
    proxy_jump=st.sampled_from([(), ("bastion",), ("a@b:22", "[fd00::1]:2222")]),
    identity_files=_paths,
    identities_only=st.booleans(),
    identity_agent=st.sampled_from([None, "none", "/run/agent"]),
    known_hosts_files=_paths,
    host_key_alias=st.sampled_from([None, "key-alias"]),
    group=st.sampled_from(["", "web", "data base", "no"]),
    labels=_labels,
    credential=st.sampled_from(["default", "other"]),
)
_FLEETS = st.lists(
    st.tuples(_odd_words, _HOSTS), min_size=1, max_size=5, unique_by=lambda pair: pair[0]
).map(
    lambda pairs: Fleet(
        hosts=tuple(replace(host, name=name, address=host.address or name) for name, host in pairs)
    )
)
_COUNTS = st.integers(1, 9).map(lambda count: CanaryChoice(per_flavour=count))
_POLICIES = st.builds(
    RolloutPolicy,
    waves=st.lists(
        st.one_of(st.integers(1, 99).map(str), st.integers(1, 100).map(lambda share: f"{share}%")),
        min_size=1,
        max_size=4,
    ).map(tuple),
    concurrency=st.integers(1, 100),
    max_failed_total=st.integers(0, 9),
    soak=st.sampled_from([0.0, 1.5, 600.0]),
    lease=st.sampled_from([10.0, 12.25, 3600.0]),
    ask_between_waves=st.booleans(),
    allow_restart=st.sampled_from([(), ("docker",), ("docker", "containerd")]),
    leave_out_blocked=st.booleans(),
)
_TARGETS = st.none() | st.builds(
    TargetChoice,
    kind=st.sampled_from(["plain", "harbor", "nexus", "artifactory"]),
    url=st.sampled_from(["https://registry.example.net", "https://[fd00::1]:5000"]),
    addressing=st.sampled_from(["auto", "root", "prefix", "path"]),
    prefix=st.sampled_from(["", "hub", "a/b"]),
    ca_file=st.sampled_from(["", "/etc/ca: #1.pem"]),
    ca_trust=st.sampled_from(["registry", "system"]),
    tags=st.sampled_from(["target", "upstream"]),
    proxy=st.sampled_from(["", "http://proxy.example.net:3128", "env:PROXY", "file:/p #1"]),
    canary=st.sampled_from(["", "library/canary:one"]),
    username=st.sampled_from(["", "robot$a+b", "no", "{x}"]),
    password=st.one_of(st.just(""), _references),
    upstreams=_places,
    provision=st.none() | st.deferred(provisions),
).filter(lambda choice: not choice.prefix or choice.addressing != "root")
_CREDENTIALS = st.dictionaries(_words, _references, max_size=2).map(
    lambda found: tuple(sorted(found.items()))
)
_PASSPHRASES = st.dictionaries(
    _words.map(lambda word: f"/keys/{word}"), _references, max_size=2
).map(lambda found: tuple(found.items()))


@st.composite
def _policy(draw: DrawFn, fleet: Fleet) -> RolloutPolicy:
    canaries: list[SearchStrategy[CanaryChoice]] = [
        _COUNTS,
        st.lists(st.sampled_from(fleet.hosts), min_size=1, max_size=3, unique=True).map(
            lambda hosts: CanaryChoice(hosts=tuple(host.name for host in hosts))
        ),
    ]
    labels = [f"{key}={value}" for host in fleet.hosts for key, value in host.labels]
    if labels:
        canaries.append(st.sampled_from(labels).map(lambda label: CanaryChoice(label=label)))
    return replace(draw(_POLICIES), canary=draw(st.one_of(canaries)))


@st.composite
def migrations(draw: DrawFn) -> Migration:
    """Draw a migration that a file can hold."""
    fleet = draw(_FLEETS)
    sudo = draw(_CREDENTIALS)
    login = draw(_CREDENTIALS)
    return Migration(
        fleet=fleet,
        target=draw(_TARGETS),
        policy=draw(_policy(fleet)),
        sudo_passwords=sudo,
        login_passwords=_in_order_of(sudo, login),
        passphrases=draw(_PASSPHRASES),
    )


def _in_order_of(
    first: tuple[tuple[str, str], ...], pairs: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return the pairs in the order in which a file lists credentials that have both."""
    names = [name for name, _text in first]
    known = [pair for name in names for pair in pairs if pair[0] == name]
    return (*known, *(pair for pair in pairs if pair[0] not in names))
