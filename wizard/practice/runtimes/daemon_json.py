"""What a dockerd of a version makes of the bytes of its daemon.json; pure.

facts/runtimes.md §1.1, §1.3 and §1.5; the words are those of the real daemons (20.10.24, 26.1.5
and 28.5.2 were asked).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.practice.runtimes.go_json import GO_KINDS, NotJSON, decode
from wizard.practice.runtimes.registry_options import (
    CHECKED_EARLY_SINCE,
    BadOption,
    mirror_url,
)
from wizard.practice.runtimes.releases import Release

DEFAULT_FILE: Final = "/etc/docker/daemon.json"
LENIENT_SINCE: Final = (23, 0, 0)
"""First release that takes a byte order mark and an empty file (§1.1)."""
VALIDATES_SINCE: Final = (23, 0, 0)
_PREFIXED_SINCE: Final = (28, 0, 0)
_BOM: Final = "\ufeff"
_TEXTS: Final = (
    *("data-root", "exec-root", "pidfile", "storage-driver", "log-driver", "log-level"),
    *("log-format", "bridge", "bip", "fixed-cidr", "fixed-cidr-v6", "default-gateway"),
    *("default-gateway-v6", "cgroup-parent", "default-runtime", "default-ulimit", "group"),
    *("containerd", "containerd-namespace", "containerd-plugin-namespace", "init-path"),
    *("metrics-addr", "node-generic-resource", "seccomp-profile", "ip"),
    *("swarm-default-advertise-addr", "tlscacert", "tlscert", "tlskey", "userland-proxy-path"),
    *("userns-remap", "default-cgroupns-mode", "default-ipc-mode", "default-shm-size"),
    *("host-gateway-ip", "firewall-backend"),
)
_LISTS: Final = (
    *("registry-mirrors", "insecure-registries", "labels", "hosts", "dns", "dns-opts"),
    *("dns-search", "storage-opts", "exec-opts", "authorization-plugins", "node-generic-resources"),
    *("default-address-pools", "cdi-spec-dirs", "allow-nondistributable-artifacts"),
)
_SWITCHES: Final = (
    *("debug", "live-restore", "experimental", "icc", "ip-forward", "ip-masq", "iptables"),
    *("ip6tables", "ipv6", "no-new-privileges", "raw-logs", "selinux-enabled", "tls", "tlsverify"),
    *("userland-proxy", "init", "rootless", "allow-direct-routing"),
)
_NUMBERS: Final = (
    *("max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts", "mtu"),
    *("shutdown-timeout", "oom-score-adjust", "network-control-plane-mtu", "cpu-rt-period"),
    *("network-diagnostic-port", "cpu-rt-runtime", "default-stop-timeout"),
)
_OBJECTS: Final = (
    *("log-opts", "features", "runtimes", "default-ulimits", "builder", "default-network-opts"),
)
_KIND_OF: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(_TEXTS, (str, "string")),
    **dict.fromkeys(_LISTS, (list, "[]string")),
    **dict.fromkeys(_SWITCHES, (bool, "bool")),
    **dict.fromkeys(_NUMBERS, (int, "int")),
    **dict.fromkeys(_OBJECTS, (dict, "map[string]interface {}")),
}
"""Keys with their kind in Python and in Go."""
_SINCE: Final[Mapping[str, Release]] = {
    "proxies": (23, 0, 0),
    "nri-opts": (29, 2, 0),
    "min-api-version": (25, 0, 0),
}
"""Keys that older releases do not know."""
_FLAG_NAMES: Final = frozenset(
    {"registry-mirror", "insecure-registry", "label", "host", "dns-opt", "storage-opt", "log-opt"}
    | {"exec-opt", "authorization-plugin", "add-runtime", "config-file", "validate", "version"}
    | {"default-address-pool", "allow-nondistributable-artifact", "cdi-spec-dir"}
)
"""Names of flags: as keys they are taken and mean nothing (§1.1, `registry-mirror`)."""
_LIST_FLAGS: Final[Mapping[str, str]] = {
    "registry-mirror": "registry-mirrors",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "host": "hosts",
    "H": "hosts",
    "dns": "dns",
    "dns-opt": "dns-opts",
    "dns-search": "dns-search",
    "storage-opt": "storage-opts",
    "exec-opt": "exec-opts",
}
"""Flags that may be given more than once, with the key that means the same."""
_SHORT: Final[Mapping[str, str]] = {
    "-D": "debug",
    "-g": "data-root",
    "-p": "pidfile",
    "-l": "log-level",
}


class Refused(ValueError):
    """The daemon does not take this configuration; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The command line of dockerd: values by the key of daemon.json that means the same."""

    values: Mapping[str, Any]
    config_file: str = DEFAULT_FILE
    names_file: bool = False
    validate: bool = False


def read_flags(arguments: Sequence[str]) -> Flags:
    """Return the flags behind the program's name."""
    values: dict[str, Any] = {}
    file, named, validate = DEFAULT_FILE, False, False
    words = list(arguments)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        name = _SHORT.get(name, name.lstrip("-"))
        kind = _KIND_OF.get(name, (str, ""))[0]
        if not equals and name != "validate" and kind is not bool and words:
            value = words.pop(0)
        if name == "config-file":
            file, named = value, True
        elif name == "validate":
            validate = True
        elif name in _LIST_FLAGS:
            values[_LIST_FLAGS[name]] = [*values.get(_LIST_FLAGS[name], ()), value]
        else:
            values[name] = value not in {"false", "0"} if kind is bool else value
    return Flags(values=values, config_file=file, names_file=named, validate=validate)


