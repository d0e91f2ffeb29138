"""The plan: per host the exact file changes, the activation and the probes.

A plan is a value. Its hash is what the operator approves; `wizard.rollout` refuses any other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wizard.target import Target


class Runtime(Enum):
    """Container runtimes that plans exist for."""

    DOCKER = "docker"
    CONTAINERD = "containerd"
    CRIO = "crio"
    PODMAN = "podman"
    K3S = "k3s"
    """RKE2 as well: it is built on it and reads the same files."""
    NERDCTL = "nerdctl"
    BUILDKIT = "buildkit"
    MICROK8S = "microk8s"
    """This one and those below are told of, and never changed."""
    K0S = "k0s"
    BOTTLEROCKET = "bottlerocket"
    KIND = "kind"


class Activation(Enum):
    """What makes an edit live; in rising order of harm."""

    NONE = "none"
    RELOAD = "reload"
    RESTART = "restart"


class Verdict(Enum):
    """What the plan says of one runtime on one host."""

    CHANGE = "change"
    NOTHING = "nothing"
    """Already migrated: the files and the running state are what the plan wants."""
    BLOCKED = "blocked"


class FilePurpose(Enum):
    """Why a file is written; files are written in this order."""

    CA = "ca"
    HOSTS = "hosts"
    CONFIG = "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """What a file is before the change."""

    sha256: str
    size: int
    mode: int
    uid: int
    gid: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file that is created or replaced.

    Attributes:
        path: as the runtime names it; `real_path` is what is written, links followed.
        before: None when the file is absent.
        after: the whole new content; written as UTF-8, byte for byte.
        mode: for a new file; an existing one keeps its own mode and owner.
        parting: content that a revert writes and activates before it restores `before`,
            because deleting a key does not clear it in the running process
            (facts/runtimes.md §1.3); None where restoring is enough.
        writer: `uid:gid` of the user whose it is, and as whom it is written; empty for root.
    """

    path: str
    real_path: str
    purpose: FilePurpose
    before: FileVersion | None
    after: str
    mode: int = 0o644
    parting: str | None = None
    writer: str = ""


class StepName(Enum):
    """Named actions of the host script; `assets/host` has a function for each."""

    CA_CHECK = "ca_check"
    """Args: URL, path of a CA file. Chain, dates and name are right by that file alone."""
    CA_STORE_UPDATE = "ca_store_update"
    """Args: kind of store, then perhaps `fresh`: forget what is gone. Rebuilds the system's."""

    DOCKER_VALIDATE = "docker_validate"
    """Args: config file, then the daemon's own flags. `dockerd --validate`."""
    CONTAINERD_VALIDATE = "containerd_validate"
    """Args: config file. `containerd -c FILE config dump` must succeed."""
    CONTAINERD_SAME_SETTINGS = "containerd_same_settings"
    """Args: config file. All that `config dump` says of other things than where images come from
    is as before the files were written."""
    DOCKER_RELOAD = "docker_reload"
    """Args: unit (may be empty: signal the process)."""
    DOCKER_RESTART = "docker_restart"
    CONTAINERD_RESTART = "containerd_restart"
    UNIT_ACTIVE = "unit_active"
    """Args: unit. It is active and not restarting over and over."""
    SAME_PROCESS = "same_process"
    """Args: runtime. Its PID and start time are those from before the change."""
    SAME_CONTAINERS = "same_containers"
    """Args: runtime, for CRI-O its endpoint, for k3s its ctr. Every container that ran before runs
    still."""
    DOCKER_MIRRORS = "docker_mirrors"
    """Args: mirrors in order, as the daemon prints them: with a trailing slash. The running
    daemon uses exactly these."""
    CONTAINERD_CRI_OK = "containerd_cri_ok"
    """No args. The CRI plugin is loaded."""
    CONTAINERD_CONFIG_PATH = "containerd_config_path"
    """Args: directory (may be empty), config file. `config dump` names exactly it."""
    DOCKER_PULL = "docker_pull"
    """Args: reference, digest. Pulled, the digest compared, removed again."""
    CRI_PULL = "cri_pull"
    """Args: reference, digest, crictl path, endpoint."""
    CRIO_RELOAD = "crio_reload"
    """Args: unit (may be empty: signal the process), locations. By its journal it has taken up
    its configuration, in which each of them is named."""
    CRIO_RESTART = "crio_restart"
    """Args: unit."""
    PODMAN_MIRRORS = "podman_mirrors"
    """Args: upstream, locations in order. Podman has exactly these mirrors for it."""
    PODMAN_PULL = "podman_pull"
    """Args: reference, digest. As `docker_pull`."""
    K3S_RESTART = "k3s_restart"
    """Args: unit."""
    K3S_CRI_OK = "k3s_cri_ok"
    """Args: crictl path, endpoint. Its CRI answers."""
    K3S_MIRROR = "k3s_mirror"
    """Args: upstream, URL that is asked first (empty: none before its own), generated file."""
    K3S_PULL = "k3s_pull"
    """Args: reference, digest, crictl path, endpoint, log of its containerd."""
    NERDCTL_PULL = "nerdctl_pull"
    """Args: reference, digest. As `docker_pull`."""
    BUILDKIT_RESTART = "buildkit_restart"
    """Args: unit."""
    BUILDKIT_ANSWERS = "buildkit_answers"
    """Args: address. Its workers are there."""
    BUILDKIT_BUILD = "buildkit_build"
    """Args: reference, digest, address. A build from that image alone, without an output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One named action of the host script with its arguments."""

    name: StepName
    args: tuple[str, ...] = ()


