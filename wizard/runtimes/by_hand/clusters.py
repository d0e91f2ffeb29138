"""MicroK8s, k0s, Bottlerocket and kind: what a person does (facts/runtimes.md §4)."""

from __future__ import annotations

import json
import shlex
from typing import Final

from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import block
from wizard.planning.paths import HOSTS_CA
from wizard.planning.plan import BlockReason
from wizard.planning.proof import pulled
from wizard.runtimes.by_hand.commands import hosts_text, put_ca, write_file, write_hosts_files
from wizard.runtimes.k3s.registries import target_endpoint
from wizard.target import TagSource, Target
from wizard.wording import _

_MICROK8S_CERTS: Final = "/var/snap/microk8s/current/args/certs.d"
_K0S_CERTS: Final = "/etc/k0s/certs.d"
_K0S_DROP_IN: Final = "/etc/k0s/containerd.d/registry.toml"
_KIND_CERTS: Final = "/etc/containerd/certs.d"
_KIND_IMAGE: Final = "kindest/node"
_REGISTRY: Final = 'plugins."io.containerd.grpc.v1.cri".registry'


def microk8s_steps(target: Target) -> tuple[str, ...]:
    """Return what is done for MicroK8s; its maintainer says so (canonical/microk8s issue 3221)."""
    return (
        *write_hosts_files(target, _MICROK8S_CERTS),
        "snap restart microk8s",
        _prove(
            "microk8s kubectl run pilotage-canary --restart=Never --image={image}",
            target,
        ),
    )


def k0s_steps(target: Target) -> tuple[str, ...]:
    """Return what is done for k0s; nobody here has tried it, which is said."""
    drop_in = f'version = 2\n[{_REGISTRY}]\n  config_path = "{_K0S_CERTS}"\n'
    return (
        *write_hosts_files(target, _K0S_CERTS),
        write_file(_K0S_DROP_IN, drop_in),
        "systemctl restart k0sworker || systemctl restart k0scontroller",
        _("None of this has been tried with k0s here: try it on one worker first."),
    )


def bottlerocket_steps(target: Target) -> tuple[str, ...]:
    """Return the settings that its API takes; paths of endpoints are used as they stand (§2.4)."""
    if target.tags is TagSource.UPSTREAM:
        return (block(BlockReason.TAGS_NOT_POSSIBLE).detail,)
    mirrors = [
        {"registry": one.upstream, "endpoint": [target_endpoint(one)]} for one in target.by_upstream
    ]
    document = json.dumps({"settings": {"container-registry": {"mirrors": mirrors}}})
    data = f"settings.pki.pilotage.data=$(base64 -w0 {HOSTS_CA})"
    ca = (put_ca(HOSTS_CA), f"apiclient set {data} settings.pki.pilotage.trusted=true")
    return (
        *(ca if target.ca_pem else ()),
        f"printf '%s' {shlex.quote(document)} | apiclient apply",
        _("Or put the same settings into the user data of the node group, and replace its nodes."),
        _("The registry's own endpoint stays the last one: a pull that works proves nothing."),
    )


def kind_nodes(facts: HostFacts) -> tuple[str, ...]:
    """Return the names of the containers that are nodes of kind clusters."""
    containers = facts.docker.containers if facts.docker else ()
    return tuple(one.name for one in containers if one.image.startswith(_KIND_IMAGE))


def kind_steps(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return what is done for each node of kind; it is lost when the cluster is made anew."""
    steps = []
    for node in kind_nodes(facts):
        for one in target.by_upstream:
            folder = f"{_KIND_CERTS}/{one.upstream}"
            steps.append(f"docker exec {shlex.quote(node)} mkdir -p {folder}")
            if target.ca_pem:
                steps.append(put_ca(f"{node}:{folder}/{HOSTS_CA}"))
            written = write_file(f"{folder}/hosts.toml", hosts_text(one))
            steps.append(f"docker exec {shlex.quote(node)} sh -c {shlex.quote(written)}")
    patch = f'[{_REGISTRY}]\n  config_path = "{_KIND_CERTS}"'
    return (
        *steps,
        _("Nodes of kind before 0.27 need this as containerdConfigPatches: {patch}").format(
            patch=" ".join(patch.split())
        ),
    )


def _prove(command: str, target: Target) -> str:
    image = pulled(target, target.canary) if target.canary else "IMAGE"
    return _("Prove it by a pull that only the target can answer: {command}").format(
        command=command.format(image=image)
    )
