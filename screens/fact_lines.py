"""The facts of one host as lines to read."""

from __future__ import annotations

from typing import assert_never

from screens.widgets.paint import Line, fitted, plain
from screens.words import date_time
from wizard.discovery.container_facts import (
    BuildKitFacts,
    Container,
    CRIOFacts,
    NerdctlFacts,
    OwnRoots,
    PodmanFacts,
)
from wizard.discovery.facts import (
    ContainerdFacts,
    DockerFacts,
    FileKind,
    HostFacts,
    UpstreamState,
    UpstreamTag,
)
from wizard.discovery.facts_k3s import K3sFacts
from wizard.target import upstream_name
from wizard.wording import _

_LABEL = 20


def fact_lines(facts: HostFacts) -> list[Line]:
    """Return everything that matters about a host, by subject."""
    lines = _subject(
        _("Host"),
        (
            (_("system"), f"{facts.os_name or facts.os_id} · {facts.architecture}"),
            (_("kernel, init"), f"{facts.kernel} · {facts.init}"),
            (_("clock"), _("{seconds:+.1f} s against ours").format(seconds=facts.clock_skew)),
            (_("CA store"), facts.ca_store or _("unknown")),
            *((_("own certificates"), _roots(own)) for own in facts.roots),
            (_("immutable system"), facts.immutable_os),
            (_("read at"), date_time(facts.collected_at)),
        ),
    )
    if facts.docker:
        lines += _docker(facts.docker)
    if facts.containerd:
        lines += _containerd(facts.containerd)
    if facts.crio:
        lines += _crio(facts.crio)
    if facts.podman:
        lines += _podman(facts.podman)
    if facts.k3s:
        lines += _k3s(facts.k3s)
    if facts.nerdctl:
        lines += _nerdctl(facts.nerdctl)
    if facts.buildkit:
        lines += _buildkit(facts.buildkit)
    for other in facts.others:
        lines += _subject(other.name, ((_("version"), other.version),))
    lines += _target(facts) + _armed(facts) + _files(facts) + _disks(facts)
    return lines


def _subject(title: str, rows: tuple[tuple[str, str], ...]) -> list[Line]:
    lines: list[Line] = [plain(title, "title")]
    lines += [((fitted(f"  {label}", _LABEL), "muted"), (text, "")) for label, text in rows if text]
    return [*lines, plain("")]


def _roots(own: OwnRoots) -> str:
    said = (("SSL_CERT_FILE", own.file), ("SSL_CERT_DIR", own.directories))
    told = " ".join(f"{name}={value}" for name, value in said if value)
    return f"{own.daemon}: {told}"


def _docker(docker: DockerFacts) -> list[Line]:
    yes = _("yes")
    return _subject(
        "Docker Engine",
        (
            (_("version"), docker.version),
            (_("does not answer"), docker.error),
            (_("image store"), docker.image_store.value),
            (_("mirrors in use"), ", ".join(docker.mirrors) or _("none")),
            (_("daemon.json"), docker.config_file),
            (_("flags"), " ".join(docker.flags)),
            (_("live-restore"), yes if docker.live_restore else _("no")),
            (_("swarm"), yes if docker.swarm else ""),
            (_("rootless"), yes if docker.rootless else ""),
            (_("logged in to Hub"), yes if docker.hub_login else ""),
            (_("proxies"), ", ".join(f"{name}={value}" for name, value in docker.proxies)),
            (_("containers"), _running(docker.containers)),
        ),
    )


def _containerd(containerd: ContainerdFacts) -> list[Line]:
    return _subject(
        "containerd",
        (
            (_("version"), containerd.version),
            (_("does not answer"), containerd.error),
            (_("CRI plugin"), containerd.cri.value),
            (_("config file"), containerd.config_file),
            (_("crictl"), containerd.crictl or _("not found")),
            (_("containers"), _running(containerd.containers)),
        ),
    )


