"""What discovery read, as lines to read."""

from __future__ import annotations

import pytest

from screens.fact_lines import fact_lines
from wizard.discovery.container_facts import (
    BuildKitFacts,
    CRIOFacts,
    NerdctlFacts,
    OwnRoots,
    PodmanFacts,
)
from wizard.discovery.facts import (
    HostFacts,
    ReachState,
    TargetReach,
    UpstreamState,
    UpstreamTag,
)
from wizard.discovery.facts_k3s import K3sFacts

REFERENCE = "docker.io/library/hello:1"


@pytest.mark.parametrize(
    ("state", "digest", "detail", "told"),
    [
        (UpstreamState.PRESENT, "sha256:ab", "HTTP 200", f"has {REFERENCE}, sha256:ab"),
        (UpstreamState.ABSENT, "", "HTTP 404", f"does not have {REFERENCE}"),
        (UpstreamState.HIDDEN, "", "HTTP 401", f"shows no {REFERENCE} without a login"),
        (UpstreamState.UNKNOWN, "", "HTTP 429", "not known: HTTP 429"),
        (None, "", "", None),
    ],
)
def test_what_upstream_says_of_the_canary_stands_beside_the_target(
    state: UpstreamState | None, digest: str, detail: str, told: str | None
) -> None:
    """An operator sees why a host is blocked, or is not."""
    there = state and UpstreamTag(reference=REFERENCE, state=state, digest=digest, detail=detail)
    reach = TargetReach(state=ReachState.OK, state_with_ca=ReachState.OK)
    facts = HostFacts(
        host="web1", collected_at=0.0, answers=(reach,), upstreams=(there,) if there else ()
    )
    shown = [line[1][0] for line in fact_lines(facts) if line and "Docker Hub" in line[0][0]]
    assert shown == ([] if told is None else [told])


def test_crio_and_podman_are_told() -> None:
    """By what decides how they are served."""
    facts = HostFacts(
        host="node1",
        collected_at=0.0,
        crio=CRIOFacts(
            version="1.30.4",
            log_level="warn",
            crictl="/usr/bin/crictl",
            dead_keys=(("/etc/crio/crio.conf", "registries"),),
        ),
        roots=(OwnRoots(daemon="crio", file="/opt/a.pem", directories="/opt"),),
        podman=PodmanFacts(version="5.4.2", homes=("/home/op",)),
    )

    shown = [" ".join(text for text, _style in line).split() for line in fact_lines(facts)]

    assert ["log", "level", "warn"] in shown
    assert ["keys", "not", "read", "registries"] in shown
    assert [
        "own",
        "certificates",
        "crio:",
        "SSL_CERT_FILE=/opt/a.pem",
        "SSL_CERT_DIR=/opt",
    ] in shown
    assert ["settings", "of", "users", "/home/op"] in shown


def test_nerdctl_and_buildkit_are_told() -> None:
    """The latter with the file that it reads."""
    buildkit = BuildKitFacts(version="0.20.1", config_file="/srv/buildkitd.toml")
    facts = HostFacts(
        host="b1", collected_at=0.0, nerdctl=NerdctlFacts(version="2.1.2"), buildkit=buildkit
    )

    shown = [" ".join(text for text, _style in line).split() for line in fact_lines(facts)]

    assert ["version", "2.1.2"] in shown
    assert ["config", "file", "/srv/buildkitd.toml"] in shown


def test_a_node_of_k3s_is_told_with_its_role_and_file() -> None:
    """What it reads, and whether other nodes are asked before any mirror."""
    k3s = K3sFacts(product="rke2", version="1.30.2+rke2r1", server=True, embedded_registry=True)
    facts = HostFacts(host="s1", collected_at=0.0, k3s=k3s)
    lines = fact_lines(facts)
    shown = {line[0][0].strip(): line[1][0] for line in lines if len(line) > 1}
    assert [line[0][0] for line in lines if line[0][0] == "RKE2"] == ["RKE2"]
    assert (shown["role"], shown["registries"]) == ("server", k3s.registries)
    assert shown["embedded registry"] == "yes"
