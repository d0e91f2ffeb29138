"""What the operator should know of containerd on a host before the change is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from wizard.planning.files import file_at, file_warnings
from wizard.planning.plan import FileChange
from wizard.planning.unmoved import is_moved, registry_of_image
from wizard.runtimes.containerd.effective import (
    DEFAULT_DIRECTORY,
    TRANSFER_SERVICE,
    VERSION_2,
    trusts_of,
)
from wizard.runtimes.containerd.endpoints import foreign_ca, needs_ca, target_tls
from wizard.runtimes.containerd.mirror_tables import DEFAULT_NAMESPACE
from wizard.runtimes.containerd.situation import Situation
from wizard.runtimes.hub_login import kubelet_login_warnings
from wizard.wording import _

_NEWEST_KNOWN: Final = (2, 4, 0)


def warnings_about(
    here: Situation, changes: Sequence[FileChange], *, restart: bool
) -> tuple[str, ...]:
    """Return the warnings about these changes, in a fixed order."""
    files = (file_at(here.facts, change.path) for change in changes)
    return (
        *_of_version(here, restart=restart),
        *_of_hosts_files(here, changed=bool(changes), restart=restart),
        *_of_tables(here),
        *_of_logins(here),
        *_of_trust(here),
        *_of_pause_image(here),
        *kubelet_login_warnings(here.facts),
        *(warning for file in files for warning in file_warnings(file)),
    )


def _of_version(here: Situation, *, restart: bool) -> Iterator[str]:
    if here.version >= _NEWEST_KNOWN:
        yield _("This containerd is newer than those that Pilotage was checked with.")
    if restart:
        yield restart_warning()


def restart_warning() -> str:
    """Return what its restart means for those who use it (facts/runtimes.md §2.5)."""
    return _(
        "containerd restarts: containers go on, pulls and execs under way break, and"
        " kubelet may report NotReady for some seconds."
    )


def _of_hosts_files(here: Situation, *, changed: bool, restart: bool) -> Iterator[str]:
    """Yield what becomes of hosts.toml files of others."""
    if here.by_endpoints:
        return
    found = here.namespaces(here.directory)
    if changed and here.version >= DEFAULT_DIRECTORY and DEFAULT_NAMESPACE in found:
        yield _("The _default hosts.toml no longer applies to docker.io.")
    woken = sorted(found - {*here.upstreams, DEFAULT_NAMESPACE}) if restart else []
    if woken:
        yield _("The restart also makes these hosts.toml files live: {names}.").format(
            names=", ".join(woken)
        )
    if len(here.registry.directories) < 2 or restart:  # noqa: PLR2004  # a list
        return
    if here.version < TRANSFER_SERVICE:
        yield _("config_path is a list: from containerd 2.1 on it would not be read.")
    elif here.registry.local_pull:
        yield _(
            "config_path is a list, which this containerd reads only while its settings keep it"
            " from pulling by its transfer service."
        )


def _of_tables(here: Situation) -> Iterator[str]:
    """Yield which tables of the file this containerd does not read."""
    if here.config is None:
        return
    lost = trusts_of(here.config.values) if here.version >= VERSION_2 else {}
    if lost:
        yield _("Since containerd 2.0 these tls settings have no effect: {names}.").format(
            names=_listed(lost)
        )
    if here.config.ignored:
        yield _("This containerd ignores these tables: {names}.").format(
            names=", ".join(".".join(table) for table in here.config.ignored)
        )


def _of_logins(here: Situation) -> Iterator[str]:
    """Yield that logins stay; they keep pulls from the transfer service (§2.1, §2.4)."""
    if not here.registry.logins:
        return
    names = _listed(here.registry.logins)
    if here.version < TRANSFER_SERVICE:
        yield _("The logins in containerd's file stay as they are: {names}.").format(names=names)
    else:
        yield _(
            "The logins in containerd's file stay as they are, and keep it from pulling by its"
            " transfer service: {names}."
        ).format(names=names)


def _of_trust(here: Situation) -> Iterator[str]:
    if not here.by_endpoints:
        return
    host = here.target.authority
    if here.ca is not None and not needs_ca(here):
        yield _("The ca_file that containerd has for {host} stays: {path}.").format(
            host=host, path=foreign_ca(here)
        )
    if target_tls(here).get("insecure_skip_verify") is True:
        yield _("containerd takes any certificate of {host}: insecure_skip_verify.").format(
            host=host
        )


def _of_pause_image(here: Situation) -> Iterator[str]:
    """Yield that new pods need an image that is not moved (facts/runtimes.md §2.5, §7 row 15)."""
    image = here.registry.pause_image
    registry = registry_of_image(image)
    if registry and not is_moved(registry, here.target):
        yield _(
            "The pause image {image} comes from {registry}, which is not moved: once the way there"
            " is closed, no pod starts where it is not on the host yet."
        ).format(image=image, registry=registry)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
