"""An operator on a jump host: a folder, a migration file and the command `pilotage`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.fleet import Fleet
from tests.fleet.catalogue import PREFIX
from tests.fleet.jump_host import knowing_names
from wizard.cli.documents import run_document, runs_document
from wizard.journal.events import Event
from wizard.service import open_service

SECONDS = 240.0
EVERY_HOST = (
    "book-docker",
    "book-cri",
    "trixie-docker",
    "trixie-sudo",
    "trixie-cri",
    "forky-docker",
    "forky-c8d",
)
"""Every host of the fleet that is to be moved, in the fleet's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who runs Pilotage from `folder`."""

    folder: Path
    fleet: Fleet
    plans: dict[str, bytes] = field(default_factory=dict)
    """What was planned for a migration file, by its text."""

    @property
    def migration_file(self) -> Path:
        """Return the path of the migration file."""
        return self.folder / "migration.yaml"

    @property
    def state(self) -> Path:
        """Return the folder that holds this operator's runs."""
        return self.folder / "state"

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment of the operator's commands."""
        inherited = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        return {
            **inherited,
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.state),
            "FLEET_SUDO": self.fleet.hosts["trixie-sudo"].sudo_password
            if "trixie-sudo" in self.fleet.hosts
            else "",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def write_migration(
        self,
        hosts: Iterable[str],
        *,
        target: str = "target",
        rollout: Mapping[str, Any] | None = None,
        upstreams: Mapping[str, Any] | None = None,
        through_bastion: bool = False,
        **changes: Any,
    ) -> None:
        """Write a migration file for hosts of the fleet towards one of its targets.

        With `through_bastion` it knows nothing of how hosts are reached but aliases of ssh_config.
        """
        registry = {"target": self.fleet.target, "prefix": self.fleet.prefix_target}[target]
        ca_file = self.folder / "ca.pem"
        ca_file.write_bytes(Path(registry.ca_pem).read_bytes())
        content: dict[str, Any] = {
            "version": 1,
            **(self._by_alias(hosts) if through_bastion else self._by_address(hosts)),
            "credentials": {"default": {"sudo_password": "env:FLEET_SUDO"}},
            "target": {
                "url": registry.url,
                "ca_file": "ca.pem",
                "canary": "library/hello:only-target",
                **({"prefix": PREFIX} if target == "prefix" else {}),
                **({"upstreams": dict(upstreams)} if upstreams else {}),
            },
            "rollout": {"soak": 1, "lease": 60, **(rollout or {})},
            **changes,
        }
        self.migration_file.write_text(yaml.safe_dump(content, sort_keys=False))

    def _by_alias(self, hosts: Iterable[str]) -> dict[str, Any]:
        return {
            "ssh_config": str(self.fleet.ssh_config),
            "hosts": {name: {"alias": f"{name}-via-bastion"} for name in hosts},
        }

    def _by_address(self, hosts: Iterable[str]) -> dict[str, Any]:
        return {
            "defaults": {
                "identity_file": str(self.fleet.operator_key),
                "known_hosts": str(self.fleet.known_hosts),
                "user": "root",
            },
            "hosts": {name: self._host(name) for name in hosts},
        }

    def _host(self, name: str) -> dict[str, str]:
        host = self.fleet.hosts[name]
        options = {"address": host.address}
        if host.user != "root":
            options |= {"user": host.user, "sudo": "password"}
        return options

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line of `pilotage` with `arguments`."""
        command = [sys.executable, "-m", "wizard", *arguments]
        return knowing_names(self.fleet, self.folder, command)

    def run(
        self, *arguments: str, expect: int | None = 0, timeout: float = SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run `pilotage`; any other exit code than `expect` fails the test."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ | {"PYTHONPATH": str(Path.cwd())},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if expect is not None:
            told = f"pilotage {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
            assert done.returncode == expect, told
        return done

    def json(self, *arguments: str, expect: int | None = 0) -> dict[str, Any]:
        """Run `pilotage … --json` and return its document."""
        done = self.run(*arguments, "--json", expect=expect)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def planned(self) -> str:
        """Return the name of a plan for the migration file; equal files share one.

        Tests leave the hosts' files as they were, so it stays true; `apply` says when it is not.
        """
        name = "plan.json"
        text = self.migration_file.read_text()
        if text not in self.plans:
            self.json("plan", "-o", name)
            self.plans[text] = (self.folder / name).read_bytes()
        (self.folder / name).write_bytes(self.plans[text])
        return name

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `pilotage` and return at once."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ | {"PYTHONPATH": str(Path.cwd())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_for(
        self, run: str, is_so: Callable[[dict[str, Any]], bool], seconds: float = 60.0
    ) -> dict[str, Any]:
        """Return the first document of a run, as `pilotage show` has it, of which `is_so` holds."""
        service = open_service(state_dir=self.state / "pilotage")
        seen: list[dict[str, Any]] = []

        def look() -> bool:
            seen.append(run_document(service.view(run)))
            return is_so(seen[-1])

        self.wait_until(look, seconds=seconds)
        return seen[-1]

    def events_until(
        self, run: str, is_there: Callable[[list[Event]], bool], seconds: float = 60.0
    ) -> list[Event]:
        """Return the journal of a run as soon as `is_there` holds of it."""
        service = open_service(state_dir=self.state / "pilotage")
        deadline = time.monotonic() + seconds
        while True:
            events = list(service.events(run))
            if is_there(events):
                return events
            assert time.monotonic() < deadline, f"the journal of {run} did not come that far"
            time.sleep(0.03)

    @staticmethod
    def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
        """Return once `is_so()` holds; fail the test after `seconds`."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"it did not come about within {seconds} s"
            time.sleep(0.2)

    def stop_everything(self) -> None:
        """End the run processes that are still going on; hosts revert by themselves."""
        known = open_service(state_dir=self.state / "pilotage").runs()
        for run in runs_document(known)["runs"]:
            if run["state"] in {"running", "soaking", "waiting"}:
                self.run("order", "stop", run["run"], expect=None)
                self.run("watch", run["run"], expect=None)


def host_states(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of each host in a `run` document."""
    return {host["name"]: host["state"] for host in document["hosts"]}