def _crio(crio: CRIOFacts) -> list[Line]:
    return _subject(
        "CRI-O",
        (
            (_("version"), crio.version),
            (_("does not answer"), crio.error or crio.settings_error),
            (_("log level"), crio.log_level),
            (_("keys not read"), ", ".join(key for _path, key in crio.dead_keys)),
            (_("crictl"), crio.crictl or _("not found")),
            (_("containers"), _running(crio.containers)),
        ),
    )


def _podman(podman: PodmanFacts) -> list[Line]:
    return _subject(
        "Podman",
        (
            (_("version"), podman.version),
            (_("does not answer"), podman.error),
            (_("settings of users"), ", ".join(podman.homes)),
        ),
    )


def _nerdctl(nerdctl: NerdctlFacts) -> list[Line]:
    return _subject(
        "nerdctl", ((_("version"), nerdctl.version), (_("does not answer"), nerdctl.error))
    )


def _buildkit(buildkit: BuildKitFacts) -> list[Line]:
    return _subject(
        "BuildKit",
        (
            (_("version"), buildkit.version),
            (_("does not answer"), buildkit.error),
            (_("config file"), buildkit.config_file),
            (_("buildctl"), buildkit.buildctl or _("not found")),
            (_("proxies"), ", ".join(f"{name}={value}" for name, value in buildkit.proxies)),
        ),
    )


def _k3s(k3s: K3sFacts) -> list[Line]:
    yes = _("yes")
    return _subject(
        "RKE2" if k3s.product == "rke2" else "k3s",
        (
            (_("version"), k3s.version),
            (_("does not answer"), k3s.error),
            (_("role"), _("server") if k3s.server else _("agent")),
            (_("registries"), k3s.registries),
            (_("data"), k3s.data_dir),
            (_("embedded registry"), yes if k3s.embedded_registry else ""),
            (_("its own images"), k3s.system_registry),
            (_("crictl"), k3s.crictl or _("not found")),
            (_("containers"), _running(k3s.containers)),
        ),
    )


def _running(containers: tuple[Container, ...]) -> str:
    names = ", ".join(container.name or container.id[:12] for container in containers)
    return f"{len(containers)}: {names}" if containers else _("none runs")


def _target(facts: HostFacts) -> list[Line]:
    reach = facts.target
    if reach is None:
        return []
    return _subject(
        _("Way to the target"),
        (
            (_("as it is"), reach.state.value),
            (_("with the CA"), reach.state_with_ca.value),
            (_("detail"), reach.detail),
            *((_upstream(tag), _canary_there(tag)) for tag in facts.upstreams),
        ),
    )


def _upstream(tag: UpstreamTag) -> str:
    return upstream_name(tag.reference.partition("/")[0])


def _canary_there(upstream: UpstreamTag) -> str:
    match upstream.state:
        case UpstreamState.PRESENT:
            return _("has {reference}, {digest}").format(
                reference=upstream.reference, digest=upstream.digest
            )
        case UpstreamState.ABSENT:
            return _("does not have {reference}").format(reference=upstream.reference)
        case UpstreamState.HIDDEN:
            return _("shows no {reference} without a login").format(reference=upstream.reference)
        case UpstreamState.UNKNOWN:
            return _("not known: {why}").format(why=upstream.detail)
        case _:
            assert_never(upstream.state)


def _armed(facts: HostFacts) -> list[Line]:
    armed = facts.armed
    if armed is None:
        return []
    return _subject(
        _("Another change is open"),
        (
            (_("run"), armed.run),
            (_("by"), armed.holder),
            (_("state"), armed.state),
        ),
    )


def _files(facts: HostFacts) -> list[Line]:
    rows = tuple(
        (f"{file.size:,} B" if file.kind is FileKind.REGULAR else file.kind.value, file.path)
        for file in facts.files
    )
    return _subject(_("Files"), rows) if rows else []


def _disks(facts: HostFacts) -> list[Line]:
    rows = tuple((f"{disk.free_bytes // 2**20:,} MiB", disk.path) for disk in facts.disks)
    return _subject(_("Free space"), rows) if rows else []