def read_config(content: bytes | None, flags: Flags, release: Release) -> dict[str, Any]:
    """Return the settings of a file, None for none; raises Refused.

    A file that is missing at the usual place is an empty one; so is, from 23.0 on, a file of no
    bytes.
    """
    if content is None:
        if flags.names_file:
            raise Refused(f"open {flags.config_file}: no such file or directory")
        return {}
    values = _decoded(content, release)
    unknown = [key for key in values if not _is_known(key, release)]
    if unknown:
        words = ", ".join(unknown)
        raise Refused(f"the following directives don't match any configuration option: {words}")
    _refuse_duplicates(values, flags, release)
    _check_kinds(values, release)
    return values


def check_start(values: Mapping[str, Any], release: Release) -> None:
    """Look at the values as a starting daemon does before anything else; raises Refused."""
    prefix = "merged configuration validation from file and command line flags failed: "
    words = _bad_value(values, release)
    if words:
        raise Refused(prefix + words)


def check_reload(values: Mapping[str, Any], release: Release) -> None:
    """Look at the values as a reloading daemon does before anything else; raises Refused."""
    words = _bad_value(values, release)
    if words:
        raise Refused(f"file configuration validation failed: {words}")


def _decoded(content: bytes, release: Release) -> dict[str, Any]:
    text = content.decode("utf-8", "replace")
    stream = release < LENIENT_SINCE
    if not stream:
        text = text.removeprefix(_BOM).strip(" \t\r\n")
        if not text:
            return {}
    try:
        values = decode(text, stream=stream)
    except NotJSON as error:
        raise Refused(_prefixed(str(error), release)) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        kind = GO_KINDS[type(values)]
        words = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        raise Refused(_prefixed(words, release))
    return values


def _prefixed(words: str, release: Release) -> str:
    return f"invalid JSON: {words}" if release >= _PREFIXED_SINCE else words


def _is_known(key: str, release: Release) -> bool:
    if key in _SINCE:
        return release >= _SINCE[key]
    return key in _KIND_OF or key in _FLAG_NAMES


def _refuse_duplicates(values: Mapping[str, Any], flags: Flags, release: Release) -> None:
    conflicts = [
        f"{key}: (from flag: {_go_value(flag, key, release)}, from file: {_go_value(values[key])})"
        for key, flag in sorted(flags.values.items())
        if key in values
    ]
    if conflicts:
        raise Refused(
            "the following directives are specified both as a flag and in the configuration "
            f"file: {', '.join(conflicts)}"
        )


def _go_value(value: object, key: str = "", release: Release = (0, 0, 0)) -> str:
    if isinstance(value, list):
        texts = [str(one) for one in value]
        if key == "registry-mirrors":
            texts = [_kept(text, release) for text in texts]
        return f"[{' '.join(texts)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _kept(text: str, release: Release) -> str:
    try:
        return mirror_url(text, release)
    except BadOption:
        return text


def _check_kinds(values: Mapping[str, Any], release: Release) -> None:
    for key, value in values.items():
        wanted, go_name = _KIND_OF.get(key, (object, ""))
        found = type(value)
        if value is None or wanted is object or found is wanted:
            continue
        kind = GO_KINDS.get(found, "object")
        field = f"Go struct field {_field(key, release)} of type {go_name}"
        raise Refused(_prefixed(f"json: cannot unmarshal {kind} into {field}", release))


def _field(key: str, release: Release) -> str:
    """Return Go's name of a field; that of embedded structs was in it for some releases of Go."""
    if (26, 0, 0) <= release < (28, 0, 0):
        inner = "ServiceOptions." if key in {"registry-mirrors", "insecure-registries"} else ""
        return f"Config.CommonConfig.{inner}{key}"
    return f"Config.{key}"


def _bad_value(values: Mapping[str, Any], release: Release) -> str:
    for label in values.get("labels") or ():
        if "=" not in label:
            return f"bad attribute format: {label}"
    for key in ("max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"):
        if (values.get(key) or 0) < 0:
            return f"invalid {key.replace('-', ' ')}: {values[key]}"
    if release >= CHECKED_EARLY_SINCE:
        for mirror in values.get("registry-mirrors") or ():
            try:
                mirror_url(mirror, release)
            except BadOption as error:
                return str(error)
    return ""
