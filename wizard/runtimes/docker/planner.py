"""The plan for Docker Engine on one host.

Which files lead it to the target depends on its version and image store: see
`wizard.runtimes.docker.routes`. None of them takes a restart: daemon.json is reloaded, hosts.toml
and CA files are read at each pull (facts/runtimes.md §1.3, §1.4).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from urllib.parse import urlsplit

from wizard.discovery.facts import HostFacts, ImageStore
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import file_at, file_blocks, file_change
from wizard.planning.paths import hosts_file
from wizard.planning.plan import (
    Activation,
    Block,
    BlockReason,
    FileChange,
    FilePurpose,
    Runtime,
    RuntimePlan,
    Step,
    StepName,
    Verdict,
)
from wizard.planning.proof import proofs
from wizard.planning.proxies import proxy_in_the_way
from wizard.planning.work import Restart, RuntimeWork, blocked_work
from wizard.runtimes.ca_files import lone_client_files
from wizard.runtimes.docker.by_hand import by_hand, snap_block
from wizard.runtimes.docker.config import flag_values, normal_mirrors, without_flag
from wizard.runtimes.docker.insecure import is_insecure
from wizard.runtimes.docker.pending import pending_keys
from wizard.runtimes.docker.routes import HOSTS_FILES, DockerRoute, mirror_url
from wizard.runtimes.docker.standing import DockerStanding, docker_standing
from wizard.runtimes.docker.warnings import docker_warnings
from wizard.runtimes.hosts_toml import HostEntry, HostsFile, behind, target_entry, wanted_text
from wizard.target import UPSTREAM, Target, upstream_server


def plan_docker(facts: HostFacts, target: Target) -> RuntimeWork | None:
    """Return what happens to Docker on that host, None where there is none; pure."""
    docker = facts.docker
    if docker is None:
        return None
    flavour = f"docker {'.'.join(docker.version.split('.')[:2]) or '?'} {docker.image_store.value}"
    try:
        manual = by_hand(facts, docker, target)
        if manual is not None:
            return blocked_work(Runtime.DOCKER, flavour, manual)
        standing = docker_standing(facts, docker, target)
        changes = _changes(standing)
        blocks = _blocks(standing, changes)
        if docker.snap and changes and not blocks:
            blocks = (snap_block(standing, changes),)
    except Blocked as obstacle:
        return blocked_work(Runtime.DOCKER, flavour, obstacle.block)
    if blocks:
        return blocked_work(Runtime.DOCKER, flavour, *blocks)
    return _work(standing, flavour, changes)


def _changes(standing: DockerStanding) -> tuple[FileChange, ...]:
    """Return the file changes, the CA before what refers to it."""
    changes = []
    if standing.ca is not None:
        changes.append(file_change(standing.ca.file, FilePurpose.CA, standing.ca.text))
    changes += [_hosts_change(standing, one) for one in standing.in_hosts_files]
    if standing.route is not DockerRoute.HOSTS_FILE and not standing.served_by_flag:
        changes.append(_daemon_change(standing))
    return tuple(
        dataclasses.replace(change, writer=standing.writer)
        for change in changes
        if change is not None
    )


def _hosts_change(standing: DockerStanding, target: Target) -> FileChange | None:
    file = file_at(standing.facts, hosts_file(standing.certificates, target.upstream))
    ours = target_entry(target, ca=standing.ca.path if standing.ca else "", dial_timeout=True)
    mirrors = standing.other_mirrors if target.upstream == UPSTREAM else ()
    others = tuple(HostEntry(url=mirror.removesuffix("/")) for mirror in mirrors)
    wanted = HostsFile(server=upstream_server(target.upstream), hosts=behind(ours, others))
    return file_change(file, FilePurpose.HOSTS, wanted_text(file, wanted))


def _daemon_change(standing: DockerStanding) -> FileChange | None:
    if standing.config.mirrors == standing.wanted_mirrors or standing.config.unread:
        return None
    absent = standing.config.mirrors is None
    return file_change(
        standing.config.file,
        FilePurpose.CONFIG,
        standing.config.with_mirrors(standing.wanted_mirrors),
        parting=standing.config.with_mirrors(()) if absent else None,
    )


def _blocks(standing: DockerStanding, changes: Sequence[FileChange]) -> tuple[Block, ...]:
    """Return every reason against the changes."""
    found = [*_mirror_blocks(standing), *_reload_blocks(standing, changes)]
    if standing.route is not DockerRoute.HOSTS_FILE:
        folder = f"{standing.certificates}/{standing.target.authority}"
        found += lone_client_files(standing.facts, folder)
    proxy = proxy_in_the_way(standing.target.url, standing.docker.proxies)
    if proxy:
        found.append(block(BlockReason.PROXY_IN_THE_WAY, urlsplit(proxy).hostname or ""))
    for change in changes:
        found += file_blocks(file_at(standing.facts, change.path))
    return tuple(found)


def _mirror_blocks(standing: DockerStanding) -> list[Block]:
    same_registry = f"//{standing.target.authority}/"
    found = [
        block(BlockReason.OTHER_MIRRORS, mirror)
        for mirror in standing.other_mirrors
        if same_registry in mirror
    ]
    if standing.version >= HOSTS_FILES:
        found += [
            block(BlockReason.INSECURE_REGISTRY, mirror)
            for mirror in (mirror_url(standing.target), *standing.other_mirrors)
            if is_insecure(
                mirror, standing.docker.insecure_registries, standing.addresses_of(mirror)
            )
        ]
    return found


def _reload_blocks(standing: DockerStanding, changes: Sequence[FileChange]) -> list[Block]:
    """Return what stands against a reload, and against a file that a restart would read."""
    if standing.route is DockerRoute.HOSTS_FILE:
        return []
    written = any(change.purpose is FilePurpose.CONFIG for change in changes)
    return _start_blocks(standing, is_written=written, is_taken_up=written)


def _start_blocks(standing: DockerStanding, *, is_written: bool, is_taken_up: bool) -> list[Block]:
    """Return what else of its file the daemon would take up, or not start with.

    Args:
        standing: the Docker.
        is_written: mirrors are put into daemon.json.
        is_taken_up: it reads daemon.json again.
    """
    flags = standing.flag_mirrors
    other_file = _other_file(standing)
    if other_file:
        return [block(BlockReason.CONFIG_NOT_LOADED, f"--config-file={other_file}")]
    if flags:
        conflict = is_written or standing.config.mirrors is not None
        shown = " ".join(f"--registry-mirror={value}" for value in flags)
        return [block(BlockReason.FLAGS_CONFLICT, shown)] if conflict else []
    pending = pending_keys(standing.config, standing.docker)
    found = (*pending.known, *(pending.unloaded if is_taken_up else ()))
    return [block(BlockReason.CONFIG_NOT_LOADED, key) for key in found]


def _other_file(standing: DockerStanding) -> str:
    """Return the file that a flag gives the daemon at its next start, empty if it stays."""
    given = flag_values(standing.docker.start_flags, "config-file")
    return given[-1] if given and given[-1] != standing.docker.config_file else ""


def _work(standing: DockerStanding, flavour: str, changes: tuple[FileChange, ...]) -> RuntimeWork:
    """Return the work for changes that nothing stands against."""
    if not changes:
        plan = RuntimePlan(
            runtime=Runtime.DOCKER,
            flavour=flavour,
            verdict=Verdict.NOTHING,
            warnings=docker_warnings(standing, changes),
        )
        return RuntimeWork(plan=plan, restart=_restart(standing))
    reload = any(change.purpose is FilePurpose.CONFIG for change in changes)
    unharmed = (
        Step(name=StepName.SAME_PROCESS, args=(Runtime.DOCKER.value,)),
        Step(name=StepName.SAME_CONTAINERS, args=(Runtime.DOCKER.value,)),
    )
    reloading = (Step(name=StepName.DOCKER_RELOAD, args=(standing.reload_unit,)),)
    return RuntimeWork(
        plan=RuntimePlan(
            runtime=Runtime.DOCKER,
            flavour=flavour,
            verdict=Verdict.CHANGE,
            activation=Activation.RELOAD if reload else Activation.NONE,
            warnings=docker_warnings(standing, changes),
        ),
        asks=_asks(standing),
        changes=changes,
        validate=_validation(standing) if reload else (),
        activate=reloading if reload else (),
        check=(*_mirrors_step(standing.wanted_mirrors, reload=reload), *unharmed),
        probe=_proof(standing),
        restart=_restart(standing),
        deactivate=reloading if reload else (),
        check_reverted=(
            *_mirrors_step(standing.docker.mirrors, reload=reload),
            *unharmed,
        ),
        docker_uid=standing.docker.uid if standing.docker.rootless else 0,
    )


def _restart(standing: DockerStanding) -> Restart | None:
    """Return how it starts anew; with live-restore containers go on (facts/runtimes.md §1.5).

    A restart of a rootless one ends its containers whatever its settings say, and one from a snap
    does not read the system's store (§1.6).
    """
    docker = standing.docker
    if docker.rootless or docker.snap:
        return None
    return Restart(
        runtime=Runtime.DOCKER,
        steps=(Step(name=StepName.DOCKER_RESTART, args=(docker.unit,) if docker.unit else ()),),
        validate=_validation(standing),
        check=(Step(name=StepName.UNIT_ACTIVE, args=(docker.unit or "docker.service",)),),
        probe=_proof(standing),
        stops_containers=not docker.live_restore,
        blocks=tuple(_start_blocks(standing, is_written=False, is_taken_up=True)),
    )


def _validation(standing: DockerStanding) -> tuple[Step, ...]:
    can_run = not standing.docker.rootless or "dockerd" in standing.facts.tools
    if not standing.docker.validates or not can_run:
        return ()
    flags = without_flag(standing.docker.flags, "config-file")
    return (Step(name=StepName.DOCKER_VALIDATE, args=(standing.docker.config_file, *flags)),)


def _mirrors_step(mirrors: Sequence[str], *, reload: bool) -> tuple[Step, ...]:
    if not reload:
        return ()
    return (Step(name=StepName.DOCKER_MIRRORS, args=normal_mirrors(mirrors)),)


def _proof(standing: DockerStanding) -> tuple[Step, ...]:
    return tuple(
        Step(name=StepName.DOCKER_PULL, args=proof)
        for proof in proofs(standing.target, standing.pulled)
    )


def _asks(standing: DockerStanding) -> tuple[str, ...]:
    """Return the URLs of canaries that pulls and builds ask (facts/runtimes.md §1.1, §1.4)."""
    by_pull = standing.docker.image_store is ImageStore.GRAPH_DRIVER
    plain = (standing.target.canary_url(named=False),) if by_pull else ()
    named = tuple(one.canary_url(named=True) for one in standing.in_hosts_files)
    of_store = () if by_pull or named else (standing.target.canary_url(named=True),)
    return (*plain, *named, *of_store)
