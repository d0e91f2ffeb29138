"""`docker` and `dockerd` as people and scripts call them on a practice host."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.runtimes.command_line import UnknownOption, failure, lines, read_arguments
from wizard.practice.runtimes.containers import go_time
from wizard.practice.runtimes.daemon_json import (
    VALIDATES_SINCE,
    Refused,
    check_start,
    read_config,
    read_flags,
)
from wizard.practice.runtimes.docker_containers import DockerContainers
from wizard.practice.runtimes.docker_engine import DockerEngine
from wizard.practice.runtimes.docker_images import DockerImages
from wizard.practice.runtimes.docker_info import CANNOT_CONNECT, info_of, unknown_info
from wizard.practice.runtimes.go_template import BadTemplate, render
from wizard.practice.runtimes.releases import Release

UNIT: Final = "docker.service"
_SOCKETS: Final = frozenset({"", "unix:///var/run/docker.sock", "unix:///run/docker.sock", "fd://"})
_DEFAULT_SOCKET: Final = "unix:///var/run/docker.sock"
_USAGE: Final = 125
_INFO_SINCE: Final[Release] = (23, 0, 0)
_INFO_FAILS_SINCE: Final[Release] = (28, 0, 0)
_GLOBAL: Final = ("-H", "--host", "-c", "--context", "--config", "-l", "--log-level")
Verb = Callable[[Call, tuple[str, ...]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Without:
    """A verb that is answered at once."""

    answer: Callable[[tuple[str, ...]], Reply]

    async def __call__(self, call: Call, words: tuple[str, ...]) -> Reply:  # noqa: ARG002  # a verb
        return self.answer(words)


class DockerClient:
    """The program `docker` of one host."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine
        images = DockerImages(engine)
        containers = DockerContainers(engine, images)
        self._verbs: Mapping[str, Verb] = {
            "info": _Without(answer=self._info),
            "system info": _Without(answer=self._info),
            "version": _Without(answer=self._version),
            "events": _Without(answer=self._events),
            "system events": _Without(answer=self._events),
            "pull": images.pull,
            "image pull": images.pull,
            "images": _Without(answer=images.list),
            "image ls": _Without(answer=images.list),
            "image inspect": _Without(answer=images.inspect),
            "rmi": _Without(answer=images.remove),
            "image rm": _Without(answer=images.remove),
            "load": images.load,
            "tag": _Without(answer=images.tag),
            "run": containers.run,
            "ps": _Without(answer=containers.list),
            "container ls": _Without(answer=containers.list),
            "inspect": _Without(answer=containers.inspect),
            "container inspect": _Without(answer=containers.inspect),
            "stop": _Without(answer=containers.stop),
            "kill": _Without(answer=containers.kill),
            "start": _Without(answer=containers.start),
            "restart": _Without(answer=containers.restart),
            "rm": _Without(answer=containers.remove),
        }
        self._offline: Mapping[str, Callable[[Call, tuple[str, ...]], Reply]] = {
            "--version": self._version_line,
            "-v": self._version_line,
            "login": images.login,
            "logout": images.logout,
        }

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        words = list(call.arguments)
        address = call.environment.get("DOCKER_HOST", "")
        while words and words[0].startswith("-") and words[0] not in {"--version", "-v"}:
            option, equals, value = words.pop(0).partition("=")
            if option in _GLOBAL and not equals and words:
                value = words.pop(0)
            address = value if option in {"-H", "--host"} else address
        verb = " ".join(words[:2])
        if verb not in self._verbs:
            verb = words[0] if words else ""
        rest = tuple(words[len(verb.split()) :])
        try:
            return await self._answer(call, verb, rest, address)
        except UnknownOption as error:
            kind = "unknown flag" if str(error).startswith("--") else "unknown shorthand flag"
            return failure(f"{kind}: {error}\nSee 'docker {verb} --help'.", _USAGE)

    async def _answer(self, call: Call, verb: str, rest: tuple[str, ...], address: str) -> Reply:
        if verb in self._offline:
            return self._offline[verb](call, rest)
        if verb not in self._verbs:
            return failure(f"docker: '{verb}' is not a docker command.\nSee 'docker --help'")
        connected = address in _SOCKETS and await self._connected()
        if not connected and verb in {"info", "system info"}:
            words = CANNOT_CONNECT.format(address=address or _DEFAULT_SOCKET)
            return _without_daemon(_template(rest), words, self._engine.release)
        if not connected:
            words = CANNOT_CONNECT.format(address=address or _DEFAULT_SOCKET)
            default = verb == "pull" and rest and ":" not in rest[-1] and "@" not in rest[-1]
            return failure(words, output="Using default tag: latest\n" if default else "")
        return await self._verbs[verb](call, rest)

    async def _connected(self) -> bool:
        """Tell whether the daemon answers; a socket of systemd starts it first."""
        if self._engine.pid:
            return True
        return await self._engine.machine.systemd.activate(UNIT) and self._engine.pid > 0

    def _version_line(self, call: Call, words: tuple[str, ...]) -> Reply:  # noqa: ARG002  # a verb
        return Reply(output=f"Docker version {self._engine.design.version}, build practice\n")

    def _info(self, words: tuple[str, ...]) -> Reply:
        return _rendered(_template(words), info_of(self._engine))

    def _version(self, words: tuple[str, ...]) -> Reply:
        version = {"Version": self._engine.design.version}
        return _rendered(_template(words), {"Client": version, "Server": version})

    def _events(self, words: tuple[str, ...]) -> Reply:
        given = read_arguments(words, valued=("--since", "--until", "-f", "--filter", "--format"))
        wanted = {pair for name in ("-f", "--filter") for pair in given.options.get(name, ())}
        if not wanted <= {"type=daemon", "event=reload"}:
            return Reply()
        since = float(given.last("--since") or 0)
        until = float(given.last("--until") or self._engine.machine.clock.now())
        template = given.last("--format")
        shown = []
        for event in self._engine.events:
            if not since <= event.at <= until + 1:
                continue
            attributes = ", ".join(f"{key}={value}" for key, value in event.attributes.items())
            plain = f"{go_time(event.at)} daemon reload {self._engine.machine.name} ({attributes})"
            told = {
                "Time": int(event.at),
                "Type": "daemon",
                "Action": "reload",
                "Actor": {"Attributes": dict(event.attributes)},
            }
            shown.append(render(template, told) if template else plain)
        return Reply(output=lines(shown))


