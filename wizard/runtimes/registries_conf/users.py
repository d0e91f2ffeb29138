"""Users whose own files take the place of the system's, or come after them (§3.1, §3.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from wizard.discovery.facts import FileKind
from wizard.planning.blocks import block
from wizard.planning.paths import CERTS_OF_USER
from wizard.planning.plan import Block, BlockReason
from wizard.runtimes.ca_files import has_certificates, lone_client_files
from wizard.runtimes.registries_conf.reading import user_reading
from wizard.runtimes.registries_conf.serving import Serving, mirrors_of


def user_blocks(files: Serving, homes: Iterable[str]) -> tuple[Block, ...]:
    """Return the files of users that keep what ours says from them; raises Blocked."""
    found = []
    for home in homes:
        found += _registries_blocks(files, home)
        found += _certificates_blocks(files, home)
    return tuple(dict.fromkeys(found))


def _registries_blocks(files: Serving, home: str) -> list[Block]:
    found = []
    reading = user_reading(files.facts, home, files.system)
    for upstream, ours in files.ours.items():
        registry = reading.in_effect.get(upstream)
        if mirrors_of(registry)[:1] == (ours,):
            continue
        if reading.replaces:
            found.append(block(BlockReason.USER_REGISTRIES, reading.path))
        elif registry is not None and registry.path.startswith(f"{reading.path}/"):
            found.append(block(BlockReason.USER_REGISTRIES, registry.path))
    return found


def _certificates_blocks(files: Serving, home: str) -> list[Block]:
    """Return that a user's own directory of the target is the one that counts, without its CA."""
    directory = f"{home}/{CERTS_OF_USER}/{files.target.authority}"
    lone = lone_client_files(files.facts, directory)
    if lone:
        return [*lone]
    there = files.facts.file(directory)
    if files.target.ca_pem is None or there is None or there.kind is not FileKind.DIRECTORY:
        return []
    inside = (file for file in files.facts.files if posixpath.dirname(file.path) == directory)
    if has_certificates("\n".join(file.text or "" for file in inside), files.target.ca_pem):
        return []
    return [block(BlockReason.USER_CERTIFICATES, directory)]
