"""What an operator should know of a host's Docker before its plan is approved."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.discovery.facts import ImageStore
from wizard.planning.files import file_at, file_warnings
from wizard.planning.plan import FileChange, FilePurpose
from wizard.runtimes.docker.insecure import is_insecure, untold_networks
from wizard.runtimes.docker.pending import pending_keys
from wizard.runtimes.docker.routes import (
    HOSTS_FILES,
    NEWEST_KNOWN,
    TOKENS_TRUST_THE_CA,
    DockerRoute,
    builds_lose_the_path,
    mirror_url,
)
from wizard.runtimes.docker.standing import DockerStanding
from wizard.target import TargetKind, upstream_name
from wizard.wording import _


def docker_warnings(standing: DockerStanding, changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return what may surprise on that host, in the chosen language."""
    of_builders = [
        _("buildx builder {name} has a BuildKit of its own and is not served.").format(
            name=builder.name
        )
        for builder in standing.docker.builders
    ]
    files = [file_at(standing.facts, change.path) for change in changes]
    of_files = [warning for file in files for warning in file_warnings(file)]
    found = (*_of_target(standing), *_of_mirrors(standing), *_of_reload(standing, changes))
    return (*(text for applies, text in found if applies), *of_builders, *of_files)


def _of_target(standing: DockerStanding) -> list[tuple[bool, str]]:
    ours = mirror_url(standing.target)
    by_registry = standing.docker.image_store is ImageStore.GRAPH_DRIVER
    not_moved = _not_moved(standing)
    return [
        (
            standing.version >= NEWEST_KNOWN,
            _("This Docker is newer than those that Pilotage was checked with."),
        ),
        (
            standing.docker.hub_login and by_registry,
            _(
                "A user here is logged in to Docker Hub, and Docker offers that login to mirrors:"
                " if the target refuses it, that user's pulls come from Docker Hub without a word."
            ),
        ),
        (
            standing.version < HOSTS_FILES
            and is_insecure(ours, standing.docker.insecure_registries, standing.addresses_of(ours)),
            _("The target is in insecure-registries: its certificate is not verified."),
        ),
        *_of_networks(standing, (ours, *standing.other_mirrors)),
        (
            not by_registry and _may_distrust_tokens(standing),
            _(
                "Before 29.5 this Docker asks for a token without the target's own CA: if the"
                " canary fails for its certificate, put the CA into the system's store."
            ),
        ),
        (
            builds_lose_the_path(standing.version, standing.target.addressing),
            _(
                "Only docker pull uses the target here: docker build still takes its base"
                " images from Docker Hub, because before Docker 28 it misses the path of a"
                " mirror."
            ),
        ),
        (
            bool(not_moved),
            _(
                "This Docker pulls only images of Docker Hub through a mirror: those of"
                " {names} need the target in their names."
            ).format(names=", ".join(not_moved)),
        ),
    ]


def _of_networks(standing: DockerStanding, mirrors: Sequence[str]) -> list[tuple[bool, str]]:
    """Return for which mirrors it is not known whether Docker 28 and later trusts anybody."""
    entries = standing.docker.insecure_registries
    text = _(
        "insecure-registries has {networks}: if {mirror} is in there, anybody is trusted as Docker"
        " Hub too. Its address on this host is not known."
    )
    found = [
        (mirror, untold_networks(mirror, entries, standing.addresses_of(mirror)))
        for mirror in (mirrors if standing.version >= HOSTS_FILES else ())
    ]
    return [
        (bool(networks), text.format(networks=", ".join(networks), mirror=mirror))
        for mirror, networks in found
    ]


def _may_distrust_tokens(standing: DockerStanding) -> bool:
    """Return whether tokens come from a product whose CA only hosts.toml or certs.d has."""
    product = standing.target.kind is not TargetKind.PLAIN
    return product and standing.ca is not None and standing.version < TOKENS_TRUST_THE_CA


def _of_mirrors(standing: DockerStanding) -> list[tuple[bool, str]]:
    is_named = standing.target.canary is not None and not standing.target.canary.pushed
    return [
        (
            standing.config.unread and standing.route is not DockerRoute.HOSTS_FILE,
            _("{path} holds credentials and was not read: its mirrors may differ.").format(
                path=standing.config.file.path
            ),
        ),
        (
            bool(standing.other_mirrors),
            _("Mirrors that were there stay, after the target."),
        ),
        (
            bool(standing.other_mirrors) and is_named,
            _("A mirror that stays may have the canary too: then a pull of it proves nothing."),
        ),
    ]


def _of_reload(standing: DockerStanding, changes: Sequence[FileChange]) -> list[tuple[bool, str]]:
    reload = any(change.purpose is FilePurpose.CONFIG for change in changes)
    plugins = standing.config.values.get("authorization-plugins")
    possible = pending_keys(standing.config, standing.docker).possible
    return [
        (
            reload and bool(plugins),
            _("A reload starts the authorization plugins anew: a broken one stops Docker."),
        ),
        (
            reload and bool(possible),
            _(
                "{path} was changed after Docker last read it, as far as can be told: the"
                " reload applies all of it, these settings included: {names}."
            ).format(path=standing.config.file.path, names=", ".join(possible)),
        ),
    ]


def _not_moved(standing: DockerStanding) -> tuple[str, ...]:
    """Return the upstreams of the target that `docker pull` still asks itself."""
    upstreams = (one.upstream for one in standing.target.by_upstream)
    return tuple(upstream_name(name) for name in upstreams if name not in standing.pulled)
