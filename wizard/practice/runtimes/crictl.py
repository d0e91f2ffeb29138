"""`crictl` on a practice host."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import (
    Arguments,
    UnknownOption,
    failure,
    lines,
    read_arguments,
)
from wizard.practice.runtimes.containerd import CRI_NAMESPACE, CRIState, Task
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.image_store import Image, ImageStore
from wizard.practice.runtimes.references import Reference, parse_reference

_VALUED: Final = (
    *("-r", "--runtime-endpoint", "-i", "--image-endpoint", "-t", "--timeout", "-c", "--config"),
    *("-o", "--output", "--creds", "--auth", "--pod-config", "--name", "--state"),
)
_SWITCHES: Final = ("-a", "--all", "-q", "--quiet", "-D", "--debug", "--prune", "--no-trunc", "-v")
_ALIASES: Final = {"img": "images", "image": "images", "list": "ps"}
_IMAGE_VERBS: Final = frozenset({"pull", "inspecti", "rmi", "images"})
_NANOSECONDS: Final = 1_000_000_000


class CRIServer(Protocol):
    """What serves CRI at a socket: containerd, or CRI-O."""

    @property
    def name(self) -> str:
        """Return its name as CRI tells it."""
        ...

    @property
    def version(self) -> str:
        """Return its version."""
        ...

    @property
    def socket(self) -> str:
        """Return where it listens."""
        ...

    @property
    def pid(self) -> int:
        """Return the number of its process, 0 while it does not run."""
        ...

    @property
    def cri(self) -> CRIState:
        """Return whether CRI answers."""
        ...

    @property
    def images(self) -> ImageStore:
        """Return the images of CRI."""
        ...

    @property
    def tasks(self) -> dict[str, Task]:
        """Return what runs, by identifier."""
        ...

    async def pull(self, reference: Reference) -> Image:
        """Fetch an image; raises PullFailed."""
        ...

    def cri_info(self) -> dict[str, Any]:
        """Return what it tells of its configuration."""
        ...


class Crictl:
    """The program `crictl` of one host."""

    def __init__(self, server: CRIServer) -> None:
        self._server = server
        self._verbs: Mapping[str, Callable[[Arguments], Awaitable[Reply]]] = {
            "pull": self._pull,
            "inspecti": self._inspect,
            "rmi": self._remove,
            "images": self._images,
            "ps": self._containers,
            "info": self._info,
            "version": self._version,
        }

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        try:
            given = read_arguments(call.arguments, valued=_VALUED, switches=_SWITCHES)
        except UnknownOption as error:
            return failure(f"flag provided but not defined: {error}")
        verb = given.words[0] if given.words else ""
        act = self._verbs.get(_ALIASES.get(verb, verb))
        if act is None:
            return failure(f"No help topic for '{verb}'")
        endpoint = given.last("-r", "--runtime-endpoint") or f"unix://{self._server.socket}"
        problem = self._problem(verb, endpoint)
        if problem:
            return failure(f"FATA[0000] {problem}")
        return await act(Arguments(options=given.options, words=given.words[1:]))

    def _problem(self, verb: str, endpoint: str) -> str:
        """Return why CRI does not answer, or nothing (facts/runtimes.md §2.2)."""
        service = "image" if verb in _IMAGE_VERBS else "runtime"
        prefix = (
            f"validate service connection: validate CRI v1 {service} API for endpoint "
            f'"{endpoint}": rpc error: code = '
        )
        if not self._server.pid:
            path = endpoint.removeprefix("unix://")
            reason = f"dial unix {path}: connect: no such file or directory"
            return (
                f"{prefix}Unavailable desc = connection error: desc = "
                f'"transport: Error while dialing: {reason}"'
            )
        if self._server.cri is not CRIState.OK:
            name = f"runtime.v1.{service.capitalize()}Service"
            return f"{prefix}Unimplemented desc = unknown service {name}"
        return ""

    async def _pull(self, given: Arguments) -> Reply:
        name = given.words[0]
        try:
            image = await self._server.pull(parse_reference(name))
        except PullFailed as error:
            code = "NotFound" if error.what.endswith("not found") else "Unknown"
            words = f"rpc error: code = {code} desc = {error.what}"
            return failure(
                f'"PullImage from image service failed" err="{words}" image="{name}"\n'
                f"FATA[0000] pulling image: {words}"
            )
        return Reply(output=f"Image is up to date for {image.image_id}\n")

    async def _inspect(self, given: Arguments) -> Reply:
        told = []
        for name in given.words:
            image = self._server.images.find(name, parse_reference(name))
            if image is None:
                return failure(f'FATA[0000] no such image "{name}" present')
            told.append({"status": _told(image), "info": {"imageSpec": dict(image.config)}})
        return Reply(output="".join(f"{json.dumps(one, indent=2)}\n" for one in told))

    async def _remove(self, given: Arguments) -> Reply:
        gone = []
        for name in given.words:
            image = self._server.images.find(name, parse_reference(name))
            if image is None:
                words = f'no such image "{name}"'
                return failure(f"ERRO[0000] {words}\nFATA[0000] unable to remove the image(s)")
            self._server.images.remove(image)
            gone.append(f"Deleted: {image.reference}")
        return Reply(output=lines(gone))

    async def _images(self, given: Arguments) -> Reply:
        images = tuple(self._server.images)
        if given.last("-o", "--output") == "json":
            told = [_told(image) for image in images]
            return Reply(output=json.dumps({"images": told}, indent=2) + "\n")
        if given.has("-q", "--quiet"):
            return Reply(output=lines(dict.fromkeys(image.image_id for image in images)))
        rows = [
            f"{image.reference.name}   {image.reference.tag}   {image.image_id[7:20]}   "
            f"{image.size}B"
            for image in images
        ]
        return Reply(output=lines(["IMAGE   TAG   IMAGE ID   SIZE", *rows]))

    async def _containers(self, given: Arguments) -> Reply:
        tasks = [
            task
            for task in self._server.tasks.values()
            if task.namespace == CRI_NAMESPACE and task.sandbox
        ]
        if given.has("-q", "--quiet"):
            return Reply(output=lines(task.id for task in tasks))
        if given.last("-o", "--output") != "json":
            rows = [f"{task.id[:13]}   {task.image}   Running   {task.name}" for task in tasks]
            return Reply(output=lines(["CONTAINER   IMAGE   STATE   NAME", *rows]))
        told = [
            {
                "id": task.id,
                "podSandboxId": task.sandbox,
                "metadata": {"name": task.name, "attempt": 0},
                "image": {"image": task.image, "annotations": {}},
                "imageRef": task.image,
                "state": "CONTAINER_RUNNING",
                "createdAt": str(int(task.started_at * _NANOSECONDS)),
                "labels": {},
                "annotations": {},
            }
            for task in tasks
        ]
        return Reply(output=json.dumps({"containers": told}, indent=2) + "\n")

    async def _info(self, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        told: dict[str, Any] = {
            "status": {
                "conditions": [
                    {"type": "RuntimeReady", "status": True, "reason": "", "message": ""},
                    {"type": "NetworkReady", "status": True, "reason": "", "message": ""},
                ]
            },
            "config": self._server.cri_info(),
        }
        return Reply(output=json.dumps(told, indent=2) + "\n")

    async def _version(self, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        server = self._server
        return Reply(
            output=f"Version:  0.1.0\nRuntimeName:  {server.name}\n"
            f"RuntimeVersion:  {server.version}\nRuntimeApiVersion:  v1\n"
        )


def _told(image: Image) -> dict[str, Any]:
    reference = image.reference
    return {
        "id": image.image_id,
        "repoTags": [str(reference)] if reference.tag else [],
        "repoDigests": [f"{reference.name}@{image.digest}"] if image.digest else [],
        "size": str(image.size),
        "username": "",
        "pinned": False,
    }
