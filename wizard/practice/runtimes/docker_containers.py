"""`docker` and containers: run, stop, start, list, look at, remove."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import failure, lines, read_arguments
from wizard.practice.runtimes.containers import KILLED, Container
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.docker_images import DockerImages
from wizard.practice.runtimes.go_template import BadTemplate, render
from wizard.practice.runtimes.references import parse_reference
from wizard.practice.runtimes.releases import Release

_SHORT: Final = 12
_USAGE: Final = 64
_RUN_VALUED: Final = (
    *("--name", "--restart", "--network", "--net", "-p", "--publish", "-v", "--volume", "-e"),
    *("--env", "-l", "--label", "--pull", "--entrypoint", "-w", "--user", "-u", "--stop-timeout"),
)
_RUN_SWITCHES: Final = ("-d", "--detach", "-i", "-t", "--rm", "--init", "-q", "--privileged")
_SMALL_LETTERS_SINCE: Final[Release] = (28, 0, 0)


class DockerContainers:
    """What a client asks about containers of one daemon."""

    def __init__(self, engine: DockerEngine, images: DockerImages) -> None:
        self._engine = engine
        self._images = images

    async def run(self, call: Call, words: tuple[str, ...]) -> Reply:
        """`docker run [-d] [--name N] [--restart P] [--rm] IMAGE [COMMAND…]`."""
        given = read_arguments(words, valued=_RUN_VALUED, switches=_RUN_SWITCHES, stops=True)
        if not given.words:
            return failure('"docker run" requires at least 1 argument.')
        name, *command = given.words
        image = self._engine.images.find(name, parse_reference(name))
        errors = ""
        if image is None:
            familiar = parse_reference(name).familiar
            errors = f"Unable to find image '{familiar}' locally\n"
            pulled = await self._images.pull(call, (name,))
            if pulled.status:
                return failure(f"{errors}docker: {pulled.errors.rstrip()}.", 125)
            errors += pulled.output
            image = self._engine.images.find(name, parse_reference(name))
        wanted = given.last("--name")
        taken = self._engine.find(wanted) if wanted else None
        if taken:
            words_of_daemon = f'The container name "/{wanted}" is already in use by container'
            return failure(
                f"{errors}docker: Error response from daemon: Conflict. {words_of_daemon} "
                f'"{taken.id}".',
                125,
            )
        container = Container(
            id=self._engine.new_id(),
            name=wanted or f"practice_{len(self._engine.containers)}",
            image=name,
            image_id=image.image_id if image else "",
            command=tuple(command) or ("sleep", "infinity"),
            restart=given.last("--restart") or "no",
            auto_remove=given.has("--rm"),
            ends_with=KILLED if command[:1] == ["sleep"] else 0,
        )
        self._engine.create(container)
        container.run(self._engine.machine)
        return Reply(output=f"{container.id}\n", errors=errors)

    def list(self, words: tuple[str, ...]) -> Reply:
        """`docker ps [-a] [-q] [--no-trunc] [--format T] [-f FILTER]`."""
        given = read_arguments(
            words,
            valued=("--format", "-f", "--filter", "-n", "--last"),
            switches=("-a", "--all", "-q", "--quiet", "--no-trunc", "-s", "-l", "--latest"),
        )
        every = given.has("-a", "--all")
        wanted = dict(
            pair.split("=", 1)
            for name in ("-f", "--filter")
            for pair in given.options.get(name, ())
        )
        found = [
            one
            for one in reversed(self._engine.containers.values())
            if (every or one.running) and wanted.get("name", one.name) in one.name
        ]
        if given.has("-q", "--quiet"):
            length = None if given.has("--no-trunc") else _SHORT
            return Reply(output=lines(one.id[:length] for one in found))
        template = given.last("--format")
        rows = [_row(one, whole=given.has("--no-trunc")) for one in found]
        if template:
            return Reply(output=lines(render(template, row) for row in rows))
        title = "CONTAINER ID   IMAGE   COMMAND   STATUS   NAMES"
        return Reply(output=lines([title, *("   ".join(map(str, row.values())) for row in rows)]))

    def inspect(self, words: tuple[str, ...]) -> Reply:
        """`docker inspect [--type container] [-f T] NAME…`."""
        given = read_arguments(
            words, valued=("-f", "--format", "--type"), switches=("-s", "--size")
        )
        template = given.last("-f", "--format")
        kind = given.last("--type")
        found: list[dict[str, Any]] = []
        missing = []
        for name in given.words:
            container = self._engine.find(name)
            if container:
                found.append(container.told())
            else:
                missing.append(self._no_such(kind or "object", name))
        try:
            shown = lines(render(template, one) for one in found) if template else ""
        except BadTemplate as error:
            return failure(f"template parsing error: {error}", _USAGE)
        return Reply(
            status=1 if missing else 0,
            output=shown if template else json.dumps(found, indent=4) + "\n",
            errors=lines(missing),
        )

    def _no_such(self, kind: str, name: str) -> str:
        if self._engine.release >= _SMALL_LETTERS_SINCE:
            return f"error: no such {kind}: {name}"
        return f"Error: No such {kind}: {name}"

    def stop(self, words: tuple[str, ...]) -> Reply:
        """`docker stop NAME…`."""
        return self._each(words, self._stopped)

    def kill(self, words: tuple[str, ...]) -> Reply:
        """`docker kill NAME…`."""
        return self._each(words, self._killed)

    def start(self, words: tuple[str, ...]) -> Reply:
        """`docker start NAME…`."""
        return self._each(words, self._started)

    def restart(self, words: tuple[str, ...]) -> Reply:
        """`docker restart NAME…`."""
        return self._each(words, self._restarted)

    def remove(self, words: tuple[str, ...]) -> Reply:
        """`docker rm [-f] NAME…`."""
        given = read_arguments(words, valued=(), switches=("-f", "--force", "-v", "--volumes"))
        force = given.has("-f", "--force")
        running = [self._engine.find(name) for name in given.words]
        for container in running:
            if container and container.running and not force:
                words_of_daemon = f"You cannot remove a running container {container.id}."
                return failure(f"Error response from daemon: {words_of_daemon}")
        return self._each(given.words, self._removed)

    def _each(self, words: tuple[str, ...], act: Callable[[Container], None]) -> Reply:
        given = read_arguments(words, valued=("-t", "--time", "-s", "--signal", "--timeout"))
        done, missing = [], []
        for name in given.words:
            container = self._engine.find(name)
            if container is None:
                missing.append(f"Error response from daemon: No such container: {name}")
                continue
            act(container)
            done.append(name)
        return Reply(status=1 if missing else 0, output=lines(done), errors=lines(missing))

    def _stopped(self, container: Container) -> None:
        self._end(container, container.ends_with)

    def _killed(self, container: Container) -> None:
        self._end(container, KILLED)

    def _end(self, container: Container, code: int) -> None:
        container.end(self._engine.machine, code)
        container.stopped_by_user = True
        if container.auto_remove:
            self._engine.containers.pop(container.id, None)

    def _started(self, container: Container) -> None:
        if not container.running:
            container.run(self._engine.machine)

    def _restarted(self, container: Container) -> None:
        container.end(self._engine.machine, container.ends_with)
        container.run(self._engine.machine)

    def _removed(self, container: Container) -> None:
        container.end(self._engine.machine, KILLED)
        self._engine.containers.pop(container.id, None)


def _row(container: Container, *, whole: bool) -> dict[str, Any]:
    return {
        "ID": container.id if whole else container.id[:_SHORT],
        "Image": container.image,
        "Command": f'"{" ".join(container.command)}"',
        "Status": container.status(),
        "Names": container.name,
    }
