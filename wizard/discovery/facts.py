"""What discovery read on a host; never changed by us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wizard.discovery.container_facts import (
    Builder,
    BuildKitFacts,
    Container,
    CRIOFacts,
    NerdctlFacts,
    OtherRuntime,
    OwnRoots,
    PodmanFacts,
    RegistryLogin,
)
from wizard.discovery.facts_k3s import K3sFacts


class FileKind(Enum):
    """What a path is, after symbolic links."""

    ABSENT = "absent"
    REGULAR = "regular"
    DIRECTORY = "directory"
    DANGLING_LINK = "dangling_link"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """Where a file holds a credential; never the credential itself.

    Attributes:
        key: dotted path of the key, or its name; empty for a login within some text.
        line: counted from 1; 0 when unknown.
    """

    key: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A path on the host that Pilotage may want to write, or needs to read.

    Attributes:
        path: as the runtime names it.
        real_path: after symbolic links; equal to `path` where there are none. For an absent
            file, its directory's links are resolved.
        sha256: of the bytes, hex; empty unless regular.
        mode: permission bits; uid and gid as numbers.
        text: the content, decoded as UTF-8 with line endings and BOM untouched; None when it
            is not UTF-8, larger than 1 MiB, not regular or holds credentials.
        secrets: where it holds credentials; its text then stays on the host.
        immutable: has the immutable attribute.
        read_only: lies on a read-only mount.
        bind_mounted: is itself a mount point, so that rename fails with EBUSY.
        extra_attributes: has ACLs or extended attributes that a copy may lose.
        managed_by: configuration manager named in its first lines, or empty.
    """

    path: str
    real_path: str
    kind: FileKind
    sha256: str = ""
    size: int = 0
    mode: int = 0
    uid: int = 0
    gid: int = 0
    text: str | None = None
    secrets: tuple[SecretPlace, ...] = ()
    immutable: bool = False
    read_only: bool = False
    bind_mounted: bool = False
    extra_attributes: bool = False
    managed_by: str = ""

    @property
    def has_secrets(self) -> bool:
        """Return whether it holds credentials."""
        return bool(self.secrets)


class ImageStore(Enum):
    """Where Docker keeps images; it decides how mirrors, CAs and logins work."""

    GRAPH_DRIVER = "overlay2"
    CONTAINERD = "containerd"


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerFacts:
    """Docker Engine as it runs (facts/runtimes.md §0).

    Attributes:
        version: server version, `28.5.2+dfsg1` included as printed; empty if it does not answer.
        error: why `docker info` failed, or empty.
        mirrors: what the running daemon uses, as it prints them (with trailing slash).
        flags: dockerd's arguments from /proc, without the program itself; values of
            credentials are covered.
        start_flags: `--registry-mirror` and `--config-file` as its unit, drop-ins and environment
            files say now, for its next start; each as `--name=value`.
        user, uid, gid: who runs it, where it is rootless; empty and 0 where that is not known.
        settings: directory of daemon.json and `certs.d`, of a rootless Docker its user's; empty
            where that is not known.
        config_file: daemon.json that this daemon reads.
        unit: systemd unit, or empty where there is no systemd.
        hub_login: a user of the host is logged in to Docker Hub (facts/runtimes.md §1.4).
        proxies: HTTP(S)_PROXY and NO_PROXY that the daemon runs with.
        builders: of buildx, with a buildkitd of their own.
        bound_to_containerd: its unit has BindsTo or Requires on containerd.
        validates: `dockerd --validate` exists (23.0 and later).
        debug, labels, runtimes, default_runtime, authorization_plugins: as it runs with them;
            of OCI runtimes the names.
        config_changed_at: when `config_file` was last written or moved there, in seconds since
            the epoch by the host's clock; 0 where there is none or it is not known.
        config_loaded_at: when the daemon last read it for certain, at its start or by a reload
            that succeeded; 0 when it is not known.
    """

    version: str = ""
    error: str = ""
    image_store: ImageStore = ImageStore.GRAPH_DRIVER
    storage_driver: str = ""
    mirrors: tuple[str, ...] = ()
    insecure_registries: tuple[str, ...] = ()
    live_restore: bool = False
    swarm: bool = False
    rootless: bool = False
    user: str = ""
    uid: int = 0
    gid: int = 0
    snap: bool = False
    pid: int = 0
    flags: tuple[str, ...] = ()
    start_flags: tuple[str, ...] = ()
    settings: str = "/etc/docker"
    config_file: str = "/etc/docker/daemon.json"
    unit: str = ""
    hub_login: bool = False
    proxies: tuple[tuple[str, str], ...] = ()
    builders: tuple[Builder, ...] = ()
    bound_to_containerd: bool = False
    validates: bool = False
    debug: bool = False
    labels: tuple[str, ...] = ()
    runtimes: tuple[str, ...] = ()
    default_runtime: str = ""
    authorization_plugins: tuple[str, ...] = ()
    config_changed_at: float = 0.0
    config_loaded_at: float = 0.0
    containers: tuple[Container, ...] = ()
    images: tuple[str, ...] = ()


