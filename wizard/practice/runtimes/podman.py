"""`podman` on a practice host: it is found, and it pulls by registries.conf; nothing runs in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import UnknownOption, failure, lines, read_arguments
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.go_template import render
from wizard.practice.runtimes.image_store import Image, ImageStore
from wizard.practice.runtimes.pulling import Pull
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.registries_conf import endpoints_at, places_of, read_registries
from wizard.practice.runtimes.system_store import system_store

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

_NO_COMMAND: Final = 125


class Podman:
    """The program `podman` of one host. Every call reads the files anew (§3.2)."""

    def __init__(self, machine: Machine, version: str) -> None:
        self.machine = machine
        self.version = version
        self.images = ImageStore()

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        try:
            given = read_arguments(
                call.arguments, valued=("--format",), switches=("--version", "-v", "-q", "--quiet")
            )
        except UnknownOption as error:
            return failure(f"Error: unknown flag: {error}", _NO_COMMAND)
        if given.has("--version", "-v"):
            return Reply(output=f"podman version {self.version}\n")
        verb, *names = given.words or ("",)
        if verb == "pull" and names:
            return await self._pull(call, names[0])
        answers: Mapping[str, Callable[[], Reply]] = {
            "rmi": lambda: self._remove(names),
            "image": lambda: self._image(names, given.last("--format")),
            "info": lambda: self._info(call, given.last("--format")),
            "images": lambda: Reply(output=lines(str(one.reference) for one in self.images)),
            "ps": Reply,
        }
        if verb not in answers:
            return failure(f"Error: unrecognized command `podman {verb}`", _NO_COMMAND)
        return answers[verb]()

    async def _pull(self, call: Call, name: str) -> Reply:
        reference = parse_reference(name)
        try:
            image = await self._fetched(call, reference)
        except PullFailed as error:
            words = f"initializing source docker://{reference}: {error.what}"
            return failure(f"Trying to pull {reference}...\nError: {words}", _NO_COMMAND)
        self.images.add(image)
        return Reply(
            output=f"{image.image_id.removeprefix('sha256:')}\n",
            errors=f"Trying to pull {reference}...\n",
        )

    async def _fetched(self, call: Call, reference: Reference) -> Image:
        root = self.machine.root
        places = places_of(reference, read_registries(root, self._home(call)))
        # Podman keeps no journal: what it passed over it tells only when all failed.
        passed_over: list[str] = []
        endpoints = endpoints_at(places, reference, root, system_store(root), passed_over.append)
        pull = Pull(
            network=self.machine.network,
            host=self.machine.name,
            reference=reference,
            endpoints=endpoints,
            log=passed_over.append,
            known=self.images.layers(),
        )
        try:
            return await pull.classic()
        except PullFailed as error:
            also = f"(Mirrors also failed: [{'; '.join(passed_over)}]): " if passed_over else ""
            raise PullFailed(f"{also}{error.what}") from error

    def _image(self, words: list[str], template: str) -> Reply:
        action, *names = words or ("",)
        found = [self.images.find(name, parse_reference(name)) for name in names]
        if action == "exists":
            return Reply(status=0 if found and found[0] else 1)
        if action != "inspect" or None in found:
            return failure(f"Error: {' '.join(names)}: image not known", _NO_COMMAND)
        told = [
            {"RepoDigests": [f"{image.reference.name}@{image.digest}"]} for image in found if image
        ]
        return Reply(output=lines(render(template, one) for one in told))

    def _info(self, call: Call, template: str) -> Reply:
        """Tell of the registries, as all that is ever asked for (§3.2)."""
        try:
            tables = read_registries(self.machine.root, self._home(call))
        except PullFailed as error:
            return failure(f"Error: {error.what}", _NO_COMMAND)
        registries = {
            prefix: {
                "Prefix": prefix,
                "Location": table.get("location") or prefix,
                "Insecure": table.get("insecure") is True,
                "Blocked": table.get("blocked") is True,
                "Mirrors": [
                    {"Location": mirror["location"], "Insecure": mirror.get("insecure") is True}
                    for mirror in table.get("mirror", ())
                ],
            }
            for prefix, table in tables.items()
        }
        return Reply(output=lines([render(template, {"Registries": registries})]))

    def _home(self, call: Call) -> Path:
        return self.machine.file(call.environment.get("HOME", "/root"))

    def _remove(self, names: list[str]) -> Reply:
        gone = []
        for name in names:
            image = self.images.find(name, parse_reference(name))
            if image is None:
                return failure(f"Error: {name}: image not known", 1)
            self.images.remove(image)
            gone.append(f"Untagged: {image.reference}")
        return Reply(output=lines(gone))
