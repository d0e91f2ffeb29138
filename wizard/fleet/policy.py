"""What the operator decides about a rollout, and the whole migration as one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.fleet.host import Fleet
from wizard.fleet.provision_choice import ProvisionChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryChoice:
    """Which hosts go first: exactly one of the three is set; the default is one per flavour.

    Attributes:
        hosts: by name.
        label: `key=value`.
        per_flavour: so many hosts of each distinct flavour.
    """

    hosts: tuple[str, ...] = ()
    label: str = ""
    per_flavour: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPolicy:
    """How a rollout goes.

    Attributes:
        waves: sizes after the canary wave, `3` hosts or `25%` of the fleet; the last one is
            repeated until all hosts are in a wave.
        concurrency: hosts changed at the same time within a wave.
        max_failed_per_wave, max_failed_total: failed after change; one more closes the gate.
        max_unreachable_total: unreachable before change; one more closes the gate.
        soak: seconds between a wave's last host and its gate.
        lease: seconds a host waits for confirmation before it reverts by itself.
        ask_between_waves: every gate waits for the operator.
        allow_restart: runtimes whose restart may stop containers. Containerd restarts without
            it, because its containers go on; `docker` allows that restart where Docker's unit is
            bound to containerd and restarts with it (facts/runtimes.md §1.5, §2.5).
        leave_out_blocked: go on with the hosts that are not blocked.
    """

    canary: CanaryChoice = field(default_factory=CanaryChoice)
    waves: tuple[str, ...] = ("3", "25%", "100%")
    concurrency: int = 20
    max_failed_per_wave: int = 0
    max_failed_total: int = 0
    max_unreachable_total: int = 0
    soak: float = 10.0
    lease: float = 120.0
    ask_between_waves: bool = False
    allow_restart: tuple[str, ...] = ()
    leave_out_blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoice:
    """Where the operator keeps the images of one more upstream; fields as in `TargetChoice`.

    Attributes:
        upstream: as image names begin, `quay.io`.
    """

    upstream: str
    addressing: str = "auto"
    prefix: str = ""
    canary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChoice:
    """The target as the operator names it; probing makes a `wizard.target.Target` of it.

    Attributes:
        addressing: `auto`, `root`, `prefix` or `path`.
        ca_file: path of PEM certificates on this machine, or empty.
        ca_trust: `registry`, or `system` for the system's store, which takes restarts.
        tags: `target`, or `upstream` where it says what a tag is and the target has the rest.
        proxy: through which this machine reaches the target, `http://host:port` or a reference
            (`env:NAME`, `file:PATH`) to one with a login; hosts reach the target without it.
        canary: `library/name:tag` that exists only at the target; empty: one is pushed.
        username, password: for pushing the canary; the password is a reference,
            `env:NAME`, `file:PATH` or `ask`.
        upstreams: those that are moved beside docker.io.
        provision: what is wanted of the product; None where it is left alone.
    """

    kind: str = "plain"
    url: str
    addressing: str = "auto"
    prefix: str = ""
    ca_file: str = ""
    ca_trust: str = "registry"
    tags: str = "target"
    proxy: str = ""
    canary: str = ""
    username: str = ""
    password: str = ""
    upstreams: tuple[PlaceChoice, ...] = ()
    provision: ProvisionChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """Everything an operator chose: the content of `migration.yaml`."""

    fleet: Fleet
    target: TargetChoice | None = None
    policy: RolloutPolicy = field(default_factory=RolloutPolicy)
    sudo_passwords: tuple[tuple[str, str], ...] = ()
    """Reference of the sudo password by credential name."""
    login_passwords: tuple[tuple[str, str], ...] = ()
    """Reference of the login password by credential name."""
    passphrases: tuple[tuple[str, str], ...] = ()
    """Reference of the passphrase by absolute path of the private key."""
    ssh_config: str = ""
    """Absolute path of the file that aliases are looked up in; empty for ~/.ssh/config."""