class CRIState(Enum):
    """Whether containerd's CRI plugin serves Kubernetes."""

    OK = "ok"
    DISABLED = "disabled"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerdFacts:
    """containerd as it runs; not the embedded one of k3s and its like.

    Attributes:
        version: without a leading `v`.
        config_file: what the process was started with, default /etc/containerd/config.toml.
        dump: output of `containerd config dump` with the same `-c`, credentials covered; empty
            if that failed.
        dump_error: its error text.
        crictl: path of crictl, or empty.
        endpoint: CRI socket, `unix:///run/containerd/containerd.sock`.
        for_docker_only: runs as Docker's back end with CRI disabled or unused.
    """

    version: str
    error: str = ""
    config_file: str = "/etc/containerd/config.toml"
    dump: str = ""
    dump_error: str = ""
    cri: CRIState = CRIState.UNKNOWN
    pid: int = 0
    flags: tuple[str, ...] = ()
    unit: str = ""
    crictl: str = ""
    endpoint: str = "unix:///run/containerd/containerd.sock"
    proxies: tuple[tuple[str, str], ...] = ()
    containers: tuple[Container, ...] = ()
    images: tuple[str, ...] = ()
    for_docker_only: bool = False

    @property
    def serves_kubernetes(self) -> bool:
        """Return whether it pulls images by itself: for Docker alone, Docker does."""
        return not self.for_docker_only and self.cri is not CRIState.DISABLED


