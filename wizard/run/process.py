"""The process of a run: `python -m wizard.run RUN`, as `wizard.run.spawn` starts it.

It holds the run's lock, the connections and the secrets; it takes its orders from the journal.
SIGTERM or SIGINT is the order to stop, a second one the order to stop now (`Order.STOP_NOW`);
SIGHUP is ignored.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from wizard.clock import Clock, SystemClock
from wizard.collecting import collect_seldom
from wizard.errand.errand import PAYLOAD
from wizard.errors import PilotageError, RunError
from wizard.fleet.ssh_lookup import ssh_lookup
from wizard.journal.events import EventKind
from wizard.journal.store import Draft, Journal
from wizard.run.detaching import detach
from wizard.run.engine import Engine
from wizard.run.fleet_hosts import FleetHosts
from wizard.run.hops import hop_resolver
from wizard.run.last_words import took_words
from wizard.run.orders import StopSignals
from wizard.run.places import approved_keys, run_folder
from wizard.run.redacted_log import RedactedText
from wizard.run.secret_pipe import read_secrets
from wizard.run.spec import RunSpec, read_spec
from wizard.secret import Secret
from wizard.ssh.client import Environment, SSHTransport
from wizard.wording import _, choose_language

_UNEXPECTED: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one run to its end and return the exit code of `wizard.errors`."""
    options = _options(arguments)
    os.umask(0o077)
    os.chdir("/")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _allow_many_connections()
    collect_seldom()
    choose_language()
    secrets: dict[str, Secret] = {}
    log = sys.stderr
    try:
        if options.secrets_fd >= 0:
            secrets = read_secrets(options.secrets_fd)
        sys.stdout = sys.stderr = RedactedText(log, tuple(secrets.values()))
        ready = detach() if options.detach else _nobody_waits
        asyncio.run(RunProcess(options.run, options.state_dir, secrets, ready=ready).run())
    except PilotageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except Exception:  # noqa: BLE001  # the last line of defence: the log is all that is left
        sys.stderr.write(traceback.format_exc())
        return _UNEXPECTED
    return 0


class RunProcess:
    """One run in this process; `ready` is called once the run is taken."""

    def __init__(
        self,
        run: str,
        state_dir: Path,
        secrets: Mapping[str, Secret],
        *,
        ready: Callable[[], None],
        clock: Clock | None = None,
    ) -> None:
        self._run = run
        self._state_dir = state_dir
        self._secrets = secrets
        self._ready = ready
        self._clock = clock or SystemClock()
        self._folder = run_folder(state_dir, self._clock)

    async def run(self) -> None:
        """Take the lock, do the work, give the lock back; raises PilotageError."""
        journal = self._folder.open(self._run)
        lock = self._folder.lock(self._run)
        await lock.take(self._clock)
        try:
            await self._work(journal)
        finally:
            journal.close()
            lock.release()

    async def _work(self, journal: Journal) -> None:
        if journal.of_kind(EventKind.RUN_ENDED):
            raise RunError(_("run {run} has ended already").format(run=self._run))
        spec = read_spec(journal)
        journal.append(Draft(kind=EventKind.PROCESS_STARTED, data=_this_process()))
        self._obey_signals()
        self._ready()
        sys.stderr.write(took_words(os.getpid()))
        hosts = self._hosts(spec)
        engine = Engine(
            spec=spec,
            journal=journal,
            actions=hosts,
            clock=self._clock,
            errands=hosts,
            payload=self._secrets.get(PAYLOAD),
        )
        await engine.run()
        journal.append(Draft(kind=EventKind.PROCESS_ENDED, data={"reason": "done"}))

    def _hosts(self, spec: RunSpec) -> FleetHosts:
        home = Path.home()
        lookup = ssh_lookup(home)
        config = spec.migration.ssh_config or str(home / ".ssh" / "config")
        transport = SSHTransport(
            environment=Environment(
                home=home,
                agent_path=os.environ.get("SSH_AUTH_SOCK"),
                approved_keys=approved_keys(self._state_dir),
            ),
            secrets=self._secrets,
            resolve_hop=hop_resolver(spec.migration.fleet, lookup=lookup, ssh_config=config),
            clock=self._clock,
        )
        return FleetHosts(
            transport=transport,
            fleet=spec.migration.fleet,
            holder=spec.operator,
            target=spec.target,
            clock=self._clock,
        )

    def _obey_signals(self) -> None:
        loop = asyncio.get_running_loop()
        signals = StopSignals(self._folder, self._run)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, signals.take, signal.Signals(number).name)


def _nobody_waits() -> None:
    """Stand in for the starter's hand-shake in the foreground."""


def _this_process() -> dict[str, Any]:
    return {"pid": os.getpid(), "boot_id": _boot_id(), "started": _start_time(os.getpid())}


def _boot_id() -> str:
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text(encoding="ascii").strip() if file.exists() else ""


def _start_time(pid: int) -> str:
    """Return the process's start in clock ticks after boot, empty where there is no /proc."""
    file = Path(f"/proc/{pid}/stat")
    # The program's name, in parentheses, may hold spaces.
    return file.read_text().rpartition(")")[2].split()[19] if file.exists() else ""


def _allow_many_connections() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pilotage run", description=_("Run one run to its end."))
    parser.add_argument("run")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--secrets-fd", type=int, default=-1)
    parser.add_argument("--detach", action="store_true")
    return parser.parse_args(arguments)
