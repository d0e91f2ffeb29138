"""What discovery read of k3s or RKE2; never changed by us."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.discovery.container_facts import Container


@dataclass(frozen=True, slots=True, kw_only=True)
class K3sFacts:
    """k3s or RKE2, each with a containerd of its own (facts/runtimes.md §4).

    Attributes:
        product: `k3s` or `rke2`.
        version: `1.29.1+k3s1`, without a leading `v`.
        error: why nothing more is known, as that it does not run; or empty.
        server: runs the API server, and etcd mostly; else it is an agent.
        cluster: sha256 of the cluster's CA, the same on all its nodes; empty when unknown.
        unit: systemd unit that runs it, or empty.
        data_dir: holds what is generated, and the programs that it brings along.
        registries: path of registries.yaml, as `--private-registry` names it.
        system_registry: `system-default-registry`: where its own images come from.
        default_endpoint: a registry's own endpoint is asked last.
        embedded_registry: nodes give images to each other (Spegel), before any mirror.
        own_containerd: False where it uses Docker or another runtime instead.
        crictl, ctr: paths of the programs that it brings along, or empty.
        config_changed_at: when registries.yaml was last written or moved there, in seconds since
            the epoch by the host's clock; 0 where there is none or it is not known.
        config_loaded_at: when the service last read it: at its start; 0 when not known.
    """

    product: str = "k3s"
    version: str = ""
    error: str = ""
    server: bool = False
    cluster: str = ""
    unit: str = ""
    data_dir: str = "/var/lib/rancher/k3s"
    registries: str = "/etc/rancher/k3s/registries.yaml"
    system_registry: str = ""
    default_endpoint: bool = True
    embedded_registry: bool = False
    own_containerd: bool = True
    crictl: str = ""
    ctr: str = ""
    endpoint: str = "unix:///run/k3s/containerd/containerd.sock"
    proxies: tuple[tuple[str, str], ...] = ()
    config_changed_at: float = 0.0
    config_loaded_at: float = 0.0
    containers: tuple[Container, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def flavour(self) -> str:
        """Return what tells its behaviour, `k3s 1.29 server`."""
        release = ".".join(self.version.split(".")[:2]) or "?"
        return f"{self.product} {release} {'server' if self.server else 'agent'}"
