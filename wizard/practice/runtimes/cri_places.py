"""Where CRI asks for images, with whose trust (facts/runtimes.md §2.1, §2.2, §2.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from wizard.practice.machine.network import Trust
from wizard.practice.runtimes.containerd_config import Configuration
from wizard.practice.runtimes.containerd_plugins import SECOND
from wizard.practice.runtimes.conversation import PullFailed, basic
from wizard.practice.runtimes.endpoints import Endpoint, old_style_endpoints, upstream_of
from wizard.practice.runtimes.hosts_toml import (
    NoSuchAuthority,
    Undecodable,
    docker_style_authorities,
    endpoints_in,
    find_directory,
    undecoded,
)
from wizard.practice.runtimes.releases import Release

TRANSFER_SINCE: Final[Release] = (2, 1, 0)
"""First release whose CRI pulls by the transfer service, which splits no colon list (§2.2)."""
DEFAULT_PATH_SINCE: Final[Release] = (2, 2, 0)
DEFAULT_PATH: Final = "/etc/containerd/certs.d:/etc/docker/certs.d"
_DOWNLOADS: Final = 3


def config_paths(config: Configuration) -> tuple[str, ...]:
    """Return the directories in which CRI looks for hosts.toml; pure.

    A colon list is one directory that does not exist for the transfer service; 2.2 has such a list
    by default.
    """
    registry = config.registry
    given = str(registry.get("config_path") or "")
    if not given and not registry.get("mirrors") and config.release >= DEFAULT_PATH_SINCE:
        given = DEFAULT_PATH
    if not given:
        return ()
    if config.release >= TRANSFER_SINCE and not _pulls_locally(config):
        return (given,)
    return tuple(path for path in given.split(":") if path)


def _pulls_locally(config: Configuration) -> bool:
    """Tell whether settings force CRI to pull by itself (§2.1, `CheckLocalImagePullConfigs`)."""
    registry = config.registry
    return bool(
        registry.get("mirrors")
        or registry.get("configs")
        or registry.get("auths")
        or config.cri.get("use_local_image_pull")
        or config.cri.get("discard_unpacked_layers")
        or config.cri.get("max_concurrent_downloads", _DOWNLOADS) != _DOWNLOADS
    )


def cri_problem(config: Configuration) -> str:
    """Return why the CRI plugin does not load, or nothing; pure (§2.2)."""
    registry = config.registry
    if not registry.get("config_path"):
        return ""
    prefix = "invalid cri image config" if config.release >= SECOND else "invalid plugin config"
    if registry.get("mirrors"):
        return f"{prefix}: `mirrors` cannot be set when `config_path` is provided"
    entries: Mapping[str, Any] = registry.get("configs") or {}
    has_tls = any(isinstance(one, dict) and one.get("tls") for one in entries.values())
    if has_tls and config.release < SECOND:
        return f"{prefix}: `configs.tls` cannot be set when `config_path` is provided"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CRIPlaces:
    """What decides where a pull of CRI goes.

    Attributes:
        root: of the practice host.
        config: what containerd read when it started.
        system: certificates that it read then.
        log: where lines of the journal go.
    """

    root: Path
    config: Configuration
    system: bytes
    log: Callable[[str], None]

    def of(self, domain: str) -> tuple[Endpoint, ...]:
        """Return where an image of a registry is asked for, in order; raises PullFailed."""
        paths = config_paths(self.config)
        if paths:
            try:
                found = self._by_directories(domain, paths)
            except NoSuchAuthority as error:
                raise PullFailed(str(error)) from error
        else:
            found = self._old_style(domain)
        return tuple(self._with_login(endpoint) for endpoint in found)

    def _by_directories(self, domain: str, paths: tuple[str, ...]) -> tuple[Endpoint, ...]:
        roots = tuple(self.root / path.lstrip("/") for path in paths)
        directory = find_directory(roots, domain, self.config.release)
        own: tuple[bytes, ...] = ()
        if directory:
            try:
                listed = endpoints_in(
                    directory, domain, self.config.release, system=self.system, root=self.root
                )
            except Undecodable as error:
                file = undecoded(directory, self.root, self.config.release)
                self.log(f'level=error msg="failed to decode {file}" error="{error}"')
                return (self._upstream(domain),)
            if listed:
                return listed
            own = docker_style_authorities(directory)
        return (self._upstream(domain, *own),)

    def _upstream(self, domain: str, *authorities: bytes) -> Endpoint:
        trust = Trust(authorities=(self.system, *authorities))
        return Endpoint(base=f"https://{upstream_of(domain)}/v2", trust=trust)

    def _old_style(self, domain: str) -> tuple[Endpoint, ...]:
        mirrors = self.config.registry.get("mirrors") or {}
        return tuple(
            endpoint.with_trust(self._old_trust(endpoint.authority))
            for endpoint in old_style_endpoints(domain, mirrors)
        )

    def _old_trust(self, authority: str) -> Trust:
        """Return the trust of `configs."host".tls`, which 2.x drops without a word (§2.1)."""
        tls = self._entry(authority).get("tls") or {}
        if self.config.release >= SECOND or not isinstance(tls, dict):
            return Trust(authorities=(self.system,))
        file = str(tls.get("ca_file") or "")
        bundles = [self.system]
        if file:
            try:
                bundles.append((self.root / file.lstrip("/")).read_bytes())
            except OSError as error:
                reason = (error.strerror or "").lower()
                raise PullFailed(f"failed to load CA file: open {file}: {reason}") from error
        return Trust(authorities=tuple(bundles), verify=tls.get("insecure_skip_verify") is not True)

    def _entry(self, authority: str) -> Mapping[str, Any]:
        entries = self.config.registry.get("configs") or {}
        entry = entries.get(authority) if isinstance(entries, dict) else None
        return entry if isinstance(entry, dict) else {}

    def _with_login(self, endpoint: Endpoint) -> Endpoint:
        auth = self._entry(endpoint.authority).get("auth") or {}
        if not auth.get("username"):
            return endpoint
        login = basic(str(auth["username"]), str(auth.get("password", "")))
        return replace(endpoint, credentials=login)
