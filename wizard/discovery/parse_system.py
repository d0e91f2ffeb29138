"""Facts about a host itself: system, clock, disks, mounts, armed transactions; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wizard.discovery.facts import ArmedTransaction, DiskFacts
from wizard.discovery.sections import Sections, garbage, number

LEDGERS: Final = "/var/lib/pilotage"
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")
_CA_STORES: Final = (
    ("usr/share/flatcar", "flatcar"),
    ("etc/flatcar", "flatcar"),
    ("etc/pki/ca-trust/source/anchors", "redhat"),
    ("etc/pki/trust/anchors", "suse"),
    ("usr/local/share/ca-certificates", "debian"),
)
_IMMUTABLE: Final = (
    ("etc/NIXOS", "nixos"),
    ("run/ostree-booted", "ostree"),
    ("usr/share/bottlerocket", "bottlerocket"),
)
_OPENSHIFT: Final = ("etc/machine-config-daemon", "etc/mco")
"""What OpenShift's machine config daemon keeps on hosts whose files it owns."""
_OPENSHIFT_SYSTEMS: Final = frozenset({"rhcos", "scos"})
_SELINUX: Final = {"1": "enforcing", "0": "permissive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """Fields of HostFacts that tell what the host is."""

    os_id: str
    os_version: str
    os_name: str
    architecture: str
    kernel: str
    init: str
    boot_id: str
    ca_store: str
    immutable_os: str
    openshift: str
    selinux: str
    tools: tuple[str, ...]


Mounts = Mapping[str, bool]
"""Whether it is read-only, by mount point; of equal points the mount on top."""


def parse_system(sections: Sections) -> SystemFacts:
    """Return what the host is; raises ProtocolError when the script did not say."""
    values = _assignments(sections.need("system").lines)
    release = _assignments(sections.lines("os-release"))
    marks = set(sections.lines("marks"))
    kernel, _, architecture = values.get("uname", "").partition(" ")
    os_id = release.get("ID", "")
    immutable = next((name for mark, name in _IMMUTABLE if mark in marks), "")
    return SystemFacts(
        os_id=os_id,
        os_version=release.get("VERSION_ID", ""),
        os_name=release.get("PRETTY_NAME", ""),
        architecture=architecture,
        kernel=kernel,
        init=values.get("proc/1/comm", ""),
        boot_id=values.get("proc/sys/kernel/random/boot_id", ""),
        ca_store=next((name for mark, name in _CA_STORES if mark in marks), ""),
        immutable_os=immutable or (os_id if os_id in {"nixos", "talos", "bottlerocket"} else ""),
        openshift=_openshift(marks, release),
        selinux=_SELINUX.get(values.get("sys/fs/selinux/enforce", ""), ""),
        tools=tuple(sections.lines("tools")),
    )


def _openshift(marks: set[str], release: dict[str, str]) -> str:
    """Return by what the host shows that OpenShift manages it, or nothing."""
    if "OPENSHIFT_VERSION" in release:
        return f"OpenShift {release['OPENSHIFT_VERSION']}"
    found = next((f"/{mark}" for mark in _OPENSHIFT if mark in marks), "")
    return found or (release["ID"] if release.get("ID") in _OPENSHIFT_SYSTEMS else "")


def _assignments(lines: list[str]) -> dict[str, str]:
    """Return `NAME=value` lines as os-release(5) and the script write them."""
    found = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("\"'")
    return found


def parse_time(sections: Sections) -> float:
    """Return the host's time in seconds since the epoch; raises ProtocolError."""
    text = sections.need("time").text.strip()
    seconds, _, fraction = text.partition(".")
    # A date without %N prints it as it is.
    value = f"{seconds}.{fraction}" if fraction.isdigit() else seconds
    try:
        return float(value)
    except ValueError as error:
        raise garbage(sections.host, f"{text[:40]!r} is not a time") from error


def parse_mounts(sections: Sections) -> Mounts:
    """Return the mount points; raises ProtocolError."""
    mounts = {}
    for line in sections.lines("mounts"):
        options, _, rest = line.partition(" ")
        of_file_system, _, point = rest.partition(" ")
        if not point.startswith("/"):
            raise garbage(sections.host, f"{line[:80]!r} is not a mount")
        if "\\" in point:
            point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), point)
        mounts[point] = options == "ro" or of_file_system == "ro"
    return mounts


def is_read_only(path: str, mounts: Mounts) -> bool:
    """Tell whether the mount that a real path lies on is read-only."""
    while path:
        if path in mounts:
            return mounts[path]
        path = path.rpartition("/")[0]
    return mounts.get("/", False)


def parse_disks(sections: Sections, mounts: Mounts) -> tuple[DiskFacts, ...]:
    """Return free space, that of the future ledgers as well; raises ProtocolError."""
    disks: dict[str, DiskFacts] = {}
    for line in sections.lines("disks"):
        words = line.split(" ", 4)
        if len(words) != 5:  # noqa: PLR2004  # blocks, their size, inodes, free ones, path
            raise garbage(sections.host, f"{line[:80]!r} is not a disk")
        blocks, size, inodes, free_inodes = (number(sections.host, word) for word in words[:4])
        path = words[4].removeprefix(sections.root) or "/"
        disks[path] = DiskFacts(
            path=path,
            free_bytes=blocks * size,
            # A file system that counts no inodes has as many as there is room for.
            free_inodes=free_inodes if inodes else blocks,
            read_only=is_read_only(path, mounts),
        )
    parent = next((disks[path] for path in ("/var/lib", "/") if path in disks), None)
    if parent and LEDGERS not in disks:
        disks[LEDGERS] = DiskFacts(
            path=LEDGERS,
            free_bytes=parent.free_bytes,
            free_inodes=parent.free_inodes,
            read_only=is_read_only(LEDGERS, mounts),
        )
    return tuple(disks.values())


def parse_armed(sections: Sections) -> ArmedTransaction | None:
    """Return the transaction that is neither confirmed nor reverted, or None."""
    section = sections.one("transaction")
    if section is None:
        return None
    state, _, folder = section.words.partition(" ")
    manifest = {word: rest for word, _, rest in (line.partition(" ") for line in section.lines)}
    since = manifest.get("since", "0")
    return ArmedTransaction(
        run=folder.rstrip("/").rpartition("/")[2],
        holder=manifest.get("holder", ""),
        since=float(since) if since.replace(".", "", 1).isdigit() else 0.0,
        state=state,
    )
