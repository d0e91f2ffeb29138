"""A BuildKit that does not run, builders of buildx, nerdctl of users (facts/runtimes.md §2.4)."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Sequence
from typing import Any, Final

from wizard.discovery.container_facts import Builder, OtherRuntime
from wizard.discovery.facts import HostFacts
from wizard.planning.blocks import block
from wizard.planning.plan import BlockReason
from wizard.planning.proof import pulled
from wizard.runtimes.by_hand.commands import (
    CA,
    buildkit_lines,
    put_ca,
    write_file,
    write_hosts_files,
)
from wizard.target import Addressing, TagSource, Target
from wizard.wording import _

BUILDKIT_FILE: Final = "/etc/buildkit/buildkitd.toml"
_OF_BUILDERS: Final = "/etc/pilotage-buildkitd.toml"
_IN_CONTAINER: Final = "docker-container"
_REMOTE: Final = "remote"
_OF_USER: Final = ".config/containerd/certs.d"
_UNIT: Final = "buildkit.service"


def buildkit_steps(facts: HostFacts, found: OtherRuntime, target: Target) -> tuple[str, ...]:
    """Return what is done for a buildkitd that does not run now; only a build could prove it."""
    path = found.config_file or BUILDKIT_FILE
    if not _is_possible(target):
        return (_why_not(target),)
    file = facts.file(path)
    said = _tree(file.text if file else None)
    wanted = tomllib.loads("\n".join(buildkit_lines(target)))
    if said is not None and _has(said, wanted):
        return (_("{path} leads to the target already.").format(path=path),)
    lines = buildkit_lines(target)
    write = (
        _("Put these lines into {path}: {lines}").format(path=path, lines=" ⏎ ".join(lines))
        if file is not None and file.size
        else write_file(path, "\n".join(lines))
    )
    return (
        *((put_ca(CA),) if target.ca_pem else ()),
        write,
        f"systemctl restart {shlex.quote(found.unit or _UNIT)}",
    )


def builder_steps(builders: Sequence[Builder], target: Target) -> tuple[str, ...]:
    """Return what is done for buildx builders, which take a file when they are made.

    Made anew with the state kept they have their cache still; the options that somebody gave them
    are lost, so they are shown before. CAs that the file names are copied into them.
    """
    if not _is_possible(target):
        return (_why_not(target),)
    return (
        *((put_ca(CA),) if target.ca_pem else ()),
        write_file(_OF_BUILDERS, "\n".join(buildkit_lines(target))),
        *(step for one in builders for step in _make_anew(one)),
    )


def _make_anew(builder: Builder) -> tuple[str, ...]:
    if builder.driver == _REMOTE:
        elsewhere = _("The BuildKit of builder {name} runs elsewhere: put the same lines there.")
        return (elsewhere.format(name=builder.name),)
    name, driver = shlex.quote(builder.name), shlex.quote(builder.driver)
    keep = " --keep-state" if builder.driver == _IN_CONTAINER else ""
    again = (
        f"docker buildx rm{keep} {name} && docker buildx create --name {name}"
        f" --driver {driver} --config {_OF_BUILDERS}"
    )
    commands = (f"docker buildx inspect {name}", again)
    if builder.user in {"", "root"}:
        return commands
    return tuple(f"sudo -iu {shlex.quote(builder.user)} sh -c {shlex.quote(c)}" for c in commands)


def rootless_nerdctl_steps(found: OtherRuntime, target: Target) -> tuple[str, ...]:
    """Return what is done for a user's nerdctl, which reads below that user's home (§2.4)."""
    first = _("As user {user}, for nerdctl of that user:").format(user=found.user)
    lead = write_hosts_files(target, f"{found.home}/{_OF_USER}")
    return tuple(f"{first} {one}" for one in (*lead, *_pull(target)))


def _pull(target: Target) -> tuple[str, ...]:
    return (f"nerdctl pull {pulled(target, target.canary)}",) if target.canary else ()


def _is_possible(target: Target) -> bool:
    by_path = any(one.addressing is Addressing.PATH for one in target.by_upstream)
    return target.tags is TagSource.TARGET and not by_path


def _why_not(target: Target) -> str:
    if target.tags is TagSource.UPSTREAM:
        return block(BlockReason.TAGS_NOT_POSSIBLE).detail
    return _("BuildKit puts the path of a mirror after /v2, and this target wants it before.")


def _tree(text: str | None) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _has(said: object, wanted: object) -> bool:
    """Return whether everything that is wanted is said; of lists the beginning counts."""
    if isinstance(wanted, dict):
        return isinstance(said, dict) and all(_has(said.get(key), wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(said, list) and said[: len(wanted)] == wanted
    return said == wanted
