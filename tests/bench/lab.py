"""One real sshd on loopback that answers under many addresses, and exact CPU accounting."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """Addresses that one sshd serves, and what a client needs to log in as ourselves."""

    folder: Path
    addresses: tuple[str, ...]
    port: int
    user: str
    key: Path
    known_hosts: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a client and every process that it started took.

    Attributes:
        cpu: user and system seconds.
        wall: seconds from start to end.
        peak_mb: resident megabytes of its largest process.
        output: its standard output.
    """

    cpu: float
    wall: float
    peak_mb: float
    output: str


@contextlib.contextmanager
def lab(folder: Path, hosts: int) -> Iterator[Lab]:
    """Start an sshd under `hosts` loopback addresses; it is gone afterwards."""
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    user = os.environ.get("USER") or "root"
    host_key, key = folder / "host_key", folder / "key"
    for path in (host_key, key):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    addresses = tuple(f"127.0.{2 + n // 200}.{2 + n % 200}" for n in range(hosts))
    port = _free_port(addresses[0])
    public_key = key.with_suffix(".pub").read_text()
    (folder / "authorized_keys").write_text(f'from="127.0.0.0/8" {public_key}')
    config = [
        # sshd takes at most 16 addresses; the key below is good from loopback only
        f"ListenAddress 0.0.0.0:{port}",
        f"HostKey {host_key}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin yes",
        "MaxStartups 2000:30:4000",
        "LogLevel FATAL",
        # The operator's own login scripts are not what is measured.
        f"SetEnv HOME={folder} SHLVL=2",
        "Subsystem sftp internal-sftp",
    ]
    (folder / "sshd_config").write_text("\n".join(config) + "\n")
    public = " ".join(host_key.with_suffix(".pub").read_text().split()[:2])
    known_hosts = folder / "known_hosts"
    known_hosts.write_text("".join(f"[{address}]:{port} {public}\n" for address in addresses))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "sshd_config")])
    try:
        _await_port(addresses[-1], port)
        yield Lab(
            folder=folder,
            addresses=addresses,
            port=port,
            user=user,
            key=key,
            known_hosts=known_hosts,
        )
    finally:
        server.terminate()
        server.wait(timeout=10)


def cost_of(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """Run a client to its end and return what it cost; raises RuntimeError with its last words."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        environment = dict(os.environ if environ is None else environ)
        process = subprocess.Popen(command, stdout=said, stderr=complained, env=environment)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        said.seek(0)
        complained.seek(0)
        output, errors = said.read(), complained.read()
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}: {errors[-2000:]}")
    return Cost(
        cpu=used.ru_utime + used.ru_stime,
        wall=wall,
        peak_mb=_peak_of(output) or used.ru_maxrss / 1024,
        output=output,
    )


def report_peak() -> None:
    """Print this process's peak memory, for `cost_of` in the parent to pick up."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak_mb {peak:.1f}")


def _peak_of(output: str) -> float:
    for line in output.splitlines():
        if line.startswith("peak_mb "):
            return float(line.split()[1])
    return 0.0


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(address: str, port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
