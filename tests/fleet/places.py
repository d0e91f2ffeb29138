"""Where a fleet keeps its state, and the small file that describes it.

A fleet is a folder with `fleet.json` in it, made in one rename: whatever else may be missing
after a crash, the subnet is known, and everything a fleet owns follows from it and the name.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet import network
from tests.fleet.errors import FleetError

DEFAULT_STATE = Path("/var/lib/pilotage-fleet")
LOCKS = Path("/run/lock")
LOCK_SECONDS = 30.0
REMOVE_SECONDS = 5.0
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders of one fleet.

    Attributes:
        name: the fleet's name.
        state: folder in which the fleets are.
        subnet: its network is `10.99.<subnet>.0/24`.
    """

    name: str
    state: Path
    subnet: int

    @property
    def folder(self) -> Path:
        """Return the folder of everything."""
        return self.state / self.name

    @property
    def keys(self) -> Path:
        """Return the folder of SSH keys, certificates and authorities."""
        return self.folder / "keys"

    @property
    def ssh_config(self) -> Path:
        """Return the `ssh_config` that reaches every host by name."""
        return self.folder / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """Return the `known_hosts` with every host's key."""
        return self.folder / "known_hosts"

    @property
    def operator_key(self) -> Path:
        """Return the private key of the operator, without passphrase."""
        return self.keys / "operator"

    def host(self, name: str) -> Path:
        """Return the folder of a host."""
        return self.folder / "hosts" / name

    def registry(self, kind: str) -> Path:
        """Return the folder of a registry."""
        return self.folder / "registries" / kind

    def read(self) -> dict[str, Any]:
        """Return the content of `fleet.json`."""
        content = json.loads((self.folder / "fleet.json").read_text())
        return dict(content)

    @contextlib.contextmanager
    def editing(self) -> Iterator[dict[str, Any]]:
        """Change the content of `fleet.json`, one writer at a time."""
        with locked(f"{self.name}.json"):
            content = self.read()
            yield content
            write_description(self.folder, content)


def state_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of all fleets: `PILOTAGE_FLEET_STATE`, or the default."""
    return Path(environment.get("PILOTAGE_FLEET_STATE") or DEFAULT_STATE)


def claim(name: str, state: Path) -> Places:
    """Make the folder of a new fleet, with a subnet of its own.

    Raises:
        FleetError: the name is not usable or is taken.
    """
    if not _NAME.fullmatch(name):
        raise FleetError(f"not a name for a fleet (lower case, digits, dashes): {name!r}")
    state.mkdir(parents=True, exist_ok=True, mode=0o755)
    with locked("claim"):
        if (state / name).exists():
            raise FleetError(f"fleet {name} is there: python -m tests.fleet down --name {name}")
        subnet = network.free_subnet(_subnets(state))
        fresh = Path(tempfile.mkdtemp(dir=state, prefix=".claim-"))
        write_description(fresh, {"name": name, "subnet": subnet, "phase": "starting"})
        fresh.chmod(0o755)
        fresh.rename(state / name)
    return Places(name=name, state=state, subnet=subnet)


def _subnets(state: Path) -> Iterator[int]:
    """Yield the subnets of all fleets; one that is taken down meanwhile needs none any more."""
    for name in names(state):
        with contextlib.suppress(FleetError):
            yield find(name, state).subnet


def find(name: str, state: Path) -> Places:
    """Return the places of a fleet that is there.

    Raises:
        FleetError: there is none of that name.
    """
    try:
        content = json.loads((state / name / "fleet.json").read_text())
    except FileNotFoundError as error:
        raise FleetError(f"there is no fleet {name} in {state}") from error
    return Places(name=name, state=state, subnet=int(content["subnet"]))


def names(state: Path) -> tuple[str, ...]:
    """Return the names of the fleets that are there, started or half removed."""
    return tuple(sorted(path.parent.name for path in state.glob("[a-z0-9]*/fleet.json")))


def remove(places: Places) -> None:
    """Delete a fleet's folder; `fleet.json` goes last, so that a crash can be repeated.

    Raises:
        FleetError: it cannot be emptied.
    """
    deadline = time.monotonic() + REMOVE_SECONDS
    while places.folder.exists():
        try:
            for path in places.folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != "fleet.json":
                    path.unlink()
            shutil.rmtree(places.folder)
        except OSError as error:
            # A key maker that a killed process has left behind writes for a moment more.
            if time.monotonic() > deadline:
                raise FleetError(f"{places.folder} cannot be removed: {error}") from error
            time.sleep(0.05)
    with locked("claim"), contextlib.suppress(OSError):
        for half_made in places.state.glob(".claim-*"):
            shutil.rmtree(half_made)
        places.state.rmdir()


@contextlib.contextmanager
def locked(what: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold a lock of this machine's fleets; it is free again however the holder ends.

    Raises:
        FleetError: somebody holds it for longer than `seconds`.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    with (LOCKS / f"pilotage-fleet-{what}.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise FleetError(f"{what}: another process is at work on it") from error
                time.sleep(0.05)
        yield


def write_description(folder: Path, content: Mapping[str, Any]) -> None:
    """Write `fleet.json` into a folder, in one step, for root only (it has sudo's password)."""
    fresh = folder / ".fleet.json"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    fresh.rename(folder / "fleet.json")
