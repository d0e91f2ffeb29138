"""`nerdctl` on a practice host: it reads hosts.toml below directories of its own (§2.4).

Up to 2.1 it asks by itself, and the first directory counts that has anything for a registry; since
2.2 containerd asks for it, with the first directory of the list alone (containerd/nerdctl,
pkg/imgutil/transfer.go). Nothing real stands against it yet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import UnknownOption, failure, lines, read_arguments
from wizard.practice.runtimes.containerd import SOCKET, Containerd
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.endpoints import Endpoint
from wizard.practice.runtimes.go_template import render
from wizard.practice.runtimes.hosts_toml import NoSuchAuthority, endpoints_below
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.releases import Release, release_of
from wizard.practice.runtimes.system_store import system_store

_FILE: Final = "/etc/nerdctl/nerdctl.toml"
_DIRECTORIES: Final = ("/etc/containerd/certs.d", "/etc/docker/certs.d")
_BY_CONTAINERD: Final = (2, 2, 0)
_OWN_RESOLVER: Final = (1, 7, 32)
"""Of that release it has the code that reads hosts.toml, whatever containerd it speaks to."""


class Nerdctl:
    """The program `nerdctl` of one host, as root has it. Every call reads its files anew."""

    def __init__(self, containerd: Containerd, version: str) -> None:
        self._containerd = containerd
        self._version = version

    @property
    def _by_containerd(self) -> bool:
        return release_of(self._version) >= _BY_CONTAINERD

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        try:
            given = read_arguments(
                call.arguments, valued=("--format",), switches=("--version", "-v", "-q", "--quiet")
            )
        except UnknownOption as error:
            return failure(f'level=fatal msg="unknown flag: {error}"')
        if given.has("--version", "-v"):
            return Reply(output=f"nerdctl version {self._version}\n")
        if not self._containerd.pid:
            where = f"{SOCKET}: no such file or directory"
            return failure(f'level=fatal msg="cannot access containerd socket: stat {where}"')
        return await self._answer(given.words, given.last("--format"))

    async def _answer(self, words: Sequence[str], template: str) -> Reply:
        verb, *names = words or ("",)
        match verb:
            case "images":
                return self._images(names, template)
            case "pull":
                return await self._pull(parse_reference(names[0]))
            case "rmi":
                return self._remove(names)
            case _:
                return failure(f'level=fatal msg="unknown subcommand {verb!r}"')

    def _images(self, names: list[str], template: str) -> Reply:
        wanted = {str(parse_reference(name)) for name in names}
        found = [
            {"Name": str(image.reference), "Digest": image.digest}
            for image in self._containerd.images
            if not wanted or str(image.reference) in wanted
        ]
        return Reply(output=lines(render(template or "{{.Name}}", image) for image in found))

    async def _pull(self, reference: Reference) -> Reply:
        try:
            image = await self._containerd.pull_plainly(reference, self._endpoints(reference))
        except PullFailed as error:
            return failure(f'level=fatal msg="{error.what}"')
        self._containerd.images.add(image)
        return Reply(output=f"{reference}\n")

    def _endpoints(self, reference: Reference) -> tuple[Endpoint, ...]:
        machine = self._containerd.machine
        roots = self._directories()
        release: Release = _OWN_RESOLVER
        if self._by_containerd:
            roots, release = roots[:1], self._containerd.release
        try:
            return endpoints_below(
                roots,
                reference.domain,
                release,
                system=system_store(machine.root),
                root=machine.root,
            )
        except NoSuchAuthority as error:
            raise PullFailed(str(error)) from error

    def _directories(self) -> tuple[Path, ...]:
        machine, file = self._containerd.machine, self._containerd.machine.file(_FILE)
        said = tomllib.loads(file.read_text()) if file.exists() else {}
        return tuple(machine.file(one) for one in said.get("hosts_dir", _DIRECTORIES))

    def _remove(self, names: list[str]) -> Reply:
        for name in names:
            image = self._containerd.images.find(name, parse_reference(name))
            if image is None:
                return failure(f'level=fatal msg="no such image: {name}"')
            self._containerd.images.remove(image)
        return Reply(output=lines(f"Untagged: {name}" for name in names))
