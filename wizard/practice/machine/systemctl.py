"""`systemctl` and `journalctl` of a practice host, in the words of the real ones."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.systemd import Outcome, Service, State
from wizard.practice.machine.units import load_unit

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

_NOT_ACTIVE: Final = 3
_NO_SUCH_UNIT: Final = 4
_NOT_FOUND: Final = 5
_WITH_VALUE: Final = frozenset({"-p", "--property", "-P", "-s", "--signal", "-n", "-u", "-t"})
_REASONS: Final[Mapping[Outcome, str]] = {
    Outcome.EXIT_CODE: "because the control process exited with error code",
    Outcome.SIGNAL: "because a fatal signal was delivered to the control process",
    Outcome.START_LIMIT: "because start of the service was attempted too often",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of a call: options with their values, and the other words."""

    given: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Tell whether one of these options was given."""
        return any(name in self.given for name in names)

    def values(self, *names: str) -> tuple[str, ...]:
        """Return the values of an option under all its names."""
        return tuple(value for name in names for value in self.given.get(name, ()))


def read_options(arguments: Iterable[str], with_value: frozenset[str] = _WITH_VALUE) -> Options:
    """Return the options and words of a command line; `with_value` names those that take one."""
    given: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    waiting = ""
    for argument in arguments:
        if waiting:
            given[waiting] = (*given.get(waiting, ()), argument)
            waiting = ""
        elif argument.startswith("-") and argument != "-":
            name, equals, value = argument.partition("=")
            if equals:
                given[name] = (*given.get(name, ()), value)
            elif name in with_value:
                waiting = name
            else:
                given.setdefault(name, ())
        else:
            words.append(argument)
    return Options(given=given, words=tuple(words))


class Systemctl:
    """The program `systemctl` of one host."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._verbs: Mapping[str, Callable[[str, Options], Awaitable[Reply]]] = {
            "start": self._start,
            "restart": self._start,
            "stop": self._stop,
            "reload": self._reload,
            "kill": self._kill,
            "reset-failed": self._reset_failed,
            "is-active": self._is_active,
            "is-failed": self._is_active,
            "is-enabled": self._is_active,
            "cat": self._cat,
            "status": self._status,
        }
        self._whole: Mapping[str, Callable[[list[str], Options], Reply]] = {
            "daemon-reload": self._daemon_reload,
            "reboot": self._reboot,
            "show": self._show,
            "list-units": self._list,
        }

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        options = read_options(call.arguments)
        verb, *names = options.words or ("list-units",)
        whole = self._whole.get(verb)
        if whole:
            return whole(names, options)
        if verb == "reset-failed" and not names:
            names = [service.name for service in self._machine.systemd.services()]
        act = self._verbs.get(verb)
        if act is None:
            return Reply(status=1, errors=f"Unknown command verb '{verb}'.\n")
        if not names:
            return Reply(status=1, errors="Too few arguments.\n")
        replies = [await act(name, _with_verb(options, verb)) for name in names]
        return Reply(
            status=_status(verb, replies),
            output="".join(reply.output for reply in replies),
            errors="".join(reply.errors for reply in replies),
        )

    def _find(self, name: str) -> Service | None:
        return self._machine.systemd.service(name)

    async def _start(self, name: str, options: Options) -> Reply:
        verb = options.words[0]
        service = self._find(name)
        if service is None:
            words = f"Failed to {verb} {_full(name)}: Unit {_full(name)} not found.\n"
            return Reply(status=_NOT_FOUND, errors=words)
        if service.file.masked:
            words = f"Failed to {verb} {_full(name)}: Unit {_full(name)} is masked.\n"
            return Reply(status=1, errors=words)
        systemd = self._machine.systemd
        # A job goes on when the client that asked for it is killed.
        work = systemd.restart(service) if verb == "restart" else systemd.start(service)
        outcome = await asyncio.shield(self._machine.background(work))
        if outcome is Outcome.DONE:
            return Reply()
        full = service.name
        words = f"Job for {full} failed {_REASONS[outcome]}.\n"
        words += f'See "systemctl status {full}" and "journalctl -xeu {full}" for details.\n'
        if outcome is Outcome.START_LIMIT:
            words += f'To force a start use "systemctl reset-failed {full}"\n'
            words += f'followed by "systemctl start {full}" again.\n'
        return Reply(status=1, errors=words)

    async def _stop(self, name: str, options: Options) -> Reply:  # noqa: ARG002  # one of the verbs
        service = self._find(name)
        if service is None:
            words = f"Failed to stop {_full(name)}: Unit {_full(name)} not loaded.\n"
            return Reply(status=_NOT_FOUND, errors=words)
        await asyncio.shield(self._machine.background(self._machine.systemd.stop(service)))
        socket = self._find(service.name.removesuffix(".service") + ".socket")
        if socket is None or socket is service or socket.state is not State.LISTENING:
            return Reply()
        warning = f"Warning: Stopping {service.name}, but it can still be activated by:\n"
        return Reply(errors=f"{warning}  {socket.name}\n")

    async def _reload(self, name: str, options: Options) -> Reply:  # noqa: ARG002  # one of the verbs
        service = self._find(name)
        if service is None:
            words = f"Failed to reload {_full(name)}: Unit {_full(name)} not found.\n"
            return Reply(status=_NOT_FOUND, errors=words)
        if not service.file.all("Service", "ExecReload"):
            words = f"Job type reload is not applicable for unit {service.name}."
            return Reply(status=1, errors=f"Failed to reload {service.name}: {words}\n")
        if service.state is not State.RUNNING:
            return Reply(status=1, errors=f"{service.name} is not active, cannot reload.\n")
        await self._machine.systemd.reload(service)
        return Reply()

    async def _kill(self, name: str, options: Options) -> Reply:
        service = self._find(name)
        pid = self._machine.systemd.main_pid(service) if service else 0
        if not pid:
            words = f"Failed to kill unit {_full(name)}: Unit {_full(name)} not loaded.\n"
            return Reply(status=1, errors=words)
        signal = (options.values("-s", "--signal") or ("TERM",))[-1].removeprefix("SIG")
        await self._machine.signal(pid, signal)
        return Reply()

    async def _reset_failed(self, name: str, options: Options) -> Reply:  # noqa: ARG002  # one of the verbs
        service = self._find(name)
        if service is None:
            words = f"Failed to reset failed state of unit {_full(name)}: Unit {_full(name)} "
            return Reply(status=1, errors=f"{words}not loaded.\n")
        self._machine.systemd.reset_failed(service)
        return Reply()

    async def _is_active(self, name: str, options: Options) -> Reply:
        service = self._find(name)
        if options.words[0] == "is-enabled":
            word = _file_state(service) if service else "disabled"
            return Reply(status=0 if word == "enabled" else 1, output=f"{word}\n")
        active = service.state.value[0] if service else "inactive"
        wanted = {"active"} if options.words[0] == "is-active" else {"failed"}
        return Reply(
            status=0 if active in wanted else _NOT_ACTIVE if service else _NO_SUCH_UNIT,
            output="" if options.has("-q", "--quiet") else f"{active}\n",
        )

    async def _cat(self, name: str, options: Options) -> Reply:  # noqa: ARG002  # one of the verbs
        file = load_unit(self._machine.root, _full(name))
        if file is None or not file.texts:
            return Reply(status=1, errors=f"No files found for {_full(name)}.\n")
        return Reply(output="\n".join(f"# {path}\n{text}" for path, text in file.texts))

    async def _status(self, name: str, options: Options) -> Reply:  # noqa: ARG002  # one of the verbs
        service = self._find(name)
        if service is None:
            return Reply(status=_NO_SUCH_UNIT, errors=f"Unit {_full(name)} could not be found.\n")
        active, sub = service.state.value
        lines = [f"* {service.name} - {service.file.description}"]
        lines.append(f"     Loaded: loaded ({service.file.texts[0][0]}; enabled)")
        reason = f" (Result: {service.result.value})" if service.state is State.FAILED else ""
        lines.append(f"     Active: {active}{reason or f' ({sub})'}")
        lines.append(f"   Main PID: {self._machine.systemd.main_pid(service)}")
        last = self._machine.journal.entries(service.name)[-10:]
        lines += ["", *(entry.short(self._machine.name) for entry in last)]
        return Reply(
            status=0 if active == "active" else _NOT_ACTIVE, output="\n".join(lines) + "\n"
        )

    def _daemon_reload(self, names: list[str], options: Options) -> Reply:  # noqa: ARG002  # as above
        self._machine.systemd.daemon_reload()
        return Reply()

    def _reboot(self, names: list[str], options: Options) -> Reply:  # noqa: ARG002  # as above
        self._machine.reboot_soon()
        return Reply()

    def _show(self, names: list[str], options: Options) -> Reply:
        wanted = [
            name for value in options.values("-p", "--property", "-P") for name in value.split(",")
        ]
        bare = options.has("--value", "-P")
        blocks = []
        for name in names:
            told = self._properties(name)
            # In the order of systemd's own interfaces, whatever order was asked for.
            lines = [(key, value) for key, value in told.items() if not wanted or key in wanted]
            blocks.append("".join(value if bare else f"{key}={value}\n" for key, value in lines))
        return Reply(output="\n".join(blocks) + ("\n" if bare else ""))

    def _properties(self, name: str) -> dict[str, str]:
        service = self._find(name)
        if service is None:
            return {
                "MainPID": "0",
                "NRestarts": "0",
                "Id": _full(name),
                "Requires": "",
                "BindsTo": "",
                "LoadState": "not-found",
                "ActiveState": "inactive",
                "SubState": "dead",
                "UnitFileState": "",
            }
        file = service.file
        active, sub = service.state.value
        return {
            "Restart": file.restarts,
            "MainPID": str(self._machine.systemd.main_pid(service)),
            "Result": service.result.value,
            "NRestarts": str(service.restarts),
            "ExecStart": f"{{ path={file.command[0]} ; argv[]={' '.join(file.command)} ; }}"
            if file.command
            else "",
            "Environment": " ".join(file.all("Service", "Environment")),
            "Id": service.name,
            "Requires": " ".join((*file.words("Unit", "Requires"), "system.slice sysinit.target")),
            "Wants": " ".join(file.words("Unit", "Wants")),
            "BindsTo": " ".join(file.words("Unit", "BindsTo")),
            "Description": file.description,
            "LoadState": "masked" if file.masked else "loaded",
            "ActiveState": active,
            "SubState": sub,
            "FragmentPath": file.texts[0][0] if file.texts else "",
            "DropInPaths": " ".join(path for path, _text in file.texts[1:]),
            "UnitFileState": _file_state(service),
        }

    def _list(self, patterns: list[str], options: Options) -> Reply:
        shown = [
            f"{name} loaded active running {name}"
            for name in self._machine.transient.names()
            if not options.has("--failed") and _matches(name, patterns)
        ]
        for service in self._machine.systemd.services():
            active, sub = service.state.value
            if not _matches(service.name, patterns):
                continue
            if options.has("--failed") and service.state is not State.FAILED:
                continue
            if not options.has("--all", "-a", "--failed") and active == "inactive":
                continue
            shown.append(f"{service.name} loaded {active} {sub} {service.file.description}")
        return Reply(output="".join(f"{line}\n" for line in shown))


def _matches(name: str, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _file_state(service: Service) -> str:
    if service.file.masked:
        return "masked"
    return "enabled" if service.file.all("Install", "WantedBy") else "disabled"


def _full(name: str) -> str:
    return name if "." in name else f"{name}.service"


def _with_verb(options: Options, verb: str) -> Options:
    return Options(given=options.given, words=(verb,))


def _status(verb: str, replies: Iterable[Reply]) -> int:
    statuses = [reply.status for reply in replies]
    # Of several units one that is as asked for is enough for `is-failed`, not for the others.
    if verb == "is-failed":
        return min(statuses)
    return max(statuses)
