"""What discovery read of containers, and of the runtimes that read registries.conf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ROOTLESS_NERDCTL: Final = "rootless nerdctl"
"""What a user has who runs a containerd of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A running container; `started_at` as the runtime prints it."""

    id: str
    name: str
    image: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PodmanFacts:
    """Podman, by which Buildah and Skopeo are known too: they read the same files.

    Attributes:
        homes: directories of users who have settings of containers of their own; root's too.
        serves: its API service runs, which may keep what it read at its start.
        images: of root.
    """

    version: str
    error: str = ""
    homes: tuple[str, ...] = ()
    serves: bool = False
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CRIOFacts:
    """CRI-O as it runs (facts/runtimes.md §3.3).

    Attributes:
        home: of its user, where that has settings of containers of its own; else empty.
        registries_elsewhere: what flag or variable names for registries.conf, or empty.
        log_level, log_filter, short_name_mode, auto_reload_registries, global_auth_file,
            signature_policy: as it runs with them; empty where it does not tell.
        settings_error: why it did not tell them.
        edited: files of its configuration and of registries that were changed after it started.
        dead_keys: files of its configuration with keys in them that it reads no more.
        crictl, endpoint: as in `ContainerdFacts`.
    """

    version: str
    error: str = ""
    pid: int = 0
    unit: str = ""
    flags: tuple[str, ...] = ()
    home: str = ""
    registries_elsewhere: str = ""
    log_level: str = ""
    log_filter: str = ""
    short_name_mode: str = ""
    auto_reload_registries: bool = False
    global_auth_file: str = ""
    signature_policy: str = ""
    settings_error: str = ""
    edited: tuple[str, ...] = ()
    dead_keys: tuple[tuple[str, str], ...] = ()
    crictl: str = ""
    endpoint: str = "unix:///var/run/crio/crio.sock"
    proxies: tuple[tuple[str, str], ...] = ()
    containers: tuple[Container, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """A builder of buildx with a BuildKit of its own.

    Attributes:
        driver: where that is: `docker-container`, `kubernetes` or `remote`.
        user: whose builder it is; empty where that is not known.
    """

    name: str
    driver: str = "docker-container"
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildKitFacts:
    """A buildkitd of the host's own as it runs; not that within Docker, nor those in containers.

    Attributes:
        config_file: what the process was started with, default /etc/buildkit/buildkitd.toml.
        address: that it was told to listen at; empty for the one of its file, or the usual one.
        buildctl: path of its client, or empty.
        proxies: HTTP(S)_PROXY and NO_PROXY that it runs with.
        config_changed_at, config_loaded_at: as in `DockerFacts`.
    """

    version: str
    error: str = ""
    pid: int = 0
    unit: str = ""
    config_file: str = "/etc/buildkit/buildkitd.toml"
    address: str = ""
    buildctl: str = ""
    proxies: tuple[tuple[str, str], ...] = ()
    config_changed_at: float = 0.0
    config_loaded_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NerdctlFacts:
    """nerdctl as root has it; of its file, nerdctl.toml, the text is in `HostFacts.files`.

    Attributes:
        error: why it did not list its images.
        images: by the names that containerd has for them, of its usual namespace.
    """

    version: str
    error: str = ""
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRoots:
    """Where a daemon is told to find the certificates that it trusts (facts/runtimes.md §6).

    Attributes:
        daemon: its runtime, by the name that plans have for it.
        file, directories: SSL_CERT_FILE and SSL_CERT_DIR, one of them at least.
        at_start: so says its unit, for the next start; else it runs with them.
    """

    daemon: str
    file: str = ""
    directories: str = ""
    at_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryLogin:
    """A registry, or a path of it, that a file of containers has a login for; never the login."""

    file: str
    registry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRuntime:
    """A runtime that was found and that this version of Pilotage does not change.

    Attributes:
        unit, config_file: of a daemon that runs, where they are known; else empty.
        user, home: whose it is, where it is a user's.
    """

    name: str
    version: str
    unit: str = ""
    config_file: str = ""
    user: str = ""
    home: str = ""