class BlockReason(Enum):
    """Why a runtime on a host cannot be served; each has its text in `wizard.planning.blocks`."""

    PREFIX_NOT_POSSIBLE = "prefix_not_possible"
    PREFIX_IN_HOSTS_FILE = "prefix_in_hosts_file"
    """containerd 1.5 reads hosts.toml, in which it cannot put a project before the name."""
    PATH_NOT_POSSIBLE = "path_not_possible"
    TAGS_NOT_POSSIBLE = "tags_not_possible"
    """Upstream shall say what a tag is, and the runtime asks its mirrors in any case."""
    PATH_BEFORE_V2 = "path_before_v2"
    """The runtime puts whatever path a mirror has after /v2."""
    FLAGS_CONFLICT = "flags_conflict"
    CONFIG_NOT_JSON = "config_not_json"
    CONFIG_NOT_TOML = "config_not_toml"
    CONFIG_NOT_YAML = "config_not_yaml"
    CONFIG_NOT_UTF8 = "config_not_utf8"
    CONFIG_UNREADABLE = "config_unreadable"
    CONFIG_TOO_LARGE = "config_too_large"
    CONFIG_HAS_SECRETS = "config_has_secrets"
    """A file that must be changed holds credentials, so its text never left the host."""
    CONFIG_HAS_BOM = "config_has_bom"
    CONFIG_DUPLICATE_KEY = "config_duplicate_key"
    CONFIG_WRONG_TYPE = "config_wrong_type"
    CONFIG_FATAL_VALUE = "config_fatal_value"
    """A value with which the daemon would not start again."""
    CONFIG_MISSPELT_KEY = "config_misspelt_key"
    """A key that is nearly the right one: ignored, or fatal at the next start."""
    CONFIG_NOT_EDITABLE = "config_not_editable"
    """Valid, but written in a form in which one key cannot be changed and the rest kept."""
    CONFIG_WRONG_TABLE = "config_wrong_table"
    """Registry settings stand in a table that this version does not read."""
    CONFIG_IN_IMPORT = "config_in_import"
    """The settings come from an imported file."""
    CONFIG_PATH_LIST = "config_path_list"
    """`config_path` names several directories, which containerd since 2.1 does not read."""
    CONFIG_NOT_LOADED = "config_not_loaded"
    """What is on disk is not what runs, so a reload would apply somebody else's edit."""
    MIRRORS_AND_CONFIG_PATH = "mirrors_and_config_path"
    OTHER_MIRRORS = "other_mirrors"
    """A mirror that is there already would break the fallback."""
    INSECURE_REGISTRY = "insecure_registry"
    INSECURE_EVERYWHERE = "insecure_everywhere"
    """nerdctl is told to trust anybody, for which it passes hosts.toml over."""
    FOREIGN_HOSTS_FILE = "foreign_hosts_file"
    NAMES_REWRITTEN = "names_rewritten"
    """Image names are rewritten for every mirror of the upstream, so for the target too."""
    DEFAULT_LISTED = "default_listed"
    """The upstream's own endpoint is listed, which this release does not bear."""
    OWN_TEMPLATE = "own_template"
    """The generated configuration comes from somebody's template, which leaves mirrors out."""
    FOREIGN_REGISTRIES = "foreign_registries"
    """Somebody else's table for docker.io, which ours would replace or which replaces ours."""
    USER_REGISTRIES = "user_registries"
    """A user's own file takes the place of the system's."""
    USER_CERTIFICATES = "user_certificates"
    """A user's own directory of the target's certificates hides the system's, and lacks the CA."""
    REGISTRIES_ELSEWHERE = "registries_elsewhere"
    """A flag or a variable has CRI-O read other files."""
    JOURNAL_SILENT = "journal_silent"
    """What became of a reload only the journal tells, and it would not."""
    SIGNATURE_POLICY = "signature_policy"
    """Images of a moved upstream must be signed, or are refused altogether."""
    OPENSHIFT = "openshift"
    """The files of the host belong to the cluster."""
    REGISTRIES_INVALID = "registries_invalid"
    """Well-formed TOML that makes every pull fail."""
    REGISTRIES_MIXED = "registries_mixed"
    """Both versions of registries.conf in one file, or the first one in a drop-in."""
    IMMUTABLE_FILE = "immutable_file"
    READ_ONLY = "read_only"
    BIND_MOUNTED = "bind_mounted"
    NOT_A_FILE = "not_a_file"
    DANGLING_LINK = "dangling_link"
    IMMUTABLE_OS = "immutable_os"
    ROOTLESS = "rootless"
    SNAP = "snap"
    NOT_RUNNING = "not_running"
    CRI_BROKEN = "cri_broken"
    NO_CRICTL = "no_crictl"
    NO_BUILDCTL = "no_buildctl"
    NO_CANARY = "no_canary"
    CANARY_UPSTREAM = "canary_upstream"
    TARGET_UNREACHABLE = "target_unreachable"
    TARGET_UNTRUSTED = "target_untrusted"
    PROXY_IN_THE_WAY = "proxy_in_the_way"
    NO_SPACE = "no_space"
    MISSING_TOOLS = "missing_tools"
    ARMED_ELSEWHERE = "armed_elsewhere"
    REVERTING_ELSEWHERE = "reverting_elsewhere"
    """A run is being taken back, or its way back came to no end."""
    RESTART_NOT_ALLOWED = "restart_not_allowed"
    RESTART_NOT_POSSIBLE = "restart_not_possible"
    BY_HAND = "by_hand"
    """Known, and left to people: the ways out are what they do."""
    NO_UNIT = "no_unit"
    """Nothing that Pilotage can restart runs the service."""
    OWN_REGISTRY = "own_registry"
    """What seems to be the target runs here, and would not come up again after the change."""
    OWN_ROOTS = "own_roots"
    """A daemon is told to trust other certificates than those of the system's store."""
    LONE_CLIENT_FILE = "lone_client_file"
    """A client certificate without its key, or a key alone, where the target's CA would be."""
    CA_STORE_UNKNOWN = "ca_store_unknown"
    """The system's certificate store is none that Pilotage can add to."""
    VERSION_UNKNOWN = "version_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A reason why a runtime is not changed, with the ways out."""

    reason: BlockReason
    detail: str
    ways_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimePlan:
    """What happens to one runtime on one host."""

    runtime: Runtime
    flavour: str
    verdict: Verdict
    activation: Activation = Activation.NONE
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    """Names of containers that a restart stops; empty when nothing stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """What happens on one host, in the order in which it happens.

    A host with any blocked runtime is not changed at all: no host is half-served.

    Attributes:
        changes: CA first, then what refers to it.
        validate: after the files are written, before anything is activated.
        activate: makes the edits live; empty when they are read at each pull.
        check: the running state after activation.
        probe: proof by a pull that only the target can answer.
        deactivate: after a revert restored the files (or wrote their `parting` content).
        check_reverted: the running state equals that before the change.
        one_at_a_time: hosts with the same word are never in one wave; empty for those that
            need not wait for each other.
        docker_uid: of the user whose Docker the steps speak to; 0 for that of the host.
    """

    host: str
    runtimes: tuple[RuntimePlan, ...]
    changes: tuple[FileChange, ...] = ()
    validate: tuple[Step, ...] = ()
    activate: tuple[Step, ...] = ()
    check: tuple[Step, ...] = ()
    probe: tuple[Step, ...] = ()
    deactivate: tuple[Step, ...] = ()
    check_reverted: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    one_at_a_time: str = ""
    docker_uid: int = 0

    @property
    def verdict(self) -> Verdict:
        """Return the verdict for the whole host."""
        verdicts = {runtime.verdict for runtime in self.runtimes}
        if Verdict.BLOCKED in verdicts or not verdicts:
            return Verdict.BLOCKED
        return Verdict.CHANGE if self.changes else Verdict.NOTHING

    @property
    def activation(self) -> Activation:
        """Return the most harmful activation on the host."""
        order = list(Activation)
        return max(
            (runtime.activation for runtime in self.runtimes), key=order.index, default=order[0]
        )

    @property
    def flavour(self) -> str:
        """Return the flavours of its runtimes as one text."""
        return ", ".join(runtime.flavour for runtime in self.runtimes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole plan; immutable once approved by its `hash`."""

    target: Target
    hosts: tuple[HostPlan, ...]
    waves: tuple[tuple[str, ...], ...]
    """Names of hosts to change, canary wave first; blocked and unchanged hosts are in none."""

    def host(self, name: str) -> HostPlan:
        """Return the plan of that host; raises KeyError."""
        for host in self.hosts:
            if host.host == name:
                return host
        raise KeyError(name)

    @property
    def hash(self) -> str:
        """Return the sha256 of the plan's canonical JSON, hex."""
        canonical = json.dumps(
            dataclasses.asdict(self), default=_enum_value, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()


def _enum_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no JSON form for {type(value).__name__}")
