"""Where runtimes look for their configuration, and which of it plans need to know.

Discovery reads `STATIC_PATHS`, each path that matches `GLOBS`, the configuration file that each
daemon really uses with the files it imports, `in_hosts_directory` of each directory that
containerd's `config_path` names, and what k3s and RKE2 read and generate. A path
that matches one of these and has no `FileFacts` is absent: so a plan can ask for files that depend
on a target chosen later.

Globs name no `*.key` and no `*.cert`: private keys are never read.
"""

from __future__ import annotations

from typing import Final

from wizard.target import UPSTREAM

DOCKER_CONFIG: Final = "/etc/docker/daemon.json"
DOCKER_CERTS: Final = "/etc/docker/certs.d"
DOCKER_SNAP_CONFIG: Final = "/var/snap/docker/current/config/daemon.json"
"""Of a Docker from a snap, unless a flag names another."""
DOCKER_SNAP_CERTS: Final = "/var/snap/docker/common/etc/certs.d"
CONTAINERD_CONFIG: Final = "/etc/containerd/config.toml"
CONTAINERD_CERTS: Final = "/etc/containerd/certs.d"
CONTAINERD_DROP_IN: Final = "zz-pilotage.toml"
"""In a directory that `imports` covers: discovery looks for it there, and it is read last."""

HOSTS_FILE: Final = "hosts.toml"
MISNAMED_HOSTS_FILE: Final = "host.toml"
"""Nobody reads it (facts/runtimes.md §7 row 9)."""
HOSTS_CA: Final = "pilotage-ca.pem"
"""Not `*.crt`: containerd would take it for the CA of docker.io itself without a hosts.toml."""

DOCKER_CA: Final = "ca.crt"
DOCKER_OWN_CA: Final = "pilotage-ca.crt"
"""Beside somebody else's `ca.crt`: Docker reads every `*.crt` of the directory."""

CONTAINERS_CONFIG: Final = "/etc/containers/registries.conf"
CONTAINERS_DROP_INS: Final = "/etc/containers/registries.conf.d"
CONTAINERS_OWN: Final = f"{CONTAINERS_DROP_INS}/zz-pilotage.conf"
"""Read after all others: a later table for the same prefix would replace ours."""
CONTAINERS_CERTS: Final = "/etc/containers/certs.d"
CONTAINERS_OF_USER: Final = ".config/containers/registries.conf"
"""Below a home directory; beside it, with `.d`, the user's drop-ins."""
CERTS_OF_USER: Final = ".config/containers/certs.d"
"""Below a home directory: what it has of a registry hides what the system has (§3.2)."""
SIGNATURE_POLICY: Final = "/etc/containers/policy.json"
POLICY_OF_USER: Final = ".config/containers/policy.json"

CA_STORES: Final = {
    "debian": ("/usr/local/share/ca-certificates", ".crt"),
    "redhat": ("/etc/pki/ca-trust/source/anchors", ".pem"),
    "suse": ("/etc/pki/trust/anchors", ".pem"),
    "flatcar": ("/etc/ssl/certs", ".pem"),
}
"""Where each system's store takes certificates, with the ending that they need (§6)."""

STATIC_PATHS: Final = (
    "/etc/containers",
    CONTAINERS_CONFIG,
    CONTAINERS_DROP_INS,
    CONTAINERS_CERTS,
    "/etc/docker",
    DOCKER_CONFIG,
    DOCKER_CERTS,
    "/etc/containerd",
    CONTAINERD_CONFIG,
    CONTAINERD_CERTS,
)
"""Directories are wanted too: their links and mounts decide about new files in them."""

GLOBS: Final = (
    SIGNATURE_POLICY,
    f"{CONTAINERS_DROP_INS}/*.conf",
    f"{CONTAINERS_CERTS}/*",
    f"{CONTAINERS_CERTS}/*/{DOCKER_CA}",
    f"{CONTAINERS_CERTS}/*/{DOCKER_OWN_CA}",
    f"{DOCKER_CERTS}/*",
    f"{DOCKER_CERTS}/*/{HOSTS_FILE}",
    f"{DOCKER_CERTS}/*/{MISNAMED_HOSTS_FILE}",
    f"{DOCKER_CERTS}/*/{DOCKER_CA}",
    f"{DOCKER_CERTS}/*/{DOCKER_OWN_CA}",
    f"{CONTAINERD_CERTS}/*",
    f"{CONTAINERD_CERTS}/*/{HOSTS_FILE}",
    f"{CONTAINERD_CERTS}/*/{MISNAMED_HOSTS_FILE}",
    f"{CONTAINERD_CERTS}/*/{HOSTS_CA}",
    f"{CONTAINERD_CERTS}/*/*.crt",
)


STORE_DIRECTORIES: Final = tuple(directory for directory, _suffix in CA_STORES.values())
STORE_GLOBS: Final = tuple(
    f"{directory}/pilotage-ca*{suffix}" for directory, suffix in CA_STORES.values()
)
"""Wanted beside the others where the CA goes into the system's store."""


def in_hosts_directory(directory: str) -> tuple[str, ...]:
    """Return the globs of what matters in one directory that `config_path` names."""
    inside = ("*", f"*/{HOSTS_FILE}", f"*/{MISNAMED_HOSTS_FILE}", f"*/{HOSTS_CA}", "*/*.crt")
    return (directory, *(f"{directory}/{pattern}" for pattern in inside))


def registry_ca(directory: str, authority: str) -> str:
    """Return where the CA of a registry `host[:port]` is below Docker's or Podman's `certs.d`."""
    return f"{directory}/{authority}/{DOCKER_CA}"


def own_registry_ca(directory: str, authority: str) -> str:
    """Return the path of our CA where `ca.crt` is somebody else's."""
    return f"{directory}/{authority}/{DOCKER_OWN_CA}"


def hosts_file(directory: str, namespace: str = UPSTREAM) -> str:
    """Return the path of the hosts.toml of a namespace under a `certs.d` directory."""
    return f"{directory}/{namespace}/{HOSTS_FILE}"


def hosts_ca(directory: str) -> str:
    """Return the path of our CA beside the hosts.toml of `docker.io`."""
    return f"{directory}/{UPSTREAM}/{HOSTS_CA}"


def wanted_paths(authority: str = "") -> tuple[str, ...]:
    """Return every path without wildcards that a plan could need, daemons' own ones left out.

    With an empty authority the target is not chosen yet; `GLOBS` then cover its files.
    """
    of_target = (
        path(directory, authority)
        for directory in (DOCKER_CERTS, CONTAINERS_CERTS)
        for path in (registry_ca, own_registry_ca)
        if authority
    )
    return (
        *STATIC_PATHS,
        CONTAINERS_OWN,
        *of_target,
        hosts_file(DOCKER_CERTS),
        hosts_file(CONTAINERD_CERTS),
        hosts_ca(CONTAINERD_CERTS),
        hosts_file(CONTAINERD_CERTS, "_default"),
    )
