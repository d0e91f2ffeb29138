"""All cases, by topic."""

from __future__ import annotations

from tests.conformance.case import Case
from tests.conformance.cases import (
    containerd_configs,
    containerd_hosts,
    containerd_life,
    containerd_mirrors,
    containerd_versions,
    docker_ca,
    docker_containers,
    docker_hosts_toml,
    docker_mirrors,
    docker_refusals,
    docker_reloads,
    docker_starts,
    docker_validation,
    podman_registries,
    system_trust,
)

CASES: tuple[Case, ...] = (
    *docker_refusals.CASES,
    *docker_starts.CASES,
    *docker_reloads.CASES,
    *docker_validation.CASES,
    *docker_mirrors.CASES,
    *docker_ca.CASES,
    *docker_hosts_toml.CASES,
    *docker_containers.CASES,
    *containerd_configs.CASES,
    *containerd_versions.CASES,
    *containerd_hosts.CASES,
    *containerd_mirrors.CASES,
    *containerd_life.CASES,
    *podman_registries.CASES,
    *system_trust.CASES,
)
