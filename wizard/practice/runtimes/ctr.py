"""`ctr` on a practice host: plugins, tasks, images; its pulls know no settings of CRI."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import (
    Arguments,
    UnknownOption,
    failure,
    lines,
    read_arguments,
)
from wizard.practice.runtimes.containerd import SOCKET, Containerd
from wizard.practice.runtimes.containerd_plugins import SECOND
from wizard.practice.runtimes.conversation import PullFailed
from wizard.practice.runtimes.endpoints import Endpoint
from wizard.practice.runtimes.hosts_toml import NoSuchAuthority, endpoints_below
from wizard.practice.runtimes.image_store import Image
from wizard.practice.runtimes.references import Reference, parse_reference
from wizard.practice.runtimes.system_store import system_store

_VALUED: Final = (
    *("-a", "--address", "-n", "--namespace", "--hosts-dir", "-s", "--signal", "--user", "-u"),
    *("--timeout", "--connect-timeout", "--snapshotter", "--platform"),
)
_SWITCHES: Final = (
    *("-q", "--quiet", "-d", "--detach", "--null-io", "--debug", "-k", "--skip-verify", "-f"),
    *("--plain-http", "--all-platforms", "--force", "--rm", "--net-host"),
)
_ALIASES: Final = {"image": "images", "i": "images", "task": "tasks", "t": "tasks"}
_LIST: Final = {"list": "ls", "remove": "rm", "del": "rm", "plugin": "plugins"}


class Ctr:
    """The program `ctr` of one host."""

    def __init__(self, containerd: Containerd) -> None:
        self._containerd = containerd
        self._verbs: Mapping[str, Callable[[Call, Arguments], Awaitable[Reply]]] = {
            "plugins ls": self._plugins,
            "tasks ls": self._tasks,
            "tasks kill": self._kill,
            "images ls": self._images,
            "images pull": self._pull,
            "images rm": self._remove,
            "images import": self._import,
            "run": self._run,
            "version": self._version,
        }

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        try:
            given = read_arguments(call.arguments, valued=_VALUED, switches=_SWITCHES)
        except UnknownOption as error:
            return failure(f"ctr: flag provided but not defined: {str(error).lstrip('-')}")
        words = [_ALIASES.get(word, _LIST.get(word, word)) for word in given.words[:2]]
        act = self._verbs.get(" ".join(words)) or self._verbs.get(words[0] if words else "")
        if act is None:
            return failure(f"ctr: No help topic for '{' '.join(given.words)}'")
        socket = given.last("-a", "--address") or SOCKET
        if not self._containerd.pid or socket != self._containerd.socket:
            return failure(self._nobody(socket))
        return await act(call, given)

    def _nobody(self, socket: str) -> str:
        if self._containerd.release >= SECOND:
            missing = f"stat {socket}: no such file or directory"
            return f"ctr: cannot access socket {socket}: {missing}"
        return f'ctr: failed to dial "{socket}": context deadline exceeded'

    async def _version(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        version = self._containerd.design.version
        return Reply(output=f"Client:\n  Version:  {version}\n\nServer:\n  Version:  {version}\n")

    async def _plugins(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        return Reply(output=self._containerd.plugins())

    async def _tasks(self, call: Call, given: Arguments) -> Reply:
        namespace = _namespace(call, given)
        tasks = [one for one in self._containerd.tasks.values() if one.namespace == namespace]
        if given.has("-q", "--quiet"):
            return Reply(output=lines(task.id for task in tasks))
        rows = [("TASK", "PID", "STATUS    ")]
        rows += [(task.id, str(task.pid), "RUNNING") for task in tasks]
        widths = [max(len(row[column]) for row in rows) + 4 for column in (0, 1)]
        return Reply(
            output=lines(
                f"{first:<{widths[0]}}{second:<{widths[1]}}{last}" for first, second, last in rows
            )
        )

    async def _kill(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        for name in given.words[2:]:
            task = self._containerd.tasks.get(name)
            if task is None:
                return failure(f"ctr: no running task found: task {name} not found: not found")
            self._containerd.end(task)
        return Reply()

    async def _images(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        images = sorted(self._containerd.images, key=lambda image: str(image.reference))
        if given.has("-q", "--quiet"):
            names = [str(image.reference) for image in images]
            return Reply(output=lines([*names, *sorted({image.image_id for image in images})]))
        rows = [f"{image.reference} {image.digest} {image.size}" for image in images]
        return Reply(output=lines(["REF TYPE DIGEST SIZE PLATFORMS LABELS", *rows]))

    async def _pull(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        reference = parse_reference(given.words[-1])
        try:
            endpoints = self._listed(reference, given.last("--hosts-dir"))
            image = await self._containerd.pull_plainly(reference, endpoints)
        except PullFailed as error:
            words = error.what.partition(f'unpack image "{reference}": ')[2] or error.what
            return failure(f"ctr: {words}")
        self._containerd.images.add(image)
        return Reply(output=f"{reference}: resolved\ndone\n")

    def _listed(self, reference: Reference, folder: str) -> tuple[Endpoint, ...]:
        """Return the endpoints of `--hosts-dir`, the only directory that ctr reads (§2.4)."""
        machine = self._containerd.machine
        try:
            return endpoints_below(
                (machine.file(folder),) if folder else (),
                reference.domain,
                self._containerd.release,
                system=system_store(machine.root),
                root=machine.root,
            )
        except NoSuchAuthority as error:
            raise PullFailed(str(error)) from error

    async def _remove(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        for name in given.words[2:]:
            image = self._containerd.images.find(name, parse_reference(name))
            if image:
                self._containerd.images.remove(image)
        return Reply(output=lines(given.words[2:]))

    async def _import(self, call: Call, given: Arguments) -> Reply:  # noqa: ARG002  # a verb
        with tarfile.open(fileobj=io.BytesIO(call.given)) as archive:
            file = archive.extractfile("manifest.json")
            entries = json.loads(file.read()) if file else []
        names = [name for entry in entries for name in entry.get("RepoTags") or ()]
        for entry in entries:
            identity = entry["Config"].rpartition("/")[2].removesuffix(".json")
            for name in entry.get("RepoTags") or ():
                reference = parse_reference(name)
                image = Image(reference=reference, digest="", image_id=f"sha256:{identity}")
                self._containerd.images.add(image)
        return Reply(output=lines(f"unpacking {name}...done" for name in names))

    async def _run(self, call: Call, given: Arguments) -> Reply:
        image, name, *_command = given.words[1:]
        task = self._containerd.run(name, image, namespace=_namespace(call, given))
        # ctr names its containers itself: the name is the identifier.
        self._containerd.tasks.pop(task.id)
        task.id = name
        self._containerd.tasks[name] = task
        return Reply()


def _namespace(call: Call, given: Arguments) -> str:
    named = given.last("-n", "--namespace")
    return named or call.environment.get("CONTAINERD_NAMESPACE") or "default"