class ReachState(Enum):
    """How far a host gets towards the target."""

    OK = "ok"
    UNRESOLVABLE = "unresolvable"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNTRUSTED = "untrusted"
    WRONG_HOST = "wrong_host"
    NOT_A_REGISTRY = "not_a_registry"
    UNKNOWN = "unknown"
    """No tool on the host could tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReach:
    """What the host sees at one URL of the target, without and with the CA that it would get."""

    state: ReachState
    state_with_ca: ReachState
    detail: str = ""
    url: str = ""


class UpstreamState(Enum):
    """What upstream, asked from the host without a login, says of the canary's tag."""

    PRESENT = "present"
    ABSENT = "absent"
    HIDDEN = "hidden"
    """It shows the repository to nobody who is not logged in, or has none of that name: Docker
    Hub does not tell which (terraform-provider-docker issue 140)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTag:
    """What upstream has under the name of a canary.

    Attributes:
        reference: that was asked for, `docker.io/library/hello:1`.
        digest: `sha256:…` that it has there; empty unless present.
        detail: what was answered, or why nothing was.
    """

    reference: str
    state: UpstreamState
    digest: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFacts:
    """Free space under a path that Pilotage or a runtime writes to."""

    path: str
    free_bytes: int
    free_inodes: int
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedTransaction:
    """A transaction on the host that is neither confirmed nor reverted."""

    run: str
    holder: str
    since: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """Everything that discovery read on one host.

    Attributes:
        clock_skew: host time minus ours, in seconds.
        ca_store: `debian`, `redhat`, `suse`, `flatcar`, or empty when unknown.
        immutable_os: `nixos`, `ostree`, `talos`, `bottlerocket`, or empty.
        openshift: by what it shows that OpenShift manages the host, or empty.
        tools: programs found that scripts can use (`flock`, `setsid`, `systemd-run`, …);
            `setpriv` only where it can become another user.
        answers: at each URL of the target that a runtime may ask; the plain one of docker.io first.
        upstreams: for each canary that its upstream could have too.
        files: by `path`; every file that a plan could want to write is here, absent ones too.
        target_addresses: what the target's name means here; empty where it is none, or not known.
        kubelet_login: kubelet itself is logged in to Docker Hub.
        client_files: paths of client certificates and keys below each `certs.d`; never read.
        roots: of daemons that are told to trust other certificates than the system's.
    """

    host: str
    collected_at: float
    os_id: str = ""
    os_version: str = ""
    os_name: str = ""
    architecture: str = ""
    kernel: str = ""
    init: str = ""
    boot_id: str = ""
    clock_skew: float = 0.0
    ca_store: str = ""
    immutable_os: str = ""
    openshift: str = ""
    selinux: str = ""
    tools: tuple[str, ...] = ()
    disks: tuple[DiskFacts, ...] = ()
    files: tuple[FileFacts, ...] = ()
    docker: DockerFacts | None = None
    containerd: ContainerdFacts | None = None
    podman: PodmanFacts | None = None
    crio: CRIOFacts | None = None
    logins: tuple[RegistryLogin, ...] = ()
    kubelet_login: bool = False
    client_files: tuple[str, ...] = ()
    roots: tuple[OwnRoots, ...] = ()
    k3s: K3sFacts | None = None
    nerdctl: NerdctlFacts | None = None
    buildkit: BuildKitFacts | None = None
    others: tuple[OtherRuntime, ...] = ()
    answers: tuple[TargetReach, ...] = ()
    target_addresses: tuple[str, ...] = ()
    upstreams: tuple[UpstreamTag, ...] = ()
    armed: ArmedTransaction | None = None

    def file(self, path: str) -> FileFacts | None:
        """Return the facts of the file at `path`, or None if it was not read."""
        return next((file for file in self.files if file.path == path), None)

    @property
    def target(self) -> TargetReach | None:
        """Return how far the host gets towards the target; None where none was chosen yet."""
        return self.answers[0] if self.answers else None

    def upstream_tag(self, reference: str) -> UpstreamTag | None:
        """Return what upstream has under that name, None where it was not asked."""
        return next((tag for tag in self.upstreams if tag.reference == reference), None)

    @property
    def flavours(self) -> tuple[str, ...]:
        """Return names that tell hosts of different behaviour apart, `docker 28.5 overlay2`."""
        names = []
        if self.docker:
            release = ".".join(self.docker.version.split(".")[:2]) or "?"
            names.append(f"docker {release} {self.docker.image_store.value}")
        containerd = self.containerd
        if containerd and containerd.serves_kubernetes:
            names.append(f"containerd {'.'.join(containerd.version.split('.')[:2])}")
        if self.crio:
            names.append(f"cri-o {'.'.join(self.crio.version.split('.')[:2]) or '?'}")
        if self.podman:
            names.append(f"podman {'.'.join(self.podman.version.split('.')[:2])}")
        if self.k3s and self.k3s.own_containerd:
            names.append(self.k3s.flavour)
        if self.nerdctl:
            names.append(f"nerdctl {'.'.join(self.nerdctl.version.split('.')[:2])}")
        if self.buildkit:
            names.append(f"BuildKit {'.'.join(self.buildkit.version.split('.')[:2])}")
        return tuple(names)
