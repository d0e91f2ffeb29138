"""`journalctl` of a practice host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wizard.practice.machine.calls import Call, Reply
from wizard.practice.machine.systemctl import read_options

if TYPE_CHECKING:
    from wizard.practice.machine.machine import Machine

_WITH_VALUE: Final = frozenset(
    {"-u", "--unit", "-n", "--lines", "-o", "--output", "--since", "-S", "--until", "-t"}
)


class Journalctl:
    """The program `journalctl` of one host: `-u`, `_PID=`, `-n`, `-o cat`, `--since @SECONDS`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        options = read_options(call.arguments, _WITH_VALUE)
        units = [
            name if "." in name else f"{name}.service" for name in options.values("-u", "--unit")
        ]
        processes = [word for word in options.words if word.startswith("_PID=")]
        since = (options.values("--since", "-S") or ("@0",))[-1]
        begin = float(since[1:]) if since.startswith("@") else 0.0
        entries = [
            entry
            for entry in self._machine.journal.entries(since=begin)
            if (not units or entry.unit in units)
            and (not processes or f"_PID={entry.pid}" in processes)
        ]
        last = options.values("-n", "--lines")
        if last and last[-1].isdigit():
            entries = entries[-int(last[-1]) :]
        if options.values("-o", "--output")[-1:] == ("cat",):
            lines = [entry.message for entry in entries]
        else:
            lines = [entry.short(self._machine.name) for entry in entries]
        if not lines and not {"-q", "--quiet"} & options.given.keys():
            lines = ["-- No entries --"]
        return Reply(output="".join(f"{line}\n" for line in lines))