def _template(words: tuple[str, ...]) -> str:
    return read_arguments(words, valued=("-f", "--format")).last("-f", "--format")


def _rendered(template: str, told: dict[str, Any]) -> Reply:
    if template in {"", "json"}:
        return Reply(output=json.dumps(told, indent=None if template else 1) + "\n")
    try:
        return Reply(output=render(template, told) + "\n")
    except BadTemplate as error:
        return Reply(status=1, output=f"{error.printed}\n", errors=f"{error}\n")


def _without_daemon(template: str, words: str, release: Release) -> Reply:
    """Return what `docker info` does without a daemon: each generation something else (seen)."""
    if release < _INFO_SINCE:
        errors: dict[str, Any] = {"ServerErrors": [words]}
        reply = _rendered(template, errors)
        return Reply(status=1, output=reply.output, errors=reply.errors)
    told = {**unknown_info(), "ServerErrors": [words]}
    if release >= _INFO_FAILS_SINCE:
        told["ServerErrors"] = None
    reply = _rendered(template, told)
    status = 1 if release >= _INFO_FAILS_SINCE else reply.status
    return Reply(status=status, output=reply.output, errors=f"{words}\n{reply.errors}")


class DockerdProgram:
    """The program `dockerd` of one host, called by a person: it validates, and does not run."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine

    async def __call__(self, call: Call) -> Reply:
        """Answer a call (facts/runtimes.md §1.3)."""
        release = self._engine.release
        if {"--version", "-v"} & set(call.arguments):
            return Reply(output=f"Docker version {self._engine.design.version}, build practice\n")
        flags = read_flags(call.arguments)
        if not flags.validate:
            return failure("failed to start daemon: pid file found, ensure docker is not running")
        if release < VALIDATES_SINCE:
            return failure(
                "Status: unknown flag: --validate\nSee 'dockerd --help'., Code: 125", _USAGE
            )
        machine = self._engine.machine
        shown = machine.on_host(flags.config_file)
        file = machine.file(flags.config_file)
        try:
            values = read_config(file.read_bytes() if file.is_file() else None, flags, release)
            check_start(values, release)
        except Refused as refused:
            words = str(refused).replace(str(machine.root), "")
            return failure(f"unable to configure the Docker daemon with file {shown}: {words}")
        return Reply(errors="configuration OK\n")
